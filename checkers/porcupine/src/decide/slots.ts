// Additions to something that only grows: a counter, a log, a list. The k-th addition that takes effect fills *slot* k, and
// what was read bounds when it did. Those whose slot is not known are then jobs with a release (their call) and a deadline
// (their return), to be given one slot each. The surprise: slots are in time order themselves, so that to give each slot
// to the open job with the earliest deadline is not a heuristic but exact (Glover 1967, convex bipartite matching).
import { makeHeap } from './heap.ts';
import { gapsByCall, insert, toArray } from './insert.ts';
import { ascending, sortBy } from './sort.ts';

/** All arrays but the last three are by slot, of which there are as many as additions. Times are as of the operations. */
export interface Slots {
  /** By operation; the return of a lost one is infinity. */
  readonly call: Float64Array;
  readonly return: Float64Array;
  /** So many slots were filled for certain. */
  readonly filled: number;
  /** An operation that was called while at most this many slots were filled, so that the slot was filled after its call; or -1. */
  readonly before: Int32Array;
  /** An operation that returned when at least this slot was filled, so that it was filled before its return; or -1. */
  readonly after: Int32Array;
  /** The addition that is known to have filled the slot, or -1. It needs no entry in `before` and `after`. */
  readonly known: Int32Array;
  /** By operation: the operation that tells its slot, if it does not tell it itself; or -1. */
  readonly teller: Int32Array;
  /** The additions whose slot is not known. */
  readonly open: Int32Array;
}

export type Filling =
  /** The additions in the order of their slots, and for each the moment when it takes effect. */
  | { readonly order: Int32Array; readonly moment: Float64Array }
  /** Operations that cannot all be, even if the others took effect at any time or never. */
  | { readonly core: readonly number[] };

/**
 * Gives each slot that was filled an addition, and each addition that returned a slot, in O(n log n); or tells why that cannot be.
 *
 * Why it is exact: the earliest moments E(k) of the slots (the latest call in `before` up to k) and the latest ones L(k) (the
 * earliest return in `after` from k on) do not decrease. So the slots that an addition can fill, those with L(k) ≥ its call and
 * E(k) ≤ its return, are consecutive, and the earliest deadline first finds a way to fill them if there is one. The
 * slots then take effect at the latest E or call so far: no later than L, since neither decreases, and no later than the return
 * of the slot's own addition a, since had one that was called after a's return been put earlier, a was open then too, and due sooner.
 */
export function fillSlots(slots: Slots): Filling {
  const { call, return: returns, known } = slots;
  const { earliest, latest } = bounds(slots);
  const count = known.length;
  const convict = (ops: readonly number[]): Filling => ({ core: withTellers(slots, ops) });
  for (let slot = 0; slot < count; slot++) {
    const [from, until] = [earliest[slot] as number, latest[slot] as number];
    if (from >= 0 && until >= 0 && (call[from] as number) > (returns[until] as number)) return convict([from, until]);
  }

  const order = new Int32Array(count);
  const byCall = sortBy(call, slots.open.slice());
  const heap = makeHeap(returns, byCall.length);
  let released = 0;
  let left = 0; // open additions that returned, and so must fill a slot
  for (const op of byCall) if ((returns[op] as number) < Number.POSITIVE_INFINITY) left++;
  let slot = 0;
  for (; slot < count && (slot < slots.filled || left > 0); slot++) {
    const until = latest[slot] as number;
    const end = until < 0 ? Number.POSITIVE_INFINITY : (returns[until] as number);
    while (released < byCall.length && (call[byCall[released] as number] as number) <= end) {
      heap.add(byCall[released++] as number);
    }
    if ((known[slot] as number) >= 0) {
      order[slot] = known[slot] as number;
      continue;
    }
    // Too few had been called. Those that had are in the slots before this one.
    if (heap.size() === 0) {
      const elsewhere = known.subarray(slot + 1).filter((op) => op >= 0);
      return convict([until, ...byCall.subarray(released), ...elsewhere]);
    }
    const op = heap.take();
    order[slot] = op;
    if ((returns[op] as number) < Number.POSITIVE_INFINITY) left--;
    const from = earliest[slot] as number;
    if (from >= 0 && (returns[op] as number) < (call[from] as number))
      return convict(tooMany(slots, order, slot, latest, from));
  }
  return { order: order.subarray(0, slot), moment: momentsOf(order.subarray(0, slot), call, earliest) };
}

