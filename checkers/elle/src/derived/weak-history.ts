// A register history as numbers: who committed, in which session, and from whom each read is. Reads that no order can explain
// (aborted, intermediate, of the future, from nowhere) are found on the way. The surprise is a transaction of unknown outcome:
// it follows what its session did before, but nothing follows it there, for it may still have been under way.
// biome-ignore-all lint/style/noNonNullAssertion: indices are within their arrays by construction.

import type { Anomaly, Key, RegisterOp, Transaction, Value } from '../types.ts';

/** Nodes are the committed transactions. All arrays of `…Start` are of compressed rows, one for each node. */
export interface WeakHistory {
  readonly size: number;
  /** The index of each node's transaction. */
  readonly transaction: Int32Array;
  /** Nodes of which each follows the one before, and where each node is in them. */
  readonly chains: readonly (readonly number[])[];
  readonly chain: Int32Array;
  readonly place: Int32Array;
  /** What each node follows in its session, or `initial`. */
  readonly before: Int32Array;
  readonly keys: readonly Key[];
  /** The keys that each node wrote, ascending. */
  readonly writeStart: Int32Array;
  readonly writeKey: Int32Array;
  /** What each node read of others, in its order: the key, and the node that wrote it, or `initial`. */
  readonly readStart: Int32Array;
  readonly readKey: Int32Array;
  readonly readFrom: Int32Array;
  readonly anomalies: readonly Anomaly[];
  /** The value that a node left in a key. */
  finalValue(node: number, key: number): Value | null;
}

/** Not a node: the state before all of them. */
export const initial = -1;

/** A text says why nothing can be decided. */
export function indexWeakHistory(transactions: readonly Transaction<RegisterOp>[]): WeakHistory | string {
  const writes = writesOf(transactions);
  if (typeof writes === 'string') return writes;
  const { reads, committed, anomalies } = readsOf(transactions, writes);
  const nodes = transactions.flatMap((_, index) => (committed[index] ? [index] : []));
  const keys = [...writes.ids.keys()];
  return {
    size: nodes.length,
    transaction: Int32Array.from(nodes),
    ...chainsOf(transactions, nodes),
    ...rowsOf(transactions, nodes, writes, reads),
    keys,
    anomalies,
    finalValue(node, key) {
      const write = transactions[nodes[node] ?? -1]?.ops.findLast(([f, name]) => f === 'w' && name === keys[key]);
      return write?.[2] ?? null;
    },
  };
}

interface Write {
  readonly transaction: number;
  /** Whether it is the last one of its transaction for this key. */
  last: boolean;
}

interface Writes {
  readonly ids: ReadonlyMap<Key, number>;
  /** By the key's number. What was certainly aborted is apart, since a value may be written again after that. */
  readonly written: readonly Map<Value, Write>[];
  readonly aborted: readonly Map<Value, number>[];
}

function writesOf(transactions: readonly Transaction<RegisterOp>[]): Writes | string {
  const ids = new Map<Key, number>();
  const written: Map<Value, Write>[] = [];
  const aborted: Map<Value, number>[] = [];
  const own = new Map<number, Write>();
  for (const [transaction, { type, ops }] of transactions.entries()) {
    own.clear();
    for (const op of ops) {
      let key = ids.get(op[1]);
      if (key === undefined) {
        key = written.length;
        ids.set(op[1], key);
        written.push(new Map());
        aborted.push(new Map());
      }
      if (op[0] === 'r') continue;
      if (type === 'fail') {
        aborted[key]?.set(op[2], transaction);
        continue;
      }
      const other = written[key]?.get(op[2])?.transaction;
      if (other !== undefined && other !== transaction) {
        return `${op[1]} was set to ${op[2]} by both T${other} and T${transaction}`;
      }
      const previous = own.get(key);
      if (previous) previous.last = false;
      const write = { transaction, last: true };
      own.set(key, write);
      written[key]?.set(op[2], write);
    }
  }
  return { ids, written, aborted };
}

/** Of each transaction: keys and writers' indices, one after the other. */
type Reads = readonly (readonly number[])[];

