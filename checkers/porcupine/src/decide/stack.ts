// Last in, first out: of two stays one lies inside the other, or they do not meet. Where a stretch is covered by values that
// are certainly inside, one value must lie below all of it, from before its beginning until after its end; any that can may.
// The surprise: what is left once that value is taken away falls apart at every moment that nothing covers any more, and the
// pieces never meet again (decrease and conquer is from Lee and Mathur 2025; how the pieces are found here is our own).
import type { Decision, Operation } from '../types.ts';
import { decideCollection, type Placement, type Stays } from './collection.ts';
import { emptyMoments } from './emptiness.ts';
import { addTo, addUp, byPosition, inBuckets } from './positions.ts';
import { largestIn, makeCounts, makeLargest, NONE, setLargest } from './segment-tree.ts';

type StackOperation = Operation<{ readonly action: 'push' | 'pop'; readonly value?: unknown }, unknown>;

/**
 * Decides a stack's operations in O(n log n).
 *
 * Precondition: no two pushed values are equal. Any operation may be lost, and a pop may have found nothing; but if
 * what a pop returned is not known, the answer may be `undefined`: no guess at it has an order, yet there may be one.
 */
export function decideStack(operations: readonly StackOperation[]): Decision | undefined {
  return decideCollection(operations, 'push', place, ({ insertFrom, insertTo }) => ({
    waiting: insertTo.map((at) => -at),
    awaited: insertFrom.map((at) => -at),
  }));
}

/** A conflict is a row of values that overlap, or a pop that found nothing and the values that were inside. */
function place(stays: Stays): Placement {
  const { count, removeFrom, insertion, removal, empties, end } = stays;
  const moments = emptyMoments(stays);
  if ('order' in moments) return moments;
  const nest = nested(stays);
  if ('order' in nest) return nest;

  const { values, pushedAt, poppedAt } = nest;
  const order = inBuckets(end, (put) => {
    for (let i = 0; i < values.length; i++) put(pushedAt[i] as number, insertion[values[i] as number] as number);
    for (let i = values.length - 1; i >= 0; i--) put(poppedAt[i] as number, removal[values[i] as number] as number);
    for (let value = 0; value < count; value++) {
      const at = removeFrom[value] as number;
      if (isFirm(stays, value)) continue;
      put(at, insertion[value] as number);
      put(at, removal[value] as number);
    }
    for (let i = 0; i < moments.length; i++) put(moments[i] as number, empties[i] as number);
  });
  return { order };
}

/** Not so: push and pop can follow each other immediately, and then nothing else matters to the value, nor it to anything. */
function isFirm({ insertTo, removeFrom }: Stays, value: number): boolean {
  return (insertTo[value] as number) < (removeFrom[value] as number);
}

interface Nest {
  /** The firm values, each before those above it. */
  readonly values: Int32Array;
  readonly pushedAt: Int32Array;
  readonly poppedAt: Int32Array;
}

/** Values go by their rank here, in the order of `insertTo`; so those of one piece are neighbours. */
function nested(stays: Stays): Nest | Placement {
  const firm = Int32Array.from({ length: stays.count }, (_, value) => value).filter((value) => isFirm(stays, value));
  const ranked = byPosition(
    firm.map((value) => stays.insertTo[value] as number),
    stays.end,
  ).map((i) => firm[i] as number);
  const size = ranked.length;
  const by = (positions: Int32Array): Int32Array => ranked.map((value) => positions[value] as number);
  const [pushFrom, start, stop, popTo] = [
    by(stays.insertFrom),
    by(stays.insertTo),
    by(stays.removeFrom),
    by(stays.removeTo),
  ];
  const startsBefore = countsBefore(start, stays.end);

  const longest = makeLargest(stop);
  const early = makeLargest(pushFrom.map((at) => -at)); // those that are not known to reach down to the start of their piece
  const late = makeLargest(new Int32Array(size).fill(NONE)); // those that are, by how long they can stay
  const covers = makeCounts(coversOf(stop, startsBefore));
  const pieces: number[] = []; // first and last rank of each
  split(0, size, covers.lower(0, 0));

  const values = new Int32Array(size);
  const [pushedAt, poppedAt] = [new Int32Array(size), new Int32Array(size)];
  for (let done = 0; pieces.length > 0; done++) {
    const last = pieces.pop() as number;
    const first = pieces.pop() as number;
    const from = start[first] as number;
    const to = stop[largestIn(longest, first, last)] as number;
    for (let one = largestIn(early, first, last); one >= 0 && (pushFrom[one] as number) <= from; ) {
      setLargest(early, one, NONE);
      setLargest(late, one, popTo[one] as number);
      one = largestIn(early, first, last);
    }
    const lowest = largestIn(late, first, last);
    if (lowest < 0 || (popTo[lowest] as number) < to) return { order: undefined, values: chain(first, to), empty: -1 };
    values[done] = ranked[lowest] as number;
    pushedAt[done] = from;
    poppedAt[done] = to;
    setLargest(late, lowest, NONE);
    setLargest(longest, lowest, NONE);
    covers.strike(lowest);
    const beginnings = covers.lower(lowest + 1, startsBefore[stop[lowest] as number] as number);
    split(lowest === first ? last : first, last, beginnings);
  }
  return { values, pushedAt, poppedAt };

  /** Each beginning begins a piece, up to the next. What is before them is one too, unless `first` is `last`: it is gone. */
  function split(first: number, last: number, beginnings: readonly number[]): void {
    let from = first;
    for (const beginning of beginnings) {
      if (from < beginning) pieces.push(from, beginning);
      from = beginning;
    }
    if (from < last) pieces.push(from, last);
  }

  /** Values that overlap, from the one that starts a piece to one that ends it: they alone cannot have one below all. */
  function chain(first: number, to: number): number[] {
    const links = [first];
    for (let reach = stop[first] as number; reach < to; ) {
      const link = largestIn(longest, first, startsBefore[reach] as number);
      links.push(link);
      reach = stop[link] as number;
    }
    return links.map((rank) => ranked[rank] as number);
  }
}

/** By position up to `end`: how many of the positions are before it. */
function countsBefore(positions: Int32Array, end: number): Int32Array {
  const before = new Int32Array(end + 2);
  for (const at of positions) addTo(before, at + 1, 1);
  addUp(before);
  return before;
}

/** By rank: how many other values are certainly inside when its stay becomes certain. */
function coversOf(stop: Int32Array, startsBefore: Int32Array): Int32Array {
  const covers = new Int32Array(stop.length + 1);
  for (let rank = 0; rank < stop.length; rank++) {
    addTo(covers, rank + 1, 1);
    addTo(covers, startsBefore[stop[rank] as number] as number, -1);
  }
  addUp(covers);
  return covers.subarray(0, stop.length);
}
