// What the clients saw of the order: one session after another (process), and one transaction's answer before the next
// one's question (realtime). The one surprise: real time is written with barriers, auxiliary nodes along the clock; an
// answered transaction leads to the next barrier, each barrier to the following one and to the transactions that start
// before it. That is linear where Elle's transitive reduction needs one edge per concurrent pair, and says the same.
import { addEdge, type Edges, process, realtime, through } from './graph.ts';
import type { Transaction } from './types.ts';

/**
 * Adds, for each process, the order of its transactions: from one that is ok to the next (and to those of unknown outcome
 * in between, which end nothing). Those that overlap, because the "process" was none, get no edge.
 */
export function addProcessOrder(edges: Edges, transactions: readonly Transaction<unknown>[], nodeOf: Int32Array): void {
  const last = new Map<number | string, number>();
  for (const index of byCall(transactions)) {
    const node = nodeOf[index]!;
    if (node < 0) continue;
    const transaction = transactions[index]!;
    const before = last.get(transaction.process);
    if (before !== undefined && transactions[before]!.return! <= transaction.call) {
      addEdge(edges, nodeOf[before]!, node, process);
    }
    if (transaction.type === 'ok' && transaction.return !== undefined) last.set(transaction.process, index);
  }
}

/** Adds barriers and edges such that one transaction reaches another over them just if it was answered before the other was asked for. */
export function addRealtimeOrder(
  edges: Edges,
  transactions: readonly Transaction<unknown>[],
  nodeOf: Int32Array,
): void {
  const barriers = barrierTimes(transactions, nodeOf);
  const first = edges.nodes;
  edges.nodes += barriers.length;
  for (let b = 1; b < barriers.length; b++) addEdge(edges, first + b - 1, first + b, through);
  for (let index = 0; index < transactions.length; index++) {
    const node = nodeOf[index]!;
    if (node < 0) continue;
    const transaction = transactions[index]!;
    const before = countBelow(barriers, transaction.call) - 1;
    if (before >= 0) addEdge(edges, first + before, node, through);
    if (transaction.type !== 'ok' || transaction.return === undefined) continue;
    const barrier = countBelow(barriers, transaction.return);
    if (barrier < barriers.length) addEdge(edges, node, first + barrier, realtime);
  }
}

/** Of all answers between one question and the next, the last: after it whatever is asked follows them all. */
function barrierTimes(transactions: readonly Transaction<unknown>[], nodeOf: Int32Array): Float64Array {
  const calls = new Float64Array(transactions.length);
  const returns = new Float64Array(transactions.length);
  let called = 0;
  let returned = 0;
  for (let index = 0; index < transactions.length; index++) {
    if (nodeOf[index]! < 0) continue;
    const transaction = transactions[index]!;
    calls[called++] = transaction.call;
    if (transaction.type === 'ok' && transaction.return !== undefined) returns[returned++] = transaction.return;
  }
  const sortedCalls = calls.subarray(0, called).sort();
  const sortedReturns = returns.subarray(0, returned).sort();
  const times = new Float64Array(returned);
  let count = 0;
  let passed = 0;
  for (let c = 0; c < called; c++) {
    const before = passed;
    while (passed < returned && sortedReturns[passed]! < sortedCalls[c]!) passed++;
    if (passed > before) times[count++] = sortedReturns[passed - 1]!;
  }
  return times.subarray(0, count);
}

/** How many of the ascending `times` are less than `time`. */
function countBelow(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All indices, in an order in which the transactions of each process ascend: their own, if it is one already. */
function byCall(transactions: readonly Transaction<unknown>[]): Uint32Array {
  const indices = new Uint32Array(transactions.length);
  const latest = new Map<number | string, number>();
  let ordered = true;
  for (let i = 0; i < indices.length; i++) {
    indices[i] = i;
    const { process, call } = transactions[i]!;
    if (call < (latest.get(process) ?? call)) ordered = false;
    latest.set(process, call);
  }
  return ordered ? indices : indices.sort((a, b) => transactions[a]!.call - transactions[b]!.call || a - b);
}
