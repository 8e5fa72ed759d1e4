// One step of the search: which operations may be next in a configuration, and what configuration each leads to. Most of
// the speed is in what is not tried: reads are taken along as soon as they are possible, of equal operations only one is
// tried, a lost one only if it changes something, and a state that has outgrown a read to come is dropped.

import { grown, ints } from './ints.ts';
import type { LostClass, Problem } from './problem.ts';
import { admit, BY, DUE, draft, LEVEL, LOST, makeSpace, PARENT, type Space, STATE } from './space.ts';
import { IMPOSSIBLE, leadsTo, next } from './transitions.ts';

/** What both strategies share. */
export interface Core<S, I, O> {
  readonly problem: Problem<S, I, O>;
  readonly space: Space;
  /** By class: the expansion that last considered it. */
  readonly considered: Int32Array;
  expansion: number;
  /** By state: the level for which `readBits` says which reads under way are possible in it. */
  readLevel: Int32Array<ArrayBuffer>;
  readBits: Int32Array<ArrayBuffer>;
  /** What `listMoves` found: a due operation, or the complement (~) of an index into `problem.lost`. */
  readonly moves: number[];
  /** For each of `moves`, whether it ends the level. */
  readonly ends: boolean[];
}

export const NOT_FOUND = -1;

export function makeCore<S, I, O>(problem: Problem<S, I, O>): Core<S, I, O> {
  return {
    problem,
    space: makeSpace(problem.timeline.words, problem.guards),
    considered: ints(problem.transitions.classes.length),
    expansion: 0,
    readLevel: ints(16).fill(-1),
    readBits: ints(16 * problem.timeline.words),
    moves: [],
    ends: [],
  };
}

/** Puts the configuration before all operations; returns it if that is all there is to do, else NOT_FOUND. */
export function begin<S, I, O>(core: Core<S, I, O>): number {
  const { space } = core;
  const at = draft(space);
  space.words.fill(0, at, at + space.stride);
  space.words[at + PARENT] = -1;
  space.words[at + BY] = -1;
  return place(core, at);
}

/** Fills `moves` with the operations, one of each kind, that are possible in the configuration and not useless. */
export function listMoves<S, I, O>(core: Core<S, I, O>, id: number): void {
  const { problem, space, considered, moves, ends } = core;
  const { timeline, transitions, classOf, lost } = problem;
  const { movers, slot, callLevel } = timeline;
  const { words } = space;
  const from = id * space.stride;
  const level = words[from + LEVEL] as number;
  const state = words[from + STATE] as number;
  const target = timeline.target[level] as number;
  const targetClass = classOf[target] as number;
  const isRead = transitions.classes[targetClass]?.readOnly === true;
  // Something is called later that needs this state, and there is no coming back to it.
  const isPinned = (transitions.pinnedUntil[state] as number) > level;
  const now = ++core.expansion;
  moves.length = 0;
  ends.length = 0;

  const end = movers.from[level + 1] as number;
  for (let i = movers.from[level] as number; i < end; i++) {
    const op = movers.items[i] as number;
    const itsSlot = slot[op] as number;
    if ((((words[from + DUE + (itsSlot >>> 5)] as number) >>> (itsSlot & 31)) & 1) === 1) continue;
    const classId = classOf[op] as number;
    // Of operations that do the same, the one that is due first may as well be first: to exchange two of them in any
    // order that has it otherwise breaks nothing. `movers` has them by return.
    if (considered[classId] === now) continue;
    considered[classId] = now;
    const after = next(transitions, state, classId);
    if (after === IMPOSSIBLE || (isPinned && after !== state)) continue;
    moves.push(op);
    ends.push(op === target || (isRead && next(transitions, after, targetClass) !== IMPOSSIBLE));
  }

  for (let i = 0; i < lost.length; i++) {
    const { classId, ops, word, shift, mask } = lost[i] as LostClass;
    if (considered[classId] === now) continue; // one that is due does the same, and goes first
    const used = ((words[from + DUE + space.dueWords + word] as number) >>> shift) & mask;
    if (used >= ops.length || (callLevel[ops[used] as number] as number) > level) continue;
    const after = next(transitions, state, classId);
    if (isPinned || after === IMPOSSIBLE || after === state) continue; // nobody asks for it, so it need not have done nothing
    moves.push(~i);
    ends.push(isRead && next(transitions, after, targetClass) !== IMPOSSIBLE);
  }
}

