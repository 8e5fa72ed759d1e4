/** Every setting of the lock and of those around it, with the values that make the reference. The last three are its preventions. */
import { readSettings, type SettingsOf } from '../../../harness/core/settings.ts';
import type { JsonObject, Variant } from '../../../harness/core/types.ts';

export const reference = {
  /** A lease is never longer, whatever is asked for; and so long does a restarted lock grant nothing. */
  maximumTtlMs: 600,
  /** How long a holder works on a write between its last look at its lease and the write itself. */
  workMs: 60,
  workJitterMs: 60,

  /** Leases run out by the monotonic clock; without it by the wall clock, which may be set. */
  monotonicLeases: true,
  /** The resource refuses a token that is smaller than one that it has seen; without it, it takes every write. */
  fencing: true,
  /** Leases are granted in the order in which they were asked for; without it the latest comes first. */
  fifo: true,
} as const satisfies Variant;

export type Settings = SettingsOf<typeof reference>;

export const settingsOf = (variant: JsonObject): Settings => readSettings(reference, variant);
