// When lost operations can make any state. Each is taken to be there as often as one likes from its call on, as in the bold
// search. The surprise: with a few values this is so after a few thousand operations, and from there on nothing needs to be
// searched: only what no state at all allows is wrong, or what just the initial state allows once that has been left.
import type { Problem } from './problem.ts';
import { IMPOSSIBLE, next } from './transitions.ts';

export interface Freedom {
  /** By state: the level from which on lost operations can make it, whatever the state was. */
  readonly madeFrom: ReadonlyMap<number, number>;
  /** The level from which on they can make every state that anything makes; the number of levels if they never can. */
  readonly level: number;
  /** The first level from there on whose operation cannot have taken effect, or -1. */
  readonly stuck: number;
}

/** Beyond so many there is hardly a lost operation for each. */
const MOST_STATES = 32;
const MOST_CLASSES = 4096;

/** `undefined` where the question makes no sense: no lost operation overwrites, or they can make ever new states (a lost append). */
export function freedomOf<S, I, O>(problem: Problem<S, I, O>): Freedom | undefined {
  const { transitions, lost, timeline, model } = problem;
  if (model.growth || !lost.some(({ classId }) => transitions.classes[classId]?.overwrites)) return undefined;
  const madeFrom = madeByLost(problem);
  const level = Math.min(allMadeFrom(problem, madeFrom) ?? timeline.levels, timeline.levels);
  return { madeFrom, level, stuck: stuckAfter(problem, madeFrom, level) };
}

/** Only by those that overwrite, and so do not ask what the state was. */
function madeByLost<S, I, O>({ lost, timeline, transitions }: Problem<S, I, O>): Map<number, number> {
  const madeFrom = new Map<number, number>();
  for (const { classId, ops } of lost) {
    if (!transitions.classes[classId]?.overwrites) continue;
    const after = next(transitions, 0, classId);
    const level = timeline.callLevel[ops[0] as number] as number;
    if (after !== IMPOSSIBLE) madeFrom.set(after, Math.min(madeFrom.get(after) ?? level, level));
  }
  return madeFrom;
}

function allMadeFrom<S, I, O>(
  { transitions }: Problem<S, I, O>,
  madeFrom: ReadonlyMap<number, number>,
): number | undefined {
  const classes = transitions.classes.length;
  if (classes > MOST_CLASSES || madeFrom.size > MOST_STATES) return undefined;
  // Whatever is not made is the initial state, so that all states are known from the beginning.
  let level = 0;
  for (const state of new Set([0, ...madeFrom.keys()])) {
    for (let classId = 0; classId < classes; classId++) {
      const after = next(transitions, state, classId);
      if (after === IMPOSSIBLE || after === state) continue;
      const from = madeFrom.get(after);
      if (from === undefined) return undefined;
      level = Math.max(level, from);
    }
  }
  return level;
}

/** Of what was called before `level`, nothing is known: it may have taken effect by then. */
function stuckAfter<S, I, O>(
  { timeline, transitions, classOf }: Problem<S, I, O>,
  madeFrom: ReadonlyMap<number, number>,
  level: number,
): number {
  const { levels, target, callLevel } = timeline;
  const isPossible = new Int8Array(transitions.classes.length).fill(-1); // -1: not known yet
  let leftInitial = levels; // the last level at which the object may still be in its initial state
  for (let at = level; at < levels; at++) {
    const op = target[at] as number;
    if ((callLevel[op] as number) < level) continue;
    const classId = classOf[op] as number;
    const isInitially = next(transitions, 0, classId) !== IMPOSSIBLE;
    if (!isInitially) leftInitial = Math.min(leftInitial, at);
    if (isPossible[classId] === -1) {
      const some = [...madeFrom.keys()].some((state) => next(transitions, state, classId) !== IMPOSSIBLE);
      isPossible[classId] = some ? 1 : 0;
    }
    if (isPossible[classId] === 0 && !(isInitially && (callLevel[op] as number) <= leftInitial)) return at;
  }
  return -1;
}
