// The log's decision. The surprise is how little is left to decide: the server told an order, the offsets, and all that
// has to be checked is that it is one, and that calls and returns agree with it.
import type { Decision, Operation } from '../types.ts';
import { fillEntries } from './entries.ts';
import { makeIntern } from './intern.ts';
import { emptySlots, filledBefore, notFilledBefore, withReads } from './slots.ts';

type LogOperation = Operation<
  { readonly action: 'append'; readonly value: unknown } | { readonly action: 'read'; readonly at: number },
  unknown
>;

/**
 * Decides in O(n log n), and in O(n) where operations are sorted by call and every append was told its offset.
 *
 * Precondition: of two appends that were not told their offset (they were lost, or their output was not seen) no two have a value that
 * was read at an offset of which no append was told; no value is NaN, null or undefined; offsets to read at are natural numbers.
 */
export function decideLog(initial: readonly unknown[], operations: readonly LogOperation[]): Decision | undefined {
  const intern = makeIntern(operations.length);
  const given = Int32Array.from(initial, intern.of);
  if (initial.some((value) => !isPlain(value))) return undefined;
  const appended = operations.filter(({ input }) => input.action === 'append').length;
  const slots = emptySlots(operations.length, appended);
  const value = new Int32Array(appended).fill(-1);
  const reader = new Int32Array(appended).fill(-1);
  const appends = new Int32Array(operations.length).fill(-1);
  const unplaced: number[] = [];
  const reads: number[] = [];
  const counts: number[] = []; // how many appends each of them has seen at least
  let core: readonly number[] | undefined;
  let filled = 0;
  for (let op = 0; op < operations.length; op++) {
    const { input, output, call, return: returned } = operations[op] as LogOperation;
    slots.call[op] = call;
    if (returned !== undefined) slots.return[op] = returned;
    if (input.action === 'append') {
      if (!isPlain(input.value)) return undefined;
      appends[op] = intern.of(input.value);
      if (returned === undefined || output === undefined) {
        unplaced.push(op);
        continue;
      }
      const slot = typeof output === 'number' ? output - given.length : Number.NaN;
      if (!(Number.isInteger(slot) && slot >= 0 && slot < appended)) {
        core ??= [op];
        continue;
      }
      if ((slots.known[slot] as number) >= 0) core ??= [slots.known[slot] as number, op];
      slots.known[slot] = op;
      if (slot >= filled) filled = slot + 1;
    } else {
      if (!(Number.isInteger(input.at) && input.at >= 0)) return undefined;
      if (returned === undefined) continue;
      reads.push(op);
      const slot = input.at - given.length;
      const sees = output !== undefined && output !== null;
      counts.push(sees ? Math.max(0, slot + 1) : 0);
      if (output === undefined) continue;
      if (Number.isNaN(output)) return undefined;
      if (slot < 0) {
        if (!sees || intern.of(output) !== given[input.at]) core ??= [op];
      } else if (!sees) notFilledBefore(slots, slot, op);
      else if (slot >= appended) core ??= [op];
      else {
        const its = intern.of(output);
        if ((value[slot] as number) >= 0 && value[slot] !== its) core ??= [reader[slot] as number, op];
        value[slot] = its;
        reader[slot] = op;
        filledBefore(slots, slot, op);
        if (slot >= filled) filled = slot + 1;
      }
    }
  }
  // Not before the end: until then it may turn out that there is a value which is not to be decided about.
  if (core) return { verdict: 'invalid', core };
  const whole = { slots: { ...slots, filled }, value, reader, appends, unplaced, values: intern.size() };
  const filling = fillEntries(whole);
  if (filling === undefined) return undefined;
  if ('core' in filling) return { verdict: 'invalid', core: filling.core };
  return { verdict: 'valid', order: withReads(filling, slots.call, reads, counts) };
}

/** Whether the value is equal to itself and cannot be taken for the end of the log. */
function isPlain(value: unknown): boolean {
  return value !== undefined && value !== null && !Number.isNaN(value);
}
