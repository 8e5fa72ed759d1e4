// What is known of the order of a register's versions. A read shows one value and not the ones before, so the order must be
// inferred: from the initial state, and from what the user says the store guarantees for each key by itself. The one
// surprise: a guarantee that contradicts itself on a key (`cyclic-versions`) is not used for that key.
import { cyclic, stronglyConnected } from './components.ts';
import { addEdge, collectEdges, type Edges, toGraph, ww } from './graph.ts';
import type { RegisterIndex } from './register-index.ts';
import type { Transaction } from './types.ts';

export type VersionSource = 'initial-state' | 'wfr-keys' | 'sequential-keys' | 'linearizable-keys';

export interface VersionOrder {
  /** The versions that are known to follow version v directly: `after[start[v]]` to `after[start[v + 1] - 1]`. */
  readonly start: Int32Array;
  readonly after: Int32Array;
  readonly cycles: readonly { key: number; versions: readonly number[]; sources: readonly VersionSource[] }[];
}

/** That the initial state is before all others is not among the edges: it is true of every key, and would be n more. */
export function inferVersionOrder(
  index: RegisterIndex,
  transactions: readonly Transaction<unknown>[],
  sources: readonly VersionSource[],
): VersionOrder {
  const { versions, initial } = index;
  const size = versions.key.length;
  let accepted = collectEdges(size, 16);
  const used: VersionSource[] = ['initial-state'];
  const cycles: { key: number; versions: readonly number[]; sources: readonly VersionSource[] }[] = [];
  for (const source of sources) {
    if (source === 'initial-state') continue;
    const proposed = collectEdges(size, 16);
    if (source === 'wfr-keys') writesFollowReads(index, proposed);
    else if (source === 'sequential-keys') sequentialKeys(index, transactions, proposed);
    else linearizableKeys(index, transactions, proposed);

    const all = collectEdges(size, accepted.count + proposed.count + size);
    copyEdges(accepted, all, () => true);
    copyEdges(proposed, all, () => true);
    for (let v = 0; v < size; v++) {
      const first = initial[versions.key[v]!]!;
      if (v !== first) addEdge(all, first, v, ww);
    }
    const broken = new Set<number>();
    for (const component of cyclic(stronglyConnected(toGraph(all, size), ww))) {
      const key = versions.key[component[0]!]!;
      broken.add(key);
      cycles.push({ key, versions: [...component], sources: [...used, source] });
    }
    used.push(source);
    const next = collectEdges(size, accepted.count + proposed.count);
    copyEdges(accepted, next, () => true);
    copyEdges(proposed, next, (version) => !broken.has(versions.key[version]!));
    accepted = next;
  }
  const { start, to } = toGraph(accepted, size);
  return { start, after: to, cycles };
}

function copyEdges(from: Edges, to: Edges, wanted: (version: number) => boolean): void {
  for (let e = 0; e < from.count; e++) if (wanted(from.from[e]!)) addEdge(to, from.from[e]!, from.to[e]!, ww);
}

/** Whoever reads a version and then writes the key has put its own version after that one. */
function writesFollowReads({ accesses, outcome }: RegisterIndex, edges: Edges): void {
  for (let a = 0; a < accesses.count; a++) {
    if (outcome[accesses.transaction[a]!] !== 2) continue;
    follow(edges, accesses.read[a]!, accesses.write[a]!);
  }
}

/** One process sees the versions of a key in their order. */
function sequentialKeys(index: RegisterIndex, transactions: readonly Transaction<unknown>[], edges: Edges): void {
  const { accesses, outcome } = index;
  const last = new Map<number | string, Map<number, { version: number; until: number }>>();
  for (const t of byTime(transactions, (transaction) => transaction.call)) {
    const { process, call, return: answered } = transactions[t]!;
    if (outcome[t] !== 2) continue;
    let seen = last.get(process);
    if (seen === undefined) {
      seen = new Map();
      last.set(process, seen);
    }
    for (let a = accesses.start[t]!; a < accesses.start[t + 1]!; a++) {
      const { first, final } = ends(index, a);
      const before = seen.get(accesses.key[a]!);
      if (before !== undefined && before.until <= call) follow(edges, before.version, first);
      follow(edges, first, final);
      seen.set(accesses.key[a]!, { version: final, until: answered ?? Number.POSITIVE_INFINITY });
    }
  }
}

/**
 * Whoever starts after another has ended sees the same version of a key or a later one. For each key the pending successors
 * of what has ended are tracked as in Elle's real-time graph, so that edges are as many as transactions overlap.
 */
function linearizableKeys(index: RegisterIndex, transactions: readonly Transaction<unknown>[], edges: Edges): void {
  const { accesses, committed, outcome, keys } = index;
  const byKey: number[][] = keys.map(() => []);
  for (const t of byTime(transactions, (transaction) => transaction.call)) {
    if (committed[t] === 0) continue;
    for (let a = accesses.start[t]!; a < accesses.start[t + 1]!; a++) byKey[accesses.key[a]!]!.push(a);
  }
  const end = (a: number) => {
    const t = accesses.transaction[a]!;
    return outcome[t] === 2 ? (transactions[t]!.return ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  };
  const begin = (a: number) => transactions[accesses.transaction[a]!]!.call;
  for (const started of byKey) {
    const ended = [...started].filter((a) => end(a) < Number.POSITIVE_INFINITY).sort((a, b) => end(a) - end(b));
    let next = 0;
    // What has ended, and no later transaction that started after it has ended yet.
    let open: number[] = [];
    for (const a of started) {
      for (; next < ended.length && end(ended[next]!) < begin(a); next++) {
        const done = ended[next]!;
        open = open.filter((other) => !(end(other) < begin(done)));
        open.push(done);
      }
      const { first, final } = ends(index, a);
      for (const before of open) follow(edges, ends(index, before).final, first);
      follow(edges, first, final);
    }
  }
}

/** The version with which a transaction meets a key, and the one with which it leaves it. */
function ends({ accesses }: RegisterIndex, a: number): { first: number; final: number } {
  const read = accesses.read[a]!;
  const write = accesses.write[a]!;
  return { first: read >= 0 ? read : write, final: write >= 0 ? write : read };
}

function follow(edges: Edges, before: number, after: number): void {
  if (before >= 0 && after >= 0 && before !== after) addEdge(edges, before, after, ww);
}

function byTime(
  transactions: readonly Transaction<unknown>[],
  time: (transaction: Transaction<unknown>) => number,
): number[] {
  return transactions.map((_, t) => t).sort((a, b) => time(transactions[a]!) - time(transactions[b]!) || a - b);
}
