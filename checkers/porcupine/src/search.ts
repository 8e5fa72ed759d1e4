// The search itself: from the empty configuration to one in which every operation that returned has taken effect.
// The surprise: depth first and breadth first are the same search over the same configurations, and differ only in which
// comes next. Depth first finds an order quickly where there is one; breadth first meets the smallest use of lost
// operations first, and so is far quicker to see that there is none. Neither alone is enough.
import type { LostClass, Problem } from './problem.ts';
import { admit, BY, DUE, draft, isCovered, LEVEL, LINK, LOST, makeSpace, PARENT, type Space, STATE } from './space.ts';
import { grown } from './timeline.ts';
import { IMPOSSIBLE, leadsTo, next } from './transitions.ts';

export interface Search<S, I, O> {
  readonly problem: Problem<S, I, O>;
  readonly space: Space;
  /** The configuration in which all is done, or -1. */
  found: number;
  /** Goes on until an order is found (true), none can be (false), or the space holds `limit` configurations (undefined). */
  run(limit: number): boolean | undefined;
}

/** The parts of a search that both strategies share. */
interface Core<S, I, O> {
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

const NOT_FOUND = -1;

export function depthFirst<S, I, O>(problem: Problem<S, I, O>): Search<S, I, O> {
  const core = makeCore(problem);
  const { space, moves, ends } = core;
  const search: Search<S, I, O> = { problem, space, found: begin(core), run };
  // Moves not yet made: a configuration and a move from it. To make them only when their turn comes saves most of them.
  const stack: number[] = [];
  if (space.size > 0 && search.found < 0) push(0);
  return search;

  function run(limit: number): boolean | undefined {
    if (search.found >= 0) return true;
    while (stack.length > 0) {
      if (space.size >= limit) return undefined;
      const move = stack.pop() as number;
      const from = stack.pop() as number;
      const id = space.size;
      search.found = make(core, from, move);
      if (search.found >= 0) return true;
      if (space.size > id) push(id);
    }
    return false;
  }

  function push(id: number): void {
    listMoves(core, id);
    // Last in, first out: on top what ends this level, and of these what uses the operation that is due first.
    for (let i = moves.length - 1; i >= 0; i--) if (!ends[i]) stack.push(id, moves[i] as number);
    for (let i = moves.length - 1; i >= 0; i--) if (ends[i]) stack.push(id, moves[i] as number);
  }
}

export function breadthFirst<S, I, O>(problem: Problem<S, I, O>): Search<S, I, O> {
  const core = makeCore(problem);
  const { space, moves } = core;
  const { levels } = problem.timeline;
  const search: Search<S, I, O> = { problem, space, found: begin(core), run };
  const heads = new Int32Array(levels + 1).fill(-1); // by level: its configurations, linked
  let level = -1;
  // Of the present level: its configurations by how many lost operations they used. Taking the fewest first means that a
  // configuration is met after all that could make it needless.
  let buckets: number[][] = [];
  let bucket = 0;
  let cursor = 0;
  if (space.size > 0) enqueue(0);
  return search;

  function run(limit: number): boolean | undefined {
    if (search.found >= 0) return true;
    for (;;) {
      for (; bucket < buckets.length; bucket++, cursor = 0) {
        const ids = buckets[bucket];
        while (ids !== undefined && cursor < ids.length) {
          if (space.size >= limit) return undefined;
          const id = ids[cursor++] as number;
          if (space.lostWords > 0 && isCovered(space, id)) continue;
          listMoves(core, id);
          for (const move of moves) {
            const child = space.size;
            search.found = make(core, id, move);
            if (search.found >= 0) return true;
            if (space.size > child) enqueue(child);
          }
        }
      }
      if (!nextLevel()) return false;
    }
  }

  function enqueue(id: number): void {
    const { words, stride } = space;
    const at = id * stride;
    const its = words[at + LEVEL] as number;
    if (its === level) {
      putInBucket(id, words[at + LOST] as number);
    } else {
      words[at + LINK] = heads[its] as number;
      heads[its] = id;
    }
  }

  function putInBucket(id: number, lost: number): void {
    while (buckets.length <= lost) buckets.push([]);
    (buckets[lost] as number[]).push(id);
  }

  function nextLevel(): boolean {
    do level++;
    while (level < levels && heads[level] === -1);
    if (level >= levels) return false;
    buckets = [];
    bucket = 0;
    cursor = 0;
    const { words, stride } = space;
    for (let id = heads[level] as number; id >= 0; id = words[id * stride + LINK] as number) {
      putInBucket(id, words[id * stride + LOST] as number);
    }
    return true;
  }
}

function makeCore<S, I, O>(problem: Problem<S, I, O>): Core<S, I, O> {
  return {
    problem,
    space: makeSpace(problem.timeline.words, problem.guards),
    considered: new Int32Array(problem.transitions.classes.length),
    expansion: 0,
    readLevel: new Int32Array(16).fill(-1),
    readBits: new Int32Array(16 * problem.timeline.words),
    moves: [],
    ends: [],
  };
}

/** Puts the configuration before all operations; returns it if that is all there is to do, else NOT_FOUND. */
function begin<S, I, O>(core: Core<S, I, O>): number {
  const { space, problem } = core;
  const at = draft(space);
  space.words.fill(0, at, at + space.stride);
  space.words[at + PARENT] = -1;
  space.words[at + BY] = -1;
  return place(core, at);
}

/** Fills `moves` with the operations, one of each kind, that are possible in the configuration and not useless. */
function listMoves<S, I, O>(core: Core<S, I, O>, id: number): void {
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
    if (after === IMPOSSIBLE) continue;
    moves.push(op);
    ends.push(op === target || (isRead && next(transitions, after, targetClass) !== IMPOSSIBLE));
  }

  for (let i = 0; i < lost.length; i++) {
    const { classId, ops, word, shift, mask } = lost[i] as LostClass;
    if (considered[classId] === now) continue; // one that is due does the same, and goes first
    const used = ((words[from + DUE + space.dueWords + word] as number) >>> shift) & mask;
    if (used >= ops.length || (callLevel[ops[used] as number] as number) > level) continue;
    const after = next(transitions, state, classId);
    if (after === IMPOSSIBLE || after === state) continue; // nobody asks for it, so it need not have done nothing
    moves.push(~i);
    ends.push(isRead && next(transitions, after, targetClass) !== IMPOSSIBLE);
  }
}

/** Adds the configuration after a move, unless it is useless. Returns it if all is done in it, else NOT_FOUND. */
function make<S, I, O>(core: Core<S, I, O>, id: number, move: number): number {
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
