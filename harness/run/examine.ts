/**
 * One flaw in the simulator: the flawed twin is searched for a seed that convicts it, the fixed twin must be acquitted on
 * all seeds, and both are run once more with everything recorded, for the report.
 *
 * The one surprise: running the shown seeds again, and every twentieth of the others, is also the proof that a seed is a
 * run. If the second one has another hash, nothing else that was found is worth anything, and the finding says so.
 */
import type { FlawFinding, RunResult, ShrunkRun } from '../core/finding.ts';
import { seedText } from '../core/random.ts';
import type { FailurePattern, Flaw, Target } from '../core/target.ts';
import { isControl, type Overrides, seedOf, type Twin } from './circumstances.ts';
import { conclude } from './conclude.ts';
import { addMarks } from './coverage.ts';
import type { Pool } from './pool.ts';
import { type FlawProgress, gapsOf, withStretch } from './progress.ts';
import type { RunStore } from './store.ts';
import { type AcquitResult, brief, messageOf, type SearchResult, type TaskBase, type TaskResult } from './task.ts';

export interface ExamineOptions {
  readonly target: Target;
  readonly pattern: FailurePattern;
  readonly flaw: Flaw;
  readonly twins: 'both' | Twin;
  readonly baseSeed: number;
  readonly seeds: number;
  /** How many seeds the flawed twin gets at most. */
  readonly tries: number;
  readonly overrides: Overrides;
  readonly store: RunStore;
  readonly signal: AbortSignal;
  /** Told of runs that are done. */
  tick(twin: Twin, runs: number): void;
  /** What is known already, of a run that was stopped. */
  readonly before?: FlawProgress;
  /** Told after each batch what is known by then. */
  keep?(progress: FlawProgress): void;
}

/** How long a batch should take: long enough that messages cost nothing, short enough that the progress moves. */
const batchMilliseconds = 400;
const largestBatch = 25;

export async function examine(pool: Pool, options: ExamineOptions): Promise<FlawFinding> {
  const { target, pattern, flaw, twins, baseSeed, overrides, signal } = options;
  const base: TaskBase = { target: target.name, pattern: pattern.id, flaw: flaw.name, overrides };
  const trouble: Trouble = { crashed: undefined };
  let known: FlawProgress = options.before ?? { searched: noSearch, acquitted: noAcquittal, done: [] };
  const keep = (news: Partial<FlawProgress>): void => {
    known = { ...known, ...news };
    options.keep?.(known);
  };
  const [searched, acquitted] = await Promise.all([
    twins === 'fixed' || isControl(flaw) ? noSearch : search(pool, base, options, known, keep, trouble),
    twins === 'flawed' ? noAcquittal : acquit(pool, base, options, known, keep, trouble),
  ]);
  const best = searched.found ?? searched.silent ?? searched.other ?? searched.last;
  const shownSeed = acquitted.convicted[0]?.seed ?? best?.seed ?? seedOf(baseSeed, 0);
  const flawed = best === undefined ? undefined : await show(pool, base, 'flawed', best.seed, best, options, trouble);
  const shrunk = searched.found === undefined ? undefined : await story(pool, base, searched.found, options, trouble);
  const fixed =
    twins === 'flawed' ? undefined : await show(pool, base, 'fixed', shownSeed, undefined, options, trouble);

  // The convicting seed may lie beyond those that the fixed twin was tried on: then this was one more.
  const isExtra = fixed !== undefined && (shownSeed - baseSeed) >>> 0 >= options.seeds;
  const extra = (held: boolean): RunResult[] => (isExtra && held ? [fixed] : []);
  const convicted = [...acquitted.convicted, ...extra(fixed?.valid === 'invalid')];
  const unknown = [...acquitted.unknown, ...extra(fixed?.valid === 'unknown')];
  const alarmed = [...acquitted.alarmed, ...extra(fixed?.valid === 'valid' && fixed.signal !== undefined)];
  const fixedTried = acquitted.tried + (isExtra ? 1 : 0);
  const { status, because } = conclude(flaw, {
    ...(best === undefined ? {} : { flawed: best }),
    ...{ flawedTried: searched.tried, fixedTried, convicted, unknown, alarmed, interrupted: signal.aborted },
    ...(trouble.crashed === undefined ? {} : { crashed: trouble.crashed }),
  });
  return {
    flaw,
    status,
    because,
    ...(flawed === undefined ? {} : { flawed }),
    ...(shrunk === undefined ? {} : { shrunk }),
    flawedTried: searched.tried,
    ...(fixed === undefined ? {} : { fixed }),
    fixedTried,
    fixedConvicted: convicted.map(({ seed }) => seed),
    fixedUnknown: unknown.length,
    operations: searched.operations + acquitted.operations + (isExtra ? fixed.operations : 0),
    faults: searched.faults + acquitted.faults + (isExtra ? fixed.faults : 0),
    ...(Object.keys(acquitted.marks).length === 0 ? {} : { marks: acquitted.marks }),
  };
}

