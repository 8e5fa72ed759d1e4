import { describe, expect, test } from 'vitest';
import type { Command, Entry } from './messages.ts';
import { createStateMachine } from './state-machine.ts';

const append = (value: number, session: string, seq: number): Command => ({
  op: 'append',
  key: 'k',
  value,
  session,
  seq,
});
const ok = (value: unknown) => ({ ok: true, value });

function machineOf(limit = 100) {
  const machine = createStateMachine(limit);
  let index = 0;
  const apply = (command: Command | null) => machine.apply({ index: ++index, term: 1, command } as Entry);
  return { machine, apply };
}

describe('the state machine', () => {
  test('a key that nobody wrote is null, and a cas from null creates it', () => {
    const { machine, apply } = machineOf();
    expect(machine.read('k')).toBe(null);
    expect(apply({ op: 'cas', key: 'k', expected: 1, value: 2, session: 'a', seq: 1 })).toEqual(ok(false));
    expect(apply({ op: 'cas', key: 'k', expected: null, value: 2, session: 'a', seq: 2 })).toEqual(ok(true));
    expect(machine.read('k')).toBe(2);
  });

  test('a command that comes twice is performed once, and answered twice the same', () => {
    const { machine, apply } = machineOf();
    const swap: Command = { op: 'cas', key: 'k', expected: null, value: 1, session: 'a', seq: 1 };
    expect(apply(swap)).toEqual(ok(true));
    // Performed again it would not swap.
    expect(apply(swap)).toEqual(ok(true));
    apply(append(7, 'b', 1));
    apply(append(7, 'b', 1));
    expect(machine.read('k')).toEqual([7]);
  });

  test('a number that its session has left behind is not performed', () => {
    const { machine, apply } = machineOf();
    apply(append(1, 'a', 1));
    apply(append(2, 'a', 2));
    expect(apply(append(1, 'a', 1))).toEqual({ ok: false, error: 'stale-session' });
    expect(machine.read('k')).toEqual([1, 2]);
  });

  test('a machine restored from an image goes on as the one that it was taken of', () => {
    const { machine, apply } = machineOf();
    apply(append(1, 'a', 1));
    apply(null);
    apply(append(2, 'b', 1));
    const copy = createStateMachine(100);
    copy.restore(machine.save(true));
    for (const one of [machine, copy]) one.apply({ index: 4, term: 2, command: append(2, 'b', 1) });
    expect(copy.read('k')).toEqual([1, 2]);
    expect(copy.save(true)).toEqual(machine.save(true));
  });

  test('an image is not changed by what is applied later', () => {
    const { machine, apply } = machineOf();
    apply(append(1, 'a', 1));
    const image = machine.save(true);
    const before = JSON.stringify(image);
    apply(append(2, 'a', 2));
    expect(JSON.stringify(image)).toBe(before);
  });

  test('an image without the sessions performs a retry again', () => {
    const { machine, apply } = machineOf();
    apply(append(1, 'a', 1));
    const copy = createStateMachine(100);
    copy.restore(machine.save(false));
    copy.apply({ index: 2, term: 1, command: append(1, 'a', 1) });
    expect(copy.read('k')).toEqual([1, 1]);
  });

  test('of too many sessions the one unused for longest is forgotten', () => {
    const { machine, apply } = machineOf(2);
    apply(append(1, 'a', 1));
    apply(append(2, 'b', 1));
    apply(append(3, 'a', 2));
    apply(append(4, 'c', 1));
    expect(machine.sessions).toBe(2);
    expect(machine.remembered(append(3, 'a', 2))).toEqual(ok(null));
    expect(machine.remembered(append(2, 'b', 1))).toBe(undefined);
  });

  test('the digest tells sequences of entries apart', () => {
    const digestOf = (terms: readonly number[]): number => {
      const machine = createStateMachine(1);
      for (const [at, term] of terms.entries()) machine.apply({ index: at + 1, term, command: null });
      return machine.digest;
    };
    expect(digestOf([1, 1, 2])).toBe(digestOf([1, 1, 2]));
    expect(
      new Set(
        [
          [1, 1, 2],
          [1, 2, 2],
          [1, 1],
          [2, 2, 2],
        ].map(digestOf),
      ).size,
    ).toBe(4);
  });
});
