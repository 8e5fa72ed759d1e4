// The counter's decision: where all additions are of one amount, the k-th of them brings the counter to k times it, so that a
// read tells how many there were before its return, and that there were no more before its call. The surprise: additions
// of different amounts are another problem altogether, one of which sums are possible, and are left to the search.
import type { Decision, Operation } from '../types.ts';
import { emptySlots, filledBefore, fillSlots, notFilledBefore, withReads } from './slots.ts';

type CounterOperation = Operation<
  { readonly action: 'add'; readonly by: number } | { readonly action: 'read' },
  unknown
>;

/**
 * Decides in O(n log n) where all additions (but those of 0, which are reads) are of one amount, and all sums are safe integers.
 *
 * Additions of one amount are slots to be filled (see `fillSlots`): a read of k amounts was called before slot k (counted from
 * 0) was filled and returned after slot k - 1 was. With moments for the slots within these bounds there is one for each read: at
 * its call, or when slot k - 1 is filled if that is later.
 */
export function decideCounter(initial: number, operations: readonly CounterOperation[]): Decision | undefined {
  const { amount, additions } = amountOf(operations);
  if (!Number.isSafeInteger(amount) || !Number.isSafeInteger(initial)) return undefined;
  if (!Number.isSafeInteger(initial + amount * additions)) return undefined;

  const slots = emptySlots(operations.length, additions);
  const open: number[] = [];
  const reads: number[] = [];
  const counts: number[] = []; // how many additions each of them has seen at least
  let filled = 0;
  for (let op = 0; op < operations.length; op++) {
    const { input, output, call, return: returned } = operations[op] as CounterOperation;
    const adds = input.action === 'add' && input.by !== 0;
    slots.call[op] = call;
    if (returned === undefined) {
      if (adds) open.push(op);
      continue;
    }
    slots.return[op] = returned;
    if (output === undefined && adds) {
      open.push(op);
      continue;
    }
    const count = output === undefined ? 0 : typeof output === 'number' ? (output - initial) / amount : Number.NaN;
    if (!Number.isInteger(count) || count < (adds ? 1 : 0) || count > additions)
      return { verdict: 'invalid', core: [op] };
    if (count > filled) filled = count;
    if (adds) {
      const rival = slots.known[count - 1] as number;
      if (rival >= 0) return { verdict: 'invalid', core: [rival, op] };
      slots.known[count - 1] = op;
      continue;
    }
    reads.push(op);
    counts.push(count);
    if (output !== undefined) {
      notFilledBefore(slots, count, op);
      filledBefore(slots, count - 1, op);
    }
  }
  const filling = fillSlots({ ...slots, filled, open: Int32Array.from(open) });
  if ('core' in filling) return { verdict: 'invalid', core: filling.core };
  return { verdict: 'valid', order: withReads(filling, slots.call, reads, counts) };
}

/** The amount that all additions have in common (NaN if they have not), and how many they are. */
function amountOf(operations: readonly CounterOperation[]): { amount: number; additions: number } {
  let amount = 1;
  let additions = 0;
  for (let op = 0; op < operations.length; op++) {
    const { input } = operations[op] as CounterOperation;
    if (input.action !== 'add' || input.by === 0) continue;
    if (additions++ === 0) amount = input.by;
    else if (input.by !== amount) return { amount: Number.NaN, additions };
  }
  return { amount, additions };
}
