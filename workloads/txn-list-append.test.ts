import { describe, expect, test } from 'vitest';
import { historyOf, info, ok } from '../checkers/history.fixture.ts';
import type { Completion, Invocation, Json } from '../harness/core/types.ts';
import { drive, planOf } from './drive.fixture.ts';
import { txnListAppend } from './txn-list-append.ts';

type Step = readonly ['append' | 'r', string, Json];
const stepsOf = ({ input }: Invocation): readonly Step[] => input as unknown as readonly Step[];

/** Lists as a correct target keeps them; `forget` makes a read of a transaction miss what others appended last. */
function lists(forget = (_index: number) => false): (invocation: Invocation, index: number) => Completion {
  const values = new Map<string, number[]>();
  return (invocation, index) => {
    const output = stepsOf(invocation).map(([f, key, value]): Json => {
      const list = values.get(key) ?? [];
      if (f === 'r') return [f, key, forget(index) ? list.slice(0, -1) : [...list]];
      values.set(key, [...list, value as number]);
      return [f, key, value];
    });
    return { type: 'ok', output };
  };
}

describe('txn-list-append', () => {
  const driven = drive(txnListAppend.generator(planOf()), { count: 900 });
  const steps = driven.flatMap(({ invocation }) => stepsOf(invocation));

  test('asks for transactions of one to four steps, half of them reads', () => {
    expect(new Set(driven.map(({ invocation }) => stepsOf(invocation).length))).toEqual(new Set([1, 2, 3, 4]));
    const reads = steps.filter(([f]) => f === 'r').length / steps.length;
    expect(reads).toBeGreaterThan(0.46);
    expect(reads).toBeLessThan(0.54);
  });

  test('appends to a key 1, 2, 3 … up to its number, and then takes a fresh one', () => {
    const perKey = new Map<string, Step[]>();
    for (const step of steps) if (step[0] === 'append') perKey.set(step[1], [...(perKey.get(step[1]) ?? []), step]);
    for (const appends of perKey.values()) {
      expect(appends.map(([, , value]) => value)).toEqual(appends.map((_, index) => index + 1));
    }
    const lengths = [...perKey.values()].map(({ length }) => length);
    expect(lengths.filter((length) => length === 32).length).toBeGreaterThanOrEqual(lengths.length - 3);
    expect(lengths.length).toBeGreaterThan(20);
  });

  test('reads every key through every node at the end', () => {
    const final = drive(txnListAppend.final?.(planOf()) ?? txnListAppend.generator(planOf()), { count: 10_000 });
    const read = new Set(final.map(({ invocation }) => `${stepsOf(invocation)[0]?.[1]} ${invocation.node}`));
    const keys = new Set(steps.map(([, key]) => key));
    for (const key of keys) for (const node of ['n1', 'n2', 'n3']) expect(read).toContain(`${key} ${node}`);
    expect(final.every(({ invocation }) => invocation.action === 'txn')).toBe(true);
  });

  test.each([
    ['strict-serializable', 'valid', () => false],
    ['strict-serializable', 'invalid', (index: number) => index === 300],
  ] as const)('what a target made of it is judged: %s is %s', (consistency, expected, forget) => {
    const answer = lists(forget);
    const play = drive(txnListAppend.generator(planOf({ minLength: 2, readShare: 0.7 })), { count: 400 });
    const operations = play.map(({ invocation }, index) => {
      const { action, input } = invocation;
      const completion = answer(invocation, index);
      if (index % 50 === 7) return info(action, input, index * 2, index * 2 + 1, { process: 100 + index });
      return ok(action, input, completion.type === 'ok' ? completion.output : null, index * 2, index * 2 + 1);
    });
    const [checker] = txnListAppend.checkers({ consistency });
    expect(checker?.check(historyOf({ operations })).valid).toBe(expected);
  });

  test('a wrong option is refused by name', () => {
    const ask = (options: { [name: string]: Json }) => () =>
      drive(txnListAppend.generator(planOf(options)), { count: 1 });
    expect(ask({ writesPerKey: 0 })).toThrow('`writesPerKey`');
    expect(ask({ minLength: 3, maxLength: 2 })).toThrow('`maxLength`');
    expect(() => txnListAppend.checkers({ consistency: 3 })).toThrow('`consistency`');
  });
});
