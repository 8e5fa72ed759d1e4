// A lock. With owners, only the holder may release it; without, anybody may, which is what Knossos' mutex checks.
// An acquire that failed did not happen: leave it out of the history, unless the lock itself refused it (`false`).
import { defineModel } from '../model.ts';
import { afterRefusable, isRefused, supposeGranted } from './refusal.ts';

export interface MutexInput {
  /** `acquire` waits until the lock is free, `try-acquire` does not. */
  readonly action: 'acquire' | 'try-acquire' | 'release';
  readonly owner?: string | number | undefined;
}

/**
 * The state is who holds the lock: an owner, `''` for one without a name, or null.
 *
 * Outputs: `false` for an operation that was refused (a `try-acquire` of a held lock, a release by a stranger). `true` and
 * `undefined` mean granted; only a `try-acquire` with `undefined` may have been either.
 */
export function mutex() {
  return defineModel<string | number | null, MutexInput, boolean>({
    name: 'mutex',
    init: null,
    step(holder, { action, owner = '' }, output) {
      const needed = action === 'release' ? owner : null;
      const after = holder !== needed ? undefined : action === 'release' ? null : owner;
      return afterRefusable(holder, after, output, action === 'try-acquire');
    },
    readOnly: isRefused,
    supposeLost: supposeGranted,
    describeState: (holder) => (holder === null ? 'free' : holder === '' ? 'held' : `held by ${holder}`),
  });
}
