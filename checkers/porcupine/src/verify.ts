// The other half of a `valid` verdict: a replay that trusts nothing of the search. It knows the model and the
// definition of linearizability, shares no code with the checker, and takes time in proportion to the history.
import type { Linearization, Model, Operation } from './types.ts';

/**
 * Checks that the orders explain the operations: each operation that returned is in exactly one, in its own partition;
 * each step is possible; and none is placed after one that was called only after it returned.
 *
 * @returns `undefined` if all is well, else what is wrong, in words.
 */
export function verifyLinearization<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  linearizations: readonly Linearization[],
): string | undefined {
  const placed = new Uint8Array(operations.length);
  const partitions = new Set<string | undefined>();
  for (const { partition, order } of linearizations) {
    if (partitions.has(partition)) return `partition ${partition} has two orders`;
    partitions.add(partition);
    const wrong = replay(model, operations, partition, order, placed);
    if (wrong !== undefined) return wrong;
  }
  const missing = operations.findIndex((operation, index) => operation.return !== undefined && !placed[index]);
  return missing < 0 ? undefined : `operation ${missing} returned but is in no order`;
}

function replay<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  partition: string | undefined,
  order: readonly number[],
  placed: Uint8Array,
): string | undefined {
  let state = model.init;
  let latestCall = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    const operation = operations[index];
    if (operation === undefined) return `there is no operation ${index}`;
    if (placed[index]) return `operation ${index} is in an order twice`;
    placed[index] = 1;
    const { input, call, return: returned } = operation;
    if (model.partition?.(input) !== partition) return `operation ${index} does not belong to partition ${partition}`;
    if (returned !== undefined && returned < latestCall) {
      return `operation ${index} returned before an operation was called that is placed before it`;
    }
    latestCall = Math.max(latestCall, call);
    const output = returned === undefined ? model.supposeLost?.(input) : operation.output;
    const after = model.step(state, input, output);
    if (after === undefined) return `operation ${index} is not possible where it is placed`;
    state = after;
  }
  return undefined;
}
