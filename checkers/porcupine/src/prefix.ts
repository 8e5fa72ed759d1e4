// The shortest prefix of a history that has no order. A prefix ends with a return: what was called later is not there, and
// what was still under way may have taken effect or not. The surprise: prefixes are tried near the place where the verdict
// was found first, for the history that is wrong long before it is convicted is rare.
import { type Problem, pose } from './problem.ts';
import { retrace } from './retrace.ts';
import { breadthFirst, depthFirst, type Search } from './search.ts';
import type { Model, Operation } from './types.ts';

/** One partition. */
export interface Story<S, I, O> {
  readonly model: Model<S, I, O>;
  readonly partition: string | undefined;
  /** By operation: its index among the checked ones. */
  readonly indices: readonly number[];
  readonly operations: readonly Operation<I, O>[];
}

interface Prefix<S, I, O> {
  /** The first operation whose return cannot be passed. */
  readonly stuck: number;
  /** An order of all that returned before. */
  readonly order: readonly number[];
  /** All that is known when `stuck` returns, as a problem without foresight. */
  plain(): Problem<S, I, O>;
}

/** Configurations for one prefix, beyond a few for each operation. */
const EFFORT = 20_000;

/**
 * @param possible the number of returns for which there is an order, as far as is known
 * @param impossible the return, counted from 0, up to which there is none
 * @param fromAbove whether to look near `impossible` first, else near `possible`
 */
export function longestPossible<S, I, O>(
  story: Story<S, I, O>,
  possible: number,
  impossible: number,
  fromAbove: boolean,
): Prefix<S, I, O> {
  const returns = byReturn(story.operations);
  let order: readonly number[] | undefined;
  let low = possible - 1;
  let high = impossible;
  for (let stride = 1; low + 1 < high; stride *= 2) {
    const middle = (low + high + (fromAbove ? 1 : 0)) >> 1;
    const level = fromAbove ? Math.max(high - stride, middle) : Math.min(low + stride, middle);
    const found = orderOf(story, cut(story, returns, level));
    if (found === 'none') {
      high = level;
    } else {
      low = level;
      order = found;
    }
  }
  if (order === undefined && low >= 0) {
    const found = orderOf(story, cut(story, returns, low));
    order = found === 'none' ? undefined : found;
  }
  return {
    stuck: returns[high] as number,
    order: order ?? [],
    plain: () => posed(story, cut(story, returns, high), false),
  };
}

/** The operations that returned, in that order; of equal returns the first in the input is first. */
export function byReturn<I, O>(operations: readonly Operation<I, O>[]): number[] {
  const returns = operations.flatMap((operation, op) => (operation.return === undefined ? [] : [op]));
  const at = (op: number): number => operations[op]?.return as number;
  return returns.sort((a, b) => at(a) - at(b));
}

/** Whether `op` was called by the time that `stuck` returned, and did not return before it. */
export function isUnderWay<I, O>(operations: readonly Operation<I, O>[], op: number, stuck: number): boolean {
  const end = operations[stuck]?.return as number;
  const { call, return: returned = Number.POSITIVE_INFINITY } = operations[op] as Operation<I, O>;
  return call <= end && (returned > end || (returned === end && op >= stuck));
}

interface Cut {
  /** What was called before the end. */
  readonly kept: readonly number[];
  readonly isCut: (op: number) => boolean;
}

function cut<S, I, O>({ operations }: Story<S, I, O>, returns: readonly number[], level: number): Cut {
  const last = returns[level] as number;
  const end = operations[last]?.return as number;
  const kept = operations.flatMap(({ call }, op) => (call <= end ? [op] : []));
  return { kept, isCut: (op) => op !== last && isUnderWay(operations, op, last) };
}

/** `undefined`: it was not found out. */
function orderOf<S, I, O>(story: Story<S, I, O>, { kept, isCut }: Cut): readonly number[] | 'none' | undefined {
  const { model } = story;
  const decided = model.decide && decide(story, { kept, isCut });
  if (decided !== undefined) return decided;
  const problem = posed(story, { kept, isCut }, true);
  const first = depthFirst(problem);
  const outcome = first.run(4 * kept.length + 64);
  if (outcome === false) return 'none';
  if (outcome) return orderFound(first, kept);
  const second = breadthFirst(problem);
  const verdict = second.run(EFFORT);
  return verdict === undefined ? undefined : verdict ? orderFound(second, kept) : 'none';
}

/** What is under way has to be given as lost, as if nobody knew what it was to return later. */
function decide<S, I, O>(story: Story<S, I, O>, { kept, isCut }: Cut): readonly number[] | 'none' | undefined {
  const { model, operations } = story;
  const ask = (ops: readonly number[]) =>
    model.decide?.(
      ops.map((op) => {
        const operation = operations[op] as Operation<I, O>;
        return isCut(op) ? { ...operation, return: undefined, output: undefined } : operation;
      }),
    );
  // An order without those that are to return something is an order, and they are seldom needed for one.
  const mute = kept.filter((op) => {
    const { input, output } = operations[op] as Operation<I, O>;
    return !isCut(op) || (output === undefined && model.supposeLost?.(input) === undefined);
  });
  const first = ask(mute);
  if (first?.verdict === 'valid') return first.order.map((i) => mute[i] as number);
  if (mute.length === kept.length) return first && 'none';
  const second = ask(kept);
  if (second?.verdict === 'invalid') return 'none';
  const order = second?.order.map((i) => kept[i] as number);
  return order && isPossible(story, order) ? order : undefined;
}

function isPossible<S, I, O>({ model, operations }: Story<S, I, O>, order: readonly number[]): boolean {
  let state: S | undefined = model.init;
  for (const op of order) {
    const { input, output, return: returned } = operations[op] as Operation<I, O>;
    state = model.step(state, input, returned === undefined ? model.supposeLost?.(input) : output);
    if (state === undefined) return false;
  }
  return true;
}

function orderFound<S, I, O>({ problem, space, found }: Search<S, I, O>, kept: readonly number[]): number[] {
  return retrace(problem, space, found).order.map((op) => kept[op] as number);
}

function posed<S, I, O>(
  { model, partition, indices, operations }: Story<S, I, O>,
  { kept, isCut }: Cut,
  pruned: boolean,
) {
  return pose(
    model,
    partition,
    kept.map((op) => indices[op] as number),
    kept.map((op) => operations[op] as Operation<I, O>),
    { pruned, isCut: (op) => isCut(kept[op] as number) },
  );
}
