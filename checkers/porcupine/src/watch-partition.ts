// One partition of a history that is watched: its operations under way, its frontier, and the returns that may have to be
// passed again. Everything that grows is cut back: returns to the oldest call under way, tables to what is still in use, and
// the operations kept for a counterexample to a window.
import type { Model, Operation } from './types.ts';
import {
  type Configuration,
  type Fold,
  folded,
  type Level,
  type LostCount,
  MOST_SLOTS,
  type Pending,
  pass,
  supposedClass,
  VANISHED,
} from './watch-frontier.ts';
import { idOfClass, idOfState, makeTables } from './watch-tables.ts';
import { type Kept, makeKeeper, type Record } from './watch-window.ts';

export interface Part<S, I, O> {
  readonly key: string | undefined;
  call(index: number, process: Operation['process'], input: I, time: number): Handle<I, O>;
  /** False: nothing explains it any more. `undefined`: it was too much to find out. */
  return(handle: Handle<I, O>, output: O | undefined, time: number): boolean | undefined;
  lose(handle: Handle<I, O>): void;
  /** Why it was too much. */
  readonly excuse: string;
  /** The states that were possible before the last return. */
  states(): readonly S[];
  /** What is kept of the operations. */
  readonly kept: Kept<S, I, O> | undefined;
  /** For tests: what is held in memory. */
  size(): Size;
}

export interface Handle<I, O> {
  readonly pending: Pending<I, O>;
  readonly record: Record<I, O>;
}

export interface Size {
  readonly configurations: number;
  readonly returns: number;
  readonly operations: number;
  readonly states: number;
  readonly classes: number;
}

export interface Limits {
  readonly configurations: number;
  readonly window: number;
}

/** Tables are cut back when they have grown to twice what was in use the last time, and to this. */
const LEAST_CUT = 1024;

