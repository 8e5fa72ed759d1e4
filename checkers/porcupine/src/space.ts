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
  /** Where the free words begin (as many as due words, or none), and where the counters of lost operations do. */
  readonly freeAt: number;
  readonly lostAt: number;
  readonly lostWords: number;
  /** By lost word: the bit above each counter, never set in a configuration. */
  readonly guards: Int32Array;
  /** See `Timeline.overwriters`. */
  readonly overwriters: Int32Array | undefined;
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
/**
 * The due words begin here: which operations under way took effect. The free words follow: which of the others may have
 * done so unnoticed, before one that overwrites, and so need not any more, but still may. Then the counters.
 */
export const DUE = 7;

export function makeSpace(dueWords: number, guards: Int32Array, overwriters: Int32Array | undefined): Space {
  const freeAt = DUE + dueWords;
  const lostAt = freeAt + (overwriters === undefined ? 0 : dueWords);
  const stride = lostAt + guards.length;
  return {
    words: ints(64 * stride),
    size: 0,
    stride,
    dueWords,
    freeAt,
    lostAt,
    lostWords: guards.length,
    guards,
    overwriters,
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

/** Configurations that differ in lost operations only share a bucket, and may be very many. To keep one too many is no harm. */
const MOST_COMPARED = 100;

/** Keeps the draft, unless it is no better than a configuration that is known already. */
export function admit(space: Space): boolean {
  if (space.size >= space.heads.length) resize(space);
  const { words, heads, stride } = space;
  const at = space.size * stride;
  const bucket = hash(space, at) & (heads.length - 1);
  let looked = 0;
  for (let other = heads[bucket] as number; other >= 0; other = words[other * stride + CHAIN] as number) {
    if (covers(space, other * stride, at)) return false;
    if (++looked === MOST_COMPARED) break;
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
  let looked = 0;
  for (let other = heads[bucket] as number; other > id; other = words[other * stride + CHAIN] as number) {
    if (covers(space, other * stride, at)) return true;
    if (++looked === MOST_COMPARED) break;
  }
  return false;
}

/** Whether whatever `b` can do, `a` can. */
function covers(space: Space, a: number, b: number): boolean {
  const { words, dueWords, freeAt, lostAt, lostWords, guards } = space;
  if (words[a + STATE] !== words[b + STATE] || words[a + LEVEL] !== words[b + LEVEL]) return false;
  if (lostAt === freeAt) {
    for (let i = DUE; i < freeAt; i++) if (words[a + i] !== words[b + i]) return false;
  } else {
    // What is free may be taken to have taken effect or not, as one likes; all else must be the same.
    for (let i = DUE; i < freeAt; i++) {
      const bound = ~(words[a + i + dueWords] as number);
      const difference = ((words[a + i] as number) ^ (words[b + i] as number)) | (words[b + i + dueWords] as number);
      if ((difference & bound) !== 0) return false;
    }
  }
  for (let i = 0; i < lostWords; i++) {
    const guard = guards[i] as number;
    // All counters of the word at once: a borrow from its guard bit tells that one in `a` is larger.
    const difference = ((words[b + lostAt + i] as number) | guard) - (words[a + lostAt + i] as number);
    if ((difference & guard) !== guard) return false;
  }
  return true;
}

/** The same for all configurations that may cover each other. */
function hash({ words, dueWords, overwriters }: Space, at: number): number {
  const level = words[at + LEVEL] as number;
  let h = Math.imul(words[at + STATE] as number, 0x9e3779b1) ^ Math.imul(level, 0x85ebca6b);
  for (let i = 0; i < dueWords; i++) {
    let due = words[at + DUE + i] as number;
    if (overwriters !== undefined) due &= ~(overwriters[level * dueWords + i] as number);
    h = Math.imul(h ^ (h >>> 15) ^ due, 0x2c1b3c6d);
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
