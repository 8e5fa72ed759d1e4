// Sequential consistency: one order that explains all, in which each process finds its own operations in its own order. What
// real time says about two processes is nothing. The surprise: it is not compositional. Two objects that are each sequentially
// consistent may not be so together, so the whole history is searched at once, whatever partitions the model has.
import { describeOperation, describeValue } from '../model.ts';
import type { CheckOptions, Model, Operation, Unknown } from '../types.ts';
import { findLinearOrder } from './linear-order.ts';
import { type Ended, poseSequential, searchSequential } from './sequential-search.ts';

export type SequentialResult<S> =
  | {
      readonly verdict: 'valid';
      /** Indices into the operations: the one order. `verifySequential` checks it without the checker's help. */
      readonly order: readonly number[];
      readonly configurations: number;
    }
  | {
      readonly verdict: 'invalid';
      readonly counterexample: SequentialCounterexample<S>;
      readonly configurations: number;
    }
  | Unknown;

/** All numbers are indices into the checked operations. */
export interface SequentialCounterexample<S> {
  /** One of the longest orders that keep every process's own. */
  readonly order: readonly number[];
  /** After `order`: the state of each partition that an operation which could come next belongs to. */
  readonly states: readonly { readonly partition: string | undefined; readonly state: S }[];
  /** The next operation of each process, none of which is possible. */
  readonly blocked: readonly { readonly operation: number; readonly because: string }[];
  /** Where that alone is the reason: each of these must come before the next, and the last before the first; or the one is impossible. */
  readonly circle?: readonly number[];
  /** All of this in one sentence. */
  readonly message: string;
}

const DEFAULT_CONFIGURATIONS = 1_000_000;
const MOST_TOLD = 12;

/**
 * Decides whether the operations are sequentially consistent (Lamport 1979, "How to make a multiprocessor computer that
 * correctly executes multiprocess programs"): whether there is one order of all that returned, and of some that were lost, that
 * `model` allows, and in which of two operations of one process the one that returned before the other was called comes first.
 *
 * A lost operation comes after what its process did before it; nothing comes after it for certain. Whatever is linearizable is
 * sequentially consistent, and that is tried first. To decide it is NP-complete (Gibbons and Korach 1997): for objects that
 * are overwritten as a whole, by values that hardly repeat, what follows from the values read convicts nearly all that is wrong;
 * otherwise the answer is `unknown` where the budget of configurations does not do. `milliseconds` is not looked at.
 */
export function checkSequential<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  { budget = {} }: CheckOptions = {},
): SequentialResult<S> {
  const linear = findLinearOrder(model, operations, 0);
  if (linear.order) return { verdict: 'valid', order: linear.order, configurations: linear.configurations };
  const problem = poseSequential(model, operations);
  const most = budget.configurations ?? DEFAULT_CONFIGURATIONS;
  const ended = searchSequential(problem, Math.max(0, most - linear.configurations));
  const configurations = linear.configurations + ended.configurations;
  if (ended.found) return { verdict: 'valid', order: ended.order, configurations };
  if (ended.found === false)
    return { verdict: 'invalid', counterexample: told(model, operations, ended, problem.circle), configurations };
  return { verdict: 'unknown', reason: `no verdict within the budget of ${most} configurations`, configurations };
}

/**
 * Replays an order against the definition of sequential consistency, in linear time.
 *
 * @returns `undefined` if all is well, else what is wrong, in words.
 */
export function verifySequential<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  order: readonly number[],
): string | undefined {
  const placed = new Uint8Array(operations.length);
  const states = new Map<string | undefined, S>();
  const latestCalls = new Map<number | string, number>();
  for (const index of order) {
    const operation = operations[index];
    if (operation === undefined) return `there is no operation ${index}`;
    if (placed[index]) return `operation ${index} is in the order twice`;
    placed[index] = 1;
    const { process, input, call, return: returned } = operation;
    const latestCall = latestCalls.get(process) ?? Number.NEGATIVE_INFINITY;
    if (returned !== undefined && returned < latestCall) {
      return `operation ${index} returned before its process called an operation that is placed before it`;
    }
    latestCalls.set(process, Math.max(latestCall, call));
    const partition = model.partition?.(input);
    const state = states.has(partition) ? (states.get(partition) as S) : model.init;
    const after = model.step(state, input, returned === undefined ? model.supposeLost?.(input) : operation.output);
    if (after === undefined) return `operation ${index} is not possible where it is placed`;
    states.set(partition, after);
  }
  const missing = operations.findIndex((operation, index) => operation.return !== undefined && !placed[index]);
  return missing < 0 ? undefined : `operation ${missing} returned but is not in the order`;
}

function told<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  { order, heads, stateOf }: Ended<S>,
  circle: readonly number[] | undefined,
): SequentialCounterexample<S> {
  const inWords = (state: S): string => model.describeState?.(state) ?? describeValue(state);
  const name = (op: number): string => {
    const { input, output } = operations[op] as Operation<I, O>;
    return model.describe?.(input, output) ?? describeOperation(input, output);
  };
  const whose = (op: number): string => `${name(op)} by process ${operations[op]?.process}`;
  const partitionOf = (op: number): string | undefined => model.partition?.((operations[op] as Operation<I, O>).input);
  const partitions = [...new Set(heads.map(partitionOf))];
  const states = partitions.map((partition) => ({ partition, state: stateOf(partition) }));
  const because = (op: number): string => {
    const state = stateOf(partitionOf(op));
    const { input, output } = operations[op] as Operation<I, O>;
    return model.step(state, input, output) === undefined
      ? `${name(op)} is not possible in the state ${inWords(state)}`
      : `${name(op)} would come before others that have to come first`;
  };
  const evidence = { order, states, blocked: heads.map((op) => ({ operation: op, because: because(op) })) };
  if (circle !== undefined) {
    const [only] = circle;
    const message =
      circle.length === 1
        ? `${whose(only as number)} cannot be explained: no order whatever leads to a state in which it is possible`
        : `no order keeps each process's own: each of these must come before the next, and the last before the first: ${circle.slice(0, MOST_TOLD).map(whose).join(', ')}${circle.length > MOST_TOLD ? ', …' : ''}`;
    return { ...evidence, circle, message };
  }
  const where = states.map(({ partition, state }) =>
    partition === undefined ? inWords(state) : `${inWords(state)} at ${JSON.stringify(partition)}`,
  );
  const due = operations.filter((operation) => operation.return !== undefined).length;
  const placed = order.filter((op) => operations[op]?.return !== undefined).length;
  return {
    ...evidence,
    message: `no order that keeps each process's own explains all: one of the longest has ${placed} of the ${due} operations that returned, after which the state is ${where.join(', ')}, and next must come ${heads.map(whose).join(' or ')}`,
  };
}
