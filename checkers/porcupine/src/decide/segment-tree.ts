// Two binary trees over a row of numbers, for the stack: the largest in a stretch, and counts that are lowered by stretches
// and report which became zero. The surprise: in the second a node does not tell its children; who reads on the way down
// adds up what it passes.

/** No number: less than any. */
export const NONE = -(2 ** 31);

/** The row, its length first rounded up to a power of two; then `tree[1]` is the root and the row is the second half. */
export type LargestTree = Int32Array;

export function makeLargest(row: Int32Array): LargestTree {
  let half = 1;
  while (half < row.length) half *= 2;
  const tree = new Int32Array(2 * half).fill(NONE);
  tree.set(row, half);
  for (let node = half - 1; node > 0; node--)
    tree[node] = Math.max(tree[2 * node] as number, tree[2 * node + 1] as number);
  return tree;
}

export function setLargest(tree: LargestTree, index: number, value: number): void {
  let node = (tree.length >> 1) + index;
  tree[node] = value;
  for (node >>= 1; node > 0; node >>= 1) {
    const [left, right] = [tree[2 * node] as number, tree[2 * node + 1] as number];
    const largest = Math.max(left, right);
    if (tree[node] === largest) return;
    tree[node] = largest;
  }
}

/** The index of the largest number from `first` up to but not including `last`, -1 if there is none. */
export function largestIn(tree: LargestTree, first: number, last: number): number {
  const half = tree.length >> 1;
  let best = 0;
  let value = NONE;
  for (let [from, to] = [half + first, half + last]; from < to; from >>= 1, to >>= 1) {
    if (from & 1) see(from++);
    if (to & 1) see(--to);
  }
  if (best === 0) return -1;
  while (best < half) best = 2 * best + (tree[2 * best] === value ? 0 : 1);
  return best - half;

  function see(node: number): void {
    if ((tree[node] as number) <= value) return;
    value = tree[node] as number;
    best = node;
  }
}

/** Counts that reached zero, or were struck out, are at least this and never zero again. */
const OUT = 2 ** 30;

export interface Counts {
  /** Lowers those from `first` up to but not including `last` by one. Returns those that are now zero, ascending, once and for all. */
  lower(first: number, last: number): readonly number[];
  /** Never to be reported. */
  strike(index: number): void;
}

export function makeCounts(row: Int32Array): Counts {
  let half = 1;
  while (half < row.length) half *= 2;
  const least = new Int32Array(2 * half).fill(OUT); // of a node's stretch, without what its ancestors were lowered by
  const lowered = new Int32Array(half); // what a whole stretch was lowered by
  least.set(row, half);
  for (let node = half - 1; node > 0; node--) renew(node);
  let zeros: number[] = [];

  return {
    lower(first, last) {
      zeros = [];
      lower(1, 0, half, first, last);
      if (least[1] === 0) report(1, 0);
      return zeros;
    },
    strike(index) {
      let node = half + index;
      least[node] = OUT;
      for (node >>= 1; node > 0; node >>= 1) renew(node);
    },
  };

  function renew(node: number): void {
    const [left, right] = [least[2 * node] as number, least[2 * node + 1] as number];
    least[node] = Math.min(left, right) - (lowered[node] as number);
  }

  /** @param above what the ancestors of the node were lowered by. */
  function report(node: number, above: number): void {
    if ((least[node] as number) > above) return;
    if (node >= half) {
      zeros.push(node - half);
      least[node] = OUT;
      return;
    }
    const from = above + (lowered[node] as number);
    report(2 * node, from);
    report(2 * node + 1, from);
    renew(node);
  }

  function lower(node: number, start: number, stop: number, first: number, last: number): void {
    if (first >= stop || last <= start) return;
    if (first <= start && stop <= last) {
      least[node] = (least[node] as number) - 1;
      if (node < half) lowered[node] = (lowered[node] as number) + 1;
      return;
    }
    const middle = (start + stop) >> 1;
    lower(2 * node, start, middle, first, last);
    lower(2 * node + 1, middle, stop, first, last);
    renew(node);
  }
}
