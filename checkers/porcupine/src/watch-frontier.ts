// All that a history so far allows, as a set of configurations, and how one more return narrows it. The surprise: what an
// operation returned is not known while others return, and may change what they meant. So the frontiers at the returns
// since its call are kept, and passed once more when it is known.
import { idOfClass, isReadOnly, NOT_POSSIBLE, stateAfter, type Tables } from './watch-tables.ts';

export interface Configuration {
  readonly state: number;
  /** The operations under way that took effect: the sum of 2^slot. */
  readonly taken: number;
  /** By class of lost operations: how many took effect. Those at the end that did not are left out. */
  readonly used: readonly number[];
}

/** An operation that was called and is not yet known to be lost. */
export interface Pending<I, O> {
  readonly input: I;
  readonly slot: number;
  /** The number of returns before its call. */
  readonly since: number;
  /** With the output to suppose, until it returns. VANISHED: it cannot matter what it did. */
  classId: number;
  /** The number of returns before its own; endless while it is under way. */
  due: number;
  output: O | undefined;
}

/** One return, and all that there is to know to pass it again. */
export interface Level<I, O> {
  readonly before: readonly Configuration[];
  /** Operations that were lost since the return before: from here on they are counted. */
  readonly folds: readonly Fold[];
  /** By class of lost operations, how many there are. */
  readonly lost: readonly LostCount[];
  readonly underWay: readonly Pending<I, O>[];
  readonly target: Pending<I, O>;
}

export interface Fold {
  readonly slot: number;
  /** Into `lost`. */
  readonly lostClass: number;
}

export interface LostCount {
  readonly classId: number;
  readonly count: number;
}

export const VANISHED = -1;
/** Slots are bits of a number, and it has no more. */
export const MOST_SLOTS = 53;

/** The class of an operation of which only the input is known. */
export function supposedClass<S, I, O>(tables: Tables<S, I, O>, input: I): number {
  const classId = idOfClass(tables, input, tables.model.supposeLost?.(input));
  return isReadOnly(tables, classId) ? VANISHED : classId;
}

/** The configurations after the return; none if nothing explains it; `undefined` if there are more than `most`. */
export function pass<S, I, O>(
  tables: Tables<S, I, O>,
  { before, folds, lost, underWay, target }: Level<I, O>,
  most: number,
  spend: (configurations: number) => void,
): readonly Configuration[] | undefined {
  // Of operations that do the same, the one that is due first may as well be first.
  const movers: Pending<I, O>[] = [];
  const readers: Pending<I, O>[] = [];
  for (const one of underWay) {
    if (one.classId !== VANISHED) (isReadOnly(tables, one.classId) ? readers : movers).push(one);
  }
  movers.sort((a, b) => a.due - b.due);
  const met = makeSet();
  const passed = makeSet();
  const bit = 2 ** target.slot;
  for (const one of before) {
    const { state, taken, used } = foldOne(one, folds);
    reach(state, taken, used);
  }
  for (let head = 0; head < met.all.length; head++) {
    if (met.all.length > most) {
      spend(met.all.length);
      return undefined;
    }
    const here = met.all[head] as Configuration;
    if (met.size > 1 && met.isSuperseded(here)) continue;
    expand(here);
  }
  spend(met.all.length);
  return passed.live();

  function reach(state: number, before: number, used: readonly number[]): void {
    let taken = before;
    for (const { slot, classId } of readers) {
      if (!has(taken, slot) && stateAfter(tables, state, classId) !== NOT_POSSIBLE) taken += 2 ** slot;
    }
    if (has(taken, target.slot)) passed.add({ state, taken: taken - bit, used });
    else met.add({ state, taken, used });
  }

  function expand({ state, taken, used }: Configuration): void {
    for (let i = 0; i < movers.length; i++) {
      const { slot, classId } = movers[i] as Pending<I, O>;
      if (has(taken, slot) || isTried(i, taken, classId, true)) continue;
      const after = stateAfter(tables, state, classId);
      if (after !== NOT_POSSIBLE) reach(after, taken + 2 ** slot, used);
    }
    for (let i = 0; i < lost.length; i++) {
      const { classId, count } = lost[i] as LostCount;
      if ((used[i] ?? 0) >= count || isTried(movers.length, taken, classId, false)) continue;
      const after = stateAfter(tables, state, classId);
      if (after !== NOT_POSSIBLE && after !== state) reach(after, taken, withOneMore(used, i));
    }
  }

  /** Of two that have not returned it is not known which will be due first. */
  function isTried(before: number, taken: number, classId: number, isDueKnown: boolean): boolean {
    for (let j = 0; j < before; j++) {
      const { classId: other, slot, due } = movers[j] as Pending<I, O>;
      if (other === classId && !has(taken, slot) && (!isDueKnown || due < Number.POSITIVE_INFINITY)) return true;
    }
    return false;
  }
}

/** The configurations when operations under way are lost and from now on counted. */
export function folded(before: readonly Configuration[], folds: readonly Fold[]): readonly Configuration[] {
  const set = makeSet();
  for (const one of before) set.add(foldOne(one, folds));
  return set.live();
}

/** A slot that is free already is passed over, so it does no harm to fold twice. */
function foldOne(one: Configuration, folds: readonly Fold[]): Configuration {
  let { taken, used } = one;
  for (const { slot, lostClass } of folds) {
    if (!has(taken, slot)) continue;
    taken -= 2 ** slot;
    used = withOneMore(used, lostClass);
  }
  return { state: one.state, taken, used };
}

function has(taken: number, slot: number): boolean {
  return slot < 31 && taken < 2147483648 ? ((taken >>> slot) & 1) === 1 : Math.floor(taken / 2 ** slot) % 2 === 1;
}

function withOneMore(used: readonly number[], i: number): readonly number[] {
  const sum = [...used];
  while (sum.length <= i) sum.push(0);
  sum[i] = (sum[i] as number) + 1;
  return sum;
}

/** Configurations, without those that used more lost operations than another that is else the same. */
function makeSet() {
  const byKey = new Map<number | string, Configuration[]>();
  const all: Configuration[] = [];
  let hasSuperseded = false;
  const set = {
    all,
    size: 0,
    add(one: Configuration): void {
      const key = keyOf(one);
      const same = byKey.get(key);
      if (same === undefined) {
        byKey.set(key, [one]);
      } else {
        if (same.some((other) => usesNoMore(other.used, one.used))) return;
        const kept = same.filter((other) => !usesNoMore(one.used, other.used));
        if (kept.length < same.length) hasSuperseded = true;
        kept.push(one);
        byKey.set(key, kept);
      }
      all.push(one);
      set.size = all.length;
    },
    isSuperseded: (one: Configuration): boolean => hasSuperseded && !byKey.get(keyOf(one))?.includes(one),
    live: (): readonly Configuration[] => (hasSuperseded ? [...byKey.values()].flat() : all),
  };
  return set;
}

function keyOf({ state, taken }: Configuration): number | string {
  return taken < 2 ** 32 && state < 2 ** 20 ? taken * 2 ** 20 + state : `${taken}/${state}`;
}

function usesNoMore(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if ((a[i] as number) > (b[i] ?? 0)) return false;
  return true;
}
