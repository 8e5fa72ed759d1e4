/**
 * A whole suite: patterns, their flaws, two twins, many seeds. In the simulator over all cores, in containers a few at a
 * time.
 *
 * The one surprise: it does not print and does not decide an exit code. Whoever called is told of progress and of each
 * finding as it is made, and is given them all at the end, also after an interruption.
 */
import type { Finding, FlawFinding, SuiteResult } from '../core/finding.ts';
import { worstStatus } from '../core/finding.ts';
import type { FailurePattern, Flaw, Target } from '../core/target.ts';
import type { WorldKind } from '../core/types.ts';
import { flawsOf, isControl, type Overrides, type Twin } from './circumstances.ts';
import { coverageOf } from './coverage.ts';
import { type ExamineOptions, examine } from './examine.ts';
import { examineLive } from './examine-live.ts';
import { createPool, defaultWorkers, type Pool } from './pool.ts';
import { createProgressFile, type FlawProgress, lengthOf, type Progress, progressKey } from './progress.ts';
import type { WorldFactory } from './run.ts';
import type { RunStore } from './store.ts';
import type { Registry } from './task.ts';

interface SuitePattern {
  readonly target: Target;
  readonly pattern: FailurePattern;
}

/** How far one pattern is: runs of both twins over all its flaws. */
export interface SuiteProgress {
  readonly pattern: string;
  readonly done: number;
  /** Grows while the flawed twin is searched: nobody knows beforehand how long that takes. */
  readonly planned: number;
  readonly doing?: string;
  /** The whole suite, with what is not begun yet. */
  readonly all: {
    readonly done: number;
    readonly planned: number;
    /** Of those that are done: by a run that was stopped and is gone on with. */
    readonly before: number;
  };
}

export interface SuiteOptions {
  readonly patterns: readonly SuitePattern[];
  readonly world: WorldKind;
  readonly baseSeed: number;
  /** Seeds of the fixed twin. */
  readonly seeds: number;
  readonly twins?: 'both' | Twin;
  readonly overrides?: Overrides;
  /** Where histories go; `result.json` is the caller's, who may know more. */
  readonly store: RunStore;
  readonly registry: Registry;
  /** Address of a module that exports `targets`, `workloads` and `nemeses`, for worker threads to import. */
  readonly registryUrl: string;
  /** Threads; 0 for none, as many as there are cores where nothing is said. Simulator only. */
  readonly workers?: number;
  /** Makes containers' worlds, where the defaults of `createDockerWorld` will not do. */
  readonly createDockerWorld?: WorldFactory;
  /** Containers: how many runs at a time (2). */
  readonly parallel?: number;
  /** How many seeds the flawed twin gets at most: by default five for each of the fixed one's, at least 200; in containers 8. */
  readonly tries?: number;
  /** Goes on where this one was stopped, whose seeds are not run again; the rest of the options must be its own. Simulator only. */
  readonly resume?: Progress;
  readonly signal?: AbortSignal;
  readonly version: string;
  readonly environment: Readonly<Record<string, string>>;
  progress?(progress: SuiteProgress): void;
  finding?(finding: Finding): void;
}

/** @throws HarnessError where the world cannot be had at all; what a pattern does wrong is in its finding. */
export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const began = performance.now();
  const { patterns, world, baseSeed, seeds, store, version, environment } = options;
  const signal = options.signal ?? new AbortController().signal;
  const findings = new Map<FailurePattern, Finding>();
  const here: SuitePattern[] = [];
  for (const suitePattern of patterns) {
    const { target, pattern } = suitePattern;
    const skipped = whyNot(world, target, pattern);
    if (skipped === undefined) here.push(suitePattern);
    else
      findings.set(pattern, {
        pattern,
        target: target.name,
        world,
        status: 'unknown',
        flaws: [],
        milliseconds: 0,
        skipped,
      });
  }
  const log = world === 'sim' ? createLog(options) : undefined;
  const all: Counts = { done: 0, planned: 0, before: 0 };
  const jobs = here.flatMap((suitePattern) => jobsOf(suitePattern, options, signal, all, log));
  all.before = all.done;
  const finish = (job: Job, made: FlawFinding): void => {
    job.report.flaws[job.place] = made;
    if (--job.report.left > 0) return;
    const finding = findingOf(job, world);
    findings.set(job.pattern, finding);
    options.finding?.(finding);
  };

  if (world === 'sim') {
    await inSimulator(jobs, options, signal, finish).finally(() => log?.save(true));
    if (!signal.aborted) log?.remove();
  } else await inContainers(jobs, options, finish);
  const told = patterns.flatMap(({ pattern }) => findings.get(pattern) ?? []);
  const coverage = world === 'sim' ? coverageOf(new Set(patterns.map(({ target }) => target)), told) : [];
  return {
    id: store.id,
    version,
    world,
    baseSeed,
    seeds,
    findings: told,
    ...(coverage.length === 0 ? {} : { coverage }),
    milliseconds: performance.now() - began,
    interrupted: signal.aborted,
    environment,
  };
}

/** Why a pattern is not run here at all. */
function whyNot(world: WorldKind, target: Target, pattern: FailurePattern): string | undefined {
  const worlds = pattern.worlds.filter((one) => target.worlds.includes(one));
  if (!worlds.includes(world)) return `it runs in ${worlds.join(' and ')} only`;
  return flawsOf(pattern).length === 0 ? 'it has neither flaws nor controls yet' : undefined;
}

