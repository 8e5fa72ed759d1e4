// A bolder question than the one that was asked: is there an order, if every lost operation may take effect as often as one
// likes once it was called? If not, the history is wrong; if so, that says nothing. The surprise: this is quick where to count
// lost operations is hopeless, since soon there is a lost write of every value. Then whatever is under way can take
// effect at any time: one lost write makes the state that it needs, another puts back the one that was there.
import type { Freedom } from './freedom.ts';
import { ints } from './ints.ts';
import type { LostClass, Problem } from './problem.ts';
import { breadthFirst, type Search } from './search.ts';
import { LEVEL } from './space.ts';
import { IMPOSSIBLE, next } from './transitions.ts';

/** By the level from which on. In a state of `from`, and by operations of `classes`, one can come back to where one was. */
export interface Detours {
  /** By state: lost operations can make it, from whatever state. */
  readonly from: ReadonlyMap<number, number>;
  /** By class. */
  readonly classes: Int32Array;
}

/** That it finds an order, or comes to the level at which all is free, means nothing. */
export function boldSearch<S, I, O>(problem: Problem<S, I, O>, freedom: Freedom): Search<S, I, O> {
  // A counter without a mask reads as 0, and one without a guard is not compared.
  const lost = problem.lost.map((its): LostClass => ({ ...its, word: 0, shift: 0, mask: 0 }));
  const detours = detoursOf(problem, freedom);
  const search = breadthFirst({ ...problem, lost, guards: new Int32Array(1), detours });
  const { space, run } = search;
  let looked = 0;
  search.run = (limit) => {
    const outcome = run(limit);
    if (outcome !== undefined) return outcome;
    for (; looked < space.size; looked++) {
      if ((space.words[looked * space.stride + LEVEL] as number) >= freedom.level) return true;
    }
    return undefined;
  };
  return search;
}

/** Operations that have no order by themselves, judged by a bold search that found none. */
export function convicted<S, I, O>({ problem, space }: Search<S, I, O>): number[] {
  let last = 0;
  for (let id = 0; id < space.size; id++) last = Math.max(last, space.words[id * space.stride + LEVEL] as number);
  return calledBy(problem, last);
}

/** The operations that a conviction at this level may rest on. */
export function calledBy<S, I, O>({ model, operations, timeline }: Problem<S, I, O>, level: number): number[] {
  // Whoever looked ahead may have been convicted by what is called later.
  const last = model.restrict || model.growth || model.pin ? timeline.levels : level;
  return [...operations.keys()].filter((op) => (timeline.callLevel[op] as number) <= last);
}

/**
 * An operation may be taken in passing if whatever it makes can be made again: else to take it early, where it makes nothing,
 * would lose the order in which it makes a state that nothing else does (a compare-and-set whose outcome nobody saw).
 */
function detoursOf<S, I, O>({ timeline, transitions }: Problem<S, I, O>, { madeFrom: from, level }: Freedom): Detours {
  const { levels } = timeline;
  const classes = ints(transitions.classes.length).fill(levels);
  for (let classId = 0; classId < classes.length; classId++) {
    if (transitions.classes[classId]?.overwrites) {
      // It makes the same state of every other.
      classes[classId] = from.get(next(transitions, 0, classId)) ?? levels;
    } else if (level < levels) {
      // All states are the first one and those that can be made, so all that it can do is known.
      classes[classId] = remadeFrom(transitions, from, classId) ?? levels;
    }
  }
  return { from, classes };
}

/** The level from which on the class is possible somewhere on the way, and all that it makes can be made again. */
function remadeFrom<S, I, O>(
  transitions: Problem<S, I, O>['transitions'],
  from: ReadonlyMap<number, number>,
  classId: number,
): number | undefined {
  let possible = Number.POSITIVE_INFINITY;
  let again = 0;
  for (const state of new Set([0, ...from.keys()])) {
    const after = next(transitions, state, classId);
    if (after === IMPOSSIBLE) continue;
    possible = Math.min(possible, from.get(state) ?? Number.POSITIVE_INFINITY);
    if (after === state) continue;
    const made = from.get(after);
    if (made === undefined) return undefined;
    again = Math.max(again, made);
  }
  return possible === Number.POSITIVE_INFINITY ? undefined : Math.max(possible, again);
}
