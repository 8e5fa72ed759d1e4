/**
 * Verdicts and how they add up. Three-valued, as in Jepsen: `unknown` is an honest answer, never a pass.
 */
import type { History, HistoryHeader, Json, Nanos, Operation } from './types.ts';

export type Validity = 'valid' | 'unknown' | 'invalid';

/** One thing that must not happen, with the operations that prove it. */
export interface Anomaly {
  /** From the literature where it has a name there: `nonlinearizable`, `stale-read`, `lost-write`, `split-brain`. */
  readonly name: string;
  /** One sentence with the values: what happened, and why it may not. */
  readonly because: string;
  /** Indices into the history's operations. */
  readonly operations: readonly number[];
  /** When it happened, where a moment can be named. */
  readonly at?: Nanos;
  readonly counterexample?: Counterexample;
  /** Transactions of which each had to come before the next, and the last before the first (Adya 1999). */
  readonly cycle?: readonly CycleStep[];
}

export interface CycleStep {
  /** Indices into the history's operations. */
  readonly from: number;
  readonly to: number;
  /** Adya's dependency (`ww`, `wr`, `rw`), or the order that clients saw (`process`, `realtime`). */
  readonly type: string;
  /** Why `from` came first, in one sentence in which operation 3 is `T3`. */
  readonly because: string;
}

/**
 * The longest partial linearization, and the operation that cannot come next (Wing & Gong 1993; Lowe 2017).
 * Operations are named by their index in the history.
 */
export interface Counterexample {
  readonly key?: string;
  readonly model: string;
  /** In the order found; `state` is what the object held after it, as text. */
  readonly stations: readonly { readonly operation: number; readonly state: string }[];
  /** State before the blocked operation. */
  readonly state: string;
  /** Operations that had to come next and could not, each with the reason. */
  readonly blocked: readonly { readonly operation: number; readonly why: string }[];
}

export interface Verdict {
  readonly checker: string;
  readonly valid: Validity;
  readonly anomalies: readonly Anomaly[];
  /** One line for a person: what was checked and what came out, with the counts. */
  readonly summary: string;
  /** What the checker measured, for tables and plots. */
  readonly details?: Json;
}

export interface Checker {
  readonly name: string;
  check(history: History): Verdict;
  /** Begins to look on while the run goes on; absent where only a whole history can be judged. */
  watch?(header: HistoryHeader): Watch | undefined;
}

/**
 * Told of each operation as it happens. Both answer with one sentence once what has happened is convicted, whatever comes: at
 * the event after it, since what happens at one moment is concurrent. It may be less strict than `check`, and never more.
 */
export interface Watch {
  called(operation: Operation): string | undefined;
  returned(operation: Operation): string | undefined;
}

/** invalid > unknown > valid: one broken guarantee is enough, and doubt outweighs a pass. */
export function worst(validities: Iterable<Validity>): Validity {
  let result: Validity = 'valid';
  for (const validity of validities) {
    if (validity === 'invalid') return 'invalid';
    if (validity === 'unknown') result = 'unknown';
  }
  return result;
}

export const valid = (checker: string, summary: string, details?: Json): Verdict =>
  verdict(checker, 'valid', [], summary, details);

export const unknown = (checker: string, summary: string, details?: Json): Verdict =>
  verdict(checker, 'unknown', [], summary, details);

export const invalid = (checker: string, anomalies: readonly Anomaly[], summary: string, details?: Json): Verdict =>
  verdict(checker, 'invalid', anomalies, summary, details);

function verdict(
  checker: string,
  validity: Validity,
  anomalies: readonly Anomaly[],
  summary: string,
  details: Json | undefined,
): Verdict {
  return { checker, valid: validity, anomalies, summary, ...(details === undefined ? {} : { details }) };
}
