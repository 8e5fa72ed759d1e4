// First in, first out: of two values, the one that surely came first or surely left first must come and leave first. The
// surprise: any circle of such musts contains two values that contradict each other directly, so that it is enough to take
// away, again and again, a value that need not come after any other (Henzinger, Sezgin and Vafeiadis 2013; the removal of
// one value after the other is from Lee and Mathur 2025).
import type { Decision, Operation } from '../types.ts';
import { decideCollection, type Placement, type Stays } from './collection.ts';
import { emptyMoments } from './emptiness.ts';
import { byPosition } from './positions.ts';

type QueueOperation = Operation<{ readonly action: 'enqueue' | 'dequeue'; readonly value?: unknown }, unknown>;

/**
 * Decides a queue's operations in O(n log n).
 *
 * Precondition: no two enqueued values are equal. Any operation may be lost, and a dequeue may have found nothing; but if
 * what a dequeue returned is not known, the answer may be `undefined`: no guess at it has an order, yet there may be one.
 */
export function decideQueue(operations: readonly QueueOperation[]): Decision | undefined {
  return decideCollection(operations, 'enqueue', place, ({ insertFrom, insertTo }) => ({
    waiting: insertFrom,
    awaited: insertTo,
  }));
}

/** A conflict is two values, or a dequeue that found nothing and the values that were inside. */
function place(stays: Stays): Placement {
  const moments = emptyMoments(stays);
  if ('order' in moments) return moments;
  const line = lineUp(stays, moments);
  if ('order' in line) return line;
  return { order: merge(stays, moments, line) };
}

/**
 * The order in which the values pass through the queue. A removal that found nothing is among them, as a value with the
 * number `count + i` that comes and leaves at its one moment: whatever was inside would be out of order with it.
 */
function lineUp(stays: Stays, moments: Int32Array): Int32Array | Placement {
  const { count, end } = stays;
  const all = count + moments.length;
  const insertFrom = joined(stays.insertFrom, moments);
  const removeFrom = joined(stays.removeFrom, moments);
  const [insertTo, removeTo] = [joined(stays.insertTo, moments), joined(stays.removeTo, moments)];
  const [called, takenFrom] = [byPosition(insertFrom, end), byPosition(removeFrom, end)];
  const [inserted, taken] = [byPosition(insertTo, end), byPosition(removeTo, end)];

  const line = new Int32Array(all);
  const isIn = new Uint8Array(all); // bit 1: no other surely came before; bit 2: no other surely left before; bit 4: in line
  let size = 0;
  let ready = 0; // line[size] up to line[ready] are those with both bits
  for (let [a, b, c, d] = [0, 0, 0, 0]; size < all; ) {
    while ((isIn[inserted[c] as number] as number) & 4) c++;
    while ((isIn[taken[d] as number] as number) & 4) d++;
    const firstIn = insertTo[inserted[c] as number] as number;
    const firstOut = removeTo[taken[d] as number] as number;
    for (; a < all && (insertFrom[called[a] as number] as number) <= firstIn; a++) mark(called[a] as number, 1);
    for (; b < all && (removeFrom[takenFrom[b] as number] as number) <= firstOut; b++) mark(takenFrom[b] as number, 2);
    // Stuck: the one that surely came before someone did so before the one that surely left before someone, and so on back.
    if (ready === size) return { order: undefined, values: [inserted[c] as number, taken[d] as number], empty: -1 };
    isIn[line[size++] as number] = 7;
  }
  return line;

  function mark(value: number, bit: number): void {
    isIn[value] = (isIn[value] as number) | bit;
    if (isIn[value] === 3) line[ready++] = value;
  }
}

/** Every insertion and every removal as early as those before it in line allow. */
function merge(stays: Stays, moments: Int32Array, line: Int32Array): number[] {
  const { count, insertFrom, removeFrom, insertion, removal, empties, end } = stays;
  const order: number[] = [];
  let [came, left] = [0, 0];
  let [cameAt, leftAt] = [from(insertFrom, 0), from(removeFrom, 0)];
  while (left < line.length && leftAt < end) {
    if (came < line.length && (cameAt < leftAt || (cameAt === leftAt && came <= left))) {
      const value = line[came++] as number;
      if (value < count) order.push(insertion[value] as number);
      cameAt = Math.max(cameAt, from(insertFrom, came));
    } else {
      const value = line[left++] as number;
      order.push(value < count ? (removal[value] as number) : (empties[value - count] as number));
      leftAt = Math.max(leftAt, from(removeFrom, left));
    }
  }
  for (; came < line.length; came++) order.push(insertion[line[came] as number] as number);
  return order;

  function from(positions: Int32Array, i: number): number {
    const value = line[i] ?? -1;
    return value < 0 ? end : ((value < count ? positions[value] : moments[value - count]) as number);
  }
}

function joined(first: Int32Array, second: Int32Array): Int32Array {
  const both = new Int32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
