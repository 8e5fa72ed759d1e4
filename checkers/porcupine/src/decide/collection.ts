// What the queue, the stack and the priority queue have in common: values that come in once and leave once. Each value has
// a *stay*, from its insertion to its removal, and only what may lie inside what differs.
// The surprise is the removals that nobody saw. If the stays have no order even with all of them free to remove what they
// like, there is none; if one guess at what they removed has an order, that is one; else it is left to the search.
import type { Decision, Operation } from '../types.ts';
import { makeIntern } from './intern.ts';
import { type Positions, positionsOf } from './positions.ts';
import { sortBy } from './sort.ts';

/**
 * The stays of all values, as positions of events (see `Positions`), already made tight: an insertion takes effect no later
 * than the removal returns, a removal no earlier than the insertion is called. So a value is certainly inside between
 * `insertTo` and `removeFrom`, if that is later.
 */
export interface Stays {
  readonly count: number;
  readonly insertFrom: Int32Array;
  readonly insertTo: Int32Array;
  /** `end` if it was never removed. */
  readonly removeFrom: Int32Array;
  readonly removeTo: Int32Array;
  /** The operation that inserted the value. */
  readonly insertion: Int32Array;
  /** The operation that removed it, or ~value if that is not known or none: see `Placement`. */
  readonly removal: Int32Array;
  /** The removals that found nothing. */
  readonly empties: Int32Array;
  readonly emptyFrom: Int32Array;
  readonly emptyTo: Int32Array;
  readonly end: number;
}

/** Either an order of operations, or values that have none, perhaps with a removal that found nothing (else -1). */
export type Placement =
  /** Holds `removal` of every value that is removed before `end`. */
  | { readonly order: number[] }
  | { readonly order: undefined; readonly values: readonly number[]; readonly empty: number };

interface Input {
  readonly action: string;
  readonly value?: unknown;
}

/**
 * Decides where no two insertions have equal values.
 *
 * @param insertion the action that inserts; all others remove, with null for nothing.
 * @param place must be exact for the stays that it is given.
 */
export function decideCollection(
  operations: readonly Operation<Input, unknown>[],
  insertion: string,
  place: (stays: Stays) => Placement,
): Decision | undefined {
  const ledger = read(operations, insertion);
  if (ledger === undefined || 'verdict' in ledger) return ledger;
  const positions = positionsOf(operations);
  const { unseen } = ledger;
  const isKept = (value: number): boolean =>
    (ledger.removal[value] as number) >= 0 || operations[ledger.insertion[value] as number]?.return !== undefined;

  // A lost insertion whose value nobody removed might as well not have been: nothing inside only blocks others.
  const kept = Int32Array.from({ length: ledger.insertion.length }, (_, value) => value).filter(isKept);
  const insertions = kept.map((value) => ledger.insertion[value] as number);
  const removals = kept.map((value) => ledger.removal[value] as number);
  const isAllRemoved = !ledger.removal.includes(-1);
  // With nothing left to remove, a removal that returned and was not seen found nothing.
  const empties = isAllRemoved ? [...ledger.empties, ...returned(unseen)] : ledger.empties;
  const freeFrom = unseen.length > 0 ? positions.from[byCall(unseen)[0] as number] : undefined;
  const free = staysOf(positions, insertions, removals, empties, freeFrom);
  if ('verdict' in free) return free;
  const placement = place(free);
  if (placement.order === undefined) return invalid(placement, free);
  if (unseen.length === 0 || isAllRemoved) return { verdict: 'valid', order: placement.order };

  const guessed = removals.slice();
  const candidates = byCall(unseen);
  // The order in which they left when they were free is the best guess; who then stayed comes last.
  const leaving = placement.order.filter((op) => op < 0).map((op) => ~op);
  const staying = new Set([...kept.keys()].filter((value) => (removals[value] as number) < 0));
  for (const value of leaving) staying.delete(value);
  for (const value of [...leaving, ...staying]) guessed[value] = candidates.shift() ?? -1;
  const guess = staysOf(positions, insertions, guessed, [...ledger.empties, ...returned(candidates)], undefined);
  if ('verdict' in guess) return undefined;
  const { order } = place(guess);
  return order && { verdict: 'valid', order };

  function returned(ops: readonly number[]): number[] {
    return ops.filter((op) => operations[op]?.return !== undefined);
  }

  function byCall(ops: readonly number[]): number[] {
    return [...sortBy(Float64Array.from(positions.from), Int32Array.from(ops))];
  }

  function invalid({ values, empty }: { values: readonly number[]; empty: number }, stays: Stays): Decision {
    const core = values.flatMap((value) => [stays.insertion[value] as number, stays.removal[value] as number]);
    if (empty >= 0) core.push(empty);
    if (core.every((op) => op >= 0)) return { verdict: 'invalid', core };
    // That a value was never removed is known from all removals together.
    const all = new Set(core.filter((op) => op >= 0));
    operations.forEach(({ input }, op) => {
      if (input.action !== insertion) all.add(op);
    });
    return { verdict: 'invalid', core: [...all] };
  }
}

