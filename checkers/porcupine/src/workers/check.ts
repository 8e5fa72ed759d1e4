// Many partitions at once, each in the next worker that is free. The surprise: the answer does not depend on how many workers
// there are nor on which is faster. Partitions are searched in rounds with a limit of configurations that is fixed before the
// round, and of several that have no order the first in line is the one that is told.
import { checkOperations } from '../check.ts';
import { DEFAULT_CONFIGURATIONS } from '../meter.ts';
import type { CheckOptions, Counterexample, Linearization, Operation, Result } from '../types.ts';
import { byPartition } from '../weaker/linear-order.ts';
import { makePool, type Pool } from './pool.ts';
import { type AnyModel, asTaskModel, importModel, type Limits, type ModelReference, optionsOf } from './protocol.ts';
import { processors, spawnWorker, type WorkerHandle } from './spawn.ts';

export interface WorkerOptions extends CheckOptions {
  /** How many workers at most. Default: as many as there are processors. */
  readonly workers?: number | undefined;
  /** Begins one. Default: a Web Worker, or a thread in Node. */
  readonly spawn?: (() => WorkerHandle) | undefined;
  /**
   * Leave all to the workers. By default each partition is first tried here with a few configurations for each operation, which
   * is enough for nearly all and takes no longer than to send them; but it holds up this thread, and so the page in a browser.
   */
  readonly keepFree?: boolean | undefined;
}

const FIRST_ROUND = 4096;

/**
 * `checkOperations` over several workers, for a model that has partitions: the same verdict (where the budget does), and the
 * same evidence. The model is named and not given, for it must be imported in every worker; states, inputs and outputs must
 * survive a structured clone.
 *
 * The budget of configurations is shared: no partition gets more than an equal share of what the decided ones left. That of
 * memory is for each worker. Rejects for whatever
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
  const deadline = milliseconds === undefined ? undefined : Date.now() + milliseconds;
  const limits: Limits = { deadline, megabytes: options.budget?.megabytes, explain: options.explain };
  const progress: Progress = {
    most,
    deadline,
    spent: 0,
    open: partitions,
    total: partitions.length,
    linearizations: [],
  };
  if (!options.keepFree) {
    const end = settle(progress, triedHere(model, partitions, most, limits));
    if (end) return end;
    if (progress.open.length === 0) {
      return { verdict: 'valid', linearizations: progress.linearizations, configurations: progress.spent };
    }
  }
  const pool = makePool(options.spawn ?? spawnWorker, Math.max(1, options.workers ?? processors()), task, limits);
  try {
    return await inRounds(pool, progress);
  } finally {
    pool.end();
  }
}

/** What is known so far. */
interface Progress {
  readonly most: number;
  readonly deadline: number | undefined;
  /** Configurations of the partitions that are decided. */
  spent: number;
  open: readonly Partition[];
  readonly total: number;
  readonly linearizations: Linearization[];
}

export interface Partition {
  readonly key: string | undefined;
  readonly indices: readonly number[];
  readonly operations: readonly Operation[];
}

async function inRounds(pool: Pool, progress: Progress): Promise<Result<unknown>> {
  const { most, deadline, total } = progress;
  let before = 0;
  for (let round = FIRST_ROUND; progress.open.length > 0; round *= 4) {
    const { open, spent } = progress;
    const share = Math.floor((most - spent) / open.length);
    if (share <= before || (deadline !== undefined && Date.now() > deadline)) {
      const reason = `no verdict within the budget in ${open.length} of ${total} partitions`;
      return { verdict: 'unknown', reason, configurations: spent + before * open.length };
    }
    const limitOf = (one: Partition): number => Math.min(share, round + 4 * one.operations.length);
    const jobs = open.map((one) => ({ partition: one, configurations: limitOf(one) }));
    const end = settle(progress, await pool.round(jobs));
    if (end) return end;
    before = Math.min(share, round);
  }
  return { verdict: 'valid', linearizations: progress.linearizations, configurations: progress.spent };
}

/** Takes in the results of the open partitions, which are in order and end at the first invalid one. */
function settle(progress: Progress, results: readonly Result<unknown>[]): Result<unknown> | undefined {
  const { open, linearizations } = progress;
  const still: Partition[] = [];
  for (const [i, result] of results.entries()) {
    const one = open[i] as Partition;
    if (result.verdict === 'unknown') {
      still.push(one);
      continue;
    }
    progress.spent += result.configurations;
    if (result.verdict === 'invalid') {
      const counterexample = relocated(result.counterexample, one);
      return { verdict: 'invalid', counterexample, configurations: progress.spent };
    }
    for (const { order } of result.linearizations) {
      linearizations.push({ partition: one.key, order: order.map((op) => one.indices[op] as number) });
    }
  }
  progress.open = still;
  return undefined;
}

/** Only so far as nearly all need. */
function triedHere(model: AnyModel, partitions: readonly Partition[], most: number, limits: Limits): Result<unknown>[] {
  const results: Result<unknown>[] = [];
  let left = most;
  for (const { operations } of partitions) {
    const result = checkOperations(model, operations, optionsOf(limits, Math.min(left, 4 * operations.length + 64)));
    results.push(result);
    left = Math.max(0, left - result.configurations);
    if (result.verdict === 'invalid') break;
  }
  return results;
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