/** The first thing that broke. */
interface Trouble {
  crashed: string | undefined;
}

const noSearch: SearchResult = { kind: 'search', tried: 0, operations: 0, faults: 0 };
const noAcquittal: AcquitResult = {
  ...{ kind: 'acquit', tried: 0, operations: 0, faults: 0 },
  ...{ convicted: [], unknown: [], alarmed: [], marks: {} },
};

async function search(
  pool: Pool,
  base: TaskBase,
  { baseSeed, tries, signal, tick }: ExamineOptions,
  { searched }: FlawProgress,
  keep: (news: Partial<FlawProgress>) => void,
  trouble: Trouble,
): Promise<SearchResult> {
  let total = searched;
  let size = 2;
  while (total.tried < tries && total.found === undefined && goesOn(trouble, signal)) {
    const batch = seedsFrom(baseSeed, total.tried, Math.min(size, tries - total.tried));
    const began = performance.now();
    const result = await attempt(pool.run({ kind: 'search', ...base, ...batch }), trouble, signal);
    if (result?.kind !== 'search') break;
    size = nextSize(size, result.tried, performance.now() - began);
    tick('flawed', result.tried);
    total = {
      ...result,
      tried: total.tried + result.tried,
      operations: total.operations + result.operations,
      faults: total.faults + result.faults,
      // The first of each kind counts.
      ...(total.silent === undefined ? {} : { silent: total.silent }),
      ...(total.other === undefined ? {} : { other: total.other }),
    };
    keep({ searched: total });
  }
  return total;
}

async function acquit(
  pool: Pool,
  base: TaskBase,
  { baseSeed, seeds, signal, tick }: ExamineOptions,
  known: FlawProgress,
  keep: (news: Partial<FlawProgress>) => void,
  trouble: Trouble,
): Promise<AcquitResult> {
  let size = 5;
  let { acquitted: total, done } = known;
  const gaps = gapsOf(done, seeds).map(([from, to]) => ({ from, to }));
  const pull = async (): Promise<void> => {
    for (let gap = gaps[0]; gap !== undefined && !enough(total) && goesOn(trouble, signal); gap = gaps[0]) {
      const { from } = gap;
      const batch = seedsFrom(baseSeed, from, Math.min(size, gap.to - from));
      gap.from += batch.seeds.length;
      if (gap.from === gap.to) gaps.shift();
      const began = performance.now();
      const result = await attempt(pool.run({ kind: 'acquit', ...base, ...batch }), trouble, signal);
      if (result?.kind !== 'acquit') return;
      size = nextSize(size, result.tried, performance.now() - began);
      tick('fixed', result.tried);
      total = {
        kind: 'acquit',
        tried: total.tried + result.tried,
        operations: total.operations + result.operations,
        faults: total.faults + result.faults,
        convicted: inSeedOrder(baseSeed, [...total.convicted, ...result.convicted]),
        unknown: inSeedOrder(baseSeed, [...total.unknown, ...result.unknown]),
        alarmed: inSeedOrder(baseSeed, [...total.alarmed, ...result.alarmed]),
        marks: addMarks(total.marks, result.marks),
      };
      done = withStretch(done, [from, from + result.tried]);
      keep({ acquitted: total, done });
    }
  };
  await Promise.all(Array.from({ length: pool.width }, pull));
  return total;
}

