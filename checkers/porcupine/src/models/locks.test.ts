// What each lock allows and refuses, by small histories of which one word decides. That the checker agrees with brute force
// over these models is tested with all the others; here the models themselves are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOperations } from '../check.ts';
import { nondeterministic } from '../model.ts';
import { isLinearizable } from '../testing/brute-force.ts';
import { histories } from '../testing/histories.ts';
import { lockKinds } from '../testing/kinds-locks.ts';
import type { Model, Operation } from '../types.ts';
import { type FencedLockInput, fencedLock } from './fenced-lock.ts';
import { multiRegister } from './multi-register.ts';
import { mutex } from './mutex.ts';
import { reentrantLock } from './reentrant-lock.ts';
import { semaphore } from './semaphore.ts';

type Said<I, O> = readonly [input: I, output?: O | 'lost'];

/** One after the other, but for the lost ones, which are under way from their place on. */
function verdict<S, I, O>(model: Model<S, I, O>, ...said: readonly Said<I, O>[]): string {
  const operations = said.map(([input, output], i): Operation<I, O> => {
    const base = { process: i, input, call: 2 * i };
    return output === 'lost' ? base : { ...base, output, return: 2 * i + 1 };
  });
  return checkOperations(model, operations).verdict;
}

const acquire = (owner: string) => ({ action: 'acquire' as const, owner });
const attempt = (owner: string) => ({ action: 'try-acquire' as const, owner });
const release = (owner: string) => ({ action: 'release' as const, owner });

describe('mutex', () => {
  it('is held by one at a time, and released by the holder', () => {
    expect(verdict(mutex(), [acquire('a')], [release('a')], [acquire('b')])).toBe('valid');
    expect(verdict(mutex(), [acquire('a')], [acquire('b')])).toBe('invalid');
    expect(verdict(mutex(), [acquire('a')], [release('b')])).toBe('invalid');
    expect(verdict(mutex(), [acquire('a')], [release('a'), 'lost'], [acquire('b')])).toBe('valid');
  });

  it('may refuse whoever tries while it is held, and nobody else', () => {
    expect(verdict(mutex(), [acquire('a')], [attempt('b'), false])).toBe('valid');
    expect(verdict(mutex(), [attempt('b'), false])).toBe('invalid');
    expect(verdict(mutex(), [acquire('a')], [attempt('b'), true])).toBe('invalid');
    expect(verdict(mutex(), [acquire('a'), 'lost'], [attempt('b'), false])).toBe('valid');
    // Nobody knows what became of the try: it was refused, or it took the lock.
    expect(verdict(mutex(), [attempt('b')], [acquire('a')])).toBe('invalid');
    expect(verdict(mutex(), [acquire('a')], [attempt('b')], [release('a')], [acquire('c')])).toBe('valid');
  });
});

describe('reentrant lock', () => {
  it('must be released as often as it was acquired', () => {
    const twice = [[acquire('a')], [acquire('a')], [release('a')]] as const;
    expect(verdict(reentrantLock(), ...twice, [acquire('b')])).toBe('invalid');
    expect(verdict(reentrantLock(), ...twice, [release('a')], [acquire('b')])).toBe('valid');
    expect(verdict(reentrantLock(), [acquire('a')], [release('a')], [release('a')])).toBe('invalid');
  });

  it('has an end to its patience if it is told so', () => {
    const thrice = [[acquire('a')], [acquire('a')], [acquire('a')]] as const;
    expect(verdict(reentrantLock({ mostHolds: 2 }), ...thrice)).toBe('invalid');
    expect(verdict(reentrantLock({ mostHolds: 3 }), ...thrice)).toBe('valid');
    expect(verdict(reentrantLock({ mostHolds: 3 }), ...thrice, [attempt('a'), false])).toBe('valid');
    expect(verdict(reentrantLock({ mostHolds: 4 }), ...thrice, [attempt('a'), false])).toBe('invalid');
  });
});

describe('semaphore', () => {
  const take = (permits: number, owner?: string) => ({ action: 'acquire' as const, permits, owner });
  const give = (permits: number, owner?: string) => ({ action: 'release' as const, permits, owner });
  const model = semaphore({ permits: 3 });

  it('gives out no more than it has', () => {
    expect(verdict(model, [take(2)], [take(1)])).toBe('valid');
    expect(verdict(model, [take(2)], [take(2)])).toBe('invalid');
    expect(verdict(model, [take(2)], [give(1)], [take(2)])).toBe('valid');
    expect(verdict(model, [take(2)], [give(1), 'lost'], [take(2)])).toBe('valid');
    expect(verdict(model, [take(2)], [give(1), false], [take(2)])).toBe('invalid');
  });

  it('takes back only what is held, unless anything may be released', () => {
    expect(verdict(model, [take(1)], [give(2)])).toBe('invalid');
    expect(verdict(semaphore({ permits: 3, release: 'any' }), [take(1)], [give(2)], [take(4)])).toBe('valid');
    expect(verdict(semaphore({ permits: 3, release: 'any' }), [take(1)], [give(2)], [take(5)])).toBe('invalid');
    expect(verdict(model, [take(1, 'a')], [take(1, 'b')], [give(1, 'a')])).toBe('valid');
    expect(verdict(model, [take(1, 'a')], [take(1, 'b')], [give(2, 'a')])).toBe('invalid');
  });
});

