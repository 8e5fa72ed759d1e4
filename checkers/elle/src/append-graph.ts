// Adya's dependencies between transactions of appends and list reads (Adya 1999, §4.4.4; Kingsbury & Alvaro 2020, §5.2), and what
// proves each. The one surprise: committed appends that no read shows came after everything that was read, as otherwise
// some read would hold them; so whoever read the last state is before all of them.
// biome-ignore-all lint/style/noNonNullAssertion: indices are within their arrays by construction.
import type { AppendIndex } from './append-index.ts';
import { addEdge, collectEdges, type Edges, rw, through, wr, ww } from './graph.ts';
import type { EdgeType, Key, Value } from './types.ts';
import type { Versions } from './versions.ts';

/** The committed transactions as nodes, by their order in the history: -1 for the others. */
export function numberNodes(committed: Uint8Array): { nodeOf: Int32Array; transactionOf: Int32Array } {
  const nodeOf = new Int32Array(committed.length).fill(-1);
  const transactionOf = new Int32Array(committed.length);
  let count = 0;
  for (let t = 0; t < committed.length; t++) {
    if (committed[t] === 0) continue;
    nodeOf[t] = count;
    transactionOf[count++] = t;
  }
  return { nodeOf, transactionOf: transactionOf.subarray(0, count) };
}

export function appendEdges(index: AppendIndex, versions: Versions, nodeOf: Int32Array, nodes: number): Edges {
  const { appends, reads, keys } = index;
  const { start, next, before, placeOf, seen } = versions;
  const edges = collectEdges(nodes, appends.count + 2 * reads.count + 3 * nodes);
  const unseen = unseenWriters(index, versions, nodeOf);

  for (let a = 0; a < appends.count; a++) {
    const node = nodeOf[appends.transaction[a]!]!;
    if (node < 0) continue;
    const k = appends.key[a]!;
    const previous = before[placeOf[a] === -1 ? start[k + 1]! - 1 : placeOf[a]!]!;
    if (previous < 0) continue;
    const writer = nodeOf[appends.transaction[previous]!]!;
    if (writer !== node) addEdge(edges, writer, node, ww);
  }
  const hubs: (Hub | undefined)[] = new Array(keys.length);
  for (let r = 0; r < reads.count; r++) {
    const node = nodeOf[reads.transaction[r]!]!;
    const writer = writerOf(index, versions, r);
    if (writer >= 0) {
      const origin = nodeOf[appends.transaction[writer]!]!;
      if (origin >= 0 && origin !== node) addEdge(edges, origin, node, wr);
    }
    if (seen[r] === -1) continue;
    const overwriter = next[seen[r]!]!;
    if (overwriter >= 0) {
      const other = nodeOf[appends.transaction[overwriter]!]!;
      if (other !== node) addEdge(edges, node, other, rw);
      continue;
    }
    const k = reads.key[r]!;
    const writers = unseen[k];
    if (writers === undefined) continue;
    hubs[k] ??= makeHub(edges, writers);
    overwriteByAll(edges, node, hubs[k]!);
  }
  return edges;
}

/** The committed append whose state read `r` saw, or -1 for the initial state. */
function writerOf({ reads, find }: AppendIndex, { seen, before }: Versions, r: number): number {
  if (seen[r] !== -1) return before[seen[r]!]!;
  const list = reads.list[r]!;
  return find(reads.key[r]!, list[list.length - 1]!);
}

/** By key: the nodes of those that appended what no read shows, ascending. */
function unseenWriters(
  { appends, keys }: AppendIndex,
  { placeOf }: Versions,
  nodeOf: Int32Array,
): (number[] | undefined)[] {
  const unseen: (number[] | undefined)[] = new Array(keys.length);
  for (let a = 0; a < appends.count; a++) {
    const node = nodeOf[appends.transaction[a]!]!;
    if (node < 0 || placeOf[a] !== -1) continue;
    const k = appends.key[a]!;
    unseen[k] ??= [];
    if (unseen[k].at(-1) !== node) unseen[k].push(node);
  }
  return unseen;
}