export function makePart<S, I, O>(
  model: Model<S, I, O>,
  key: string | undefined,
  limits: Limits,
  spend: (configurations: number) => void,
): Part<S, I, O> {
  let tables = makeTables(model);
  let frontier: readonly Configuration[] = [{ state: idOfState(tables, model.init), taken: 0, used: [] }];
  let before = frontier;
  /** The returns from number `first` on. */
  let levels: Level<I, O>[] = [];
  let first = 0;
  let folds: Fold[] = [];
  let lost: readonly LostCount[] = [];
  const underWay = new Set<Pending<I, O>>();
  const slots: (Pending<I, O> | undefined)[] = [];
  let cutAt = LEAST_CUT;
  const keeper = makeKeeper<S, I, O>(model.init, limits.window);
  let excuse = '';

  return {
    key,
    call(index, process, input, time) {
      let slot = slots.indexOf(undefined);
      if (slot < 0) slot = slots.length;
      const classId = supposedClass(tables, input);
      const since = first + levels.length;
      const pending = { input, slot, since, classId, due: Number.POSITIVE_INFINITY, output: undefined };
      slots[slot] = pending;
      underWay.add(pending);
      const record = { index, operation: { process, input, call: time } as Operation<I, O> };
      keeper.add(record);
      return { pending, record };
    },
    return(handle, output, time) {
      const { pending, record } = handle;
      record.operation = { ...record.operation, output, return: time };
      if (pending.slot >= MOST_SLOTS || slots.length > MOST_SLOTS) {
        excuse = `more than ${MOST_SLOTS} operations were under way at once`;
        return undefined;
      }
      const now = first + levels.length;
      const supposed = pending.classId;
      pending.due = now;
      pending.output = output;
      pending.classId = idOfClass(tables, pending.input, output);
      const again = supposed !== pending.classId && pending.since < now;
      if (again && pending.since < first) {
        excuse = `an operation returned more than ${limits.window} returns after its call`;
        return undefined;
      }
      levels.push({ before: frontier, folds, lost, underWay: [...underWay], target: pending });
      folds = [];
      const outcome = passFrom(again ? pending.since : now);
      underWay.delete(pending);
      slots[pending.slot] = undefined;
      if (outcome) cutBack();
      return outcome;
    },
    lose({ pending }) {
      underWay.delete(pending);
      slots[pending.slot] = undefined;
      if (pending.classId !== VANISHED) {
        let lostClass = lost.findIndex(({ classId }) => classId === pending.classId);
        if (lostClass < 0) lostClass = lost.length;
        const count = (lost[lostClass]?.count ?? 0) + 1;
        lost = [...lost];
        (lost as LostCount[])[lostClass] = { classId: pending.classId, count };
        const fold = { slot: pending.slot, lostClass };
        // Returns may be passed again from before, so the next one has to know of it too.
        folds.push(fold);
        frontier = folded(frontier, [fold]);
      }
      cutBack();
    },
    get excuse() {
      return excuse;
    },
    get kept() {
      return keeper.kept();
    },
    states: () => statesOf(before),
    size: () => ({
      configurations: frontier.length + levels.reduce((sum, level) => sum + level.before.length, 0),
      returns: levels.length,
      operations: underWay.size + (keeper.kept()?.records.length ?? 0),
      states: tables.states.length,
      classes: tables.classes.length,
    }),
  };

  function passFrom(number: number): boolean | undefined {
    for (let i = number - first; i < levels.length; i++) {
      const level = levels[i] as Level<I, O>;
      const own = i > number - first ? { ...level, before: frontier } : level;
      levels[i] = own;
      const after = pass(tables, own, limits.configurations, spend);
      if (after === undefined) {
        excuse = `more than ${limits.configurations} configurations at one return`;
        return undefined;
      }
      before = own.before;
      frontier = after;
      if (after.length === 0) return false;
    }
    return true;
  }

  function cutBack(): void {
    let oldest = first + levels.length;
    for (const { since } of underWay) oldest = Math.min(oldest, since);
    oldest = Math.max(oldest, first + levels.length - limits.window);
    // Not one by one: to cut off the first means to copy the rest.
    if (2 * (oldest - first) >= levels.length) {
      levels = levels.slice(oldest - first);
      first = oldest;
    }
    if (underWay.size === 0) {
      slots.length = 0;
      if (lost.length === 0) keeper.mark(statesOf(frontier));
    }
    if (tables.states.length + tables.classes.length > cutAt) cutTables();
  }

  function statesOf(configurations: readonly Configuration[]): S[] {
    return [...new Set(configurations.map(({ state }) => state))].map((state) => tables.states[state] as S);
  }

  /** New tables with only what is in use. */
  function cutTables(): void {
    const old = tables;
    tables = makeTables(model);
    const renewed = new Map<readonly Configuration[], readonly Configuration[]>();
    const renew = (configurations: readonly Configuration[]): readonly Configuration[] => {
      let now = renewed.get(configurations);
      if (now === undefined) {
        now = configurations.map((one) => ({ ...one, state: idOfState(tables, old.states[one.state] as S) }));
        renewed.set(configurations, now);
      }
      return now;
    };
    const classOf = (classId: number): number => {
      const its = old.classes[classId];
      return its === undefined ? VANISHED : idOfClass(tables, its.input, its.output);
    };
    const pendings = new Set<Pending<I, O>>(underWay);
    for (const level of levels) for (const one of level.underWay) pendings.add(one);
    for (const one of pendings) one.classId = classOf(one.classId);
    const renewLost = (counts: readonly LostCount[]): readonly LostCount[] =>
      counts.map(({ classId, count }) => ({ classId: classOf(classId), count }));
    levels = levels.map((level) => ({ ...level, before: renew(level.before), lost: renewLost(level.lost) }));
    lost = renewLost(lost);
    frontier = renew(frontier);
    before = renew(before);
    cutAt = Math.max(LEAST_CUT, 2 * (tables.states.length + tables.classes.length));
  }
}
