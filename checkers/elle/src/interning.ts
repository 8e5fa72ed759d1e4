// Finds a number by a pair of key and value: open addressing in flat arrays, because a Map of Maps costs most of the time
// of a whole check. The one surprise: values that are small integers are their own number, all others are numbered first.
import type { Key, Value } from './types.ts';

export interface ValueTable {
  /** Notes `id` for the pair; if there is one already, changes nothing and returns it, otherwise -1. */
  add(key: number, value: Value, id: number): number;
  /** The number that was noted for the pair, or -1. */
  find(key: number, value: Value): number;
}

/** For numbers below `capacity`. Keys are integers from 0; 1 and "1" are different values. */
export function valueTable(capacity: number): ValueTable {
  let bits = 4;
  while (1 << bits < capacity * 1.25) bits++;
  const mask = (1 << bits) - 1;
  const shift = 32 - bits;
  // One more than the number, so that 0 is an empty slot. What a number stands for is kept apart: most slots that are looked
  // at are empty, and the smaller the table the more of it is in the cache.
  const ids = new Int32Array(mask + 1);
  const keys = new Int32Array(capacity);
  const values = new Int32Array(capacity);
  const others = new Map<Value, number>();

  const code = (value: Value): number => {
    if (typeof value === 'number' && value === (value | 0) && value >= 0 && value < 0x40000000) return value;
    const known = others.get(value);
    return known === undefined ? 0 : known;
  };
  const slot = (key: number, value: number): number => {
    let at = Math.imul(Math.imul(key, 0x9e3779b1) ^ value, 0x85ebca6b) >>> shift;
    for (let id = ids[at]! - 1; id >= 0 && (keys[id] !== key || values[id] !== value); id = ids[at]! - 1) {
      at = (at + 1) & mask;
    }
    return at;
  };
  return {
    add(key, value, id) {
      let number = code(value);
      if (number === 0 && value !== 0) {
        number = -1 - others.size;
        others.set(value, number);
      }
      const at = slot(key, number);
      if (ids[at] !== 0) return ids[at]! - 1;
      keys[id] = key;
      values[id] = number;
      ids[at] = id + 1;
      return -1;
    },
    find(key, value) {
      const number = code(value);
      if (number === 0 && value !== 0) return -1;
      return ids[slot(key, number)]! - 1;
    },
  };
}

/** Numbers keys from 0 in the order in which they are first asked for. Keys that are small integers are looked up in an array. */
export function keyNumbers(): (key: Key) => number {
  const small: (number | undefined)[] = [];
  const others = new Map<Key, number>();
  let count = 0;
  return (key) => {
    // An array that grows at its end only stays one; a large key far beyond it would turn it into a hash table.
    if (typeof key === 'number' && key === (key | 0) && key >= 0 && key < 2 * small.length + 1024) {
      while (small.length <= key) small.push(undefined);
      const known = small[key] ?? others.get(key);
      if (known !== undefined) return known;
      small[key] = count;
      return count++;
    }
    const known = others.get(key);
    if (known !== undefined) return known;
    others.set(key, count);
    return count++;
  };
}
