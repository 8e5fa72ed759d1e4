// One linearization of a whole history, or word that there is none, without evidence for the latter: the weaker conditions ask
// this often, and only for the answer.

import { pose } from '../problem.ts';
import { retrace } from '../retrace.ts';
import { breadthFirst, depthFirst, type Search } from '../search.ts';
import type { Model, Operation } from '../types.ts';

export interface LinearOrder {
  /** `false`: there is none. `undefined`: it was not found out. */
  readonly order: readonly number[] | false | undefined;
  readonly configurations: number;
}

/**
 * Over all partitions, merged into one order.
 *
 * @param most configurations to look at in all. Depth-first alone is tried where this is 0.
 */
export function findLinearOrder<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  most: number,
): LinearOrder {
  const orders: (readonly number[])[] = [];
  let configurations = 0;
  let isOpen = false;
  for (const [partition, indices] of byPartition(model, operations)) {
    const own = indices.map((index) => operations[index] as Operation<I, O>);
    const order = decided(model, own) ?? searched(partition, indices, own);
    if (order === false) return { order, configurations };
    if (order === undefined) isOpen = true;
    else orders.push(order.map((op) => indices[op] as number));
  }
  return { order: isOpen ? undefined : merged(operations, orders), configurations };

  function searched(partition: string | undefined, indices: readonly number[], own: readonly Operation<I, O>[]) {
    const problem = pose(model, partition, indices, own, { pruned: true });
    const quick = run(depthFirst(problem), 4 * own.length + 64);
    return quick ?? (most > configurations ? run(breadthFirst(problem), most - configurations) : undefined);
  }

  function run(search: Search<S, I, O>, limit: number): readonly number[] | false | undefined {
    const outcome = search.run(limit);
    configurations += search.space.size;
    return outcome ? retrace(search.problem, search.space, search.found).order : outcome;
  }
}

function decided<S, I, O>(model: Model<S, I, O>, operations: readonly Operation<I, O>[]) {
  const decision = model.decide?.(operations);
  return decision?.verdict === 'valid' ? decision.order : decision && (false as const);
}

export function byPartition<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
): ReadonlyMap<string | undefined, readonly number[]> {
  const partitions = new Map<string | undefined, number[]>();
  operations.forEach(({ input }, index) => {
    const partition = model.partition?.(input);
    const indices = partitions.get(partition);
    if (indices) indices.push(index);
    else partitions.set(partition, [index]);
  });
  return partitions;
}

/** Each operation at the latest call of those up to it in its own order: a moment between its call and its return. */
function merged(operations: readonly Operation[], orders: readonly (readonly number[])[]): readonly number[] {
  if (orders.length === 1) return orders[0] as readonly number[];
  const points = orders.flatMap((order) => {
    let at = Number.NEGATIVE_INFINITY;
    return order.map((op) => {
      at = Math.max(at, operations[op]?.call as number);
      return { op, at };
    });
  });
  return points.sort((a, b) => a.at - b.at).map(({ op }) => op);
}