function readsOf(transactions: readonly Transaction<RegisterOp>[], { ids, written, aborted }: Writes) {
  const anomalies: Anomaly[] = [];
  const committed = new Uint8Array(transactions.length);
  const own = new Map<number, Value>();
  const reads: Reads = transactions.map(({ type, ops }, reader) => {
    const read: number[] = [];
    if (type !== 'ok') return read;
    committed[reader] = 1;
    own.clear();
    for (const [f, name, value] of ops) {
      const key = ids.get(name)!;
      if (f === 'w') {
        own.set(key, value);
        continue;
      }
      const wrong = (anomaly: string, message: string, other?: number) =>
        anomalies.push({
          type: anomaly,
          transactions: other === undefined ? [reader] : [reader, other],
          key: name,
          message: `T${reader} read ${value} in ${name}, ${message}`,
        });
      const mine = own.get(key);
      const write = value === null ? undefined : written[key]?.get(value);
      if (mine !== undefined) {
        if (mine !== value) wrong('internal', `where it had written ${mine} itself`);
      } else if (value === null) {
        read.push(key, initial);
      } else if (write === undefined) {
        const by = aborted[key]?.get(value);
        if (by === undefined) wrong('garbage-read', 'which nobody wrote');
        else wrong('G1a', `which T${by} wrote before it was aborted`, by);
      } else if (write.transaction === reader) {
        wrong('future-read', 'before it wrote it');
      } else {
        if (!write.last) wrong('G1b', `which T${write.transaction} then wrote over itself`, write.transaction);
        committed[write.transaction] = 1;
        read.push(key, write.transaction);
      }
    }
    return read;
  });
  return { reads, committed, anomalies };
}

function rowsOf(
  transactions: readonly Transaction<RegisterOp>[],
  nodes: readonly number[],
  { ids }: Writes,
  reads: Reads,
): Pick<WeakHistory, 'writeStart' | 'writeKey' | 'readStart' | 'readKey' | 'readFrom'> {
  const nodeOf = new Int32Array(transactions.length).fill(initial);
  for (const [node, index] of nodes.entries()) nodeOf[index] = node;
  const [writeStart, readStart]: [number[], number[]] = [[0], [0]];
  const [writeKey, readKey, readFrom]: [number[], number[], number[]] = [[], [], []];
  const keys = new Set<number>();
  for (const index of nodes) {
    keys.clear();
    for (const [f, key] of transactions[index]!.ops) if (f === 'w') keys.add(ids.get(key)!);
    for (const key of [...keys].sort((a, b) => a - b)) writeKey.push(key);
    writeStart.push(writeKey.length);
    const read = reads[index]!;
    for (let i = 0; i < read.length; i += 2) {
      const from = read[i + 1]!;
      readKey.push(read[i]!);
      readFrom.push(from === initial ? initial : nodeOf[from]!);
    }
    readStart.push(readKey.length);
  }
  return {
    writeStart: Int32Array.from(writeStart),
    writeKey: Int32Array.from(writeKey),
    readStart: Int32Array.from(readStart),
    readKey: Int32Array.from(readKey),
    readFrom: Int32Array.from(readFrom),
  };
}

/** A session is a chain; of its transactions of unknown outcome only one that is the last of them can be in it. */
function chainsOf(
  transactions: readonly Transaction<RegisterOp>[],
  nodes: readonly number[],
): Pick<WeakHistory, 'chains' | 'chain' | 'place' | 'before'> {
  const sessions = new Map<number | string, number[]>();
  for (const [node, index] of nodes.entries()) {
    const session = transactions[index]!.process;
    const known = sessions.get(session);
    if (known) known.push(node);
    else sessions.set(session, [node]);
  }
  const chains: number[][] = [];
  const before = new Int32Array(nodes.length).fill(initial);
  const call = (node: number): number => transactions[nodes[node]!]!.call;
  for (const members of sessions.values()) {
    members.sort((a, b) => call(a) - call(b) || a - b);
    const chain: number[] = [];
    for (const node of members) {
      before[node] = chain.at(-1) ?? initial;
      if (transactions[nodes[node]!]!.type === 'ok' || node === members.at(-1)) chain.push(node);
      else chains.push([node]);
    }
    chains.push(chain);
  }
  const chain = new Int32Array(nodes.length);
  const place = new Int32Array(nodes.length);
  for (const [id, members] of chains.entries()) {
    for (const [i, node] of members.entries()) {
      chain[node] = id;
      place[node] = i;
    }
  }
  return { chains, chain, place, before };
}
