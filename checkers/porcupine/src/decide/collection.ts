// What the queue, the stack and the priority queue have in common: values that come in once and leave once. Each value has
// a *stay*, from its insertion to its removal, and only what may lie inside what differs.
// The surprise is the removals that nobody saw. If the stays have no order even where each of those may remove all that it
// likes, or if there are too few of them, there is none; if a guess at what they removed has an order, that is one.
import type { Decision, Operation } from '../types.ts';
import { type Ledger, readLedger } from './ledger.ts';
import { type Positions, positionsOf } from './positions.ts';
import { sortBy } from './sort.ts';
import { guessRemovals, type Precedence } from './unseen.ts';

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
  /** The operation that removed it; ~value if nobody was seen to. */
  readonly removal: Int32Array;
  /** The removals that found nothing: operations. */
  readonly empties: Int32Array;
  readonly emptyFrom: Int32Array;
  readonly emptyTo: Int32Array;
  readonly end: number;
}

/** Either an order, or some of what has none: values, perhaps with a removal that found nothing (an operation, else -1). */
export type Placement =
  /** The operations, with the `removal` of every value that is removed before `end`. */
  | { readonly order: number[] }
  | { readonly order: undefined; readonly values: readonly number[]; readonly empty: number };

/**
 * Decides where no two insertions have equal values.
 *
 * @param insertion the action that inserts; all others remove, with null for nothing.
 * @param place must be exact for the stays that it is given.
 * @param precede which values must leave before which; for what nobody saw.
 */
export function decideCollection(
  operations: readonly Operation<{ readonly action: string; readonly value?: unknown }, unknown>[],
  insertion: string,
  place: (stays: Stays) => Placement,
  precede: (stays: Stays) => Precedence,
): Decision | undefined {
  const ledger = readLedger(operations, insertion);
  if (ledger === undefined || 'verdict' in ledger) return ledger;
  const positions = positionsOf(operations);
  const returned = (ops: readonly number[]): number[] =>
    ops.filter((op) => (positions.to[op] as number) < positions.end);
  const unseen = [...sortBy(Float64Array.from(positions.from), Int32Array.from(ledger.unseen))];

  // With nothing left to remove, a removal that returned unseen found nothing.
  const empties = ledger.isAllRemoved ? [...ledger.empties, ...returned(unseen)] : ledger.empties;
  const stays = staysOf(positions, ledger, empties, unseen[0]);
  if ('verdict' in stays) return stays;
  const placement = place(stays);
  if (placement.order === undefined) return { verdict: 'invalid', core: coreOf(placement, stays, ledger) };
  if (unseen.length === 0 || ledger.isAllRemoved) return { verdict: 'valid', order: placement.order };

  const guess = guessRemovals(stays, precede(stays), unseen, positions.from, (removal, left) => {
    const guessed = staysOf(positions, { ...ledger, removal }, [...ledger.empties, ...returned(left)], undefined);
    return 'verdict' in guessed ? undefined : place(guessed);
  });
  if (guess === undefined) return undefined;
  return guess.order
    ? { verdict: 'valid', order: guess.order }
    : { verdict: 'invalid', core: coreOf(guess, stays, ledger) };
}

/** @param free the first of the removals that may have removed any value that nobody was seen to remove. */
function staysOf(
  { from, to, end }: Positions,
  ledger: Ledger,
  empties: readonly number[],
  free: number | undefined,
): Stays | Decision {
  const { insertion } = ledger;
  const count = insertion.length;
  const removal = ledger.removal.slice();
  const insertFrom = new Int32Array(count);
  const insertTo = new Int32Array(count);
  const removeFrom = new Int32Array(count).fill(free === undefined ? end : (from[free] as number));
  const removeTo = new Int32Array(count).fill(end);
  for (let value = 0; value < count; value++) {
    const [into, out] = [insertion[value] as number, removal[value] as number];
    const called = from[into] as number;
    if (out < 0) {
      removal[value] = ~value;
    } else {
      removeFrom[value] = from[out] as number;
      removeTo[value] = to[out] as number;
      if ((to[out] as number) < called) return { verdict: 'invalid', core: [into, out] };
    }
    insertFrom[value] = called;
    insertTo[value] = Math.min(to[into] as number, removeTo[value] as number);
    removeFrom[value] = Math.max(removeFrom[value] as number, called);
  }
  return {
    ...{ count, insertFrom, insertTo, removeFrom, removeTo, insertion, removal, end },
    empties: Int32Array.from(empties),
    emptyFrom: Int32Array.from(empties, (op) => from[op] as number),
    emptyTo: Int32Array.from(empties, (op) => to[op] as number),
  };
}

function coreOf(
  { values, empty }: { readonly values: readonly number[]; readonly empty: number },
  { insertion, removal }: Stays,
  { removals, unseen }: Ledger,
): number[] {
  const core = new Set(values.map((value) => insertion[value] as number));
  const outs = values.map((value) => removal[value] as number);
  for (const op of empty < 0 ? outs : [...outs, empty]) if (op >= 0) core.add(op);
  // That nobody removed a value, or that there was nothing else to remove, is known from all removals together.
  if (outs.some((op) => op < 0) || unseen.includes(empty)) for (const op of removals) core.add(op);
  return [...core];
}
