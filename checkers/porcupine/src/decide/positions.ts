// Times as positions: all calls and returns in one order, a call before a return at the same number. The surprise: after
// this no two events are equal and still exactly those operations are ordered that were, so that everything later counts
// in small integers and never sorts again.
import type { Operation } from '../types.ts';
import { ascending, sortBy } from './sort.ts';

export interface Positions {
  /** By operation: the position of its call. */
  readonly from: Int32Array;
  /** By operation: the position of its return, `end` if it was lost. One returned before another's call iff `to < from`. */
  readonly to: Int32Array;
  /** How many events there are, which is after all of them. */
  readonly end: number;
}

export function positionsOf(operations: readonly Operation<unknown, unknown>[]): Positions {
  const count = operations.length;
  const calls = new Float64Array(count);
  const returns = new Float64Array(count);
  let lost = 0;
  for (let op = 0; op < count; op++) {
    const { call, return: returned } = operations[op] as Operation;
    calls[op] = call;
    returns[op] = returned ?? Number.POSITIVE_INFINITY;
    if (returned === undefined) lost++;
  }
  const byCall = sortBy(calls, ascending(count));
  const byReturn = sortBy(returns, ascending(count)); // the lost ones are last
  const end = 2 * count - lost;
  const from = new Int32Array(count);
  const to = new Int32Array(count).fill(end);
  let called = 0;
  for (let returned = 0; returned < count - lost; returned++) {
    const op = byReturn[returned] as number;
    const at = returns[op] as number;
    for (; called < count; called++) {
      const other = byCall[called] as number;
      if ((calls[other] as number) > at) break;
      from[other] = called + returned;
    }
    to[op] = called + returned;
  }
  for (; called < count; called++) from[byCall[called] as number] = called + count - lost;
  return { from, to, end };
}

/** Indices in ascending order of keys that are positions from 0 to `end`. Stable. */
export function byPosition(keys: Int32Array, end: number): Int32Array {
  const next = new Int32Array(end + 2);
  for (let i = 0; i < keys.length; i++) addTo(next, (keys[i] as number) + 1, 1);
  addUp(next);
  const order = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i++) order[takeFrom(next, keys[i] as number)] = i;
  return order;
}

/**
 * What `fill` puts at the positions before `end`, by position, and at each in the order in which it was put.
 * `fill` is called twice, and must do the same.
 */
export function inBuckets(end: number, fill: (put: (position: number, item: number) => void) => void): number[] {
  const next = new Int32Array(end + 2);
  fill((position) => {
    addTo(next, position + 1, 1);
  });
  addUp(next);
  const items = new Array<number>(next[end] as number).fill(0);
  fill((position, item) => {
    if (position < end) items[takeFrom(next, position)] = item;
  });
  return items;
}

export function addTo(counts: Int32Array, at: number, number: number): void {
  counts[at] = (counts[at] as number) + number;
}

/** Each number becomes the sum of all up to it. */
export function addUp(counts: Int32Array): void {
  let sum = 0;
  for (let at = 0; at < counts.length; at++) {
    sum += counts[at] as number;
    counts[at] = sum;
  }
}

function takeFrom(next: Int32Array, at: number): number {
  const taken = next[at] as number;
  next[at] = taken + 1;
  return taken;
}
