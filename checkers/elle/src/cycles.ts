// What both workloads do with their dependencies: add the orders that the clients saw, find the cycles, explain the shortest.
// The one surprise: transactions that did not commit are no nodes at all, so there are two numberings, of transactions and of nodes.
import { cycleName, G2, GSingle } from './classify.ts';
import { explainCycle, type Language } from './explain.ts';
import { type Edges, through, toGraph } from './graph.ts';
import { addProcessOrder, addRealtimeOrder } from './orders.ts';
import type { Findings } from './result.ts';
import { type FoundCycle, findCycles } from './search.ts';
import type { Transaction } from './types.ts';

export interface Nodes {
  /** By transaction: its node, or -1. */
  readonly nodeOf: Int32Array;
  /** By node: its transaction. */
  readonly transactionOf: Int32Array;
}

/** The committed transactions as nodes, in the order of the history. */
export function numberNodes(committed: Uint8Array): Nodes {
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

/** Adds all cycles to what was found, the shortest of each type first; `writes` is 1 for transactions that write. Returns the number of edges of the graph. */
export function addCycles(
  edges: Edges,
  { nodeOf, transactionOf }: Nodes,
  transactions: readonly Transaction<unknown>[],
  language: Language,
  writes: Uint8Array,
  found: Findings,
): number {
  addProcessOrder(edges, transactions, nodeOf);
  addRealtimeOrder(edges, transactions, nodeOf);
  let counted = 0;
  for (let e = 0; e < edges.count; e++) if (edges.type[e] !== through) counted++;
  const cycles = findCycles(toGraph(edges, transactionOf.length));
  cycles.sort((a, b) => a.type - b.type || a.nodes.length - b.nodes.length);
  for (const cycle of cycles) {
    const also = isUpdateCycle(cycle, transactionOf, writes) ? ['G-update'] : [];
    found.add(cycleName(cycle.type), () => explainCycle(cycle, transactionOf, transactions, language, also), also);
  }
  return counted;
}

/** Adya's G-update, of which update serializability must be free: a cycle of updates with anti-dependencies, and one reader at most. */
function isUpdateCycle({ nodes, type }: FoundCycle, transactionOf: Int32Array, writes: Uint8Array): boolean {
  if (type < GSingle || type > G2) return false;
  return nodes.filter((node) => writes[transactionOf[node]!] === 0).length <= 1;
}
