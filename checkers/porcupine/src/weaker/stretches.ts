// For objects that are overwritten as a whole: in which states each operation is possible, and which states the object can be in
// during one stretch only, since one operation alone leads there. The surprise: no word of the model is taken for it. All states
// that any order could reach are tried, which for a register are as many as there are writes; where there are more, it gives up.
import type { Operation } from '../types.ts';
import type { Steps } from './steps.ts';

/** The time in which a partition is in a state that it is in only once. */
export interface Stretch {
  readonly partition: number;
  /** The operation that begins it; -1 for the first state of all. */
  readonly begin: number;
  /** Operations that returned and are possible in this state only, and leave it. */
  readonly within: readonly number[];
  /** The same, but it changes the state; -1 if there is none. */
  readonly end: number;
}

export interface Stretches {
  readonly all: readonly Stretch[];
  /** Operations that returned and are possible in no state, or that both must end the same stretch. */
  readonly impossible: readonly number[] | undefined;
}

const MOST_STEPS = 1_000_000;

/** `undefined`: the object has too many states for this. */
export function findStretches(operations: readonly Operation[], steps: Steps<unknown>): Stretches | undefined {
  const all: Stretch[] = [];
  for (let partition = 0; partition < steps.partitions; partition++) {
    const own = [...operations.keys()].filter((op) => steps.partitionOf[op] === partition);
    const its = ofPartition(own);
    if (its === undefined) return undefined;
    if (its.impossible) return its;
    all.push(...its.all);
  }
  return { all, impossible: undefined };

  function ofPartition(own: readonly number[]): Stretches | undefined {
    const partition = steps.partitionOf[own[0] as number] as number;
    const classes = new Map<number, number[]>();
    for (const op of own) {
      const classId = steps.classOf[op] as number;
      const alike = classes.get(classId);
      if (alike) alike.push(op);
      else classes.set(classId, [op]);
    }
    const states = reachable([...classes.values()].map(([op]) => op as number));
    if (states === undefined) return undefined;
    const leading = new Map<number, number[]>(states.map((state) => [state, []]));
    const possibleIn = new Map<number, number>(); // by operation that returned: its only state
    for (const ops of classes.values()) {
      const [first] = ops as [number];
      const targets = new Map<number, number>();
      for (const state of states) {
        const after = steps.next(state, first);
        if (after >= 0) targets.set(state, after);
      }
      const due = ops.filter((op) => operations[op]?.return !== undefined);
      const [one] = due;
      if (targets.size === 0 && one !== undefined) return { all: [], impossible: [one] };
      const [only] = targets.keys();
      if (targets.size === 1) for (const op of due) possibleIn.set(op, only as number);
      if (!steps.isReadOnly(first)) for (const state of new Set(targets.values())) leading.get(state)?.push(...ops);
    }
    return stretchesOf(partition, states, leading, possibleIn);
  }

  function reachable(classes: readonly number[]): readonly number[] | undefined {
    const changing = classes.filter((op) => !steps.isReadOnly(op));
    const states = new Set([0]);
    for (const state of states) {
      if (states.size > changing.length + 1 || states.size * classes.length > MOST_STEPS) return undefined;
      for (const op of changing) {
        const after = steps.next(state, op);
        if (after >= 0) states.add(after);
      }
    }
    return [...states];
  }

  function stretchesOf(
    partition: number,
    states: readonly number[],
    leading: ReadonlyMap<number, readonly number[]>,
    possibleIn: ReadonlyMap<number, number>,
  ): Stretches {
    const within = new Map<number, number[]>(states.map((state) => [state, []]));
    for (const [op, state] of possibleIn) within.get(state)?.push(op);
    const stretches: Stretch[] = [];
    for (const state of states) {
      const begins = leading.get(state) as readonly number[];
      const isOnce = state === 0 ? begins.length === 0 : begins.length === 1;
      if (!isOnce) continue;
      const here = within.get(state) as number[];
      const ends = here.filter((op) => steps.next(state, op) !== state);
      if (ends.length > 1) return { all: [], impossible: ends.slice(0, 2) };
      const stays = here.filter((op) => op !== ends[0]);
      stretches.push({ partition, begin: begins[0] ?? -1, within: stays, end: ends[0] ?? -1 });
    }
    return { all: stretches, impossible: undefined };
  }
}