describe('fenced lock', () => {
  it('hands out tokens that only grow', () => {
    expect(verdict(fencedLock(), [acquire('a'), 3], [release('a')], [acquire('b'), 4])).toBe('valid');
    expect(verdict(fencedLock(), [acquire('a'), 3], [release('a')], [acquire('b'), 3])).toBe('invalid');
    expect(verdict(fencedLock(), [acquire('a'), 3], [acquire('b'), 4])).toBe('invalid');
    expect(verdict(fencedLock(), [acquire('a'), 3.5])).toBe('invalid');
  });

  it('leaves room for a token that nobody saw', () => {
    const between = [[acquire('a'), 3], [release('a')], [acquire('b')], [release('b')]] as const;
    expect(verdict(fencedLock(), ...between, [acquire('c'), 4])).toBe('invalid');
    expect(verdict(fencedLock(), ...between, [acquire('c'), 5])).toBe('valid');
    // The same where the acquisition itself may not have happened, until its release proves it.
    const lost = [[acquire('a'), 3], [release('a')], [acquire('b'), 'lost']] as const;
    expect(verdict(fencedLock(), ...lost, [acquire('c'), 4])).toBe('valid');
    expect(verdict(fencedLock(), ...lost, [release('b')], [acquire('c'), 4])).toBe('invalid');
  });

  it('gives the same token to the holder that enters again', () => {
    const model = fencedLock({ reentrant: true });
    expect(verdict(model, [acquire('a'), 3], [acquire('a'), 3])).toBe('valid');
    expect(verdict(model, [acquire('a'), 3], [acquire('a'), 4])).toBe('invalid');
    expect(verdict(fencedLock(), [acquire('a'), 3], [acquire('a'), 3])).toBe('invalid');
    expect(verdict(model, [acquire('a')], [acquire('a'), 3], [acquire('a'), 3])).toBe('valid');
    expect(verdict(model, [acquire('a')], [acquire('a'), 3], [acquire('a'), 4])).toBe('invalid');
  });

  // The real object has a token for each acquisition, seen or not; the model keeps the least it may be.
  it.each([false, true, 2])(
    'supposes of unseen tokens what a lock that chooses them would allow, reentrant: %s',
    (reentrant) => {
      const most = reentrant === true ? Number.POSITIVE_INFINITY : reentrant === false ? 1 : reentrant;
      const kind =
        lockKinds[
          reentrant === true ? 'fenced-lock, reentrant' : reentrant ? 'fenced-lock, at most twice' : 'fenced-lock'
        ];
      const verdicts = { valid: 0, invalid: 0 };
      fc.assert(
        fc.property(histories(kind, 7), (operations) => {
          const expected = isLinearizable(choosingLock(most), operations) ? 'valid' : 'invalid';
          verdicts[expected]++;
          expect(checkOperations(kind.model, operations).verdict).toBe(expected);
        }),
        { numRuns: 300 },
      );
      expect(Math.min(verdicts.valid, verdicts.invalid)).toBeGreaterThan(20);
    },
  );
});

interface Choosing {
  readonly owner?: string | number;
  readonly holds: number;
  readonly token: number;
}

/** Chooses any integer from -9 to 9 (or the next, so that it never runs out): below the tokens 1 to 4 that are seen there is room enough. */
function choosingLock(most: number) {
  return nondeterministic<Choosing, FencedLockInput, number | boolean>({
    name: 'choosing-lock',
    init: [{ holds: 0, token: -10 }],
    step(state, { action, owner }, output) {
      const { token, holds } = state;
      const isHolder = holds > 0 && state.owner === owner;
      let after: Choosing[] = [];
      if (action === 'release') {
        if (isHolder) after = [holds === 1 ? { holds: 0, token } : { owner, holds: holds - 1, token }];
      } else if (holds === 0) {
        for (let next = token + 1; next <= Math.max(9, token + 1); next++) after.push({ owner, holds: 1, token: next });
      } else if (isHolder && holds < most) {
        after = [{ owner, holds: holds + 1, token }];
      }
      if (output === false) return after.length === 0 ? [state] : [];
      if (action === 'try-acquire' && output === undefined && after.length === 0) return [state];
      return typeof output === 'number' && action !== 'release' ? after.filter((one) => one.token === output) : after;
    },
  });
}

describe('multi-register', () => {
  const transaction = (...steps: ([string] | [string, number])[]) => ({
    action: 'transaction' as const,
    steps: steps.map(([key, value]) =>
      value === undefined ? { action: 'read' as const, key } : { action: 'write' as const, key, value },
    ),
  });

  it('reads what it was told registers hold at first, and nothing from others', () => {
    const initial = { x: 0 };
    expect(verdict(multiRegister({ initial }), [transaction(['x']), [0]])).toBe('valid');
    expect(verdict(multiRegister({ initial }), [transaction(['y']), [0]])).toBe('invalid');
    expect(verdict(multiRegister({ initial, otherwise: 0 }), [transaction(['y']), [0]])).toBe('valid');
    expect(
      verdict(
        multiRegister({ initial, otherwise: 0 }),
        [transaction(['y', 1]), [undefined]],
        [transaction(['y']), [0]],
      ),
    ).toBe('invalid');
  });

  it('a read that was not seen says nothing, and a lost transaction writes all or nothing', () => {
    const model = multiRegister({ initial: {}, otherwise: 0 });
    expect(verdict(model, [transaction(['x', 1])], [transaction(['x']), [undefined]])).toBe('valid');
    const lost = [transaction(['x', 1], ['y', 1]), 'lost'] as const;
    expect(verdict(model, lost, [transaction(['x'], ['y']), [1, 1]])).toBe('valid');
    expect(verdict(model, lost, [transaction(['x'], ['y']), [0, 0]])).toBe('valid');
    expect(verdict(model, lost, [transaction(['x'], ['y']), [0, 1]])).toBe('invalid');
  });
});