/** One flaw to be examined; all flaws of a pattern share its report. */
interface Job extends ExamineOptions {
  readonly place: number;
  readonly report: Report;
  doing(what: string): void;
}

interface Report {
  readonly flaws: FlawFinding[];
  left: number;
  began?: number;
}

type Counts = { -readonly [K in keyof SuiteProgress['all']]: number };

/** What is known of each flaw, and its file. */
interface Log {
  readonly flaws: Record<string, FlawProgress>;
  save(now?: boolean): void;
  remove(): void;
}

function createLog({ store, version, baseSeed, seeds, patterns, ...options }: SuiteOptions): Log {
  const { twins = 'both', overrides = {}, resume } = options;
  const file = createProgressFile(store.folder);
  const flaws = { ...resume?.flaws };
  const ids = patterns.map(({ pattern }) => pattern.id);
  const save = (now?: boolean): void =>
    file.save({ version, baseSeed, seeds, twins, overrides, patterns: ids, flaws }, now);
  return { flaws, save, remove: file.remove };
}

function jobsOf(
  { target, pattern }: SuitePattern,
  options: SuiteOptions,
  signal: AbortSignal,
  all: Counts,
  log: Log | undefined,
): Job[] {
  const { world, baseSeed, seeds, store, twins = 'both', overrides = {} } = options;
  const tries = options.tries ?? (world === 'docker' ? 8 : Math.max(200, 5 * seeds));
  const flaws = flawsOf(pattern);
  const report: Report = { flaws: [], left: flaws.length };
  const known = (flaw: Flaw): FlawProgress | undefined => log?.flaws[progressKey(pattern.id, flaw.name)];
  const beforeOf = (flaw: Flaw): Pick<ExamineOptions, 'before'> => {
    const before = known(flaw);
    return before === undefined ? {} : { before };
  };
  const searchedBefore = sumOf(flaws.map((flaw) => known(flaw)?.searched.tried ?? 0));
  let done = searchedBefore + sumOf(flaws.map((flaw) => lengthOf(known(flaw)?.done ?? [])));
  let planned = searchedBefore + (twins === 'flawed' ? 0 : flaws.length * seeds);
  all.done += done;
  all.planned += planned;
  const tell = (doing?: string): void =>
    options.progress?.({
      ...{ pattern: pattern.id, done, planned, all: { ...all } },
      ...(doing === undefined ? {} : { doing }),
    });
  return flaws.map((flaw, place) => ({
    ...beforeOf(flaw),
    ...{
      target,
      pattern,
      flaw,
      twins: isControl(flaw) ? 'fixed' : twins,
      baseSeed,
      seeds,
      tries,
      overrides,
      store,
      signal,
    },
    ...{ place, report },
    keep(progress) {
      if (log === undefined) return;
      log.flaws[progressKey(pattern.id, flaw.name)] = progress;
      log.save();
    },
    doing: tell,
    tick(twin, runs) {
      done += runs;
      all.done += runs;
      if (twin === 'flawed') planned += runs;
      if (twin === 'flawed') all.planned += runs;
      tell(`${flaw.name}: ${twin} twin`);
    },
  }));
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

function findingOf({ pattern, target, report }: Job, world: WorldKind): Finding {
  return {
    pattern,
    target: target.name,
    world,
    status: worstStatus(report.flaws.map(({ status }) => status)),
    flaws: report.flaws,
    milliseconds: performance.now() - (report.began ?? performance.now()),
  };
}

type Finish = (job: Job, made: FlawFinding) => void;

async function inSimulator(
  jobs: readonly Job[],
  options: SuiteOptions,
  signal: AbortSignal,
  finish: Finish,
): Promise<void> {
  if (jobs.length === 0) return;
  const { registry, registryUrl, workers = defaultWorkers() } = options;
  const pool: Pool = createPool({ workers, registryUrl, registry });
  // Nothing real is at stake in the simulator: an interruption may stop runs where they are.
  const stop = (): void => void pool.close();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    // One more than there are threads, so that none is idle while the last batch of a flaw is under way.
    await severalAtATime(jobs, pool.width + 1, async (job) => finish(job, await examine(pool, job)));
  } finally {
    signal.removeEventListener('abort', stop);
    await pool.close();
  }
}

async function inContainers(jobs: readonly Job[], options: SuiteOptions, finish: Finish): Promise<void> {
  const { registry, parallel = 2, createDockerWorld } = options;
  const createWorld = createDockerWorld === undefined ? {} : { createWorld: createDockerWorld };
  await severalAtATime(jobs, parallel, async (job) =>
    finish(job, await examineLive({ ...job, registries: registry, ...createWorld })),
  );
}

/** In order, so many at a time. The first error stops the others from beginning, and is thrown when those under way ended. */
async function severalAtATime(jobs: readonly Job[], width: number, work: (job: Job) => Promise<void>): Promise<void> {
  const queue = [...jobs];
  const failures: unknown[] = [];
  const pull = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined && failures.length === 0; job = queue.shift()) {
      job.report.began ??= performance.now();
      try {
        await work(job);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, pull));
  if (failures.length > 0) throw failures[0];
}