/** Of so many seeds that went wrong, more would say no more: it bounds what is kept, and what is waited for. */
const mostWrong = 1000;

const enough = ({ convicted, unknown, alarmed }: AcquitResult): boolean =>
  convicted.length + unknown.length + alarmed.length >= mostWrong;

async function show(
  pool: Pool,
  base: TaskBase,
  twin: Twin,
  seed: number,
  before: RunResult | undefined,
  { pattern, flaw, store, signal }: ExamineOptions,
  trouble: Trouble,
): Promise<RunResult | undefined> {
  if (!goesOn(trouble, signal)) return before;
  const hash = before?.hash === undefined ? {} : { hash: before.hash };
  const result = await attempt(pool.run({ kind: 'show', ...base, twin, seed, ...hash }), trouble, signal);
  if (result?.kind !== 'show') return before;
  if (result.differs !== undefined) trouble.crashed ??= `seed ${seedText(seed)}: ${result.differs}`;
  const file = historyName(pattern, flaw, twin);
  store.saveHistory(file, result.lines);
  return { ...result.run, file };
}

/** How many runs a suite spends on the smallest story of a flaw; `pitchpole shrink` goes on for longer. */
const storyRuns = 200;

/** The smallest story of the convicted run; none where it does not fail when it is told, or where there is no time left. */
async function story(
  pool: Pool,
  base: TaskBase,
  { seed }: RunResult,
  { pattern, flaw, store, signal }: ExamineOptions,
  trouble: Trouble,
): Promise<ShrunkRun | undefined> {
  if (!goesOn(trouble, signal)) return undefined;
  const result = await attempt(pool.run({ kind: 'shrink', ...base, seed, mostRuns: storyRuns }), trouble, signal);
  if (result?.kind !== 'shrink' || result.shrunk === undefined) return undefined;
  const file = `${historyName(pattern, flaw, 'flawed').replace(/flawed\.jsonl$/, 'shrunk.jsonl')}`;
  store.saveHistory(file, result.lines);
  return { ...result.shrunk, run: { ...result.shrunk.run, file } };
}

/** Relative to the run's folder: `consensus-split-brain.stale-read.flawed.jsonl`. */
export const historyName = ({ id }: FailurePattern, { name }: Flaw, twin: Twin): string =>
  `${id.replaceAll('/', '-')}.${name}.${twin}.jsonl`;

/** Undefined where it broke, which is noted, or was interrupted, which is not. */
async function attempt(
  pending: Promise<TaskResult>,
  trouble: Trouble,
  signal: AbortSignal,
): Promise<TaskResult | undefined> {
  try {
    const result = await pending;
    if (result.kind !== 'crash') return result;
    trouble.crashed ??= `seed ${seedText(result.seed)}: ${result.message}`;
  } catch (error) {
    if (!signal.aborted) trouble.crashed ??= messageOf(error);
  }
  return undefined;
}

const goesOn = (trouble: Trouble, signal: AbortSignal): boolean => trouble.crashed === undefined && !signal.aborted;

/** Of so many seeds one is run twice. */
const guardedOf = 20;

function seedsFrom(baseSeed: number, first: number, count: number): { seeds: number[]; twice: number[] } {
  const seeds = Array.from({ length: count }, (_, index) => seedOf(baseSeed, first + index));
  return { seeds, twice: seeds.filter((_, index) => (first + index) % guardedOf === 0) };
}

const inSeedOrder = (baseSeed: number, runs: readonly RunResult[]): RunResult[] =>
  runs.toSorted((a, b) => ((a.seed - baseSeed) >>> 0) - ((b.seed - baseSeed) >>> 0)).map(brief);

/** Time in the queue counts as time of the batch: then batches are smaller than they might be, which does no harm. */
const nextSize = (size: number, runs: number, milliseconds: number): number =>
  Math.max(1, Math.min(largestBatch, 2 * size, Math.round((batchMilliseconds * runs) / Math.max(1, milliseconds))));
