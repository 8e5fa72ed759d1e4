// Reads a history of appends and list reads into arrays: keys become numbers, and every append can be found by its key and
// value. The one surprise: what a single transaction contradicts by itself (`internal`) is judged here in passing, because
// only here a transaction is walked operation by operation.
import { keyNumbers, valueTable } from './interning.ts';
import type { AppendOp, Key, Transaction, Value } from './types.ts';

type Appends = readonly Transaction<AppendOp>[];

export interface AppendIndex {
  readonly keys: readonly Key[];
  /** By transaction: how it ended, as a number, since the histories that are worth the trouble do not fit into any cache. */
  readonly outcome: Uint8Array;
  /** By transaction: 1 if it appended anything. */
  readonly writes: Uint8Array;
  /** Append a put `value` on `key` in `transaction`; `intermediate` if that transaction appended to the key again. */
  readonly appends: {
    readonly count: number;
    readonly transaction: Int32Array;
    readonly key: Int32Array;
    readonly value: readonly Value[];
    readonly intermediate: Uint8Array;
    /** The read of the same key that came last before it in its transaction, or -1. */
    readonly readBefore: Int32Array;
  };
  /** Reads by transactions that are ok. */
  readonly reads: {
    readonly count: number;
    readonly transaction: Int32Array;
    readonly key: Int32Array;
    readonly list: readonly (readonly Value[])[];
    /** The length of the list, so that most questions need not touch the list itself. */
    readonly length: Int32Array;
    /** 1 if this was the transaction's first operation on the key, and it appended to the key afterwards. */
    readonly updates: Uint8Array;
  };
  /** The append that put `value` on the key, or -1. */
  find(key: number, value: Value): number;
  /** Reads that contradict what their own transaction had done before, at most one for each transaction. */
  readonly internal: readonly { transaction: number; op: number }[];
  readonly microOperations: number;
  readonly committed: number;
}

export const failed = 0;
export const unknownOutcome = 1;
export const ok = 2;

/** The index, or the reason why the history cannot be one of appends (Elle throws `duplicate-appends` here). */
export function indexAppends(transactions: Appends): AppendIndex | string {
  const total = transactions.reduce((sum, { ops }) => sum + ops.length, 0);
  const keys: Key[] = [];
  const outcome = new Uint8Array(transactions.length);
  const writes = new Uint8Array(transactions.length);
  const numbers = keyNumbers();
  const table = valueTable(total);
  const appends = {
    count: 0,
    transaction: new Int32Array(total),
    key: new Int32Array(total),
    value: new Array<Value>(total),
    intermediate: new Uint8Array(total),
    readBefore: new Int32Array(total),
  };
  const reads = {
    count: 0,
    transaction: new Int32Array(total),
    key: new Int32Array(total),
    list: new Array<readonly Value[]>(total),
    length: new Int32Array(total),
    updates: new Uint8Array(total),
  };
  const internal: { transaction: number; op: number }[] = [];
  // By key: the transaction that last touched it, with its latest operation there, its latest append, its latest read, and
  // the read with which it began.
  const touched: number[] = [];
  const latest: number[] = [];
  const appended: number[] = [];
  const lastRead: number[] = [];
  const firstRead: number[] = [];
  // By operation of the transaction at hand: the one before it on the same key.
  const previous: number[] = [];
  let microOperations = 0;
  let committed = 0;

  for (let t = 0; t < transactions.length; t++) {
    const { type, ops } = transactions[t]!;
    outcome[t] = type === 'ok' ? ok : type === 'fail' ? failed : unknownOutcome;
    if (type === 'ok') {
      committed++;
      microOperations += ops.length;
    }
    let contradicted = false;
    for (let i = 0; i < ops.length; i++) {
      const op = ops[i]!;
      const kind = op[0];
      if (kind !== 'append' && kind !== 'r') {
        return `transaction ${t} holds the micro-operation ${JSON.stringify(op)}, which is neither an append nor a read`;
      }
      const key = numbers(op[1]);
      if (key === keys.length) {
        keys.push(op[1]);
        touched.push(-1);
        latest.push(-1);
        appended.push(-1);
        lastRead.push(-1);
        firstRead.push(-1);
      }
      const again = touched[key] === t;
      if (!again) {
        touched[key] = t;
        appended[key] = -1;
        lastRead[key] = -1;
        firstRead[key] = -1;
      }
      previous[i] = again ? latest[key]! : -1;
      latest[key] = i;
      if (kind === 'append') {
        const value = op[2];
        const a = appends.count;
        const twin = table.add(key, value, a);
        if (twin >= 0) {
          return `${JSON.stringify(value)} was appended to ${JSON.stringify(op[1])} by transaction ${appends.transaction[twin]} and again by transaction ${t}: appends must be unique`;
        }
        appends.count++;
        appends.transaction[a] = t;
        writes[t] = 1;
        appends.key[a] = key;
        appends.value[a] = value;
        if (appended[key]! >= 0) appends.intermediate[appended[key]!] = 1;
        else if (firstRead[key]! >= 0) reads.updates[firstRead[key]!] = 1;
        appends.readBefore[a] = lastRead[key]!;
        appended[key] = a;
      } else if (type === 'ok') {
        // Jepsen's clients write nil for the empty list.
        const list = (op[2] ?? empty) as readonly Value[];
        const r = reads.count++;
        reads.transaction[r] = t;
        reads.key[r] = key;
        reads.list[r] = list;
        reads.length[r] = list.length;
        if (again && !contradicted && contradicts(ops, i, previous, list)) {
          contradicted = true;
          internal.push({ transaction: t, op: i });
        }
        lastRead[key] = r;
        if (!again) firstRead[key] = r;
      }
    }
  }
  return { keys, outcome, writes, appends, reads, find: table.find, internal, microOperations, committed };
}

const empty: readonly Value[] = [];

/** Whether read `i` returned something else than the transaction's last read of the key and its own appends since then. */
function contradicts(
  ops: readonly AppendOp[],
  i: number,
  previous: readonly number[],
  list: readonly Value[],
): boolean {
  let end = list.length;
  let p = previous[i]!;
  for (; p >= 0 && ops[p]![0] === 'append'; p = previous[p]!) {
    if (end === 0 || list[--end] !== ops[p]![2]) return true;
  }
  if (p < 0) return false;
  const base = (ops[p]![2] ?? empty) as readonly Value[];
  if (base.length !== end) return true;
  for (let at = 0; at < end; at++) if (base[at] !== list[at]) return true;
  return false;
}
