// Values as small numbers. The surprise: what is not an array or an object never gets a canonical key, which would cost
// more than all the rest of a decision, and small integers, which most values are, not even a place in a map.
import { canonicalKey } from '../key.ts';

export interface Intern {
  /** Equal JSON-like values have the same number: 0 for the first that is asked for, then 1, and so on. */
  of(value: unknown): number;
  /** How many there are. */
  size(): number;
}

/** @param expected about how many values to make room for */
export function makeIntern(expected: number): Intern {
  const small = new Int32Array(2 * expected + 2); // by value: its number and 1, or 0
  const plain = new Map<unknown, number>();
  /** In a map of their own, since a string may look like the key of an object. */
  const nested = new Map<string, number>();
  let size = 0;

  function of(value: unknown): number {
    if (typeof value === 'number' && value >= 0 && value < small.length && Number.isInteger(value)) {
      if (small[value] === 0) small[value] = ++size;
      return (small[value] as number) - 1;
    }
    if (typeof value === 'object' && value !== null) return within(nested, canonicalKey(value));
    if (typeof value === 'function' || typeof value === 'symbol') canonicalKey(value); // throws, and says why
    return within(plain, value);
  }

  function within<K>(ids: Map<K, number>, key: K): number {
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, size);
    return size++;
  }

  return { of, size: () => size };
}
