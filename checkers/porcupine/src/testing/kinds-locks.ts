// Locks and semaphores with the inputs, right answers and lies to try them with. Two owners and small numbers, so that a lock
// is often found held and a token often repeats.
import fc from 'fast-check';
import { type FencedLockInput, type FencedLockState, fencedLock } from '../models/fenced-lock.ts';
import { type MutexInput, mutex } from '../models/mutex.ts';
import { type ReentrantLockInput, type ReentrantLockState, reentrantLock } from '../models/reentrant-lock.ts';
import { type SemaphoreInput, semaphore } from '../models/semaphore.ts';
import type { Kind } from './histories.ts';

const lockAction = fc.constantFrom('acquire' as const, 'acquire' as const, 'try-acquire' as const, 'release' as const);
const evenAction = fc.constantFrom('acquire' as const, 'try-acquire' as const, 'release' as const, 'release' as const);
const owner = fc.constantFrom('a', 'a', 'b');
const outcome = fc.constantFrom<(boolean | undefined)[]>(true, false, false, undefined);

const mutexKind: Kind<string | number | null, MutexInput, boolean> = {
  model: mutex(),
  input: fc.record({ action: evenAction, owner: fc.constantFrom(undefined, undefined, 'a', 'b') }),
  answer: (holder, { action }) => (action === 'try-acquire' ? holder === null : undefined),
  lie: outcome,
};

const reentrantKind = (mostHolds?: number): Kind<ReentrantLockState, ReentrantLockInput, boolean> => {
  const model = reentrantLock({ mostHolds });
  return {
    model,
    input: fc.record({ action: evenAction, owner }),
    answer: (state, input) =>
      input.action === 'try-acquire' ? model.step(state, input, true) !== undefined : undefined,
    lie: outcome,
  };
};

const semaphoreKind = (
  release: 'held' | 'any',
  owners: fc.Arbitrary<string | undefined>,
): Kind<Readonly<Record<string, number>>, SemaphoreInput, boolean> => {
  const model = semaphore({ permits: 2, release });
  return {
    model,
    input: fc.record({ action: evenAction, permits: fc.constantFrom(undefined, undefined, 1, 2), owner: owners }),
    answer: (held, input) => (input.action === 'try-acquire' ? model.step(held, input, true) !== undefined : undefined),
    lie: outcome,
  };
};

const fencedKind = (reentrant: boolean | number): Kind<FencedLockState, FencedLockInput, number | boolean> => {
  const model = fencedLock({ reentrant });
  return {
    model,
    input: fc.record({ action: lockAction, owner }),
    answer(state, input) {
      if (input.action === 'release') return undefined;
      const possible = model.step(state, input, undefined);
      // Of a tried acquisition `undefined` may be a refusal, so the state says which it was.
      const granted = possible !== undefined && possible.holder !== state.holder;
      if (!granted) return input.action === 'try-acquire' ? false : undefined;
      const next = Math.max(0, state.highest) + 1;
      return state.holder === null ? next : state.holder.seen ? state.highest : next;
    },
    lie: fc.constantFrom<(number | boolean | undefined)[]>(1, 2, 3, 4, false, true, undefined),
  };
};

export const lockKinds = {
  mutex: mutexKind,
  'reentrant-lock': reentrantKind(),
  'reentrant-lock, at most twice': reentrantKind(2),
  semaphore: semaphoreKind('held', fc.constantFrom(undefined)),
  'semaphore with owners': semaphoreKind('held', fc.constantFrom('a', 'b')),
  'semaphore, anything may be released': semaphoreKind('any', fc.constantFrom(undefined)),
  'fenced-lock': fencedKind(false),
  'fenced-lock, reentrant': fencedKind(true),
  'fenced-lock, at most twice': fencedKind(2),
};
