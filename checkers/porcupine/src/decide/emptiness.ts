// When a queue or a stack can have been empty: at every position that lies within no value's certain stay. The surprise:
// that is enough for each such moment by itself, whatever else is asked of the order.
import type { Placement, Stays } from './collection.ts';
import { addTo, byPosition } from './positions.ts';

/**
 * By removal that found nothing: the first position at which nothing need have been inside. Otherwise one that has none,
 * and values that together were inside all the time.
 */
export function emptyMoments(stays: Stays): Int32Array | Placement {
  const { empties, emptyFrom, emptyTo } = stays;
  const moments = new Int32Array(empties.length);
  if (empties.length === 0) return moments;
  const next = nextUncovered(stays);
  for (let i = 0; i < moments.length; i++) {
    moments[i] = next[emptyFrom[i] as number] as number;
    if ((moments[i] as number) > (emptyTo[i] as number)) {
      return {
        order: undefined,
        values: cover(stays, emptyFrom[i] as number, emptyTo[i] as number),
        empty: empties[i] as number,
      };
    }
  }
  return moments;
}

function nextUncovered({ count, insertTo, removeFrom, end }: Stays): Int32Array {
  // Positions strictly between the two are covered.
  const change = new Int32Array(end + 2);
  for (let value = 0; value < count; value++) {
    const [start, stop] = [insertTo[value] as number, removeFrom[value] as number];
    if (start >= stop) continue;
    addTo(change, start + 1, 1);
    addTo(change, stop, -1);
  }
  let inside = 0;
  for (let at = 0; at <= end; at++) {
    inside += change[at] as number;
    change[at] = inside > 0 ? -1 : at;
  }
  for (let at = end - 1; at >= 0; at--) if ((change[at] as number) < 0) change[at] = change[at + 1] as number;
  return change;
}

/** The fewest values that cover every position between the two: always the one that stays longest. */
function cover({ insertTo, removeFrom, end }: Stays, first: number, last: number): number[] {
  const order = byPosition(insertTo, end);
  const chosen: number[] = [];
  let next = 0;
  let best = -1;
  for (let at = first; at <= last; at = removeFrom[best] as number) {
    for (; next < order.length && (insertTo[order[next] as number] as number) < at; next++) {
      const value = order[next] as number;
      if (best < 0 || (removeFrom[value] as number) > (removeFrom[best] as number)) best = value;
    }
    chosen.push(best);
  }
  return chosen;
}
