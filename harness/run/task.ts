/**
 * What a worker does: a batch of runs of one twin, or one run for the report. Tasks and what comes of them are plain data,
 * because a pattern has functions and a function does not cross a thread: patterns go by their names.
 *
 * The one surprise: no line of a history is written for the many runs that nobody will look at; the few that are shown
 * are run again, from their seed.
 */
import { HarnessError } from '../core/errors.ts';
import type { RunResult, ShrunkRun } from '../core/finding.ts';
import type { FailurePattern, Flaw, Target } from '../core/target.ts';
import type { Overrides, Twin } from './circumstances.ts';
import { flawsOf, scenarioOf, variantOf } from './circumstances.ts';
import { type FullRunResult, type Registries, type RunOptions, runOnce } from './run.ts';
import { runTale, type ShrinkOptions, shrink } from './shrink.ts';
import { firstDifference } from './twice.ts';

/** What the module that a worker imports must export. */
export interface Registry extends Registries {
  readonly targets: Readonly<Record<string, Target>>;
}

export interface TaskBase {
  readonly target: string;
  readonly pattern: string;
  readonly flaw: string;
  readonly overrides: Overrides;
}

export type Task = TaskBase &
  (
    | {
        /** Runs the flawed twin until it is convicted as expected and the signal has fired. */
        readonly kind: 'search';
        readonly seeds: readonly number[];
        /** Those of them that are run a second time, to see whether a seed is a run. */
        readonly twice?: readonly number[];
      }
    | {
        /** Runs the fixed twin on all of the seeds. */
        readonly kind: 'acquit';
        readonly seeds: readonly number[];
        readonly twice?: readonly number[];
      }
    | {
        /** Runs one seed with everything recorded. */
        readonly kind: 'show';
        readonly twin: Twin;
        readonly seed: number;
        /** The hash that it had before. */
        readonly hash?: string;
      }
    | {
        /** Makes the story of a convicted flawed run as small as it can in so many runs. */
        readonly kind: 'shrink';
        readonly seed: number;
        readonly mostRuns: number;
      }
  );

export interface SearchResult {
  readonly kind: 'search';
  readonly tried: number;
  readonly operations: number;
  readonly faults: number;
  /** Convicted as expected, and the signal fired where there is one. */
  readonly found?: RunResult;
  /** Convicted as expected, but the signal stayed silent. */
  readonly silent?: RunResult;
  /** Convicted, but not of what was expected. */
  readonly other?: RunResult;
  readonly last?: RunResult;
}

export interface AcquitResult {
  readonly kind: 'acquit';
  readonly tried: number;
  readonly operations: number;
  readonly faults: number;
  readonly convicted: readonly RunResult[];
  readonly unknown: readonly RunResult[];
  /** Acquitted, but the signal fired. */
  readonly alarmed: readonly RunResult[];
  /** In how many of the runs each mark was reached. */
  readonly marks: Readonly<Record<string, number>>;
}

interface ShowResult {
  readonly kind: 'show';
  readonly run: RunResult;
  readonly lines: readonly string[];
  /** Where its hash was another one before: how the two executions differ. */
  readonly differs?: string;
}

interface ShrinkResult {
  readonly kind: 'shrink';
  /** Absent where the story, told operation by operation, did not fail. */
  readonly shrunk?: ShrunkRun;
  readonly lines: readonly string[];
}

/** A run that threw: a bug of ours, of the target or of its pattern. */
interface CrashResult {
  readonly kind: 'crash';
  readonly seed: number;
  readonly message: string;
}

export type TaskResult = SearchResult | AcquitResult | ShowResult | ShrinkResult | CrashResult;

/** Never rejects for what a run did; only for names that the registry does not have. */
export async function perform(task: Task, registry: Registry): Promise<TaskResult> {
  const named = lookUp(registry, task);
  switch (task.kind) {
    case 'search':
      return search(task, named, registry);
    case 'acquit':
      return acquit(task, named, registry);
    case 'show':
      return show(task, named, registry);
    case 'shrink':
      return shrinkFlawed(task.seed, task.mostRuns, named, task, registry);
  }
}

/** At most so many convictions are told in full; a hundred would say no more. */
const told = 3;

type TaskOf<K extends Task['kind']> = Extract<Task, { readonly kind: K }>;

async function search(task: TaskOf<'search'>, named: Named, registry: Registry): Promise<TaskResult> {
  let total: SearchResult = { kind: 'search', tried: 0, operations: 0, faults: 0 };
  for (const seed of task.seeds) {
    const run = await runGuarded('flawed', seed, named, task, registry);
    if ('kind' in run) return run;
    const { history: _, interrupted: __, ...result } = run;
    const { tried, operations, faults } = total;
    total = {
      ...total,
      tried: tried + 1,
      operations: operations + result.operations,
      faults: faults + result.faults,
      last: result,
    };
    const conviction = classify(result, named.flaw);
    if (conviction === 'found') return { ...total, found: result };
    if (conviction !== undefined && total[conviction] === undefined) total = { ...total, [conviction]: result };
  }
  return total;
}

/** What a run of the flawed twin is worth to the search. */
export function classify(run: RunResult, flaw: Flaw): 'found' | 'silent' | 'other' | undefined {
  if (run.valid !== 'invalid') return undefined;
  if (!run.anomalies.some((name) => flaw.expect.includes(name))) return 'other';
  return flaw.signal !== undefined && run.signal === undefined ? 'silent' : 'found';
}

