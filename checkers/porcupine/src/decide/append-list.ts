// The list's decision: the longest read tells what is in every place up to its end, and each shorter one must be a
// beginning of it. The surprise: reads are the larger part of the input by far, and are compared with the longest one and never interned.
import { sameJson } from '../key.ts';
import type { Decision, Operation } from '../types.ts';
import { fillEntries } from './entries.ts';
import { makeIntern } from './intern.ts';
import { emptySlots, filledBefore, notFilledBefore, withReads } from './slots.ts';

type AppendListOperation = Operation<
  { readonly action: 'append'; readonly value: unknown } | { readonly action: 'read' },
  unknown
>;

/**
 * Decides in O(n log n + the length of all reads), for operations of which no two appends that were not told their index have a value that
 * is in the longest read at an index of which no append was told. No value may be NaN.
 */
export function decideAppendList(
  initial: readonly unknown[],
  operations: readonly AppendListOperation[],
): Decision | undefined {
  const appended = operations.filter(({ input }) => input.action === 'append').length;
  const most = initial.length + appended;
  const reads = longestRead(initial, operations, most);
  if ('core' in reads) return reads;
  const { longest, reader: longestReader } = reads;

  const intern = makeIntern(operations.length);
  const slots = emptySlots(operations.length, appended);
  const value = new Int32Array(appended).fill(-1);
  const reader = new Int32Array(appended).fill(-1);
  for (let index = initial.length; index < longest.length; index++) {
    if (Number.isNaN(longest[index])) return undefined;
    value[index - initial.length] = intern.of(longest[index]);
    reader[index - initial.length] = longestReader;
  }
  const appends = new Int32Array(operations.length).fill(-1);
  const unplaced: number[] = [];
  const readers: number[] = [];
  const counts: number[] = []; // how many appends each of them has seen at least
  let filled = Math.max(0, longest.length - initial.length);
  for (let op = 0; op < operations.length; op++) {
    const { input, output, call, return: returned } = operations[op] as AppendListOperation;
    slots.call[op] = call;
    if (returned !== undefined) slots.return[op] = returned;
    if (input.action === 'append') {
      appends[op] = intern.of(input.value);
      if (returned === undefined || output === undefined) {
        unplaced.push(op);
        continue;
      }
      const slot = typeof output === 'number' ? output - initial.length : Number.NaN;
      if (!(Number.isInteger(slot) && slot >= 0 && slot < appended)) return { verdict: 'invalid', core: [op] };
      const rival = slots.known[slot] as number;
      if (rival >= 0) return { verdict: 'invalid', core: [rival, op] };
      slots.known[slot] = op;
      if (slot >= filled) filled = slot + 1;
    } else if (returned !== undefined) {
      const count = Array.isArray(output) ? output.length - initial.length : 0;
      readers.push(op);
      counts.push(count);
      if (output === undefined) continue;
      notFilledBefore(slots, count, op);
      filledBefore(slots, count - 1, op);
    }
  }
  const filling = fillEntries({ slots: { ...slots, filled }, value, reader, appends, unplaced, values: intern.size() });
  if (filling === undefined) return undefined;
  if ('core' in filling) return { verdict: 'invalid', core: filling.core };
  return { verdict: 'valid', order: withReads(filling, slots.call, readers, counts) };
}

type Longest = { readonly longest: readonly unknown[]; readonly reader: number };

/** The longest read (the initial list if there is none), if all reads are beginnings of it, and beyond the initial list. */
function longestRead(
  initial: readonly unknown[],
  operations: readonly AppendListOperation[],
  most: number,
): Longest | Extract<Decision, { verdict: 'invalid' }> {
  let longest: readonly unknown[] = initial;
  let reader = -1;
  for (let op = 0; op < operations.length; op++) {
    const { input, output, return: returned } = operations[op] as AppendListOperation;
    if (input.action !== 'read' || returned === undefined || output === undefined) continue;
    const isPossible = Array.isArray(output) && output.length >= initial.length && output.length <= most;
    if (!isPossible || !isBeginning(initial, output)) return { verdict: 'invalid', core: [op] };
    if (reader < 0 || output.length > longest.length) {
      longest = output;
      reader = op;
    }
  }
  for (let op = 0; op < operations.length; op++) {
    const { input, output, return: returned } = operations[op] as AppendListOperation;
    if (input.action !== 'read' || returned === undefined || output === undefined) continue;
    if (!isBeginning(output as readonly unknown[], longest)) return { verdict: 'invalid', core: [reader, op] };
  }
  return { longest, reader };
}

function isBeginning(short: readonly unknown[], long: readonly unknown[]): boolean {
  if (short === long) return true;
  for (let i = 0; i < short.length; i++) if (short[i] !== long[i] && !sameJson(short[i], long[i])) return false;
  return true;
}
