/** What holders, the lock and the resource say to each other, and what clients hear. */
import type { Json } from '../../../harness/core/types.ts';

/** `id` names a request of one holder; the answer repeats it. */
export type Message =
  | { readonly type: 'acquire'; readonly id: number; readonly key: string; readonly ttlMs: number }
  /** `waitedMs`: how long the request stood in line, by the lock's monotonic clock. The lease began after that. */
  | {
      readonly type: 'granted';
      readonly id: number;
      readonly token: number;
      readonly ttlMs: number;
      readonly waitedMs: number;
    }
  /** Nobody waits for the grant any more. */
  | { readonly type: 'forget'; readonly id: number; readonly key: string }
  | { readonly type: 'release'; readonly id: number; readonly key: string; readonly token: number }
  | { readonly type: 'released'; readonly id: number; readonly held: boolean }
  | { readonly type: 'write'; readonly id: number; readonly key: string; readonly token: number; readonly value: Json }
  /** `newest`: the largest token seen so far. */
  | { readonly type: 'written'; readonly id: number; readonly taken: boolean; readonly newest: number };

/** What a client asks of a holder, or (`read`) of the resource. Leases belong to a session. */
export type Request =
  | { readonly op: 'acquire'; readonly session: string; readonly key: string; readonly ttlMs: number }
  | { readonly op: 'write'; readonly session: string; readonly key: string; readonly value: Json }
  | { readonly op: 'release'; readonly session: string; readonly key: string }
  | { readonly op: 'read'; readonly key: string };

/** `not-done`: certainly. `unknown`: the holder asked and heard nothing in time. */
export type Answer =
  | { readonly outcome: 'done'; readonly value: Json }
  | { readonly outcome: 'not-done' | 'unknown'; readonly because: string };
