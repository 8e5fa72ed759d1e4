// Compare-and-sets that failed, where that is an observation: the value was another one at that moment. The surprise is
// that this may leave the question open. Each can go before or after the stretch of its value, and stretches could often be
// in another order than in the one that is tried here.
import type { Arrangement, Cells } from './cells.ts';
import { insert, moments } from './insert.ts';
import { ascending, sortBy } from './sort.ts';
import type { Conviction } from './sources.ts';

/**
 * The order with the refused operations in it, each of which must not meet its value. For this order the answer is exact:
 * each goes to the first place it can go to, which leaves most places to those that were called after its return.
 */
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
  const call = Float64Array.from(refused, (op) => cells.call[op] as number);
  const returns = Float64Array.from(refused, (op) => cells.return[op] as number);
  const byCall = sortBy(call, ascending(refused.length));
  const byReturn = sortBy(returns, ascending(refused.length));
  const moment = moments(arrangement.order, cells.call);
  const { firstReturn, held, change } = describeGaps(cells, arrangement.order);

  const gaps = new Int32Array(refused.length);
  let earliest = 0; // the first gap after which nothing returned before the call
  let floor = 0; // those that returned before the call are in gaps up to here
  let returned = 0;
  for (let at = 0; at < byCall.length; at++) {
    const i = byCall[at] as number;
    const calledAt = call[i] as number;
    while ((firstReturn[earliest] as number) < calledAt) earliest++;
    for (; (returns[byReturn[returned] as number] as number) < calledAt; returned++) {
      floor = Math.max(floor, gaps[byReturn[returned] as number] as number);
    }
    let gap = Math.max(earliest, floor);
    if (held[gap] === values[i]) gap = change[gap] as number;
    if (gap > moment.length || (gap > 0 && (moment[gap - 1] as number) > (returns[i] as number))) return undefined;
    gaps[i] = gap;
  }
  return insert(
    arrangement.order,
    byCall.map((i) => refused[i] as number),
    byCall.map((i) => gaps[i] as number),
  );
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
