// A lock. With owners, only the holder may release it; without, anybody may, which is what Knossos' mutex checks.
// An acquire or release that failed did not happen: leave it out of the history.
import { defineModel } from '../model.ts';

export interface MutexInput {
  readonly action: 'acquire' | 'release';
  readonly owner?: string | number | undefined;
}

/** The state is who holds the lock: an owner, `''` for one without a name, or null. Operations have no output. */
export function mutex() {
  return defineModel<string | number | null, MutexInput, never>({
    name: 'mutex',
    init: null,
    step(holder, { action, owner = '' }) {
      if (action === 'acquire') return holder === null ? owner : undefined;
      return holder === owner ? null : undefined;
    },
    describeState: (holder) => (holder === null ? 'free' : holder === '' ? 'held' : `held by ${holder}`),
  });
}
