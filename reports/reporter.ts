/**
 * What a reporter is told while a suite runs, and the screen it may write on. The screen is a value that is passed in:
 * nothing in this room looks at `process.stdout`, so every line can be tested.
 */
import type { Finding, SuiteResult } from '../harness/core/finding.ts';
import type { WorldKind } from '../harness/core/types.ts';

export interface Screen {
  write(text: string): void;
  /** True where earlier lines can be written over: a terminal, not a log. */
  readonly live: boolean;
  readonly columns: number;
  /** As chalk's levels: 0 none, 1 sixteen colours, 2, 3 all. */
  readonly colors: 0 | 1 | 2 | 3;
  /** Milliseconds of any clock that only moves forward. */
  now(): number;
}

export interface SuiteStart {
  readonly version: string;
  readonly world: WorldKind;
  readonly baseSeed: number;
  readonly seeds: number;
  readonly patterns: readonly string[];
}

export interface SuiteProgress {
  readonly pattern: string;
  /** Runs finished and runs planned, over both twins and all flaws of this pattern. */
  readonly done: number;
  readonly planned: number;
  /** What is going on just now, in a few words. */
  readonly doing?: string;
  /** The whole suite; `before` is what a run had done that was stopped and is gone on with. */
  readonly all?: { readonly done: number; readonly planned: number; readonly before: number };
}

export interface Reporter {
  start(suite: SuiteStart): void;
  /** As often as one likes; the reporter throttles. */
  progress(progress: SuiteProgress): void;
  finding(finding: Finding): void;
  /** @param paths of the reports that were written, in the order of importance; the last one is printed last. */
  end(suite: SuiteResult, paths: readonly string[]): void;
}
