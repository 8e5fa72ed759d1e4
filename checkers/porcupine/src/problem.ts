// One partition made ready for the search: its operations as classes, its timeline, the counters of its lost operations,
// and what can be foreseen of its reads. The surprise: much is thrown away here. A lost read never matters, nor does a
// lost operation that was called after the last return.

import type { Detours } from './bold.ts';
import { ints } from './ints.ts';
import { canonicalKey } from './key.ts';
import { layOut, type Timeline } from './timeline.ts';
import { type Class, makeTransitions, type Transitions } from './transitions.ts';
import type { Model, Operation } from './types.ts';

export interface Problem<S, I, O> {
  readonly model: Model<S, I, O>;
  readonly partition: string | undefined;
  /** By operation of this problem: its index among the checked ones. Everything below counts in this problem's own. */
  readonly indices: readonly number[];
  readonly operations: readonly Operation<I, O>[];
  readonly timeline: Timeline;
  readonly transitions: Transitions<S, I, O>;
  readonly classOf: Int32Array;
  readonly lost: readonly LostClass[];
  /** By word of lost counters: the bits above the counters. */
  readonly guards: Int32Array;
  readonly foresight: Foresight | undefined;
  /** Only where lost operations are not counted; see `boldSearch`. */
  readonly detours?: Detours | undefined;
}

/** Lost operations of one class take effect in the order of their calls, so a counter says which of them did. */
export interface LostClass {
  readonly classId: number;
  /** In the order of their calls. */
  readonly ops: readonly number[];
  readonly word: number;
  readonly shift: number;
  /** The counter's bits, before the shift. */
  readonly mask: number;
}

/** For models with `growth`: which reads bind the state until something shrinks it. By level. */
export interface Foresight {
  /** Of the reads that are called later, the one that returns first; -1 if there is none. */
  readonly goal: Int32Array;
  /** The level at which the next operation is called that may shrink the state; the number of levels if there is none. */
  readonly nextShrink: Int32Array;
  /** The level of the first lost operation that may shrink the state: from there on it may do so at any time. */
  readonly lostShrink: number;
}

export interface PoseOptions {
  /**
   * Whether to use the model's `restrict`, `growth` and `pin`. Without them the search is slower, and what it reaches is exactly
   * what the model allows so far, whatever is read later.
   */
  readonly pruned: boolean;
  /** Whether to use `pin`. Default: as `pruned`. */
  readonly pinned?: boolean;
  /** Whether to use `overwrites`. It takes more configurations to find an order, and far fewer to see that there is none. */
  readonly unnoticed?: boolean;
  /** Operations that need not take effect although they returned: the history ends before they do. */
  readonly isCut?: (op: number) => boolean;
}

export function pose<S, I, O>(
  model: Model<S, I, O>,
  partition: string | undefined,
  indices: readonly number[],
  operations: readonly Operation<I, O>[],
  { pruned, pinned = pruned, unnoticed = pruned, isCut }: PoseOptions,
): Problem<S, I, O> {
  const { classes, classOf } = classify(model, operations);
  const isReader = (op: number): boolean => (classes[classOf[op] as number] as Class<I, O>).readOnly;
  const isOverwriter = (op: number): boolean => unnoticed && (classes[classOf[op] as number] as Class<I, O>).overwrites;
  const timeline = layOut(operations, isCut, isReader, isOverwriter);
  const asKnown = isCut
    ? operations.map((operation, op) => (isCut(op) ? { ...operation, return: undefined } : operation))
    : operations;
  const restriction = pruned ? model.restrict?.(asKnown) : undefined;
  const { lost, guards } = countLost(timeline, classOf, classes);
  return {
    model,
    partition,
    indices,
    operations,
    timeline,
    transitions: makeTransitions(model, classes, restriction, pinned ? pinsOf(model, asKnown, timeline) : undefined),
    classOf,
    lost,
    guards,
    foresight: pruned && model.growth ? foresee(timeline, classOf, classes) : undefined,
  };
}

const NO_GUARDS = new Int32Array(0);

