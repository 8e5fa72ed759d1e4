// Many partitions at once, each in the next worker that is free. The surprise: the answer does not depend on how many workers
// there are nor on which is faster. Partitions are searched in rounds with a limit of configurations that is fixed before the
// round, and of several that have no order the first in line is the one that is told.
import { checkOperations } from '../check.ts';
import type { CheckOptions, Counterexample, Linearization, Operation, Result } from '../types.ts';
import { byPartition } from '../weaker/linear-order.ts';
import { makePool, type Pool } from './pool.ts';
import { type AnyModel, asTaskModel, importModel, type ModelReference } from './protocol.ts';
import { processors, spawnWorker, type WorkerHandle } from './spawn.ts';

export interface WorkerOptions extends CheckOptions {
  /** How many workers at most. Default: as many as there are processors. */
  readonly workers?: number | undefined;
  /** Begins one. Default: a Web Worker, or a thread in Node. */
  readonly spawn?: (() => WorkerHandle) | undefined;
  /**
   * With fewer operations than this a few thousand configurations are tried here first, since to begin workers takes longer
   * than most short histories do. Default 20 000.
   */
  readonly inlineBelow?: number | undefined;
}

const DEFAULT_CONFIGURATIONS = 1_000_000;
const INLINE_BELOW = 20_000;
const INLINE_CONFIGURATIONS = 10_000;
const FIRST_ROUND = 4096;

/**
 * `checkOperations` over several workers, for a model that has partitions: the same verdict (where the budget does), and the
 * same evidence. The model is named and not given, for it must be imported in every worker; states, inputs and outputs must
 * survive a structured clone.
 *
 * The budget is shared: no partition gets more than an equal share of what the decided ones left. Rejects for whatever
 * `checkOperations` throws for, for a model that cannot be imported, and for a worker that dies.
 */
export async function checkInWorkers(
  reference: ModelReference,
  operations: readonly Operation[],
  options: WorkerOptions = {},
): Promise<Result<unknown>> {
  const task = asTaskModel(reference);
  const model = await importModel(task);
  const partitions = partitionsOf(model, operations);
  const most = options.budget?.configurations ?? DEFAULT_CONFIGURATIONS;
  const milliseconds = options.budget?.milliseconds;
  // What checkOperations throws for should name operations by their own numbers, so it is asked here.
  if (partitions.length < 2 || operations.some(isMistimed)) return checkOperations(model, operations, options);
  let left = most;
  if (operations.length < (options.inlineBelow ?? INLINE_BELOW)) {
    const configurations = Math.min(most, INLINE_CONFIGURATIONS);
    const here = checkOperations(model, operations, { budget: { configurations, milliseconds } });
    if (here.verdict !== 'unknown' || configurations === most) return here;
    left -= here.configurations;
  }
  const deadline = milliseconds === undefined ? undefined : Date.now() + milliseconds;
  const pool = makePool(options.spawn ?? spawnWorker, Math.max(1, options.workers ?? processors()), task, deadline);
  try {
    const result = await inRounds(pool, partitions, left, deadline);
    return { ...result, configurations: result.configurations + most - left };
  } finally {
    pool.end();
  }
}

export interface Partition {
  readonly key: string | undefined;
  readonly indices: readonly number[];
  readonly operations: readonly Operation[];
}

async function inRounds(
  pool: Pool,
  partitions: readonly Partition[],
  most: number,
  deadline: number | undefined,
): Promise<Result<unknown>> {
  const linearizations: Linearization[] = [];
  let spent = 0;
  let open = partitions;
  let pending = 0;
  let before = 0;
  for (let round = FIRST_ROUND; open.length > 0; round *= 4) {
    const share = Math.floor((most - spent) / open.length);
    if (share <= before || (deadline !== undefined && Date.now() > deadline)) {
      const where = `in ${open.length} of ${partitions.length} partitions`;
      return { verdict: 'unknown', reason: `no verdict within the budget ${where}`, configurations: spent + pending };
    }
    const limitOf = (one: Partition): number => Math.min(share, round + 4 * one.operations.length);
    const results = await pool.round(open.map((one) => ({ partition: one, configurations: limitOf(one) })));
    const still: Partition[] = [];
    pending = 0;
    for (const [i, result] of results.entries()) {
      const one = open[i] as Partition;
      if (result.verdict === 'unknown') {
        still.push(one);
        pending += result.configurations;
        continue;
      }
      spent += result.configurations;
      if (result.verdict === 'invalid') {
        const counterexample = relocated(result.counterexample, one);
        return { verdict: 'invalid', counterexample, configurations: spent + pending };
      }
      linearizations.push(
        ...result.linearizations.map(({ order }) => ({
          partition: one.key,
          order: order.map((op) => one.indices[op] as number),
        })),
      );
    }
    before = Math.min(share, round);
    open = still;
  }
  return { verdict: 'valid', linearizations, configurations: spent };
}

/** The smallest first, as in `checkOperations`. */
function partitionsOf(model: AnyModel, operations: readonly Operation[]): Partition[] {
  const all = [...byPartition(model, operations)].map(([key, indices]) => ({
    key,
    indices,
    operations: indices.map((index) => operations[index] as Operation),
  }));
  return all.sort((a, b) => a.indices.length - b.indices.length);
}

function isMistimed({ call, return: returned }: Operation): boolean {
  return !Number.isFinite(call) || (returned !== undefined && !(returned >= call && Number.isFinite(returned)));
}

/** A partition numbers its own operations from 0. */
function relocated(its: Counterexample<unknown>, { indices }: Partition): Counterexample<unknown> {
  const all = (op: number): number => indices[op] as number;
  return {
    ...its,
    linearization: its.linearization.map((one) => ({ ...one, operation: all(one.operation) })),
    stuck: all(its.stuck),
    blocked: its.blocked.map((one) => ({ ...one, operation: all(one.operation) })),
    core: its.core.map(all),
  };
}
