// Smallest first. A value is in the way only of larger ones and of removals that find nothing, so the smallest is placed
// first, and each is removed as early as those before it allow. The surprise: nothing else need be tried, since a value that
// leaves earlier is in the way for less long. (Lee and Mathur 2025 are the first with O(n log n); this way is our own.)
import type { Decision, Operation } from '../types.ts';
import { decideCollection, type Placement, type Stays } from './collection.ts';
import { inBuckets } from './positions.ts';
import { isSmaller } from './smaller.ts';
import { ascending, sortBy } from './sort.ts';

type Value = number | string;
type PriorityQueueOperation = Operation<
  { readonly action: 'insert'; readonly value: Value } | { readonly action: 'extract' },
  unknown
>;

/**
 * Decides a priority queue's operations in O(n log n).
 *
 * Precondition: no two inserted values are equal. Any operation may be lost, and an extract may have found nothing; but if
 * what an extract returned is not known, the answer may be `undefined`: no guess at it has an order, yet there may be one.
 */
export function decidePriorityQueue(operations: readonly PriorityQueueOperation[]): Decision | undefined {
  const bySize = (stays: Stays): Int32Array =>
    smallestFirst(Array.from(stays.insertion, (op) => insertedBy(operations[op])));
  return decideCollection(
    operations,
    'insert',
    (stays) => place(stays, bySize(stays)),
    (stays) => {
      const rank = new Int32Array(stays.count);
      bySize(stays).forEach((value, i) => {
        rank[value] = i;
      });
      return { waiting: rank, awaited: rank };
    },
  );
}

function insertedBy(operation: PriorityQueueOperation | undefined): Value {
  return operation?.input.action === 'insert' ? operation.input.value : 0;
}

/** Numbers before strings, as `priorityQueue` has it. */
function smallestFirst(values: readonly Value[]): Int32Array {
  if (values.every((value) => typeof value === 'number'))
    return sortBy(Float64Array.from(values), ascending(values.length));
  return Int32Array.from(values.keys()).sort((a, b) => (isSmaller(values[a] as Value, values[b] as Value) ? -1 : 1));
}

/**
 * A conflict is a value, or an extract that found nothing, with all values that were in its way, and those that kept these
 * from leaving earlier.
 *
 * @param bySize the values, smallest first.
 */
function place(stays: Stays, bySize: Int32Array): Placement {
  const { count, insertTo, removeFrom, removeTo, empties, emptyFrom, emptyTo, end } = stays;
  const removedAt = new Int32Array(count).fill(-1);
  const blocker = new Int32Array(end + 1).fill(-1); // by position: the smallest value that is inside throughout
  const next = new Int32Array(end + 2); // by position: one at or after it, at which or after which is the next without a blocker
  for (let at = 0; at < next.length; at++) next[at] = at;

  for (const value of bySize) {
    const at = unblocked(removeFrom[value] as number);
    if (at > (removeTo[value] as number)) return conflict(value, -1);
    removedAt[value] = at;
    for (let p = unblocked((insertTo[value] as number) + 1); p < at; p = unblocked(p + 1)) {
      blocker[p] = value;
      next[p] = p + 1;
    }
  }
  const moments = new Int32Array(empties.length);
  for (let i = 0; i < moments.length; i++) {
    moments[i] = unblocked(emptyFrom[i] as number);
    if ((moments[i] as number) > (emptyTo[i] as number)) return conflict(-1, i);
  }
  return { order: ordered(stays, bySize, removedAt, moments) };

  function unblocked(position: number): number {
    let at = position;
    while (next[at] !== at) {
      next[at] = next[next[at] as number] as number;
      at = next[at] as number;
    }
    return at;
  }

  function conflict(value: number, empty: number): Placement {
    const values = value < 0 ? [] : [value];
    const isIn = new Set(values);
    if (value < 0) block(emptyFrom[empty] as number, emptyTo[empty] as number);
    else block(removeFrom[value] as number, removeTo[value] as number);
    for (let i = value < 0 ? 0 : 1; i < values.length; i++) {
      const one = values[i] as number;
      block(removeFrom[one] as number, (removedAt[one] as number) - 1);
    }
    return { order: undefined, values, empty: value < 0 ? (empties[empty] as number) : -1 };

    function block(first: number, last: number): void {
      for (let at = first; at <= last; ) {
        const one = blocker[at] as number;
        if (!isIn.has(one)) values.push(one);
        isIn.add(one);
        at = removedAt[one] as number;
      }
    }
  }
}

/** Every insertion as late as can be. At one position: extracts, values that come and go, nothing found, then insertions. */
function ordered(stays: Stays, bySize: Int32Array, removedAt: Int32Array, moments: Int32Array): number[] {
  const { insertTo, insertion, removal, empties, end } = stays;
  const isPassing = (value: number): boolean => (insertTo[value] as number) >= (removedAt[value] as number);
  return inBuckets(end, (put) => {
    for (const value of bySize) if (!isPassing(value)) put(removedAt[value] as number, removal[value] as number);
    for (const value of bySize) {
      if (!isPassing(value)) continue;
      put(removedAt[value] as number, insertion[value] as number);
      put(removedAt[value] as number, removal[value] as number);
    }
    for (let i = 0; i < moments.length; i++) put(moments[i] as number, empties[i] as number);
    for (const value of bySize) if (!isPassing(value)) put(insertTo[value] as number, insertion[value] as number);
  });
}
