// A register history as numbers: who committed, in which session, and from whom each read is. Reads that no order can explain
// (aborted, intermediate, of the future, from nowhere) are found on the way. The surprise is a transaction of unknown outcome:
// it follows what its session did before, but nothing follows it there, for it may still have been under way.
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
  const table = tabulate(transactions);
  if (typeof table === 'string') return table;
  const reads = readsOf(transactions, table);
  const nodes = Array.from(reads.committed.keys()).filter((index) => reads.committed[index] === 1);
  const { keys } = table;
  return {
    size: nodes.length,
    transaction: Int32Array.from(nodes),
    ...chainsOf(transactions, nodes),
    ...rowsOf(nodes, table, reads),
    keys,
    anomalies: reads.anomalies,
    finalValue(node, key) {
      const write = transactions[nodes[node] ?? -1]?.ops.findLast(([f, name]) => f === 'w' && name === keys[key]);
      return write?.[2] ?? null;
    },
  };
}

/** All operations one after the other; those of transaction t are at `start[t]` to `start[t + 1] - 1`. */
interface Table {
  readonly start: Int32Array;
  readonly key: Int32Array;
  /** The operation's transaction. */
  readonly owner: Int32Array;
  /** 1 for the last write of a key in a transaction that did not fail. */
  readonly last: Uint8Array;
  readonly keys: readonly Key[];
  /** By key and value the operation that wrote it. What failed is apart, since a value may be written again after that. */
  readonly written: readonly Map<Value, number>[];
  readonly aborted: readonly Map<Value, number>[];
}

function tabulate(transactions: readonly Transaction<RegisterOp>[]): Table | string {
  const start = new Int32Array(transactions.length + 1);
  for (const [t, { ops }] of transactions.entries()) start[t + 1] = start[t]! + ops.length;
  const total = start[transactions.length]!;
  const [key, owner, last] = [new Int32Array(total), new Int32Array(total), new Uint8Array(total)];
  const ids = new Map<Key, number>();
  const written: Map<Value, number>[] = [];
  const aborted: Map<Value, number>[] = [];
  /** By key: the last operation that wrote it. */
  const latest: number[] = [];
  let at = 0;
  for (const [transaction, { type, ops }] of transactions.entries()) {
    for (const op of ops) {
      let id = ids.get(op[1]);
      if (id === undefined) {
        id = ids.size;
        ids.set(op[1], id);
        written.push(new Map());
        aborted.push(new Map());
        latest.push(-1);
      }
      key[at] = id;
      owner[at] = transaction;
      if (op[0] === 'w' && type === 'fail') aborted[id]!.set(op[2], at);
      if (op[0] === 'w' && type !== 'fail') {
        const other = written[id]!.get(op[2]);
        if (other !== undefined && owner[other] !== transaction) {
          return `${op[1]} was set to ${op[2]} by both T${owner[other]} and T${transaction}`;
        }
        written[id]!.set(op[2], at);
        last[at] = 1;
        if (latest[id]! >= start[transaction]!) last[latest[id]!] = 0;
        latest[id] = at;
      }
      at++;
    }
  }
  return { start, key, owner, last, keys: [...ids.keys()], written, aborted };
}

interface Reads {
  /** Of each operation: the transaction that it read from, `initial`, or `nobody` where it is no read of another. */
  readonly source: Int32Array;
  readonly committed: Uint8Array;
  readonly anomalies: readonly Anomaly[];
}

const nobody = -2;

function readsOf(transactions: readonly Transaction<RegisterOp>[], table: Table): Reads {
  const { start, key, owner, last, written, aborted } = table;
  const anomalies: Anomaly[] = [];
  const committed = new Uint8Array(transactions.length);
  const source = new Int32Array(key.length).fill(nobody);
  /** By key: the last operation that wrote it, in the transaction that is looked at. */
  const own = new Int32Array(table.keys.length).fill(-1);
  for (const [reader, { type, ops }] of transactions.entries()) {
    if (type !== 'ok') continue;
    committed[reader] = 1;
    for (let i = 0; i < ops.length; i++) {
      const [f, name, value] = ops[i]!;
      const at = start[reader]! + i;
      const id = key[at]!;
      if (f === 'w') {
        own[id] = at;
        continue;
      }
      const wrong = (anomaly: string, message: string, other?: number) =>
        anomalies.push({
          type: anomaly,
          transactions: other === undefined ? [reader] : [reader, other],
          key: name,
          message: `T${reader} read ${value} in ${name}, ${message}`,
        });
      if (own[id]! >= start[reader]!) {
        const mine = ops[own[id]! - start[reader]!]![2];
        if (mine !== value) wrong('internal', `where it had written ${mine} itself`);
        continue;
      }
      const write = value === null ? undefined : written[id]!.get(value);
      if (value === null) source[at] = initial;
      else if (write === undefined) {
        const by = aborted[id]!.get(value);
        if (by === undefined) wrong('garbage-read', 'which nobody wrote');
        else wrong('G1a', `which T${owner[by]} wrote before it was aborted`, owner[by]);
      } else if (owner[write] === reader) {
        wrong('future-read', 'before it wrote it');
      } else {
        const by = owner[write]!;
        if (last[write] === 0) wrong('G1b', `which T${by} then wrote over itself`, by);
        committed[by] = 1;
        source[at] = by;
      }
    }
  }
  return { source, committed, anomalies };
}

function rowsOf(
  nodes: readonly number[],
  { start, key, last }: Table,
  { source, committed }: Reads,
): Pick<WeakHistory, 'writeStart' | 'writeKey' | 'readStart' | 'readKey' | 'readFrom'> {
  const nodeOf = new Int32Array(committed.length);
  for (const [node, index] of nodes.entries()) nodeOf[index] = node;
  const [writeStart, readStart] = [new Int32Array(nodes.length + 1), new Int32Array(nodes.length + 1)];
  const writeKey = new Int32Array(key.length);
  const [readKey, readFrom] = [new Int32Array(key.length), new Int32Array(key.length)];
  let [writes, reads] = [0, 0];
  for (const [node, index] of nodes.entries()) {
    for (let at = start[index]!; at < start[index + 1]!; at++) {
      const from = source[at]!;
      if (last[at] === 1) writeKey[writes++] = key[at]!;
      if (from === nobody) continue;
      readKey[reads] = key[at]!;
      readFrom[reads++] = from === initial ? initial : nodeOf[from]!;
    }
    if (writes > writeStart[node]! + 1) writeKey.subarray(writeStart[node], writes).sort();
    writeStart[node + 1] = writes;
    readStart[node + 1] = reads;
  }
  return {
    writeStart,
    writeKey: writeKey.subarray(0, writes),
    readStart,
    readKey: readKey.subarray(0, reads),
    readFrom: readFrom.subarray(0, reads),
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
