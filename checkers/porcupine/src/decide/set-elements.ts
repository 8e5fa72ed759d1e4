// A set without reads of the whole: each element by itself, and their orders then merged by the moments of the operations
// (linearizability is local: Herlihy and Wing 1990). The surprise: an element that is added once is there during one
// stretch, and the shortest one is the best, since all that must not see the element only has to keep out of it.
import type { Decision } from '../types.ts';
import { toArray } from './insert.ts';
import { ABSENT, MISSED, PRESENT, REMOVED, REMOVES, type SetCalls, SILENT } from './set.ts';
import { sortBy } from './sort.ts';

/** In O(n log n). No element is added twice, and no operation reads the whole set. */
export function decideElements(calls: SetCalls): Decision {
  const { meaning, element, elements } = calls;
  const count = meaning.length;
  const from = new Int32Array(elements + 2);
  for (let op = 0; op < count; op++) {
    const its = element[op] as number;
    if (its >= 0) from[its + 2] = (from[its + 2] as number) + 1;
  }
  for (let its = 0; its < elements; its++) from[its + 2] = (from[its + 2] as number) + (from[its + 1] as number);
  const own = new Int32Array(from[elements + 1] as number);
  const line: Line = { ops: new Int32Array(count), moments: new Float64Array(count), size: 0 };
  for (let op = 0; op < count; op++) {
    const its = element[op] as number;
    if (its < 0) {
      if (meaning[op] === SILENT) put(line, op, calls.call[op] as number);
      continue;
    }
    own[from[its + 1] as number] = op;
    from[its + 1] = (from[its + 1] as number) + 1;
  }
  for (let its = 0; its < elements; its++) {
    const core = decideElement(calls, its, own.subarray(from[its], from[its + 1]), line);
    if (core) return { verdict: 'invalid', core };
  }
  const places = Int32Array.from({ length: line.size }, (_, place) => place);
  const order = sortBy(line.moments, places).map((place) => line.ops[place] as number);
  return { verdict: 'valid', order: toArray(order) };
}

/** Operations in an order that is right for each element, and the moments by which the elements are merged. */
interface Line {
  readonly ops: Int32Array;
  readonly moments: Float64Array;
  size: number;
}

function put(line: Line, op: number, moment: number): void {
  line.ops[line.size] = op;
  line.moments[line.size++] = moment;
}

/** Puts the element's operations in line, or returns those that contradict each other. */
function decideElement(calls: SetCalls, its: number, own: Int32Array, line: Line): number[] | undefined {
  const { call, return: returns, meaning, adder } = calls;
  const add = adder[its] as number;
  let remove = -1;
  let witness = -1;
  for (let i = 0; i < own.length; i++) {
    const op = own[i] as number;
    if (meaning[op] === REMOVED) {
      if (remove >= 0) return [remove, op];
      remove = op;
    }
    if (meaning[op] === REMOVED || meaning[op] === PRESENT) witness = op;
  }
  if (add < 0 && witness >= 0) return [witness];
  // A lost addition that nobody saw is best left out.
  if (add < 0 || (witness < 0 && returns[add] === Number.POSITIVE_INFINITY)) {
    for (let i = 0; i < own.length; i++) {
      const op = own[i] as number;
      if ((returns[op] as number) < Number.POSITIVE_INFINITY) put(line, op, call[op] as number);
    }
    return undefined;
  }

  let first = add; // the first to return of those that need the element, which is there by then
  let last = add; // the last of them to be called, when the element is still there or still to come
  for (let i = 0; i < own.length; i++) {
    const op = own[i] as number;
    if (meaning[op] !== PRESENT && meaning[op] !== REMOVED) continue;
    if ((returns[op] as number) < (call[add] as number)) return [op, add];
    if (remove >= 0 && (returns[remove] as number) < (call[op] as number)) return [remove, op];
    if ((returns[op] as number) < (returns[first] as number)) first = op;
    if ((call[op] as number) > (call[last] as number)) last = op;
  }
  // Any removal that nobody saw may have ended the stretch, if it returned late enough: the first to be called is the best.
  let end = remove;
  for (let i = 0; i < own.length && remove < 0; i++) {
    const op = own[i] as number;
    if (meaning[op] !== REMOVES || (returns[op] as number) < (call[last] as number)) continue;
    if (end < 0 || (call[op] as number) < (call[end] as number)) end = op;
  }
  const until = end < 0 ? Number.POSITIVE_INFINITY : Math.max(call[last] as number, call[end] as number);
  const soonest = Math.min(returns[first] as number, end < 0 ? Number.POSITIVE_INFINITY : (returns[end] as number));
  const since = Math.min(soonest, until);
  for (let i = 0; i < own.length; i++) {
    const op = own[i] as number;
    if (!isAside(calls, op, end) || (call[op] as number) <= since || (returns[op] as number) >= until) continue;
    const core = [first, last, op];
    if (remove < 0 && (returns[op] as number) >= (call[last] as number)) {
      // Nothing but the removals tells that the element was still there: that none of them can have removed it before.
      for (let k = 0; k < own.length; k++) {
        const other = own[k] as number;
        if (meaning[other] === REMOVES || meaning[other] === MISSED) core.push(other);
      }
    }
    return [...new Set(core)];
  }

  const asides = (after: boolean): void => {
    for (let i = 0; i < own.length; i++) {
      const op = own[i] as number;
      if (!isAside(calls, op, end) || (call[op] as number) > since !== after) continue;
      put(line, op, after ? Math.max(call[op] as number, until) : (call[op] as number));
    }
  };
  asides(false);
  put(line, add, since);
  for (let i = 0; i < own.length; i++) {
    const op = own[i] as number;
    if (meaning[op] === PRESENT) put(line, op, Math.max(call[op] as number, since));
  }
  if (end >= 0) put(line, end, until);
  asides(true);
  for (let i = 0; i < own.length; i++)
    if (meaning[own[i] as number] === SILENT) put(line, own[i] as number, call[own[i] as number] as number);
  return undefined;
}

/** Whether the operation must keep out of the stretch: it saw no element, or it is a removal that is not the one. */
function isAside({ meaning, return: returns }: SetCalls, op: number, end: number): boolean {
  if (meaning[op] === ABSENT || meaning[op] === MISSED) return true;
  return meaning[op] === REMOVES && op !== end && (returns[op] as number) < Number.POSITIVE_INFINITY;
}
