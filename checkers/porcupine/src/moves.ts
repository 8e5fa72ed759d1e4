// One step of the search: which operations may be next in a configuration, and what configuration each leads to. Most of
// the speed is in what is not tried: reads are taken along as soon as they are possible, of equal operations only one is
// tried, a lost one only if it changes something, and a state that has outgrown a read to come is dropped.

import { grown, ints } from './ints.ts';
import type { LostClass, Problem } from './problem.ts';
import { admit, BY, DUE, draft, LEVEL, LOST, makeSpace, PARENT, type Space, STATE } from './space.ts';
import { type Class, IMPOSSIBLE, leadsTo, next } from './transitions.ts';

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
    space: makeSpace(problem.timeline.words, problem.guards, problem.timeline.overwriters),
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
  // What makes the operation that is due possible is worth a try before all else; a write always is.
  const isWaiting = (transitions.classes[targetClass] as Class<I, O>).overwrites === false;
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
    ends.push(op === target || (isWaiting && next(transitions, after, targetClass) !== IMPOSSIBLE));
  }

  for (let i = 0; i < lost.length; i++) {
    const { classId, ops, word, shift, mask } = lost[i] as LostClass;
    if (considered[classId] === now) continue; // one that is due does the same, and goes first
    const used = ((words[from + space.lostAt + word] as number) >>> shift) & mask;
    if (used >= ops.length || (callLevel[ops[used] as number] as number) > level) continue;
    const after = next(transitions, state, classId);
    if (isPinned || after === IMPOSSIBLE || after === state) continue; // nobody asks for it, so it need not have done nothing
    moves.push(~i);
    ends.push(isWaiting && next(transitions, after, targetClass) !== IMPOSSIBLE);
  }
}

/** Adds the configurations after a move that are not useless: none, one, or a few. Returns the one in which all is done, or NOT_FOUND. */
export function make<S, I, O>(core: Core<S, I, O>, id: number, move: number): number {
  const { problem, space } = core;
  const from = id * space.stride;
  const state = space.words[from + STATE] as number;
  if (move >= 0) {
    const classId = problem.classOf[move] as number;
    const at = copy(space, from, id, move, next(problem.transitions, state, classId));
    const slot = problem.timeline.slot[move] as number;
    const word = at + DUE + (slot >>> 5);
    space.words[word] = (space.words[word] as number) | (1 << (slot & 31));
    if (problem.transitions.classes[classId]?.overwrites) free(space, at);
    return place(core, at);
  }
  const { classId, ops, word, shift, mask } = problem.lost[~move] as LostClass;
  const counter = space.lostAt + word;
  const used = ((space.words[from + counter] as number) >>> shift) & mask;
  const at = copy(space, from, id, ops[used] as number, next(problem.transitions, state, classId));
  space.words[at + counter] = (space.words[at + counter] as number) + (1 << shift);
  space.words[at + LOST] = (space.words[at + LOST] as number) + 1;
  if (problem.transitions.classes[classId]?.overwrites) free(space, at);
  return place(core, at);
}

/** After something was overwritten: whatever else overwrites and is under way may have taken effect just before. */
function free({ words, dueWords, freeAt, overwriters }: Space, at: number): void {
  if (overwriters === undefined) return;
  const level = words[at + LEVEL] as number;
  for (let i = 0; i < dueWords; i++) {
    words[at + freeAt + i] = (overwriters[level * dueWords + i] as number) & ~(words[at + DUE + i] as number);
  }
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
 * keeps the draft if it is new and not hopeless. Where one that returns is free, that is a fork: it took effect unnoticed, or it
 * has yet to do so for all to see, so that another configuration stays behind. Returns a configuration that has passed the
 * last return, else NOT_FOUND.
 */
function place<S, I, O>(core: Core<S, I, O>, first: number): number {
  const { space } = core;
  const { levels, target, slot } = core.problem.timeline;
  const { dueWords } = space;
  const hasFree = space.overwriters !== undefined;
  let at = first;
  let level = space.words[at + LEVEL] as number;
  for (; level < levels; level++) {
    takeReads(core, at, level);
    takeDetours(core, at, level);
    const targetSlot = slot[target[level] as number] as number;
    const bit = 1 << (targetSlot & 31);
    let word = at + DUE + (targetSlot >>> 5);
    if (((space.words[word] as number) & bit) === 0) {
      if (!hasFree || ((space.words[word + dueWords] as number) & bit) === 0) break;
      space.words[word + dueWords] = (space.words[word + dueWords] as number) & ~bit;
      if (keep(core, at, level)) {
        const stays = at;
        at = draft(space);
        space.words.copyWithin(at, stays, stays + space.stride);
        word += at - stays;
      }
    }
    space.words[word] = (space.words[word] as number) & ~bit; // the next operation may have the slot
  }
  return keep(core, at, level) && level === levels ? space.size - 1 : NOT_FOUND;
}

/** Makes the draft a configuration at `level`, unless it is known or hopeless. */
function keep<S, I, O>(core: Core<S, I, O>, at: number, level: number): boolean {
  core.space.words[at + LEVEL] = level;
  if (level < core.problem.timeline.levels && isHopeless(core, at, level)) return false;
  return admit(core.space);
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

/** Takes along whatever can take effect on a detour from the draft's state and back; see `boldSearch`. */
function takeDetours<S, I, O>({ problem, space }: Core<S, I, O>, at: number, level: number): void {
  const { detours, timeline, classOf } = problem;
  if (detours === undefined) return;
  const { words } = space;
  const from = detours.from.get(words[at + STATE] as number);
  if (from === undefined || from > level) return;
  for (const { from: begins, items } of [timeline.movers, timeline.readers]) {
    const end = begins[level + 1] as number;
    for (let i = begins[level] as number; i < end; i++) {
      const op = items[i] as number;
      if ((detours.classes[classOf[op] as number] as number) > level) continue;
      const slot = timeline.slot[op] as number;
      const word = at + DUE + (slot >>> 5);
      words[word] = (words[word] as number) | (1 << (slot & 31));
      if (space.lostAt > space.freeAt)
        words[word + space.dueWords] = (words[word + space.dueWords] as number) & ~(1 << (slot & 31));
    }
  }
}

function growReads<S, I, O>(core: Core<S, I, O>, state: number): void {
  const before = core.readLevel.length;
  core.readLevel = grown(core.readLevel, state + 1).fill(-1, before);
  core.readBits = grown(core.readBits, core.readLevel.length * core.space.dueWords);
}

/** True when a read that must still take effect is out of reach, and nothing can shrink the state before it does. */
function isHopeless<S, I, O>(core: Core<S, I, O>, at: number, level: number): boolean {
  const { foresight } = core.problem;
  if (foresight === undefined) return false;
  const { timeline, transitions, classOf } = core.problem;
  if (foresight.lostShrink <= level) return false;
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