async function acquit(task: TaskOf<'acquit'>, named: Named, registry: Registry): Promise<TaskResult> {
  let operations = 0;
  let faults = 0;
  const convicted: RunResult[] = [];
  const unknown: RunResult[] = [];
  const alarmed: RunResult[] = [];
  const marks: Record<string, number> = {};
  for (const seed of task.seeds) {
    const run = await runGuarded('fixed', seed, named, task, registry);
    if ('kind' in run) return run;
    const { history: _, interrupted: __, ...result } = run;
    operations += result.operations;
    faults += result.faults;
    for (const mark of result.marks ?? []) marks[mark] = (marks[mark] ?? 0) + 1;
    if (result.valid === 'invalid') convicted.push(brief(result, convicted.length));
    else if (result.valid === 'unknown') unknown.push(brief(result, unknown.length));
    else if (result.signal !== undefined) alarmed.push(brief(result, alarmed.length));
  }
  return { kind: 'acquit', tried: task.seeds.length, operations, faults, convicted, unknown, alarmed, marks };
}

/** With its verdicts only where few come before it. */
export const brief = (run: RunResult, before: number): RunResult => (before < told ? run : { ...run, verdicts: [] });

async function show(task: TaskOf<'show'>, named: Named, registry: Registry): Promise<TaskResult> {
  const { seed, twin, hash } = task;
  const lines: string[] = [];
  const run = await runTwin(twin, seed, named, task, registry, { sink: (line) => lines.push(line) });
  if ('kind' in run) return run;
  const { interrupted: _, ...result } = run;
  const differs =
    hash === undefined || hash === run.hash ? undefined : await compare(twin, seed, named, task, registry);
  return { kind: 'show', run: result, lines, ...(differs === undefined ? {} : { differs }) };
}

async function shrinkFlawed(
  seed: number,
  mostRuns: number,
  named: Named,
  base: TaskBase,
  registries: Registries,
): Promise<TaskResult> {
  const before = await runTwin('flawed', seed, named, base, registries);
  if ('kind' in before) return before;
  const { target, pattern, flaw } = named;
  const scenario = scenarioOf(flaw, 'sim', base.overrides);
  const variant = variantOf(target, flaw, scenario, 'flawed');
  const anomaly = before.anomalies.find((name) => flaw.expect.includes(name));
  if (anomaly === undefined) return { kind: 'shrink', lines: [] };
  const options: ShrinkOptions = {
    ...{ target, pattern, flaw, twin: 'flawed', scenario, variant, registries, history: before.history },
    ...{ anomaly, mostRuns },
  };
  const shrunk = await shrink(options);
  if (shrunk === undefined) return { kind: 'shrink', lines: [] };
  const { tale, runs, finished } = shrunk;
  const lines: string[] = [];
  const { interrupted: _, ...run } = await runTale(options, tale, (line) => lines.push(line));
  const of = { operations: before.operations, faults: before.faults, nodes: before.history.header.nodes.length };
  return { kind: 'shrink', shrunk: { run, of, nodes: tale.nodes, runs, finished }, lines };
}

/** Some seeds are run twice: what differs then was not drawn from the seed, and nothing that was found can be replayed. */
async function runGuarded(
  twin: Twin,
  seed: number,
  named: Named,
  task: TaskOf<'search' | 'acquit'>,
  registries: Registries,
): Promise<FullRunResult | CrashResult> {
  const run = await runTwin(twin, seed, named, task, registries);
  if ('kind' in run || !task.twice?.includes(seed)) return run;
  const again = await runTwin(twin, seed, named, task, registries);
  if ('kind' in again || again.hash === run.hash) return run;
  return { kind: 'crash', seed, message: await compare(twin, seed, named, task, registries) };
}

/** In one sentence where two executions part that should have been one. */
async function compare(
  twin: Twin,
  seed: number,
  named: Named,
  base: TaskBase,
  registries: Registries,
): Promise<string> {
  const difference = await firstDifference((createWorld) =>
    runTwin(twin, seed, named, base, registries, { createWorld }),
  );
  return `the ${twin} twin gave another execution the second time; ${difference}`;
}

async function runTwin(
  twin: Twin,
  seed: number,
  { target, pattern, flaw }: Named,
  { overrides }: TaskBase,
  registries: Registries,
  { sink, createWorld }: Pick<RunOptions, 'sink' | 'createWorld'> = {},
): Promise<FullRunResult | CrashResult> {
  const scenario = scenarioOf(flaw, 'sim', overrides);
  const variant = variantOf(target, flaw, scenario, twin);
  try {
    return await runOnce({
      ...{ target, pattern, flaw, twin, scenario, variant, seed, world: 'sim', registries },
      stopEarly: overrides.stopEarly ?? false,
      ...(sink === undefined ? {} : { sink, messages: true }),
      ...(createWorld === undefined ? {} : { createWorld }),
    });
  } catch (error) {
    return { kind: 'crash', seed, message: messageOf(error) };
  }
}

export function messageOf(error: unknown): string {
  if (error instanceof HarnessError) return `${error.message} ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}

interface Named {
  readonly target: Target;
  readonly pattern: FailurePattern;
  readonly flaw: Flaw;
}

function lookUp(registry: Registry, task: TaskBase): Named {
  const target = registry.targets[task.target];
  const pattern = target?.patterns.find(({ id }) => id === task.pattern);
  const flaw = (pattern === undefined ? [] : flawsOf(pattern)).find(({ name }) => name === task.flaw);
  if (target !== undefined && pattern !== undefined && flaw !== undefined) return { target, pattern, flaw };
  throw new Error(`the registry has no flaw ${task.flaw} of ${task.pattern} of ${task.target}`);
}
