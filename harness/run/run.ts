/**
 * One run from beginning to end: a scenario, a variant and a seed go in; a history, its verdicts and what the document's
 * detection line made of it come out. The same function for both worlds.
 */
import type { Nemesis } from '../core/cluster.ts';
import { HarnessError } from '../core/errors.ts';
import { judge, type RunResult } from '../core/finding.ts';
import { createRecorder } from '../core/history.ts';
import { createForkingRandom, createRandom } from '../core/random.ts';
import type { FailurePattern, Flaw, Scenario, Target, Workload, WorkloadPlan } from '../core/target.ts';
import type { History, HistoryHeader, ScheduledFault, Story, Variant, WorldKind } from '../core/types.ts';
import { type Checker, unknown, type Verdict } from '../core/verdict.ts';
import { nemesesOf } from '../core/weather.ts';
import type { Fork, World, WorldOptions } from '../core/world.ts';
import { createSimWorld } from '../sim/world.ts';
import { interpret } from './interpreter.ts';
import { createLookout } from './lookout.ts';
import { drawSchedule } from './schedule.ts';
import { tell, threadsOf } from './story.ts';

/** What names in scenarios stand for. */
export interface Registries {
  readonly workloads: Readonly<Record<string, Workload>>;
  readonly nemeses: Readonly<Record<string, Nemesis>>;
}

/** Makes the world of a run; tests and the containers bring their own. */
export type WorldFactory = (options: WorldOptions) => World | Promise<World>;

export interface RunOptions {
  readonly target: Target;
  /** For the header, so that the history can be judged and replayed from its file. */
  readonly pattern?: FailurePattern;
  /** Whose scenario and signal these are, whichever twin is run. */
  readonly flaw?: Flaw;
  readonly twin?: 'flawed' | 'fixed';
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly seed: number;
  readonly world: WorldKind;
  /** Makes the world; without it the one that `world` names is made, with its defaults. */
  readonly createWorld?: WorldFactory;
  readonly registries: Registries;
  /** Told faults and operations, in place of those that the scenario would draw from the seed. */
  readonly schedule?: readonly ScheduledFault[];
  readonly story?: Story;
  /** One of the run's futures from a moment on; simulator only. */
  readonly fork?: Fork;
  /** End the load as soon as a checker that looks on has convicted it; what is left of it would prove the same. */
  readonly stopEarly?: boolean;
  /** Gets each line of the history as it happens. */
  readonly sink?: (line: string) => void;
  /** Record the messages between nodes. */
  readonly messages?: boolean;
  readonly signal?: AbortSignal;
}

/** A run with its history. */
export type FullRunResult = RunResult & { readonly history: History; readonly interrupted: boolean };

