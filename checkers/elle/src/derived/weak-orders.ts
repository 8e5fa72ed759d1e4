// Which writes must come before which for a weak level to hold (Biswas & Enea 2019; the near linear ways are those of AWDIT,
// Møldrup & Pavlogiannis 2025): a reader of x from T1 that had also seen T2, which wrote x, puts T2 before T1. What "had seen"
// means is the level. The surprise: this is all. If these orders have no cycle, any order that agrees with them will do.
import { addEdge, type Edges, process, wr } from '../graph.ts';
import { initial, type WeakHistory } from './weak-history.ts';

/** Sessions and reads: the orders that everything else follows from. */
export function addVisible({ size, before, readStart, readFrom }: WeakHistory, edges: Edges): void {
  for (let node = 0; node < size; node++) {
    if (before[node] !== initial) addEdge(edges, before[node]!, node, process);
    for (let r = readStart[node]!; r < readStart[node + 1]!; r++) {
      const from = readFrom[r]!;
      if (from !== initial) addEdge(edges, from, node, wr);
    }
  }
}

/** Called for each order that is inferred; `later` may be `initial`, which is a contradiction by itself. */
export type Infer = (earlier: number, later: number, reader: number, key: number) => void;

/** Seen: what an earlier read of the same transaction was from. */
export function inferReadCommitted(history: WeakHistory, infer: Infer): void {
  forEachSeenWriter(history, (seen, since, reader, key, reads) => {
    // The first read of another is enough: it has been seen by the next.
    for (const r of reads) {
      if (r <= since || history.readFrom[r] === seen) continue;
      infer(seen, history.readFrom[r]!, reader, key);
      return;
    }
  });
}

/** Seen: what any read of the same transaction was from, and all that the session did before. */
export function inferReadAtomic(history: WeakHistory, infer: Infer): void {
  forEachSeenWriter(history, (seen, _, reader, key, reads) => {
    for (const r of reads) if (history.readFrom[r] !== seen) infer(seen, history.readFrom[r]!, reader, key);
  });
  const { chains, readStart, readKey, readFrom, writeStart, writeKey } = history;
  const last = new Map<number, number>();
  for (const chain of chains) {
    last.clear();
    for (const node of chain) {
      for (let r = readStart[node]!; r < readStart[node + 1]!; r++) {
        const seen = last.get(readKey[r]!);
        // Those before the last one are before it in the session, so they need no order of their own.
        if (seen !== undefined && seen !== readFrom[r]) infer(seen, readFrom[r]!, node, readKey[r]!);
      }
      for (let w = writeStart[node]!; w < writeStart[node + 1]!; w++) last.set(writeKey[w]!, node);
    }
  }
}

/**
 * Seen: all that leads here by sessions and reads. `order` is a topological order of these. Of each session that wrote a key
 * only the last writer that was seen counts, so it takes time and space in proportion to nodes times sessions.
 */
export function inferCausal(history: WeakHistory, order: Int32Array, infer: Infer): void {
  const { size, chains, chain, place, before, readStart, readKey, readFrom } = history;
  const writers = writersByChain(history);
  // How many more nodes will ask for a node's clock: after the last one it is used again for another.
  const asked = new Int32Array(size);
  const eachSource = (node: number, visit: (source: number) => void) => {
    if (before[node] !== initial) visit(before[node]!);
    for (let r = readStart[node]!; r < readStart[node + 1]!; r++) {
      if (readFrom[r] !== initial) visit(readFrom[r]!);
    }
  };
  for (let node = 0; node < size; node++) eachSource(node, (source) => asked[source]!++);
  // Of each chain, how many of its nodes lead to a node.
  const clocks: (Int32Array | undefined)[] = new Array(size);
  const free: Int32Array[] = [];
  for (const node of order) {
    const clock = free.pop()?.fill(0) ?? new Int32Array(chains.length);
    eachSource(node, (source) => {
      const own = chain[source]!;
      // Whoever leads here from the source's chain, from there or later, has brought all that the source knew.
      if (clock[own]! > place[source]!) return;
      const known = clocks[source]!;
      for (let c = 0; c < clock.length; c++) if (known[c]! > clock[c]!) clock[c] = known[c]!;
      clock[own] = place[source]! + 1;
    });
    for (let r = readStart[node]!; r < readStart[node + 1]!; r++) {
      const from = readFrom[r]!;
      const known = from === initial ? undefined : clocks[from];
      const end = writers.start[readKey[r]! + 1]!;
      for (let w = writers.start[readKey[r]!]!; w < end; w++) {
        const other = writers.chain[w]!;
        // What the writer knew itself is before it already.
        const implied = known === undefined ? 0 : known[other]!;
        if (clock[other]! <= implied) continue;
        const seen = lastBefore(writers, w, place, clock[other]!);
        if (seen !== from && seen !== initial && place[seen]! >= implied) infer(seen, from, node, readKey[r]!);
      }
    }
    if (asked[node]! > 0) clocks[node] = clock;
    else free.push(clock);
    eachSource(node, (source) => {
      if (--asked[source]! > 0) return;
      free.push(clocks[source]!);
      clocks[source] = undefined;
    });
  }
}

