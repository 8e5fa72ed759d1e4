// A set of small integer tuples, all of one length, each with a number in the order in which it came. Tuples are kept side by
// side in one typed array and found again by hashing. The whole tuple is always compared: a hash alone could convict.
import { grown } from '../timeline.ts';

export interface Configurations {
  /** `words[id * stride]` and the following are the tuple of `id`. The array is another one after it has grown. */
  words: Int32Array<ArrayBuffer>;
  readonly stride: number;
  size: number;
  /** The number of a tuple that was not in the set, -1 if it was. */
  add(tuple: Int32Array): number;
}

export function makeConfigurations(stride: number): Configurations {
  let slots = new Int32Array(64).fill(-1);
  const set: Configurations = { words: new Int32Array(32 * stride), stride, size: 0, add };
  return set;

  function add(tuple: Int32Array): number {
    if (2 * (set.size + 1) > slots.length) rehash();
    let slot = hashOf(tuple, 0, stride) & (slots.length - 1);
    for (let id = slots[slot] as number; id >= 0; id = slots[slot] as number) {
      if (isAt(id, tuple)) return -1;
      slot = (slot + 1) & (slots.length - 1);
    }
    const id = set.size++;
    slots[slot] = id;
    if (set.size * stride > set.words.length) set.words = grown(set.words, 2 * set.words.length);
    set.words.set(tuple, id * stride);
    return id;
  }

  function isAt(id: number, tuple: Int32Array): boolean {
    for (let i = 0, at = id * stride; i < stride; i++, at++) if (set.words[at] !== tuple[i]) return false;
    return true;
  }

  function rehash(): void {
    slots = new Int32Array(2 * slots.length).fill(-1);
    for (let id = 0; id < set.size; id++) {
      let slot = hashOf(set.words, id * stride, stride) & (slots.length - 1);
      while (slots[slot] !== -1) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = id;
    }
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
