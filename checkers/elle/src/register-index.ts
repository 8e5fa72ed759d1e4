// Reads a history of register writes and reads into arrays. A version is a key together with a value, or a key's initial
// state. The one surprise: only what a transaction shows to others counts for dependencies: of its reads of a key the one
// that precedes its own writes there, and of its writes the last (Adya's external reads and final writes).
import { failed, ok, unknownOutcome } from './append-index.ts';
import { keyNumbers, valueTable } from './interning.ts';
import type { Key, RegisterOp, Transaction, Value } from './types.ts';

export interface RegisterIndex {
  readonly keys: readonly Key[];
  readonly outcome: Uint8Array;
  /** By transaction: 1 if it wrote anything. */
  readonly writes: Uint8Array;
  /** By transaction: 1 if it is ok, or of unknown outcome and seen. */
  readonly committed: Uint8Array;
  /** Version v is `value` of `key`; null is the initial state. `writer` is the transaction that wrote it; -1: none did. */
  readonly versions: {
    readonly key: readonly number[];
    readonly value: readonly (Value | null)[];
    readonly writer: readonly number[];
    /** 1 for values that their own transaction overwrote. */
    readonly intermediate: Uint8Array;
  };
  /** By key: the version that is its initial state. */
  readonly initial: readonly number[];
  /**
   * What transactions did to keys, by ascending transaction: the version that was read from outside and the one that was
   * left behind, -1 where there is none. `accesses.start[t]` is the first of transaction t.
   */
  readonly accesses: {
    readonly count: number;
    readonly start: Int32Array;
    readonly transaction: Int32Array;
    readonly key: Int32Array;
    readonly read: Int32Array;
    readonly write: Int32Array;
  };
  /** All reads of transactions that are ok, also those of their own writes. */
  readonly reads: { readonly count: number; readonly transaction: Int32Array; readonly version: Int32Array };
  readonly internal: readonly { transaction: number; op: number }[];
  readonly microOperations: number;
  readonly committedCount: number;
}

/** The index, or the reason why nothing can be concluded: a value that was written to one key twice, or a foreign operation. */
export function indexRegisters(
  transactions: readonly Transaction<RegisterOp>[],
  initialValue: Value | null,
): RegisterIndex | string {
  const total = transactions.reduce((sum, { ops }) => sum + ops.length, 0);
  const keys: Key[] = [];
  const numbers = keyNumbers();
  const table = valueTable(2 * total);
  const key: number[] = [];
  const value: (Value | null)[] = [];
  const writer: number[] = [];
  const initial: number[] = [];
  const outcome = new Uint8Array(transactions.length);
  const writes = new Uint8Array(transactions.length);
  const addVersion = (k: number, v: Value | null, t: number): number => {
    key.push(k);
    value.push(v);
    return writer.push(t) - 1;
  };
  const keyOf = (name: Key): number => {
    const k = numbers(name);
    if (k === keys.length) {
      keys.push(name);
      initial.push(addVersion(k, null, -1));
    }
    return k;
  };

  // Writes first, so that a read may come before the write that it shows.
  for (let t = 0; t < transactions.length; t++) {
    const { type, ops } = transactions[t]!;
    outcome[t] = type === 'ok' ? ok : type === 'fail' ? failed : unknownOutcome;
    for (const op of ops) {
      if (op[0] === 'r') continue;
      if (op[0] !== 'w') {
        return `transaction ${t} holds the micro-operation ${JSON.stringify(op)}, which is neither a write nor a read`;
      }
      const k = keyOf(op[1]);
      const twin = table.add(k, op[2], writer.length);
      if (twin >= 0) {
        return `${JSON.stringify(op[2])} was written to ${JSON.stringify(op[1])} by transaction ${writer[twin]} and again by transaction ${t}: writes must be unique`;
      }
      addVersion(k, op[2], t);
      writes[t] = 1;
    }
  }

  const committed = outcome.map((how) => (how === ok ? 1 : 0));
  const intermediate = new Uint8Array(writer.length + total);
  const accesses = {
    count: 0,
    start: new Int32Array(transactions.length + 1),
    transaction: new Int32Array(total),
    key: new Int32Array(total),
    read: new Int32Array(total).fill(-1),
    write: new Int32Array(total).fill(-1),
  };
  const reads = { count: 0, transaction: new Int32Array(total), version: new Int32Array(total) };
  const internal: { transaction: number; op: number }[] = [];
  // By key: its access in the transaction at hand, and the version that the transaction must see there now.
  const accessOf: number[] = [];
  const current: number[] = [];
  let microOperations = 0;
  let committedCount = 0;
  for (let t = 0; t < transactions.length; t++) {
    const { ops } = transactions[t]!;
    const isOk = outcome[t] === ok;
    if (isOk) {
      committedCount++;
      microOperations += ops.length;
    }
    accesses.start[t] = accesses.count;
    let contradicted = false;
    for (let i = 0; i < ops.length; i++) {
      const op = ops[i]!;
      if (op[0] === 'r' && !isOk) continue;
      const k = keyOf(op[1]);
      let version: number;
      if (op[2] === null || op[2] === undefined || (op[0] === 'r' && op[2] === initialValue)) version = initial[k]!;
      else {
        version = table.find(k, op[2]);
        if (version < 0) {
          version = addVersion(k, op[2], -1);
          table.add(k, op[2], version);
        }
      }
      const known = accessOf[k];
      const again = known !== undefined && known >= accesses.start[t]!;
      const access = again ? known : accesses.count++;
      accessOf[k] = access;
      accesses.transaction[access] = t;
      accesses.key[access] = k;
      if (op[0] === 'w') {
        const before = accesses.write[access]!;
        if (before >= 0) intermediate[before] = 1;
        accesses.write[access] = version;
      } else {
        reads.transaction[reads.count] = t;
        reads.version[reads.count++] = version;
        const author = writer[version]!;
        if (author >= 0 && author !== t && outcome[author] === unknownOutcome) committed[author] = 1;
        if (!again) accesses.read[access] = version;
        else if (current[k] !== version && !contradicted) {
          contradicted = true;
          internal.push({ transaction: t, op: i });
        }
      }
      current[k] = version;
    }
  }
  accesses.start[transactions.length] = accesses.count;
  return {
    keys,
    outcome,
    writes,
    committed,
    versions: { key, value, writer, intermediate },
    initial,
    accesses,
    reads,
    internal,
    microOperations,
    committedCount,
  };
}
