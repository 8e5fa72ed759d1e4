// Another order of blocks, for the sake of compare-and-sets that failed. Those that need no time are kept back until they are
// due, and one of them is brought forward when a failed one is about to return and has met nothing but its value. The
// surprise is that nothing here must be right but the order: whether it serves its purpose is found out afterwards.
import type { Arrangement, Cells } from './cells.ts';
import { makeHeap } from './heap.ts';
import { ascending, sortBy } from './sort.ts';

/** How many blocks that are to be released next are looked at, to let one begin early. */
const LOOK_AHEAD = 16;

/**
 * The heads of the blocks, in time order of moments that lie between each one's last call and first return. In O(n log n).
 *
 * @param cautious whether a value is thought to have come as soon as it could, so that fewer failed ones can have met another
 */
export function postpone(
  { call, return: returns, makes }: Cells,
  { blocks, clusters }: Arrangement,
  refused: readonly number[],
  values: readonly number[],
  cautious: boolean,
): Int32Array {
  const firstReturn = (head: number): number => returns[blocks.first[head] as number] as number;
  const lastCall = (head: number): number => call[blocks.last[head] as number] as number;
  const holding = blocks.heads.filter((head) => firstReturn(head) < lastCall(head));
  const brief = blocks.heads.filter((head) => firstReturn(head) >= lastCall(head));

  // A brief block has its moment outside of all zones: what falls into one is moved to its end, or to its beginning.
  const zones = holding.length;
  const from = Float64Array.from(holding, firstReturn);
  const to = Float64Array.from(holding, lastCall);
  const zoneAround = (time: number): number => {
    const zone = countBelow(from, time) - 1;
    return zone >= 0 && time < (to[zone] as number) ? zone : -1;
  };
  const due = new Float64Array(clusters.maker.length); // by head
  const release = new Float64Array(due.length);
  for (let i = 0; i < brief.length; i++) {
    const head = brief[i] as number;
    const [called, returned] = [zoneAround(lastCall(head)), zoneAround(firstReturn(head))];
    release[head] = called < 0 ? lastCall(head) : (to[called] as number);
    due[head] = returned < 0 ? firstReturn(head) : (from[returned] as number);
  }

  // A zone may begin early, once its first value can have been made and all that must be before it has been called.
  const ready = Float64Array.from(holding, (head) => call[clusters.maker[head] as number] as number);
  const byDue = sortBy(due, brief.slice());
  for (let zone = 0, at = 0, latest = Number.NEGATIVE_INFINITY; zone < zones; zone++) {
    for (; at < byDue.length && (due[byDue[at] as number] as number) <= (from[zone] as number); at++) {
      latest = Math.max(latest, release[byDue[at] as number] as number);
    }
    ready[zone] = Math.max(latest, ready[zone] as number);
  }

  // At the same moment: first what may take effect, then what must, then zones begin, and then the refused return.
  const starts = [0, brief.length, 2 * brief.length, 2 * brief.length + zones];
  const times = new Float64Array((starts[3] as number) + refused.length);
  times.set(Float64Array.from(brief, (head) => release[head] as number));
  times.set(
    Float64Array.from(brief, (head) => due[head] as number),
    starts[1],
  );
  times.set(from, starts[2]);
  times.set(
    Float64Array.from(refused, (op) => returns[op] as number),
    starts[3],
  );

  const order = new Int32Array(blocks.heads.length);
  const placed = new Uint8Array(due.length);
  const waiting = makeHeap(due, brief.length);
  let size = 0;
  let since = Number.NEGATIVE_INFINITY; // when the value came that is there now
  let busyUntil = Number.NEGATIVE_INFINITY;
  const tails = tailsOf(blocks.heads, clusters);
  const valueAfter = (head: number): number => makes[clusters.maker[tails[head] as number] as number] as number;
  const place = (head: number, time: number): void => {
    if (placed[head]) return;
    placed[head] = 1;
    order[size++] = head;
    since = cautious ? (call[clusters.maker[tails[head] as number] as number] as number) : time;
  };
  let zone = 0; // the next to begin
  const begin = (time: number): void => {
    const head = holding[zone] as number;
    place(head, Math.max(time, returns[clusters.first[tails[head] as number] as number] as number));
    busyUntil = to[zone++] as number;
  };
  /** Places the released ones that are due before the limit. */
  const clear = (limit: number, time: number): void => {
    while (waiting.size() > 0) {
      const head = waiting.take();
      if ((due[head] as number) > limit) {
        waiting.add(head);
        return;
      }
      place(head, time);
    }
  };
  const byRelease = sortBy(release, brief.slice());
  let released = 0;
  /** Begins one that is not released yet but can be, if nothing must come between its beginning and its release. */
  const beginUnreleased = (value: number, time: number): boolean => {
    let soonest = Number.POSITIVE_INFINITY; // due, of those that are released earlier
    for (let at = released; at < Math.min(released + LOOK_AHEAD, byRelease.length); at++) {
      const head = byRelease[at] as number;
      const until = release[head] as number;
      if (placed[head]) continue;
      if (zone < zones && (from[zone] as number) < until) return false;
      const maker = clusters.maker[head] as number;
      if ((call[maker] as number) <= time && until <= soonest && makes[maker] !== value) {
        clear(until, time);
        place(head, Math.max(time, tails[head] === head ? time : firstReturn(tails[head] as number)));
        busyUntil = until;
        return true;
      }
      soonest = Math.min(soonest, due[head] as number);
    }
    return false;
  };
  /** Lets another value in: that of the brief block that is due first, or else of one that can begin already. */
  const interrupt = (value: number, time: number): void => {
    const unfit: number[] = [];
    const before = size;
    while (waiting.size() > 0 && size === before) {
      const head = waiting.take();
      if (placed[head]) continue;
      if (valueAfter(head) === value) unfit.push(head);
      else place(head, time);
    }
    for (const head of unfit) waiting.add(head);
    if (size > before || beginUnreleased(value, time)) return;
    if (zone === zones || time < (ready[zone] as number)) return;
    clear(from[zone] as number, time);
    begin(time);
  };

  const events = sortBy(times, ascending(times.length));
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as number;
    const time = times[event] as number;
    if (event < (starts[1] as number)) {
      waiting.add(brief[event] as number);
      released++;
    } else if (event < (starts[2] as number)) place(brief[event - (starts[1] as number)] as number, time);
    else if (event < (starts[3] as number)) {
      if (zone === event - (starts[2] as number)) begin(time);
    } else if (time >= busyUntil && size > 0) {
      const which = event - (starts[3] as number);
      const value = values[which] as number;
      const hasMetAnother = (call[refused[which] as number] as number) <= since;
      if (!hasMetAnother && valueAfter(order[size - 1] as number) === value) interrupt(value, time);
    }
  }
  return order;
}

/** By head: the last cluster of its block. */
function tailsOf(heads: Int32Array, { maker, next }: Arrangement['clusters']): Int32Array {
  const tails = ascending(maker.length);
  if (!next) return tails;
  for (let i = 0; i < heads.length; i++) {
    const head = heads[i] as number;
    for (let at = head; at >= 0; at = next[at] as number) tails[head] = at;
  }
  return tails;
}

/** How many of the ascending numbers are below `limit`. */
function countBelow(numbers: Float64Array, limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
