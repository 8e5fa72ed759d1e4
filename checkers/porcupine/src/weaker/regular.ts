// Regular and safe registers, with any number of writers. The surprise: each read is judged by itself. Two reads may see two
// writes in opposite orders and both be right, which is why this takes n log n where linearizability needs a search.
import { canonicalKey } from '../key.ts';
import { describeOperation } from '../model.ts';
import type { RegisterInput } from '../models/register.ts';
import type { Operation } from '../types.ts';

export interface RegularResult {
  readonly verdict: 'valid' | 'invalid';
  /** Every read that cannot be explained, by its return. */
  readonly violations: readonly RegisterViolation[];
}

/** All numbers are indices into the checked operations. */
export interface RegisterViolation {
  readonly read: number;
  /** The write that proves it: it came wholly after every write of the value and wholly before the read. Absent: nobody wrote the value in time. */
  readonly overwrittenBy?: number;
  readonly message: string;
}

/**
 * Decides whether the history is that of a *regular* register (Lamport 1986, "On interprocess communication"), for many
 * writers in the weakest of the forms of Shao, Welch, Pierce and Lee ("Multiwriter consistency conditions for shared memory
 * registers", SIAM J. Comput. 2011; first Shao, Pierce and Welch, DISC 2003), there *weak*: for each read by itself there is an
 * order of that read and all writes which agrees with real time, in which the read returns the value of the last write before
 * it, or the initial value if there is none.
 *
 * That is: the read returns the value of a write that was called before the read returned, such that no other write came
 * between the two (called after the one returned, returned before the read was called). A lost write never has to come before
 * anything; reads that were lost or not seen say nothing. Values are JSON, compared by value, and may repeat.
 */
export function checkRegular<V>(
  operations: readonly Operation<RegisterInput<V>, V>[],
  options: { readonly initial: V },
): RegularResult {
  return check(operations, options.initial, false);
}

/**
 * The same for a *safe* register (Lamport 1986), which may return anything while a write is under way: only a read that no
 * write overlaps must be explained as by `checkRegular`. A lost write is under way for ever, so after it nothing is convicted.
 */
export function checkSafe<V>(
  operations: readonly Operation<RegisterInput<V>, V>[],
  options: { readonly initial: V },
): RegularResult {
  return check(operations, options.initial, true);
}

function check<V>(operations: readonly Operation<RegisterInput<V>, V>[], initial: V, isSafe: boolean): RegularResult {
  const all: number[] = [];
  const byValue = new Map<string, number[]>();
  const reads: number[] = [];
  operations.forEach(({ input, output, return: returned }, op) => {
    if (input.action === 'read') {
      if (returned !== undefined && output !== undefined) reads.push(op);
      return;
    }
    all.push(op);
    const key = canonicalKey(input.value);
    const its = byValue.get(key);
    if (its) its.push(op);
    else byValue.set(key, [op]);
  });
  const { callOf, returnOf } = timesOf(operations);
  const lastReturns = [...byValue].map(([key, ops]) => [key, latest(ops, callOf, returnOf)] as const);
  const lastReturn = new Map(lastReturns);
  const anyReturn = latest(all, callOf, returnOf);
  // Of the writes that returned before a moment, the one that was called last.
  const lastCall = latest(all, returnOf, callOf);

  const violations: RegisterViolation[] = [];
  for (const read of reads.sort((a, b) => returnOf(a) - returnOf(b) || a - b)) {
    const { output, process, input } = operations[read] as Operation<RegisterInput<V>, V>;
    const underWay = anyReturn(returnOf(read), true);
    if (isSafe && underWay !== undefined && returnOf(underWay) >= callOf(read)) continue;
    const before = lastCall(callOf(read), false);
    const key = canonicalKey(output);
    const cause = lastReturn.get(key)?.(returnOf(read), true);
    const isInitial = key === canonicalKey(initial);
    if (
      before === undefined ? isInitial || cause !== undefined : cause !== undefined && returnOf(cause) >= callOf(before)
    ) {
      continue;
    }
    const name = `${describeOperation(input, output)} by process ${process}`;
    if (before === undefined || (cause === undefined && !isInitial)) {
      violations.push({
        read,
        message: `${name} cannot be explained: nobody had asked to write this before it returned`,
      });
    } else {
      const { input: other, process: writer } = operations[before] as Operation<RegisterInput<V>, V>;
      violations.push({
        read,
        overwrittenBy: before,
        message: `${name} cannot be explained: before it was called, ${describeOperation(other, undefined)} by process ${writer} had replaced the value`,
      });
    }
  }
  return { verdict: violations.length === 0 ? 'valid' : 'invalid', violations };
}

function timesOf(operations: readonly Operation[]) {
  return {
    callOf: (op: number): number => operations[op]?.call as number,
    returnOf: (op: number): number => operations[op]?.return ?? Number.POSITIVE_INFINITY,
  };
}

/** Answers: of the `ops` whose `by` is less than a number (or also equal to it), which has the greatest `of`? */
function latest(ops: readonly number[], by: (op: number) => number, of: (op: number) => number) {
  const sorted = ops.toSorted((a, b) => by(a) - by(b) || a - b);
  const greatest: number[] = [];
  for (const op of sorted) {
    const before = greatest.at(-1);
    greatest.push(before === undefined || of(op) > of(before) ? op : before);
  }
  return (bound: number, orEqual: boolean): number | undefined => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = by(sorted[middle] as number);
      if (at < bound || (orEqual && at === bound)) low = middle + 1;
      else high = middle;
    }
    return greatest[low - 1];
  };
}
