/**
 * What a suite says of a pattern: not one verdict but the pair. The flawed twin must be convicted of the expected
 * anomaly and the fixed one acquitted; the finding decides the exit code.
 */
import type { FailurePattern, Flaw } from './target.ts';
import type { History, Nanos, Variant, WorldKind } from './types.ts';
import { type Validity, type Verdict, worst } from './verdict.ts';

export type FindingStatus = 'reproduced' | 'not-reproduced' | 'regressed' | 'unknown' | 'crashed';

/** One run, judged. */
export interface RunResult {
  readonly seed: number;
  readonly variant: Variant;
  readonly valid: Validity;
  readonly verdicts: readonly Verdict[];
  /** Names of the anomalies, without repetition, sorted. */
  readonly anomalies: readonly string[];
  readonly signal?: { readonly at: Nanos; readonly because: string };
  readonly operations: number;
  readonly faults: number;
  /** Why the run cannot be called valid although no checker objects: a fault that did not take effect. */
  readonly doubts: readonly string[];
  /** Where the load was ended early, because it was convicted by then. */
  readonly stoppedAt?: Nanos;
  readonly hash?: string;
  /** What the nodes marked, sorted. Simulator only. */
  readonly marks?: readonly string[];
  readonly milliseconds: number;
  /** Kept for the runs that the report shows. */
  readonly history?: History;
  /** Where the history was stored, relative to the run's folder. */
  readonly file?: string;
}

/** The smallest story found that still fails as a run did. */
export interface ShrunkRun {
  /** Its run, with its history. */
  readonly run: RunResult;
  /** What the run that it came from had. */
  readonly of: { readonly operations: number; readonly faults: number; readonly nodes: number };
  readonly nodes: number;
  /** How many runs it took to find. */
  readonly runs: number;
  /** False where the time for it was up: it may be smaller still. */
  readonly finished: boolean;
  /** Its futures from many of its moments on, where they were looked at: when did the failure become inevitable? */
  readonly futures?: readonly FutureMoment[];
}

/** Of `of` futures that part from the run at `at`, so many fail with the same anomaly. */
export interface FutureMoment {
  readonly at: Nanos;
  readonly failed: number;
  readonly of: number;
}

/** The first moment from which on at least so great a share of all futures fails, at every later moment too. */
export function pointOfNoReturn(moments: readonly FutureMoment[], share = 0.95): Nanos | undefined {
  const last = moments.findLastIndex(({ failed, of }) => failed < share * of);
  return moments[last + 1]?.at;
}

export interface FlawFinding {
  readonly flaw: Flaw;
  readonly status: FindingStatus;
  /** One sentence: why this status. */
  readonly because: string;
  /** The first flawed run that was convicted, else the last tried. */
  readonly flawed?: RunResult;
  /** The story of `flawed`, as small as it could be made. Simulator only. */
  readonly shrunk?: ShrunkRun;
  readonly flawedTried: number;
  /** The fixed run on the same seed as `flawed`, or the one that was convicted. */
  readonly fixed?: RunResult;
  readonly fixedTried: number;
  /** Seeds on which the fixed twin was convicted. */
  readonly fixedConvicted: readonly number[];
  readonly fixedUnknown: number;
  readonly operations: number;
  readonly faults: number;
  /** In how many runs of the fixed twin each mark was reached. Simulator only. */
  readonly marks?: Readonly<Record<string, number>>;
}

/** What a target's marks came to over a whole suite (`Target.marks`). */
export interface Coverage {
  readonly target: string;
  readonly marks: readonly {
    readonly name: string;
    /** Runs of the fixed twins that reached it, and how many must. */
    readonly runs: number;
    readonly wanted: number;
  }[];
}

export interface Finding {
  readonly pattern: FailurePattern;
  readonly target: string;
  readonly world: WorldKind;
  readonly status: FindingStatus;
  readonly flaws: readonly FlawFinding[];
  readonly milliseconds: number;
  /** Why the pattern was not run here at all. */
  readonly skipped?: string;
  /** What a person changed for all of its runs, as flags: a replay needs them too. */
  readonly flags?: readonly string[];
}

/** What a whole `pitchpole run` produced. */
export interface SuiteResult {
  readonly id: string;
  readonly version: string;
  readonly world: WorldKind;
  readonly baseSeed: number;
  readonly seeds: number;
  readonly findings: readonly Finding[];
  readonly milliseconds: number;
  readonly interrupted: boolean;
  /** Of the targets that say what must be reached. Simulator only. */
  readonly coverage?: readonly Coverage[];
  /** Versions, machine, image digests, flags: for the report's last section. */
  readonly environment: Readonly<Record<string, string>>;
}

const severity: readonly FindingStatus[] = ['reproduced', 'unknown', 'not-reproduced', 'regressed', 'crashed'];

export function worstStatus(statuses: Iterable<FindingStatus>): FindingStatus {
  let result = 0;
  for (const status of statuses) result = Math.max(result, severity.indexOf(status));
  return severity[result] as FindingStatus;
}

/** A run is as good as its worst verdict, and never better than `unknown` when a fault did not take effect. */
export const judge = (verdicts: readonly Verdict[], doubts: readonly string[]): Validity =>
  worst([...verdicts.map((verdict) => verdict.valid), ...(doubts.length > 0 ? (['unknown'] as const) : [])]);
