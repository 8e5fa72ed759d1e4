// Sorting of indices by a number each. The surprise: it exists although JavaScript sorts, because histories are nearly
// sorted already, and stretches that are in order are only looked at here; nor is there a comparator to call.

const RUN = 16;

/** The items by ascending key; those of equal keys keep their order. May sort in place. */
export function sortBy(keys: Float64Array, items: Int32Array): Int32Array {
  if (isSorted(keys, items)) return items;
  const count = items.length;
  for (let from = 0; from < count; from += RUN) insertionSort(keys, items, from, Math.min(from + RUN, count));
  let source = items;
  let target: Int32Array = new Int32Array(count);
  for (let width = RUN; width < count; width *= 2) {
    for (let from = 0; from < count; from += 2 * width) {
      merge(keys, source, target, from, Math.min(from + width, count), Math.min(from + 2 * width, count));
    }
    [source, target] = [target, source];
  }
  return source;
}

/** 0, 1, 2, … */
export function ascending(count: number): Int32Array {
  const items = new Int32Array(count);
  for (let i = 0; i < count; i++) items[i] = i;
  return items;
}

function isSorted(keys: Float64Array, items: Int32Array): boolean {
  for (let i = 1; i < items.length; i++) {
    if ((keys[items[i - 1] as number] as number) > (keys[items[i] as number] as number)) return false;
  }
  return true;
}

function insertionSort(keys: Float64Array, items: Int32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const item = items[i] as number;
    const key = keys[item] as number;
    let at = i;
    while (at > from && (keys[items[at - 1] as number] as number) > key) {
      items[at] = items[at - 1] as number;
      at--;
    }
    items[at] = item;
  }
}

function merge(
  keys: Float64Array,
  source: Int32Array,
  target: Int32Array,
  from: number,
  middle: number,
  to: number,
): void {
  if (middle >= to || (keys[source[middle - 1] as number] as number) <= (keys[source[middle] as number] as number)) {
    target.set(source.subarray(from, to), from);
    return;
  }
  let left = from;
  let right = middle;
  for (let at = from; at < to; at++) {
    const takeLeft =
      right >= to ||
      (left < middle && (keys[source[left] as number] as number) <= (keys[source[right] as number] as number));
    target[at] = source[takeLeft ? left++ : right++] as number;
  }
}
