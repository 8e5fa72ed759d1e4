// The set's decision, for which its operations are first said in one of eight ways. The surprise is that there are two
// decisions: without reads of the whole set each element is an object by itself, and with them none is, but then,
// if nothing is ever removed, the reads must grow, and so tell the order.
import type { Decision, Operation } from '../types.ts';
import { type Intern, makeIntern } from './intern.ts';
import { decideElements } from './set-elements.ts';
import { decideGrowth } from './set-growth.ts';

export type SetOperation = Operation<
  { readonly action: 'add' | 'remove' | 'contains'; readonly value: unknown } | { readonly action: 'read' },
  unknown
>;

/** What an operation tells, or does. */
export const ADDS = 1;
/** It removed the element if that was there: nobody saw. */
export const REMOVES = 2;
/** It removed the element, which was there. */
export const REMOVED = 3;
export const PRESENT = 4;
export const ABSENT = 5;
/** It was to remove the element, which was not there. */
export const MISSED = 6;
/** It read the whole set. */
export const READS = 7;
/** It returned and tells nothing. What is lost and tells nothing is 0. */
export const SILENT = 8;

export interface SetCalls {
  readonly call: Float64Array;
  /** Infinity for what was lost. */
  readonly return: Float64Array;
  readonly meaning: Uint8Array;
  /** By operation: the element that it is about, -1 for none. */
  readonly element: Int32Array;
  readonly elements: number;
  /** By element: the operation that adds it, -1 for none. */
  readonly adder: Int32Array;
  readonly intern: Intern;
}

/**
 * Decides where no element is added by two operations (lost ones counted), in O(n log n + the size of all reads): if
 * no read of the whole set was seen, or nothing is removed. `undefined` otherwise.
 */
export function decideSet(operations: readonly SetOperation[]): Decision | undefined {
  const calls = understand(operations);
  if (calls === undefined || 'core' in calls) return calls;
  if (!calls.meaning.includes(READS)) return decideElements(calls);
  return operations.some(({ input }) => input.action === 'remove') ? undefined : decideGrowth(calls, operations);
}

function understand(
  operations: readonly SetOperation[],
): SetCalls | Extract<Decision, { verdict: 'invalid' }> | undefined {
  const count = operations.length;
  const call = new Float64Array(count);
  const returns = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const meaning = new Uint8Array(count);
  const element = new Int32Array(count).fill(-1);
  const adder = new Int32Array(count).fill(-1);
  const intern = makeIntern(count);
  let impossible = -1;
  for (let op = 0; op < count; op++) {
    const { input, output, call: calledAt, return: returned } = operations[op] as SetOperation;
    call[op] = calledAt;
    if (returned !== undefined) returns[op] = returned;
    if (input.action !== 'read') {
      const its = intern.of(input.value);
      element[op] = its;
      if (input.action === 'add') {
        if ((adder[its] as number) >= 0) return undefined;
        adder[its] = op;
      }
    }
    const said = meaningOf(input.action, returned === undefined ? undefined : output, returned === undefined);
    if (said === undefined) impossible = op;
    else meaning[op] = said;
  }
  if (impossible >= 0) return { verdict: 'invalid', core: [impossible] };
  const elements = intern.size();
  return { call, return: returns, meaning, element, elements, adder: adder.subarray(0, elements), intern };
}

/** `undefined`: no set with unique additions gives this output. */
function meaningOf(action: SetOperation['input']['action'], output: unknown, lost: boolean): number | undefined {
  switch (action) {
    case 'add':
      return output === undefined || output === true ? ADDS : undefined;
    case 'remove':
      if (output === undefined) return REMOVES;
      return output === true ? REMOVED : output === false ? MISSED : undefined;
    case 'contains':
      if (output === undefined) return lost ? 0 : SILENT;
      return output === true ? PRESENT : output === false ? ABSENT : undefined;
    case 'read':
      if (output === undefined) return lost ? 0 : SILENT;
      return Array.isArray(output) ? READS : undefined;
  }
}
