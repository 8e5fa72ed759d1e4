// Adya's dependencies between transactions of appends and list reads (Adya 1999, §4.4.4; Kingsbury & Alvaro 2020, §5.2), and what
// proves each. The one surprise: committed appends that no read shows came after everything that was read, as otherwise
// some read would hold them; so whoever read the last state is before all of them.
import type { AppendIndex } from './append-index.ts';
import type { Evidence } from './explain.ts';
import { addEdge, collectEdges, type Edges, rw, wr, ww } from './graph.ts';
import { type Hub, makeHub, overwriteByAll } from './hubs.ts';
import type { EdgeType } from './types.ts';
import type { Versions } from './versions.ts';

export function appendEdges(index: AppendIndex, versions: Versions, nodeOf: Int32Array, nodes: number): Edges {
  const { appends, reads, keys } = index;
  const { start, next, before, placeOf, seen } = versions;
  const edges = collectEdges(nodes, appends.count + 2 * reads.count + 5 * nodes);
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

/** The append whose state read `r` saw, or -1 for the initial state. Of a read that contradicts the order it is the last in it. */
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