interface Ledger {
  /** By value. */
  readonly insertion: number[];
  /** By value: -1 if nobody was seen to remove it. */
  readonly removal: number[];
  readonly empties: number[];
  readonly unseen: number[];
}

function read(operations: readonly Operation<Input, unknown>[], insertion: string): Ledger | Decision | undefined {
  const intern = makeIntern();
  const ledger: Ledger = { insertion: [], removal: [], empties: [], unseen: [] };
  for (let op = 0; op < operations.length; op++) {
    const { input } = operations[op] as Operation<Input, unknown>;
    if (input.action !== insertion) continue;
    const { value } = input;
    // NaN is not equal to itself, and what null and undefined mean as outputs is something else.
    if (value === undefined || value === null || Number.isNaN(value)) return undefined;
    if (intern(value) !== ledger.insertion.length) return undefined; // not the first insertion of this value
    ledger.insertion.push(op);
    ledger.removal.push(-1);
  }
  for (let op = 0; op < operations.length; op++) {
    const { input, output, return: returned } = operations[op] as Operation<Input, unknown>;
    if (input.action === insertion) continue;
    if (returned === undefined || output === undefined) {
      ledger.unseen.push(op);
    } else if (output === null) {
      ledger.empties.push(op);
    } else {
      const value = intern(output);
      if (value >= ledger.removal.length) return { verdict: 'invalid', core: [op] };
      const other = ledger.removal[value] as number;
      if (other >= 0) return { verdict: 'invalid', core: [other, op] };
      ledger.removal[value] = op;
    }
  }
  return ledger;
}

/** @param freeFrom from where on values without a removal may leave; `undefined`: they never do. */
function staysOf(
  { from, to, end }: Positions,
  insertion: Int32Array,
  removals: Int32Array,
  empties: readonly number[],
  freeFrom: number | undefined,
): Stays | Decision {
  const count = insertion.length;
  const [insertFrom, insertTo] = [new Int32Array(count), new Int32Array(count)];
  const [removeFrom, removeTo] = [new Int32Array(count).fill(freeFrom ?? end), new Int32Array(count).fill(end)];
  const removal = removals.slice();
  for (let value = 0; value < count; value++) {
    const [into, out] = [insertion[value] as number, removal[value] as number];
    insertFrom[value] = from[into] as number;
    if (out < 0) {
      removal[value] = ~value;
    } else {
      removeFrom[value] = from[out] as number;
      removeTo[value] = to[out] as number;
      if ((to[out] as number) < (from[into] as number)) return { verdict: 'invalid', core: [into, out] };
    }
    insertTo[value] = Math.min(to[into] as number, removeTo[value] as number);
    removeFrom[value] = Math.max(removeFrom[value] as number, insertFrom[value] as number);
  }
  const emptyFrom = Int32Array.from(empties, (op) => from[op] as number);
  const emptyTo = Int32Array.from(empties, (op) => to[op] as number);
  return {
    count,
    insertFrom,
    insertTo,
    removeFrom,
    removeTo,
    insertion,
    removal,
    empties: Int32Array.from(empties),
    emptyFrom,
    emptyTo,
    end,
  };
}
