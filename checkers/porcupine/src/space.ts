// All configurations that a search has met, in one growing Int32Array, and a hash table over them. A configuration is a
// level, a state, the due operations under way that took effect (bits), and how many lost operations of each class did
// (counters). The surprise: the table does not hold equal configurations only. Lost operations are optional, so one that
// used fewer of them, all else equal, can do whatever the other can: a newcomer is refused if such a one is known.
import { grown, ints } from './ints.ts';

export interface Space {
  words: Int32Array<ArrayBuffer>;
  /** Configurations so far; each has `stride` words. */
  size: number;
  readonly stride: number;
  readonly dueWords: number;
  readonly lostWords: number;
  /** By lost word: the bit above each counter, never set in a configuration. */
  readonly guards: Int32Array;
  heads: Int32Array<ArrayBuffer>;
}

// Where in a configuration's words:
export const PARENT = 0;
/** The operation that made it from its parent; what was read-only and taken along can be worked out again. */
export const BY = 1;
export const LEVEL = 2;
export const STATE = 3;
/** How many lost operations took effect. */
export const LOST = 4;
/** Free for the search's own queue. */
export const LINK = 5;
const CHAIN = 6;
/** The due words begin here, the lost words follow. */
export const DUE = 7;

export function makeSpace(dueWords: number, guards: Int32Array): Space {
  const stride = DUE + dueWords + guards.length;
  return {
    words: ints(64 * stride),
    size: 0,
    stride,
    dueWords,
    lostWords: guards.length,
    guards,
    heads: ints(64).fill(-1),
  };
}

/** The offset of a blank configuration behind the last one; it becomes real when `admit` accepts it. */
export function draft(space: Space): number {
  const at = space.size * space.stride;
  if (at + space.stride > space.words.length) space.words = grown(space.words, at + space.stride);
  return at;
}

export function spaceBytes({ words, heads }: Space): number {
  return words.byteLength + heads.byteLength;
}

/** Keeps the draft, unless it is no better than a configuration that is known already. */
export function admit(space: Space): boolean {
  if (space.size >= space.heads.length) resize(space);
  const { words, heads, stride } = space;
  const at = space.size * stride;
  const bucket = hash(space, at) & (heads.length - 1);
  for (let other = heads[bucket] as number; other >= 0; other = words[other * stride + CHAIN] as number) {
    if (covers(space, other * stride, at)) return false;
  }
  words[at + CHAIN] = heads[bucket] as number;
  heads[bucket] = space.size++;
  return true;
}

/** True when another configuration, met later, makes this one needless. */
export function isCovered(space: Space, id: number): boolean {
  const { words, heads, stride } = space;
  const at = id * stride;
  const bucket = hash(space, at) & (heads.length - 1);
  // Chains run from new to old, and whatever is older let this one in.
  for (let other = heads[bucket] as number; other > id; other = words[other * stride + CHAIN] as number) {
    if (covers(space, other * stride, at)) return true;
  }
  return false;
}

function covers({ words, dueWords, lostWords, guards }: Space, a: number, b: number): boolean {
  if (words[a + STATE] !== words[b + STATE] || words[a + LEVEL] !== words[b + LEVEL]) return false;
  const lost = DUE + dueWords;
  for (let i = DUE; i < lost; i++) if (words[a + i] !== words[b + i]) return false;
  for (let i = 0; i < lostWords; i++) {
    const guard = guards[i] as number;
    // All counters of the word at once: a borrow from its guard bit tells that one in `a` is larger.
    const difference = ((words[b + lost + i] as number) | guard) - (words[a + lost + i] as number);
    if ((difference & guard) !== guard) return false;
  }
  return true;
}

function hash({ words, dueWords }: Space, at: number): number {
  let h = Math.imul(words[at + STATE] as number, 0x9e3779b1) ^ Math.imul(words[at + LEVEL] as number, 0x85ebca6b);
  for (let i = at + DUE; i < at + DUE + dueWords; i++) {
    h = Math.imul(h ^ (h >>> 15) ^ (words[i] as number), 0x2c1b3c6d);
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x297a2d39);
  return h ^ (h >>> 15);
}

function resize(space: Space): void {
  space.heads = ints(4 * space.heads.length).fill(-1);
  const { words, heads, stride, size } = space;
  for (let id = 0; id < size; id++) {
    const bucket = hash(space, id * stride) & (heads.length - 1);
    words[id * stride + CHAIN] = heads[bucket] as number;
    heads[bucket] = id;
  }
}