/** Adds the configuration after a move, unless it is useless. Returns it if all is done in it, else NOT_FOUND. */
export function make<S, I, O>(core: Core<S, I, O>, id: number, move: number): number {
  const { problem, space } = core;
  const from = id * space.stride;
  const state = space.words[from + STATE] as number;
  if (move >= 0) {
    const at = copy(space, from, id, move, next(problem.transitions, state, problem.classOf[move] as number));
    const slot = problem.timeline.slot[move] as number;
    const word = at + DUE + (slot >>> 5);
    space.words[word] = (space.words[word] as number) | (1 << (slot & 31));
    return place(core, at);
  }
  const { classId, ops, word, shift, mask } = problem.lost[~move] as LostClass;
  const counter = DUE + space.dueWords + word;
  const used = ((space.words[from + counter] as number) >>> shift) & mask;
  const at = copy(space, from, id, ops[used] as number, next(problem.transitions, state, classId));
  space.words[at + counter] = (space.words[at + counter] as number) + (1 << shift);
  space.words[at + LOST] = (space.words[at + LOST] as number) + 1;
  return place(core, at);
}

function copy(space: Space, from: number, parent: number, by: number, state: number): number {
  const at = draft(space);
  const { words, stride } = space;
  for (let i = LEVEL; i < stride; i++) words[at + i] = words[from + i] as number;
  words[at + PARENT] = parent;
  words[at + BY] = by;
  words[at + STATE] = state;
  return at;
}

/**
 * Takes along the reads that are possible in the draft's state, passes every return whose operation has taken effect, and
 * keeps the draft if it is new and not hopeless. Returns it if it has passed the last return, else NOT_FOUND.
 */
function place<S, I, O>(core: Core<S, I, O>, at: number): number {
  const { space } = core;
  const { timeline, foresight } = core.problem;
  const { levels, target, slot } = timeline;
  const { words } = space;
  let level = words[at + LEVEL] as number;
  while (level < levels) {
    takeReads(core, at, level);
    const targetSlot = slot[target[level] as number] as number;
    const word = at + DUE + (targetSlot >>> 5);
    const bit = 1 << (targetSlot & 31);
    if (((words[word] as number) & bit) === 0) break;
    words[word] = (words[word] as number) & ~bit; // the slot is free for the next operation
    level++;
  }
  words[at + LEVEL] = level;
  if (level < levels && foresight !== undefined && isHopeless(core, at, level)) return NOT_FOUND;
  return admit(space) && level === levels ? space.size - 1 : NOT_FOUND;
}

function takeReads<S, I, O>(core: Core<S, I, O>, at: number, level: number): void {
  const { readers, slot } = core.problem.timeline;
  const begin = readers.from[level] as number;
  const end = readers.from[level + 1] as number;
  if (begin === end) return;
  const { words, dueWords } = core.space;
  const state = words[at + STATE] as number;
  if (state >= core.readLevel.length) growReads(core, state);
  const bits = core.readBits;
  const own = state * dueWords;
  if (core.readLevel[state] !== level) {
    core.readLevel[state] = level;
    bits.fill(0, own, own + dueWords);
    for (let i = begin; i < end; i++) {
      const op = readers.items[i] as number;
      if (next(core.problem.transitions, state, core.problem.classOf[op] as number) === IMPOSSIBLE) continue;
      const itsSlot = slot[op] as number;
      bits[own + (itsSlot >>> 5)] = (bits[own + (itsSlot >>> 5)] as number) | (1 << (itsSlot & 31));
    }
  }
  for (let i = 0; i < dueWords; i++) words[at + DUE + i] = (words[at + DUE + i] as number) | (bits[own + i] as number);
}

function growReads<S, I, O>(core: Core<S, I, O>, state: number): void {
  const before = core.readLevel.length;
  core.readLevel = grown(core.readLevel, state + 1).fill(-1, before);
  core.readBits = grown(core.readBits, core.readLevel.length * core.space.dueWords);
}

/** True when a read that must still take effect is out of reach, and nothing can shrink the state before it does. */
function isHopeless<S, I, O>(core: Core<S, I, O>, at: number, level: number): boolean {
  const { timeline, transitions, classOf, foresight } = core.problem;
  if (foresight === undefined || foresight.lostShrink <= level) return false;
  const { movers, readers, returnLevel } = timeline;
  const end = movers.from[level + 1] as number;
  for (let i = movers.from[level] as number; i < end; i++) {
    const op = movers.items[i] as number;
    if (transitions.classes[classOf[op] as number]?.shrinks && !hasTaken(core, at, op)) return false;
  }
  const state = core.space.words[at + STATE] as number;
  const shrink = foresight.nextShrink[level] as number;
  const outOfReach = (read: number): boolean =>
    shrink > (returnLevel[read] as number) && !leadsTo(transitions, state, classOf[read] as number);
  const goal = foresight.goal[level] as number;
  if (goal >= 0 && outOfReach(goal)) return true;
  const last = readers.from[level + 1] as number;
  for (let i = readers.from[level] as number; i < last; i++) {
    const op = readers.items[i] as number;
    if (!hasTaken(core, at, op) && outOfReach(op)) return true;
  }
  return false;
}

function hasTaken<S, I, O>(core: Core<S, I, O>, at: number, op: number): boolean {
  const slot = core.problem.timeline.slot[op] as number;
  return (((core.space.words[at + DUE + (slot >>> 5)] as number) >>> (slot & 31)) & 1) === 1;
}