/**
 * Calls `visit` for each transaction that a reader has read from and each key that it wrote and the reader read: with the
 * first read of it, and all reads of the key. Whichever is fewer, the writer's keys or the reader's, is walked.
 */
function forEachSeenWriter(
  history: WeakHistory,
  visit: (seen: number, since: number, reader: number, key: number, reads: readonly number[]) => void,
): void {
  const { size, readStart, readKey, readFrom, writeStart, writeKey } = history;
  const firstRead = new Map<number, number>();
  const readsOf = new Map<number, number[]>();
  for (let reader = 0; reader < size; reader++) {
    firstRead.clear();
    readsOf.clear();
    for (let r = readStart[reader]!; r < readStart[reader + 1]!; r++) {
      const from = readFrom[r]!;
      if (from !== initial && !firstRead.has(from)) firstRead.set(from, r);
      const known = readsOf.get(readKey[r]!);
      if (known) known.push(r);
      else readsOf.set(readKey[r]!, [r]);
    }
    for (const [seen, since] of firstRead) {
      const start = writeStart[seen]!;
      const end = writeStart[seen + 1]!;
      if (end - start <= readsOf.size) {
        for (let w = start; w < end; w++) {
          const reads = readsOf.get(writeKey[w]!);
          if (reads) visit(seen, since, reader, writeKey[w]!, reads);
        }
      } else {
        for (const [key, reads] of readsOf)
          if (holds(writeKey, start, end, key)) visit(seen, since, reader, key, reads);
      }
    }
  }
}

/** The chains that wrote key k are at `start[k]` to `start[k + 1] - 1`; the nodes of the one at w at `first[w]` to `first[w + 1] - 1`. */
interface ChainWriters {
  readonly start: Int32Array;
  readonly chain: Int32Array;
  readonly first: Int32Array;
  /** In the order of their chain. */
  readonly nodes: Int32Array;
}

function writersByChain({ chains, keys, writeStart, writeKey }: WeakHistory): ChainWriters {
  const ofKey: { readonly chains: number[]; readonly firsts: number[]; readonly nodes: number[] }[] = keys.map(() => ({
    chains: [],
    firsts: [],
    nodes: [],
  }));
  for (const [chain, members] of chains.entries()) {
    for (const node of members) {
      for (let w = writeStart[node]!; w < writeStart[node + 1]!; w++) {
        const { chains: known, firsts, nodes } = ofKey[writeKey[w]!]!;
        if (known.at(-1) !== chain) {
          known.push(chain);
          firsts.push(nodes.length);
        }
        nodes.push(node);
      }
    }
  }
  const start = new Int32Array(keys.length + 1);
  for (const [key, { chains: known }] of ofKey.entries()) start[key + 1] = start[key]! + known.length;
  const chain = new Int32Array(start[keys.length]!);
  const first = new Int32Array(start[keys.length]! + 1);
  const nodes = new Int32Array(writeKey.length);
  let written = 0;
  for (const [key, { chains: known, firsts, nodes: own }] of ofKey.entries()) {
    chain.set(known, start[key]);
    for (const [i, from] of firsts.entries()) first[start[key]! + i] = written + from;
    nodes.set(own, written);
    written += own.length;
  }
  first[start[keys.length]!] = written;
  return { start, chain, first, nodes };
}

/** The last of the nodes at w whose place is below `limit`, or `initial`. */
function lastBefore({ first, nodes }: ChainWriters, w: number, place: Int32Array, limit: number): number {
  let low = first[w]!;
  let high = first[w + 1]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (place[nodes[middle]!]! < limit) low = middle + 1;
    else high = middle;
  }
  return low === first[w] ? initial : nodes[low - 1]!;
}

function holds(sorted: Int32Array, start: number, end: number, wanted: number): boolean {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low < end && sorted[low] === wanted;
}
