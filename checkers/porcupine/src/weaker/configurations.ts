// A set of small integer tuples, all of one length, each with a number in the order in which it came, side by side in one typed
// array. The surprise: the last words of a tuple are costs. One that equals another in all but these, and costs no less in any,
// can do nothing that the other cannot, and is not kept. (What is compared is the tuple, never only its hash.)
import { grown } from '../ints.ts';

export interface Configurations {
  /** `words[id * stride]` and the following are the tuple of `id`. The array is another one after it has grown. */
  words: Int32Array<ArrayBuffer>;
  readonly stride: number;
  size: number;
  /** The number of the tuple in the set; -1 if it is not better than one that was there. */
  add(tuple: Int32Array): number;
}

/** So many tuples of one name are compared by their costs. Beyond, only equal ones are recognized. */
const MOST_COMPARED = 32;

/** @param costs how many of the `stride` words of a tuple, at its end, are costs. */
export function makeConfigurations(stride: number, costs: number): Configurations {
  const named = stride - costs;
  const set: Configurations = { words: new Int32Array(32 * stride), stride, size: 0, add };
  const whole = makeIndex(set, stride);
  const names = costs > 0 ? makeIndex(set, named) : undefined; // the latest of each name
  const earlier: number[] = []; // by tuple: the one before it of the same name
  return set;

  function add(tuple: Int32Array): number {
    const own = whole.find(tuple, 0);
    if (whole.at(own) >= 0) return -1;
    const name = names?.find(tuple, 0) ?? 0;
    const latest = names?.at(name) ?? -1;
    let compared = 0;
    for (let id = latest; id >= 0 && compared < MOST_COMPARED; id = earlier[id] as number, compared++) {
      if (costsNoMore(id, tuple)) return -1;
    }
    const id = set.size++;
    earlier.push(latest);
    if (set.size * stride > set.words.length) set.words = grown(set.words, 2 * set.words.length);
    set.words.set(tuple, id * stride);
    whole.put(own, id);
    names?.put(name, id);
    return id;
  }

  function costsNoMore(id: number, tuple: Int32Array): boolean {
    const at = id * stride;
    for (let i = named; i < stride; i++) if ((set.words[at + i] as number) > (tuple[i] as number)) return false;
    return true;
  }
}

/** Finds tuples by their first `length` words; of several the one that was put last. */
function makeIndex(set: Configurations, length: number) {
  let slots = new Int32Array(64).fill(-1);
  let used = 0;
  return { find, put, at: (slot: number): number => slots[slot] as number };

  /** The slot of the tuple that begins as the one at `from` in `words`, or the empty one where it belongs. */
  function find(words: Int32Array, from: number): number {
    if (2 * (used + 1) > slots.length) rehash();
    return probe(words, from);
  }

  function probe(words: Int32Array, from: number): number {
    let slot = hashOf(words, from, length) & (slots.length - 1);
    for (let id = slots[slot] as number; id >= 0 && !isLike(id, words, from); id = slots[slot] as number) {
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }

  function put(slot: number, id: number): void {
    if ((slots[slot] as number) < 0) used++;
    slots[slot] = id;
  }

  function isLike(id: number, words: Int32Array, from: number): boolean {
    const at = id * set.stride;
    for (let i = 0; i < length; i++) if (set.words[at + i] !== words[from + i]) return false;
    return true;
  }

  function rehash(): void {
    const old = slots;
    slots = new Int32Array(2 * old.length).fill(-1);
    for (const id of old) if (id >= 0) slots[probe(set.words, id * set.stride)] = id;
  }
}

function hashOf(words: Int32Array, from: number, length: number): number {
  let hash = 0;
  for (let i = from; i < from + length; i++) {
    hash = Math.imul(hash ^ (words[i] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
