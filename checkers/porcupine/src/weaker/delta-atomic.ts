// Bounded staleness, counted in time: a read may return what was right up to delta earlier. The surprise: it is
// linearizability of the same history in which every read was called delta earlier, so only finitely many deltas matter.
import { checkOperations } from '../check.ts';
import { type RegisterInput, register } from '../models/register.ts';
import type { CheckOptions, Operation, Result } from '../types.ts';
import type { Smallest } from './k-atomic.ts';
import { findLinearOrder } from './linear-order.ts';

export interface DeltaAtomicOptions<V> extends CheckOptions {
  readonly initial: V;
  /** In the unit of the operations' times, from 0, which is linearizability. */
  readonly delta: number;
}

/**
 * Decides whether the operations are Δ-atomic (Golab, Li and Shah 2011, "Analyzing consistency properties for fun and
 * profit"): whether they are linearizable once the call of every read is moved `delta` earlier and nothing else is changed. A
 * read may then return a value that was replaced no more than `delta` before the read was called.
 */
export function checkDeltaAtomic<V>(
  operations: readonly Operation<RegisterInput<V>, V>[],
  { initial, delta, ...options }: DeltaAtomicOptions<V>,
): Result<V> {
  if (!(delta >= 0 && delta < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`delta is ${delta}, and should be a finite number from 0`);
  }
  return checkOperations(register<V>({ initial }), readsEarlier(operations, delta), options);
}

const DEFAULT_CONFIGURATIONS = 1_000_000;

/**
 * The smallest Δ for which the operations are Δ-atomic, in the unit of their times. With a larger Δ fewer operations have to
 * come before a read, and that changes only where a read's new call meets the return of another: those Δ are tried, by halving.
 */
export function smallestDelta<V>(
  operations: readonly Operation<RegisterInput<V>, V>[],
  { initial, budget = {} }: CheckOptions & { readonly initial: V },
): Smallest {
  const model = register<V>({ initial });
  const all = budget.configurations ?? DEFAULT_CONFIGURATIONS;
  let left = all;
  const isRight = (delta: number): boolean | undefined => {
    const { order, configurations } = findLinearOrder(model, readsEarlier(operations, delta), Math.max(0, left));
    left -= configurations;
    return order === undefined ? undefined : order !== false;
  };
  const end = (least: number, most: number): Smallest => ({ least, most, configurations: all - left });

  const first = isRight(0);
  if (first !== false) return end(0, first ? 0 : Number.POSITIVE_INFINITY);
  const calls = operations.flatMap(({ input, call }) => (input.action === 'read' ? [call] : []));
  const returns = returnsOf(operations);
  // Here nothing has to come before any read.
  const last = calls.reduce((most, call) => Math.max(most, call - (returns[0] ?? call)), 0);
  const loosest = isRight(last);
  if (!loosest) return end(loosest === false ? Number.POSITIVE_INFINITY : 0, Number.POSITIVE_INFINITY);

  // Wrong up to `low`, right from `high` on.
  let low = 0;
  let high = last;
  for (;;) {
    const middle = middleDifference(calls, returns, low, high);
    if (middle === undefined) return end(high, high);
    const outcome = isRight(middle);
    if (outcome === undefined) return end(low, high);
    if (outcome) high = middle;
    else low = middle;
  }
}

function readsEarlier<V>(operations: readonly Operation<RegisterInput<V>, V>[], delta: number) {
  if (delta === 0) return operations;
  const returns = returnsOf(operations);
  return operations.map((one) => {
    if (one.input.action !== 'read') return one;
    // With rounding, `call - (call - return)` may be later than that return, which should just be concurrent.
    const reached = returns[firstFrom(returns, (returned) => one.call - returned <= delta)];
    return { ...one, call: Math.min(one.call - delta, reached ?? one.call) };
  });
}

function returnsOf(operations: readonly Operation[]): Float64Array {
  return Float64Array.from(operations.flatMap(({ return: returned }) => returned ?? [])).sort();
}

/** Of all `call - return` between two numbers one that is not near the ends: the weighted median of each call's median. */
function middleDifference(calls: readonly number[], returns: Float64Array, low: number, high: number) {
  const medians: { at: number; weight: number }[] = [];
  let total = 0;
  for (const call of calls) {
    const from = firstFrom(returns, (returned) => call - returned < high);
    const to = firstFrom(returns, (returned) => call - returned <= low);
    if (from >= to) continue;
    medians.push({ at: call - (returns[(from + to) >> 1] as number), weight: to - from });
    total += to - from;
  }
  medians.sort((a, b) => a.at - b.at);
  let before = 0;
  for (const { at, weight } of medians) {
    before += weight;
    if (2 * before >= total) return at;
  }
  return undefined;
}

/** The first place from which `holds` is true; it must stay so. */
function firstFrom(sorted: Float64Array, holds: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