function classify<S, I, O>(model: Model<S, I, O>, operations: readonly Operation<I, O>[]) {
  const givenReads = new Map<string | number, number>();
  const givenMoves = new Map<string | number, number>();
  let compared: Map<string, number> | undefined;
  const classes: Class<I, O>[] = [];
  const classOf = ints(operations.length);
  for (let op = 0; op < operations.length; op++) {
    const operation = operations[op] as Operation<I, O>;
    const { input } = operation;
    const output = operation.return === undefined ? model.supposeLost?.(input) : operation.output;
    const key = model.classKey?.(input, output);
    const readOnly = model.readOnly?.(input, output) === true;
    let id: number | undefined;
    if (key !== undefined) {
      const given = readOnly ? givenReads : givenMoves;
      id = given.get(key);
      if (id === undefined) given.set(key, classes.length);
    } else {
      compared ??= new Map();
      const json = `${canonicalKey(input)}→${canonicalKey(output)}`;
      id = compared.get(json);
      if (id === undefined) compared.set(json, classes.length);
    }
    if (id === undefined) {
      id = classes.length;
      const shrinks = !readOnly && model.growth?.shrinks(input) === true;
      const overwrites = model.overwrites?.(input, output) === true;
      classes.push({ input, output, readOnly, shrinks, overwrites });
    }
    classOf[op] = id;
  }
  return { classes, classOf };
}

function countLost<I, O>(timeline: Timeline, classOf: Int32Array, classes: readonly Class<I, O>[]) {
  const { levels, callLevel, returnLevel } = timeline;
  if (levels === classOf.length) return { lost: [], guards: NO_GUARDS };
  const byClass = new Map<number, number[]>();
  for (let op = 0; op < classOf.length; op++) {
    const classId = classOf[op] as number;
    const matters = (returnLevel[op] as number) < 0 && (callLevel[op] as number) < levels;
    if (!matters || classes[classId]?.readOnly) continue;
    const ops = byClass.get(classId);
    if (ops) ops.push(op);
    else byClass.set(classId, [op]);
  }
  let word = 0;
  let shift = 0;
  const guards = [0];
  const lost: LostClass[] = [];
  for (const [classId, ops] of byClass) {
    ops.sort((a, b) => (callLevel[a] as number) - (callLevel[b] as number));
    const bits = 32 - Math.clz32(ops.length);
    if (shift + bits + 1 > 32) {
      word++;
      shift = 0;
      guards.push(0);
    }
    lost.push({ classId, ops, word, shift, mask: (1 << bits) - 1 });
    guards[word] = (guards[word] as number) | (1 << (shift + bits));
    shift += bits + 1;
  }
  return { lost, guards: Int32Array.from(lost.length > 0 ? guards : []) };
}

/** By the key of a state: the level of the last call of a due operation that needs it. */
function pinsOf<S, I, O>(model: Model<S, I, O>, operations: readonly Operation<I, O>[], timeline: Timeline) {
  const pin = model.pin?.(operations);
  if (pin === undefined) return undefined;
  const pins = new Map<string | number, number>();
  operations.forEach(({ input, output, return: returned }, op) => {
    const key = returned === undefined ? undefined : pin(input, output);
    if (key !== undefined) pins.set(key, Math.max(pins.get(key) ?? -1, timeline.callLevel[op] as number));
  });
  return pins;
}

function foresee<I, O>(timeline: Timeline, classOf: Int32Array, classes: readonly Class<I, O>[]): Foresight {
  const { levels, callLevel, returnLevel } = timeline;
  const goal = new Int32Array(levels + 1).fill(-1);
  const nextShrink = new Int32Array(levels + 1).fill(levels);
  let lostShrink = levels;
  // First by the level of the call itself …
  for (let op = 0; op < classOf.length; op++) {
    const from = callLevel[op] as number;
    const due = returnLevel[op] as number;
    const { readOnly, shrinks } = classes[classOf[op] as number] as Class<I, O>;
    if (shrinks) {
      nextShrink[from] = from;
      if (due < 0 && from < lostShrink) lostShrink = from;
    } else if (readOnly && due >= 0) {
      goal[from] = sooner(goal[from] as number, op, returnLevel);
    }
  }
  // … then, backwards, of all later ones.
  let laterGoal = -1;
  let laterShrink = levels;
  for (let level = levels; level >= 0; level--) {
    const hereGoal = goal[level] as number;
    const hereShrink = nextShrink[level] as number;
    goal[level] = laterGoal;
    nextShrink[level] = laterShrink;
    if (hereGoal >= 0) laterGoal = sooner(laterGoal, hereGoal, returnLevel);
    if (hereShrink === level) laterShrink = level;
  }
  return { goal, nextShrink, lostShrink };
}

function sooner(a: number, b: number, returnLevel: Int32Array): number {
  return a < 0 || (returnLevel[b] as number) < (returnLevel[a] as number) ? b : a;
}