/** @throws HarnessError for names and options that are wrong, any error for what only a bug can explain. */
export async function runOnce(options: RunOptions): Promise<FullRunResult> {
  const { target, scenario, variant, seed, registries } = options;
  const began = performance.now();
  const workload = named(registries.workloads, scenario.workload, 'workload');
  const struck = options.schedule?.map(({ nemesis }) => nemesis) ?? scenario.faults.flatMap(nemesesOf);
  for (const nemesis of struck) named(registries.nemeses, nemesis, 'nemesis');
  const client = named(target.clients, scenario.workload, `client of ${target.name} for the workload`);
  const roles = target.roles(scenario.nodes ?? target.defaultNodes);
  const { random, fork } = createForkingRandom(seed);
  const plan: WorkloadPlan = {
    duration: options.story?.duration ?? scenario.duration,
    rate: scenario.rate,
    random: random.split('plan'),
    nodes: Object.keys(roles),
    roles,
    options: scenario.workloadOptions ?? {},
  };
  const header = headerOf(options, workload, plan);
  const checkers = [...workload.checkers(plan.options), ...scenario.checkers];
  const lookout = createLookout(createRecorder(header, options.sink), options.stopEarly === true ? checkers : []);
  const { recorder } = lookout;
  const { story } = options;
  const final = story === undefined ? workload.final?.(plan) : tell(story, 'final');
  const createWorld = options.createWorld ?? (await worldOf(options.world, registries));
  const world = await createWorld({
    ...{ target, variant, roles, seed, recorder, messages: options.messages ?? false },
    ...(options.fork === undefined ? {} : { fork: options.fork }),
  });
  if (options.fork !== undefined) {
    const { at, salt } = options.fork;
    world.at(at, () => fork(salt));
  }
  try {
    const { history, doubts, interrupted, stoppedAt } = await interpret({
      world,
      recorder,
      random,
      concurrency: header.concurrency,
      generator: story === undefined ? workload.generator(plan) : tell(story, 'main'),
      duration: plan.duration,
      settle: scenario.settle,
      ...(final === undefined ? {} : { final }),
      ...(options.stopEarly === true ? { convicted: lookout.convicted } : {}),
      observeEvery: scenario.observeEvery,
      schedule: header.schedule,
      ...(scenario.liveness === undefined ? {} : { liveness: scenario.liveness }),
      nemeses: registries.nemeses,
      open: (door) => client(door, variant),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const hash = world.hash?.();
    const marks = world.marks?.() ?? [];
    // Judging can take long, and needs no live system.
    await world.close();
    const judged = judgeHistory(history, checkers, options.flaw);
    const allDoubts = [...doubts, ...crashesOf(history)];
    return {
      seed,
      variant,
      ...judged,
      valid: judge(judged.verdicts, allDoubts),
      operations: history.operations.length,
      faults: history.faults.filter(({ skipped }) => skipped === undefined).length,
      doubts: allDoubts,
      ...(stoppedAt === undefined ? {} : { stoppedAt }),
      ...(hash === undefined ? {} : { hash }),
      ...(marks.length === 0 ? {} : { marks }),
      milliseconds: performance.now() - began,
      history,
      interrupted,
    };
  } finally {
    await world.close();
  }
}

/** The containers are loaded only by those who use them: their libraries are many, and workers simulate. */
async function worldOf(kind: WorldKind, { nemeses }: Registries): Promise<WorldFactory> {
  if (kind === 'sim') return createSimWorld;
  const [{ createDockerWorld }, { ownDiskNeeded }] = await Promise.all([
    import('../docker/world.ts'),
    import('../docker/cluster.ts'),
  ]);
  return (options) => {
    const { schedule } = options.recorder.header;
    const powerCuttable = schedule.some(({ nemesis }) =>
      ownDiskNeeded.some((need) => nemeses[nemesis]?.needs.includes(need)),
    );
    return createDockerWorld({ ...options, powerCuttable });
  };
}

/** Everything that a history alone can tell. A checker that throws has no opinion. */
function judgeHistory(
  history: History,
  checkers: readonly Checker[],
  flaw?: Flaw,
): Pick<RunResult, 'verdicts' | 'anomalies' | 'signal'> {
  const verdicts = checkers.map((checker): Verdict => {
    try {
      return checker.check(history);
    } catch (error) {
      return unknown(checker.name, `the checker threw: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  const names = new Set(verdicts.flatMap(({ anomalies }) => anomalies.map(({ name }) => name)));
  const signal = flaw?.signal?.fires(history);
  return { verdicts, anomalies: [...names].sort(), ...(signal === undefined ? {} : { signal }) };
}

function headerOf(options: RunOptions, workload: Workload, plan: WorkloadPlan): HistoryHeader {
  const { target, pattern, flaw, twin, scenario, variant, seed, world, story } = options;
  const facts = target.facts?.(variant);
  return {
    pitchpole: 1,
    target: target.name,
    ...(pattern === undefined ? {} : { pattern: pattern.id }),
    ...(flaw === undefined ? {} : { flaw: flaw.name }),
    ...(twin === undefined ? {} : { twin }),
    world,
    seed,
    variant,
    nodes: plan.nodes,
    concurrency: story === undefined ? scenario.concurrency : threadsOf(story),
    workload: workload.name,
    ...(workload.model === undefined ? {} : { model: workload.model }),
    schedule:
      options.schedule ?? drawSchedule(scenario.faults, scenario.duration, createRandom(seed).split('schedule')),
    ...(story === undefined ? {} : { story }),
    ...(facts === undefined ? {} : { facts }),
  };
}

/** A handler that throws is a bug of the node, whatever the checkers make of the history; flaws are not crashes. */
const crashesOf = (history: History): string[] =>
  history.events
    .filter(({ kind }) => kind === 'crashed')
    .slice(0, 3)
    .map(({ node, at, name }) => `${node} crashed after ${(at / 1e9).toFixed(3)} s: ${name ?? 'no reason given'}`);

function named<T>(registry: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (found !== undefined) return found;
  throw new HarnessError({
    code: 'bad-usage',
    message: `There is no ${what} \`${name}\`.`,
    hint: `Known are: ${Object.keys(registry).sort().join(', ')}.`,
  });
}
