/**
 * From a run that failed to the smallest story that still fails with the same anomaly: fewer faults, fewer operations,
 * fewer nodes, less time (delta debugging, Zeller & Hildebrandt 2002). In the simulator, where a run takes milliseconds.
 *
 * The one surprise: what is left out changes everything after it, since the draws of the network fall on other messages.
 * So nothing is concluded from a part: each candidate is run, and only a run that fails counts. A candidate that does not
 * fail gets a few other seeds before it is given up: a story that fails for any luck is as good.
 */
import { assert } from '../core/errors.ts';
import type { FailurePattern, Flaw, Scenario, Target } from '../core/target.ts';
import type { History, Nanos, ScheduledFault, Story, StoryOperation, Variant } from '../core/types.ts';
import type { Fork } from '../core/world.ts';
import { type FullRunResult, type Registries, runOnce } from './run.ts';
import { storyOf } from './story.ts';

export interface ShrinkOptions {
  readonly target: Target;
  readonly pattern?: FailurePattern;
  readonly flaw?: Flaw;
  readonly twin?: 'flawed' | 'fixed';
  /** That of the run: its checkers, its settle time, its nodes. */
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly registries: Registries;
  /** The run that failed. */
  readonly history: History;
  /** What must still be found, by name. */
  readonly anomaly: string;
  /** How long to go on, in milliseconds of the wall clock (for ever). The best so far is the answer. */
  readonly limitMs?: number;
  /** The same in runs, for an answer that does not depend on the machine. */
  readonly mostRuns?: number;
  readonly signal?: AbortSignal;
  /** Told after each candidate. */
  progress?(state: ShrinkProgress): void;
}

export interface ShrinkProgress {
  readonly runs: number;
  readonly operations: number;
  readonly faults: number;
  readonly nodes: number;
}

/** One candidate: everything that makes a run but the target. */
export interface Tale {
  readonly seed: number;
  readonly nodes: number;
  readonly schedule: readonly ScheduledFault[];
  readonly story: Story;
}

export interface Shrunk {
  readonly tale: Tale;
  /** The run of the tale. */
  readonly run: FullRunResult;
  readonly runs: number;
  readonly milliseconds: number;
  /** False where the limit came first: it may be smaller still. */
  readonly finished: boolean;
}

interface Failing {
  readonly tale: Tale;
  readonly run: FullRunResult;
}

/** Seeds that a candidate gets, beyond its own. */
const otherSeeds = 2;

