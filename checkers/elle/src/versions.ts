// The version order of each key, out of list reads: every read shows all versions that came before it, so the longest one
// is the order. The one surprise: aborted and unknown elements keep their place in the order, but the order *of
// transactions* skips them, as Adya's version order holds committed versions only.
import { type AppendIndex, ok, unknownOutcome } from './append-index.ts';
import type { Value } from './types.ts';

export interface Versions {
  /** Key k has places `start[k]` to `start[k + 1] - 1`: one for each element, and one for the state after the last. */
  readonly start: Int32Array;
  /** By place: the append that is there; -1 if nobody appended that element (and in the last place of each key). */
  readonly order: Int32Array;
  /** By place: the nearest committed append here or later, and the nearest one before; -1 if there is none. */
  readonly next: Int32Array;
  readonly before: Int32Array;
  /** By append: its place, or -1 if the longest read does not hold it. */
  readonly placeOf: Int32Array;
  /** By read: the place of the state that it saw, that is one after its last element; -1 if it is not of this order. */
  readonly seen: Int32Array;
  /** By key: the longest read, or -1. */
  readonly longest: Int32Array;
  /** Reads that are no beginning of the longest of their key. */
  readonly incompatible: readonly number[];
  /** 1 for keys whose reads all agree and hold nothing twice: there a read's length says everything. */
  readonly clean: Uint8Array;
  /** By transaction: whether it counts as committed, that is `ok`, or unknown but seen. */
  readonly committed: Uint8Array;
}

export function orderVersions(index: AppendIndex): Versions {
  const { keys, appends, reads, outcome, find } = index;
  const longest = longestReads(index);
  const incompatible = incompatibleReads(index, longest);
  const clean = new Uint8Array(keys.length).fill(1);
  for (const r of incompatible) clean[reads.key[r]!] = 0;

  const start = new Int32Array(keys.length + 1);
  for (let k = 0; k < keys.length; k++) {
    const r = longest[k]!;
    start[k + 1] = start[k]! + 1 + (r < 0 ? 0 : reads.length[r]!);
  }
  const order = new Int32Array(start[keys.length]!).fill(-1);
  const placeOf = new Int32Array(appends.count).fill(-1);
  const committed = outcome.map((how) => (how === ok ? 1 : 0));
  const observe = (append: number) => {
    const writer = appends.transaction[append]!;
    if (outcome[writer] === unknownOutcome) committed[writer] = 1;
  };

  for (let k = 0; k < keys.length; k++) {
    if (longest[k]! < 0) continue;
    const list = reads.list[longest[k]!]!;
    let strangers: Set<Value> | undefined;
    for (let i = 0; i < list.length; i++) {
      const a = find(k, list[i]!);
      if (a < 0) {
        strangers ??= new Set();
        if (strangers.has(list[i]!)) clean[k] = 0;
        strangers.add(list[i]!);
      } else if (placeOf[a] !== -1) {
        clean[k] = 0;
      } else {
        order[start[k]! + i] = a;
        placeOf[a] = start[k]! + i;
        observe(a);
      }
    }
  }
  for (const r of incompatible) {
    for (const element of reads.list[r]!) {
      const a = find(reads.key[r]!, element);
      if (a >= 0) observe(a);
    }
  }

  const next = new Int32Array(order.length);
  const before = new Int32Array(order.length);
  for (let k = 0; k < keys.length; k++) {
    let near = -1;
    for (let place = start[k]!; place < start[k + 1]!; place++) {
      before[place] = near;
      const a = order[place]!;
      if (a >= 0 && committed[appends.transaction[a]!] === 1) near = a;
    }
    near = -1;
    for (let place = start[k + 1]! - 1; place >= start[k]!; place--) {
      const a = order[place]!;
      if (a >= 0 && committed[appends.transaction[a]!] === 1) near = a;
      next[place] = near;
    }
  }

  const seen = new Int32Array(reads.count);
  for (let r = 0; r < reads.count; r++) seen[r] = start[reads.key[r]!]! + reads.length[r]!;
  for (const r of incompatible) seen[r] = -1;
  return { start, order, next, before, placeOf, seen, longest, incompatible, clean, committed };
}

function longestReads({ keys, reads }: AppendIndex): Int32Array {
  const longest = new Int32Array(keys.length).fill(-1);
  const length = new Int32Array(keys.length).fill(-1);
  for (let r = 0; r < reads.count; r++) {
    const k = reads.key[r]!;
    const size = reads.length[r]!;
    if (size > length[k]!) {
      length[k] = size;
      longest[k] = r;
    }
  }
  return longest;
}

function incompatibleReads({ reads }: AppendIndex, longest: Int32Array): number[] {
  const found: number[] = [];
  for (let r = 0; r < reads.count; r++) {
    const best = longest[reads.key[r]!]!;
    if (r !== best && !isPrefix(reads.list[r]!, reads.list[best]!)) found.push(r);
  }
  return found;
}

function isPrefix(list: readonly Value[], whole: readonly Value[]): boolean {
  // From the end: two orders that differ do so in their last elements more often than in their first.
  for (let i = list.length - 1; i >= 0; i--) if (list[i] !== whole[i]) return false;
  return true;
}
