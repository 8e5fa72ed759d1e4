// The decision of a register with compare-and-set. The surprise is what it can do about lost ones: where values are made
// once, a lost compare-and-set took effect if its value was needed, and may be left out if it was not.
import type { Decision, Operation } from '../types.ts';
import { decideCells, emptyCells, withSilent } from './cells.ts';
import { makeIntern } from './intern.ts';
import { placeRefused } from './refused.ts';

type CasRegisterInput =
  | { readonly action: 'read' }
  | { readonly action: 'write'; readonly value: unknown }
  | { readonly action: 'cas'; readonly from: unknown; readonly to: unknown };

/**
 * Decides in O(n log n) where no value that was read or that a compare-and-set found was made by two operations: writes,
 * compare-and-sets that swapped or were lost, and the start, which made the initial value. (Where only reads found it,
 * operations that were called after the last of them returned do not count. A compare-and-set of a value to itself is a read.)
 *
 * Undefined as well for a compare-and-set that returned and did not say whether it swapped, for NaN, which is unequal to itself, and
 * where failed ones are observations that no place was found for, unless its value was there for certain all the time.
 */
export function decideCasRegister(
  { initial, failedCas }: { readonly initial: unknown; readonly failedCas: 'observation' | 'nothing' },
  operations: readonly Operation<CasRegisterInput, unknown>[],
): Decision | undefined {
  const count = operations.length;
  const intern = makeIntern(count);
  const cells = emptyCells(count);
  const mightMake = new Int32Array(count + 1).fill(-1);
  const refused: number[] = [];
  const refusedValues: number[] = [];
  cells.makes[count] = intern.of(initial);
  for (let op = 0; op < count; op++) {
    const { input, output, call, return: returned } = operations[op] as Operation<CasRegisterInput, unknown>;
    cells.call[op] = call;
    if (returned !== undefined) cells.return[op] = returned;
    if (input.action === 'write') {
      if (Number.isNaN(input.value)) return undefined;
      cells.makes[op] = intern.of(input.value);
    } else if (input.action === 'read') {
      if (returned === undefined || output === undefined) continue;
      if (Number.isNaN(output)) return undefined;
      cells.finds[op] = intern.of(output);
    } else {
      if (Number.isNaN(input.from) || Number.isNaN(input.to)) return undefined;
      const from = intern.of(input.from);
      const to = intern.of(input.to);
      if (returned === undefined || output === true) {
        if (from !== to) cells.makes[op] = to;
        if (from !== to || returned !== undefined) cells.finds[op] = from;
      } else if (output !== undefined) {
        if (from !== to) mightMake[op] = to;
        if (failedCas === 'observation') {
          refused.push(op);
          refusedValues.push(from);
        }
      } else if (from !== to) return undefined;
    }
  }
  const whole = { ...cells, mightMake, values: intern.size() };
  const decision = decideCells(whole);
  if (decision?.verdict !== 'valid') return decision;
  if (refused.length === 0) return { verdict: 'valid', order: withSilent(cells, decision.order) };
  const placed = placeRefused(whole, decision, refused, refusedValues);
  if (placed === undefined || 'verdict' in placed) return placed;
  return { verdict: 'valid', order: withSilent(cells, placed) };
}