/** Undefined where the told run does not fail as the generated one did, on any of a few seeds. */
export async function shrink(options: ShrinkOptions): Promise<Shrunk | undefined> {
  const began = performance.now();
  const {
    history,
    scenario,
    target,
    limitMs = Number.POSITIVE_INFINITY,
    mostRuns = Number.POSITIVE_INFINITY,
    signal,
  } = options;
  let runs = 0;
  let best: Failing | undefined;
  const late = (): boolean => runs >= mostRuns || performance.now() - began > limitMs || signal?.aborted === true;

  const fails = async (candidate: Tale, luck = otherSeeds): Promise<boolean> => {
    for (let extra = 0; extra <= luck; extra++) {
      if (best !== undefined && late()) return false;
      const tale = { ...candidate, seed: (candidate.seed + extra) >>> 0 };
      runs++;
      const run = await attempt(tale);
      if (run?.valid === 'invalid' && run.anomalies.includes(options.anomaly)) {
        best = { tale, run };
        const { nodes, schedule, story } = tale;
        options.progress?.({ runs, nodes, faults: schedule.length, operations: story.operations.length });
        return true;
      }
    }
    return false;
  };
  /** The run that was given must be possible; a smaller one need not be (a fault names a node that is gone). */
  const attempt = (tale: Tale): Promise<FullRunResult | undefined> =>
    best === undefined ? runTale(options, tale) : runTale(options, tale).catch(() => undefined);
  const found = (): Failing => {
    assert(best !== undefined, 'nothing is shrunk before the whole story has failed');
    return best;
  };
  const now = (): Tale => found().tale;

  const whole: Tale = {
    seed: history.header.seed,
    nodes: history.header.nodes.length,
    schedule: history.header.schedule.map((fault, stream) => ({ ...fault, stream: fault.stream ?? stream })),
    story: history.header.story ?? storyOf(history, scenario.duration),
  };
  if (!(await fails(whole, 20))) return undefined;
  for (let size = Number.POSITIVE_INFINITY; sizeOf(now()) < size && !late(); ) {
    size = sizeOf(now());
    await shorten();
    await minimize(now().schedule, (schedule) => fails({ ...now(), schedule }));
    await minimize(now().story.operations, (operations) => fails({ ...now(), story: { ...now().story, operations } }));
    await fewerNodes();
    await shorterFaults();
  }
  const { tale, run } = found();
  return { tale, run, runs, milliseconds: performance.now() - began, finished: !late() };

  /** Ends the load earlier: halves the time, then tries less. Faults and operations behind the end go with it. */
  async function shorten(): Promise<void> {
    for (let step = now().story.duration / 2; step > now().story.duration / 16; ) {
      const duration = Math.round(now().story.duration - step);
      if (duration <= 0 || !(await fails(endedAt(now(), duration), 0))) step /= 2;
    }
  }

  async function fewerNodes(): Promise<void> {
    for (let nodes = 1; nodes < now().nodes; nodes++) {
      const names = Object.keys(target.roles(nodes));
      const fits = ({ node }: StoryOperation): boolean => node === undefined || names.includes(node);
      const operations = now().story.operations.map((one) => (fits(one) ? one : withoutNode(one)));
      if (await fails({ ...now(), nodes, story: { ...now().story, operations } })) return;
    }
  }

  async function shorterFaults(): Promise<void> {
    for (let index = 0; index < now().schedule.length; index++) {
      for (const share of [0.25, 0.5]) {
        const fault = now().schedule[index] as ScheduledFault;
        const lasts = Math.round(fault.lasts * share);
        if (await fails({ ...now(), schedule: now().schedule.with(index, { ...fault, lasts }) }, 0)) break;
      }
    }
  }
}

/** Runs a tale on the options' target: what was told, and nothing else. */
export function runTale(
  {
    target,
    pattern,
    flaw,
    twin,
    scenario,
    variant,
    registries,
    fork,
  }: Omit<ShrinkOptions, 'history' | 'anomaly'> & { readonly fork?: Fork },
  { seed, nodes, schedule, story }: Tale,
  sink?: (line: string) => void,
): Promise<FullRunResult> {
  return runOnce({
    target,
    ...(pattern === undefined ? {} : { pattern }),
    ...(flaw === undefined ? {} : { flaw }),
    ...(twin === undefined ? {} : { twin }),
    scenario: { ...scenario, nodes },
    ...{ variant, seed, world: 'sim', registries, schedule, story },
    ...(fork === undefined ? {} : { fork }),
    ...(sink === undefined ? {} : { sink, messages: true }),
  });
}

/**
 * The smallest list found such that `fails` still holds, by leaving out ever smaller stretches; `fails` is known to hold for
 * `items`. At the end no single item can be left out, unless `fails` has begun to refuse everything.
 */
export async function minimize<T>(
  items: readonly T[],
  fails: (rest: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = items;
  if (kept.length > 0 && (await fails([]))) return [];
  for (let size = Math.ceil(kept.length / 2); size >= 1 && kept.length > 1; ) {
    const before = kept.length;
    for (let from = 0; from < kept.length; ) {
      const rest = kept.toSpliced(from, size);
      if (rest.length > 0 && (await fails(rest))) kept = rest;
      else from += size;
    }
    if (size === 1 && kept.length === before) break;
    size = Math.min(size === 1 ? 1 : Math.ceil(size / 2), Math.ceil(kept.length / 2));
  }
  return kept;
}

const sizeOf = ({ nodes, schedule, story }: Tale): number =>
  nodes + schedule.length + story.operations.length + story.duration / 1e12;

function endedAt(tale: Tale, duration: Nanos): Tale {
  const schedule = tale.schedule
    .filter(({ at }) => at < duration)
    .map((fault) => ({ ...fault, lasts: Math.min(fault.lasts, duration - fault.at) }));
  const operations = tale.story.operations.filter(({ at, phase }) => phase === 'final' || at < duration);
  return { ...tale, schedule, story: { duration, operations } };
}

function withoutNode({ node: _, ...operation }: StoryOperation): StoryOperation {
  return operation;
}
