/**
 * One run, in either world: the load with its faults, the mending, the quiet, the final reads.
 *
 * The one surprise: this is a machine of callbacks, not an async function. In the simulator time passes only between
 * scheduled actions, and whoever merely awaits would be left behind.
 */
import type { Nemesis } from '../core/cluster.ts';
import type { Generator } from '../core/generator.ts';
import { nothing } from '../core/generators.ts';
import type { Recorder } from '../core/history.ts';
import type { Random } from '../core/random.ts';
import type { Client, Door } from '../core/target.ts';
import type { History, Nanos, NodeId, ScheduledFault } from '../core/types.ts';
import type { World } from '../core/world.ts';
import { createCrew } from './crew.ts';
import { quorumCore } from './quorum-core.ts';
import { createStriker } from './striker.ts';

export interface Interpreted {
  readonly history: History;
  /** Why the run cannot be trusted although it came to its end. */
  readonly doubts: readonly string[];
  readonly interrupted: boolean;
  /** When the load was ended early because it was convicted. */
  readonly stoppedAt?: Nanos;
}

export interface InterpreterOptions {
  readonly world: World;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly concurrency: number;
  /** The load; it is ended at `duration`, and so is every fault. */
  readonly generator: Generator;
  readonly duration: Nanos;
  /** Quiet between the last heal and the final reads. */
  readonly settle: Nanos;
  readonly final?: Generator;
  readonly observeEvery: Nanos;
  readonly schedule: readonly ScheduledFault[];
  readonly nemeses: Readonly<Record<string, Nemesis>>;
  /** See `Scenario.liveness`. */
  readonly liveness?: { readonly within: Nanos };
  open(door: Door): Client;
  /** Looked at now and then: once it says something, the load ends early, and there are no final reads. */
  convicted?(): string | undefined;
  /** Ends the load, mends, and finishes the history. */
  readonly signal?: AbortSignal;
}

/** The final reads are cut off after this: a target that answers nobody any more must not hold the run up. */
const finalLimit: Nanos = 60_000_000_000;

/** Is not the number of any fault of a schedule. */
const coreNumber = -1;
const glance: Nanos = 1_000_000;

/** How long a convicted run goes on at most, before anybody notices. */
const lookEvery: Nanos = 50_000_000;

/** @throws what a generator, a nemesis or a client did that only a bug or wrong options can explain; all is mended before. */
export async function interpret(options: InterpreterOptions): Promise<Interpreted> {
  const { world, recorder, signal, random } = options;
  const { cluster } = world;
  const start = world.now();
  const doubts: string[] = [];
  let phase: 'main' | 'converging' | 'mending' | 'settling' | 'final' = 'main';
  let finished = false;
  let interrupted = false;
  let stoppedAt: Nanos | undefined;
  let failure: { readonly error: unknown } | undefined;

  const failed = (error: unknown): void => {
    failure ??= { error };
    interrupt();
  };
  /** What is scheduled may throw only into our hands: in containers there is nobody else to catch it. */
  const at = (time: Nanos, action: () => void): void =>
    world.at(time, () => {
      if (finished) return;
      try {
        action();
      } catch (error) {
        failed(error);
      }
    });

  const crew = createCrew({ world, recorder, concurrency: options.concurrency, random, open: options.open, failed });
  const nemeses = { ...options.nemeses, [quorumCore.name]: quorumCore };
  const striker = createStriker({ cluster, recorder, random, nemeses, failed });
  const loaded = (): boolean => phase === 'main' || phase === 'converging';

  const endMain = (): void => {
    if (!loaded()) return;
    phase = 'mending';
    crew.stop();
    striker.mendAll().then(
      () => {
        if (interrupted || stoppedAt !== undefined) finish();
        else settle();
      },
      (error: unknown) => {
        failure ??= { error };
        finish();
      },
    );
  };
  const settle = (): void => {
    phase = 'settling';
    at(world.now() + options.settle, () => {
      phase = 'final';
      crew.abandon();
      crew.play(options.final ?? nothing, 'final', finish);
      if (finished) return;
      at(world.now() + finalLimit, () => {
        doubts.push(`the final reads were not done after ${finalLimit / 1e9} s`);
        finish();
      });
    });
  };
  const finish = (): void => {
    finished = true;
    crew.close();
  };
  const interrupt = (): void => {
    interrupted = true;
    if (loaded()) endMain();
    else if (phase !== 'mending') finish();
  };
  // The world looks up from its work only after something has happened, so an abort has to be something that happens.
  const abort = (): void => {
    if (finished) return;
    doubts.push(`interrupted after ${((world.now() - start) / 1e9).toFixed(1)} s`);
    at(world.now(), interrupt);
  };

  const look = (): void => {
    if (!loaded()) return;
    if (options.convicted?.() === undefined) {
      at(world.now() + lookEvery, look);
      return;
    }
    stoppedAt = world.now();
    endMain();
  };
  if (options.convicted !== undefined) at(start + lookEvery, look);

  observe(options, at, () => finished);
  options.schedule.forEach((fault, number) => {
    at(start + fault.at, () => {
      if (phase !== 'main') return;
      const end = striker.strike(fault, fault.stream ?? number);
      at(start + fault.at + fault.lasts, end);
    });
  });
  at(start + options.duration, () => {
    const { liveness, duration } = options;
    if (phase !== 'main') return;
    if (liveness === undefined) {
      endMain();
      return;
    }
    phase = 'converging';
    const fault = { nemesis: quorumCore.name, options: {}, at: duration, lasts: liveness.within };
    striker.strike(fault, coreNumber);
    // The others are mended once the core's own blows have landed: whoever is down, and is to stay down, never comes back.
    at(world.now() + glance, () => striker.endOthers(coreNumber));
    at(world.now() + liveness.within, endMain);
  });
  crew.play(options.generator, 'main');
  signal?.addEventListener('abort', abort);
  try {
    if (signal?.aborted === true) abort();
    await world.run(() => finished);
  } finally {
    signal?.removeEventListener('abort', abort);
    finish();
  }
  if (failure !== undefined) throw failure.error;
  return {
    history: recorder.end(world.now()),
    doubts: [...striker.doubts, ...doubts],
    interrupted,
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
  };
}

/** Asks every node for its state, at an interval; one that has not answered yet is not asked again, and delays nobody. */
function observe(
  { world, recorder, observeEvery }: InterpreterOptions,
  at: (time: Nanos, action: () => void) => void,
  over: () => boolean,
): void {
  const { cluster } = world;
  const asked = new Set<NodeId>();
  const ask = async (node: NodeId): Promise<void> => {
    if (asked.has(node)) return;
    asked.add(node);
    try {
      const seen = await cluster.inspect(node);
      if (seen !== undefined && !over()) recorder.observe({ at: world.now(), node, ...seen });
    } catch {
      // A node that cannot be asked is not observed; whether it should have been is for the checkers to say.
    } finally {
      asked.delete(node);
    }
  };
  const look = (): void => {
    for (const node of cluster.nodes) void ask(node);
    at(world.now() + observeEvery, look);
  };
  if (observeEvery > 0) at(world.now() + observeEvery, look);
}