/**
 * Everybody who saw the last state is before every unseen writer but themselves. With few writers there is an edge to each;
 * with many there are two chains of auxiliary nodes: `up + i` leads to the writers from i on, `down + i` to those up to i.
 */
export interface Hub {
  readonly writers: readonly number[];
  readonly up: number;
  readonly down: number;
}

const fewWriters = 4;

export function makeHub(edges: Edges, writers: readonly number[]): Hub {
  if (writers.length <= fewWriters) return { writers, up: -1, down: -1 };
  const up = edges.nodes;
  const down = up + writers.length;
  edges.nodes += 2 * writers.length;
  for (let i = 0; i < writers.length; i++) {
    addEdge(edges, up + i, writers[i]!, through);
    addEdge(edges, down + i, writers[i]!, through);
    if (i > 0) {
      addEdge(edges, up + i - 1, up + i, through);
      addEdge(edges, down + i, down + i - 1, through);
    }
  }
  return { writers, up, down };
}

/** Adds the edges from one who read what all of the hub's writers overwrote, except to itself. */
export function overwriteByAll(edges: Edges, node: number, { writers, up, down }: Hub): void {
  if (up < 0) {
    for (const writer of writers) if (writer !== node) addEdge(edges, node, writer, rw);
    return;
  }
  const at = placeIn(writers, node);
  if (writers[at] !== node) {
    addEdge(edges, node, up, rw);
    return;
  }
  if (at > 0) addEdge(edges, node, down + at - 1, rw);
  if (at + 1 < writers.length) addEdge(edges, node, up + at + 1, rw);
}

function placeIn(ascending: readonly number[], node: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < node) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface Evidence {
  readonly key: Key;
  readonly value: Value | null;
  readonly next: Value | null;
}

/** Finds the values behind an edge between two transactions again, which is cheaper than to note them for every edge. */
export function appendEvidence(
  index: AppendIndex,
  versions: Versions,
): (from: number, to: number, type: EdgeType) => Evidence | undefined {
  const { appends, reads, keys } = index;
  const { start, next, before, placeOf, seen } = versions;
  const key = (id: number) => keys[id]!;
  const appended = (append: number) => (append < 0 ? null : appends.value[append]!);
  const appendsOf = spans(appends.transaction, appends.count);
  const readsOf = spans(reads.transaction, reads.count);
  return (from, to, type) => {
    if (type === 'ww') {
      for (let a = appendsOf(to); appends.transaction[a] === to && a < appends.count; a++) {
        const k = appends.key[a]!;
        const previous = before[placeOf[a] === -1 ? start[k + 1]! - 1 : placeOf[a]!]!;
        if (previous >= 0 && appends.transaction[previous] === from) {
          return { key: key(k), value: appended(previous), next: appended(a) };
        }
      }
    } else if (type === 'wr') {
      for (let r = readsOf(to); reads.transaction[r] === to && r < reads.count; r++) {
        const writer = writerOf(index, versions, r);
        if (writer >= 0 && appends.transaction[writer] === from) {
          return { key: key(reads.key[r]!), value: appended(writer), next: appended(writer) };
        }
      }
    } else if (type === 'rw') {
      for (let r = readsOf(from); reads.transaction[r] === from && r < reads.count; r++) {
        if (seen[r] === -1) continue;
        const k = reads.key[r]!;
        const overwriter = next[seen[r]!]!;
        const found =
          overwriter < 0
            ? unseenAppend(index, versions, k, to, appendsOf(to))
            : appends.transaction[overwriter] === to
              ? overwriter
              : -1;
        if (found >= 0) return { key: key(k), value: appended(before[seen[r]!]!), next: appended(found) };
      }
    }
    return undefined;
  };
}

function unseenAppend(
  { appends }: AppendIndex,
  { placeOf }: Versions,
  key: number,
  transaction: number,
  first: number,
): number {
  for (let a = first; appends.transaction[a] === transaction && a < appends.count; a++) {
    if (appends.key[a] === key && placeOf[a] === -1) return a;
  }
  return -1;
}

/** Where the entries of a transaction begin in an array that ascends by transaction. */
function spans(transactionOf: Int32Array, count: number): (transaction: number) => number {
  return (transaction) => {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (transactionOf[middle]! < transaction) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
