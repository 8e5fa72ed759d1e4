// Compare-and-sets that failed, where that is an observation: the value was another one at that moment. The surprise is
// that this may leave the question open. Each can go before or after the stretch of its value, and stretches could often be
// in another order than in the three that are tried here.
import { type Arrangement, type Cells, lineUp } from './cells.ts';
import { insert, moments } from './insert.ts';
import { postpone } from './postpone.ts';
import { ascending, sortBy } from './sort.ts';
import type { Conviction } from './sources.ts';

/** An order of all, the refused operations too, none of which meets its value. `undefined`: none was found, and there may be one. */
export function placeRefused(
  cells: Cells,
  arrangement: Arrangement,
  refused: readonly number[],
  values: readonly number[],
): Int32Array | Conviction | undefined {
  for (let i = 0; i < refused.length; i++) {
    const conviction = convict(cells, arrangement, refused[i] as number, values[i] as number);
    if (conviction) return conviction;
  }
  let placed = placeInOrder(cells, arrangement, arrangement.order, refused, values);
  for (const cautious of [false, true]) {
    if (placed) return placed;
    const heads = postpone(cells, arrangement, refused, values, cautious);
    placed = placeInOrder(cells, arrangement, lineUp(cells, arrangement.clusters, heads), refused, values);
  }
  return placed;
}

/**
 * Each goes to the first place it can go to, which leaves most places to those that were called after its return. Where all the
 * places that it can go to have its value, a lost operation that nobody needed may yet have put another one between two blocks.
 */
function placeInOrder(
  cells: Cells,
  { clusters }: Arrangement,
  order: Int32Array,
  refused: readonly number[],
  values: readonly number[],
): Int32Array | undefined {
  const call = Float64Array.from(refused, (op) => cells.call[op] as number);
  const returns = Float64Array.from(refused, (op) => cells.return[op] as number);
  const byCall = sortBy(call, ascending(refused.length));
  const byReturn = sortBy(returns, ascending(refused.length));
  const moment = moments(order, cells.call);
  const { firstReturn, held, change } = describeGaps(cells, order);
  const takeSpare = makeSpares(cells, clusters.of);

  const gaps = new Int32Array(refused.length);
  const extras: number[] = [];
  const extraGaps: number[] = [];
  let earliest = 0; // the first gap after which nothing returned before the call
  let floor = 0; // those that returned before the call are in gaps up to here
  let returned = 0;
  for (let at = 0; at < byCall.length; at++) {
    const i = byCall[at] as number;
    const calledAt = call[i] as number;
    const isTooLate = (gap: number): boolean =>
      gap > order.length || (gap > 0 && (moment[gap - 1] as number) > (returns[i] as number));
    while ((firstReturn[earliest] as number) < calledAt) earliest++;
    for (; (returns[byReturn[returned] as number] as number) < calledAt; returned++) {
      floor = Math.max(floor, gaps[byReturn[returned] as number] as number);
    }
    let gap = Math.max(earliest, floor);
    if (held[gap] === values[i]) {
      gap = change[gap] as number;
      if (isTooLate(gap)) {
        gap--;
        if (held[gap] === values[i]) {
          const isBetweenBlocks = gap === order.length || (cells.finds[order[gap] as number] as number) < 0;
          const spare = isBetweenBlocks ? takeSpare(values[i] as number, calledAt) : -1;
          if (spare < 0) return undefined;
          extras.push(spare);
          extraGaps.push(gap);
          held[gap] = cells.makes[spare] as number;
        }
      }
    }
    if (isTooLate(gap)) return undefined;
    gaps[i] = gap;
    extras.push(refused[i] as number);
    extraGaps.push(gap);
  }
  return insert(order, Int32Array.from(extras), Int32Array.from(extraGaps));
}

/** Lost operations that nobody needed, each to be had once: one that leaves another value than `value`, called up to `until`. */
function makeSpares({ call, return: returns, finds, makes }: Cells, of: Int32Array) {
  const spares: number[] = [];
  for (let op = 0; op < of.length; op++) {
    if ((of[op] as number) < 0 && (makes[op] as number) >= 0 && returns[op] === Number.POSITIVE_INFINITY)
      spares.push(op);
  }
  /** By the value that they have to find, -1 for writes, the last to be called first. */
  const byFind = new Map<number, number[]>();
  for (const op of sortBy(call, Int32Array.from(spares)).reverse()) {
    const key = finds[op] as number;
    const same = byFind.get(key);
    if (same) same.push(op);
    else byFind.set(key, [op]);
  }
  return (value: number, until: number): number => {
    for (const key of [value, -1]) {
      const stock = byFind.get(key) ?? [];
      const op = stock.at(-1) ?? -1;
      if (op < 0 || (call[op] as number) > until || makes[op] === value) continue;
      stock.pop();
      return op;
    }
    return -1;
  };
}

/** Whether the value was there, for certain, from before the call until after the return. */
function convict(
  { call, return: returns }: Cells,
  { clusters, sources }: Arrangement,
  op: number,
  value: number,
): Conviction | undefined {
  const maker = sources.maker[value] ?? -1;
  const cluster = maker < 0 ? -1 : (clusters.of[maker] as number);
  if (cluster < 0) return undefined;
  const first = clusters.first[cluster] as number;
  let last = clusters.last[cluster] as number;
  const next = clusters.next?.[cluster] ?? -1;
  const swap = next < 0 ? last : (clusters.maker[next] as number);
  if ((call[swap] as number) > (call[last] as number)) last = swap;
  const surrounded =
    (returns[first] as number) < (call[op] as number) && (returns[op] as number) < (call[last] as number);
  return surrounded ? sources.convict([first, last, op], [value]) : undefined;
}

/**
 * By gap, which is how many of the order's operations are before it: the first return of those after it, the value that the cell
 * holds there, and the next gap where it holds another.
 */
function describeGaps({ makes, return: returns }: Cells, order: Int32Array) {
  const count = order.length;
  const firstReturn = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY);
  const held = new Int32Array(count + 1);
  const change = new Int32Array(count + 1).fill(count + 1);
  for (let gap = 0; gap < count; gap++) {
    const made = makes[order[gap] as number] as number;
    held[gap + 1] = made >= 0 ? made : (held[gap] as number);
  }
  for (let gap = count - 1; gap >= 0; gap--) {
    firstReturn[gap] = Math.min(firstReturn[gap + 1] as number, returns[order[gap] as number] as number);
    change[gap] = held[gap] === held[gap + 1] ? (change[gap + 1] as number) : gap + 1;
  }
  return { firstReturn, held, change };
}
