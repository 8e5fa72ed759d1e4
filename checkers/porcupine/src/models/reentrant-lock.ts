// A lock that its holder may acquire again, and must release as often (Jepsen's reentrant mutex of Hazelcast, Java's
// ReentrantLock). The surprise: owners are required, for a lock that forgets who holds it cannot know who may enter again.
import { defineModel } from '../model.ts';
import { afterRefusable, isRefused, supposeGranted } from './refusal.ts';

export interface ReentrantLockInput {
  /** `acquire` waits until the lock can be had, `try-acquire` does not. */
  readonly action: 'acquire' | 'try-acquire' | 'release';
  readonly owner: string | number;
}

/** Who holds the lock and how many times; null when nobody does. */
export type ReentrantLockState = { readonly owner: string | number; readonly holds: number } | null;

/**
 * `mostHolds`: how many times an owner may hold the lock at once (Hazelcast's `lock-acquire-limit`). Default: no limit.
 *
 * Outputs: `false` for an operation that was refused (a `try-acquire` while another holds the lock or beyond the limit, a
 * release by who does not hold it). `true` and `undefined` mean granted; only a `try-acquire` with `undefined` may have been
 * either.
 */
export function reentrantLock(options: { readonly mostHolds?: number | undefined } = {}) {
  const most = options.mostHolds ?? Number.POSITIVE_INFINITY;
  return defineModel<ReentrantLockState, ReentrantLockInput, boolean>({
    name: 'reentrant-lock',
    init: null,
    step(state, { action, owner }, output) {
      const after = action === 'release' ? released(state, owner) : acquired(state, owner, most);
      return afterRefusable(state, after, output, action === 'try-acquire');
    },
    readOnly: isRefused,
    supposeLost: supposeGranted,
    describeState: (state) => (state === null ? 'free' : `held ${state.holds} times by ${state.owner}`),
  });
}

function acquired(state: ReentrantLockState, owner: string | number, most: number): ReentrantLockState | undefined {
  if (state === null) return most >= 1 ? { owner, holds: 1 } : undefined;
  return state.owner === owner && state.holds < most ? { owner, holds: state.holds + 1 } : undefined;
}

function released(state: ReentrantLockState, owner: string | number): ReentrantLockState | undefined {
  if (state?.owner !== owner) return undefined;
  return state.holds === 1 ? null : { owner, holds: state.holds - 1 };
}
