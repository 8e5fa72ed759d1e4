// A bolder question than the one that was asked: is there an order, if every lost operation may take effect as often as one
// likes once it was called? If not, the history is wrong; if so, that says nothing. The surprise: this is quick where to count
// lost operations is hopeless, since soon there is a lost write of every value. Then whatever is under way can take
// effect at any time: one lost write makes the state that it needs, another puts back the one that was there.
import { ints } from './ints.ts';
import type { LostClass, Problem } from './problem.ts';
import { breadthFirst, type Search } from './search.ts';
import { LEVEL } from './space.ts';
import { IMPOSSIBLE, next } from './transitions.ts';

/** By the level from which on. In a state of `from`, and by operations of `classes`, one can come back to where one was. */
export interface Detours {
  /** By state: some lost operation that leaves it, from whatever state, has been called. */
  readonly from: ReadonlyMap<number, number>;
  /** By class. */
  readonly classes: Int32Array;
}

/**
 * That it finds an order means nothing. `undefined` where it is not worth a try: without lost operations it would be the same
 * question, and where they can make ever new states (a lost append) it would never end.
 */
export function boldSearch<S, I, O>(problem: Problem<S, I, O>): Search<S, I, O> | undefined {
  const { classes } = problem.transitions;
  if (problem.model.growth || !problem.lost.some(({ classId }) => classes[classId]?.overwrites)) return undefined;
  // A counter without a mask reads as 0, and one without a guard is not compared.
  const lost = problem.lost.map((its): LostClass => ({ ...its, word: 0, shift: 0, mask: 0 }));
  return breadthFirst({ ...problem, lost, guards: new Int32Array(1), detours: detoursOf(problem) });
}

/** Operations that have no order by themselves, judged by a bold search that found none. */
export function convicted<S, I, O>({ problem, space }: Search<S, I, O>): number[] {
  const { model, operations, timeline } = problem;
  // Whoever looked ahead may have been convicted by what is called later.
  let last = model.restrict || model.growth || model.pin ? timeline.levels : 0;
  for (let id = 0; id < space.size; id++) last = Math.max(last, space.words[id * space.stride + LEVEL] as number);
  return [...operations.keys()].filter((op) => (timeline.callLevel[op] as number) <= last);
}

function detoursOf<S, I, O>({ lost, timeline, transitions }: Problem<S, I, O>): Detours {
  const { callLevel, levels } = timeline;
  const from = new Map<number, number>();
  for (const { classId, ops } of lost) {
    const left = transitions.classes[classId]?.overwrites ? next(transitions, 0, classId) : IMPOSSIBLE;
    if (left === IMPOSSIBLE) continue;
    const level = callLevel[ops[0] as number] as number;
    from.set(left, Math.min(from.get(left) ?? levels, level));
  }
  const classes = ints(transitions.classes.length).fill(levels);
  for (let classId = 0; classId < classes.length; classId++) {
    for (const [state, level] of from) {
      const back = from.get(next(transitions, state, classId));
      if (back !== undefined) classes[classId] = Math.min(classes[classId] as number, Math.max(level, back));
    }
  }
  return { from, classes };
}