/** Slots of which nothing is known. */
export function emptySlots(operations: number, slots: number): Omit<Slots, 'filled' | 'open'> {
  const none = (count: number): Int32Array => new Int32Array(count).fill(-1);
  return {
    call: new Float64Array(operations),
    return: new Float64Array(operations).fill(Number.POSITIVE_INFINITY),
    before: none(slots),
    after: none(slots),
    known: none(slots),
    teller: none(operations),
  };
}

/** Notes that the operation was called before the slot was filled. Slots that there are not are never filled. */
export function notFilledBefore({ call, before }: Pick<Slots, 'call' | 'before'>, slot: number, op: number): void {
  const known = before[slot];
  if (known !== undefined && (known < 0 || (call[op] as number) > (call[known] as number))) before[slot] = op;
}

/** Notes that the operation returned after the slot was filled; slot -1 is the start. */
export function filledBefore(slots: Pick<Slots, 'return' | 'after'>, slot: number, op: number): void {
  const known = slots.after[slot];
  const { return: returns } = slots;
  if (known !== undefined && (known < 0 || (returns[op] as number) < (returns[known] as number)))
    slots.after[slot] = op;
}

/**
 * The additions in order, and each read after at least as many of them as it must, or more if they took effect before it was
 * called. (Where it must be after exactly as many, that is so: no later one took effect before its call.)
 */
export function withReads(
  { order, moment }: { readonly order: Int32Array; readonly moment: Float64Array },
  call: Float64Array,
  reads: readonly number[],
  counts: readonly number[],
): number[] {
  const calls = Float64Array.from(reads, (op) => call[op] as number);
  const byCall = sortBy(calls, ascending(reads.length));
  const sorted = byCall.map((read) => reads[read] as number);
  const gaps = gapsByCall(moment, sorted, call);
  for (let i = 0; i < gaps.length; i++) gaps[i] = Math.max(gaps[i] as number, counts[byCall[i] as number] as number);
  return toArray(insert(order, sorted, gaps));
}

/**
 * The addition at `slot` returned before `from` was called, which knows of fewer. The slots before it, back to one whose addition is
 * due later, were filled by additions that are due as soon; none of them had been called when that one was filled at the latest.
 */
function tooMany({ return: returns, known }: Slots, order: Int32Array, slot: number, latest: Int32Array, from: number) {
  const due = returns[order[slot] as number] as number;
  const core = [from, order[slot] as number];
  for (let at = slot - 1; at >= 0; at--) {
    const op = order[at] as number;
    if ((known[at] as number) < 0 && (returns[op] as number) > due) {
      core.push(latest[at] as number);
      break;
    }
    core.push(op);
  }
  return core;
}

/** By slot: the operation that says the most about its earliest and about its latest moment, known additions among them. */
function bounds({ call, return: returns, before, after, known }: Slots) {
  const count = known.length;
  const earliest = new Int32Array(count);
  const latest = new Int32Array(count);
  const later = (a: number, b: number): number =>
    a < 0 || (b >= 0 && (call[b] as number) > (call[a] as number)) ? b : a;
  const sooner = (a: number, b: number): number =>
    a < 0 || (b >= 0 && (returns[b] as number) < (returns[a] as number)) ? b : a;
  for (let slot = 0, so_far = -1; slot < count; slot++) {
    so_far = later(later(so_far, before[slot] as number), known[slot] as number);
    earliest[slot] = so_far;
  }
  for (let slot = count - 1, so_far = -1; slot >= 0; slot--) {
    so_far = sooner(sooner(so_far, after[slot] as number), known[slot] as number);
    latest[slot] = so_far;
  }
  return { earliest, latest };
}

/** When the slots take effect: as early as they can. */
function momentsOf(order: Int32Array, call: Float64Array, earliest: Int32Array): Float64Array {
  const moment = new Float64Array(order.length);
  let latest = Number.NEGATIVE_INFINITY;
  for (let slot = 0; slot < order.length; slot++) {
    const from = earliest[slot] as number;
    latest = Math.max(latest, call[order[slot] as number] as number, from < 0 ? latest : (call[from] as number));
    moment[slot] = latest;
  }
  return moment;
}

function withTellers({ teller }: Slots, ops: readonly number[]): number[] {
  const core = new Set(ops);
  for (const op of ops) if ((teller[op] as number) >= 0) core.add(teller[op] as number);
  return [...core];
}
