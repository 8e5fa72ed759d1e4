// Who inserted and who removed which value, where values are distinct. The surprise: two wrongs are seen here already,
// without a look at the time: a value that nobody inserted, and one that two removed.
import type { Decision, Operation } from '../types.ts';
import { makeIntern } from './intern.ts';

export interface Ledger {
  /** By value: the operation. An insertion that was lost, and whose value nobody was seen to remove, is left out. */
  readonly insertion: Int32Array;
  /** By value: the operation, -1 if nobody was seen to remove it. */
  readonly removal: Int32Array;
  readonly removals: readonly number[];
  /** Removals that found nothing. */
  readonly empties: readonly number[];
  /** Removals of which nobody knows what they found. */
  readonly unseen: readonly number[];
  /** No removal can have found anything but what was seen, for there was no more. */
  readonly isAllRemoved: boolean;
}

/** `undefined` where values are not distinct. */
export function readLedger(
  operations: readonly Operation<{ readonly action: string; readonly value?: unknown }, unknown>[],
  action: string,
): Ledger | Decision | undefined {
  const intern = makeIntern(operations.length);
  const insertion = new Int32Array(operations.length);
  const removals: number[] = [];
  let count = 0;
  for (let op = 0; op < operations.length; op++) {
    const { input } = operations[op] as Operation<{ action: string; value?: unknown }>;
    if (input.action !== action) {
      removals.push(op);
      continue;
    }
    const { value } = input;
    // NaN is not equal to itself, and as outputs null and undefined mean something else.
    if (value === undefined || value === null || Number.isNaN(value)) return undefined;
    if (intern.of(value) !== count) return undefined;
    insertion[count++] = op;
  }

  const removal = new Int32Array(count).fill(-1);
  const empties: number[] = [];
  const unseen: number[] = [];
  let removed = 0;
  for (const op of removals) {
    const { output, return: returned } = operations[op] as Operation;
    if (returned === undefined || output === undefined) {
      unseen.push(op);
    } else if (output === null) {
      empties.push(op);
    } else {
      const value = intern.of(output);
      if (value >= count) return { verdict: 'invalid', core: [op] };
      const other = removal[value] as number;
      if (other >= 0) return { verdict: 'invalid', core: [other, op] };
      removal[value] = op;
      removed++;
    }
  }
  const isAllRemoved = removed === count;

  // Whatever a lost insertion put in, and nobody removed, would only have been in the way: it might as well not have been.
  let kept = 0;
  for (let value = 0; value < count; value++) {
    const [into, out] = [insertion[value] as number, removal[value] as number];
    if (out < 0 && operations[into]?.return === undefined) continue;
    insertion[kept] = into;
    removal[kept++] = out;
  }
  const [insertions, outs] = [insertion.slice(0, kept), removal.slice(0, kept)];
  return { insertion: insertions, removal: outs, removals, empties, unseen, isAllRemoved };
}
