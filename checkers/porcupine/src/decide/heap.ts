// A binary heap of operations: the one with the smallest key comes out first.

export interface Heap {
  add(item: number): void;
  /** The first, of at least one. */
  take(): number;
  size(): number;
}

/** @param most how many it can hold at one time */
export function makeHeap(keys: Float64Array, most: number): Heap {
  const items = new Int32Array(most);
  let size = 0;

  function add(item: number): void {
    const key = keys[item] as number;
    let at = size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((keys[items[parent] as number] as number) <= key) break;
      items[at] = items[parent] as number;
      at = parent;
    }
    items[at] = item;
  }

  function take(): number {
    const first = items[0] as number;
    const item = items[--size] as number;
    const key = keys[item] as number;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && (keys[items[child + 1] as number] as number) < (keys[items[child] as number] as number))
        child++;
      if ((keys[items[child] as number] as number) >= key) break;
      items[at] = items[child] as number;
      at = child;
    }
    items[at] = item;
    return first;
  }

  return { add, take, size: () => size };
}
