// Two readers who saw two writes in opposite orders: allowed by parallel snapshot isolation, and by nothing stronger
// (jepsen.tests.long-fork). The surprise is that no pairs are compared: reads of the same keys agree on one order exactly if
// what they saw, sorted by size, is a chain of subsets, so neighbours suffice.
import type { Anomaly, Key, RegisterOp, Step, Transaction, Value } from '../types.ts';
import { type DerivedResult, resultOf, undecidable } from './result.ts';

/**
 * Each key must be written at most once, or the answer is `unknown`. Judged are the committed transactions that only read;
 * they are compared with those that read the same keys.
 */
export function checkLongFork(
  transactions: readonly Transaction<RegisterOp>[],
  { most }: { readonly most?: number | undefined } = {},
): DerivedResult {
  const writers = writersOf(transactions);
  if (typeof writers === 'string') return undecidable(writers);
  const reads = readsByKeys(transactions, writers);
  if (typeof reads === 'string') return undecidable(reads);
  const anomalies: Anomaly[] = [];
  let judged = 0;
  for (const group of reads.values()) {
    judged += group.length;
    group.sort((a, b) => a.size - b.size || a.transaction - b.transaction);
    for (const [place, larger] of group.entries()) {
      const smaller = group[place - 1];
      if (smaller === undefined) continue;
      const missed = firstMissing(smaller, larger);
      // Of two different sets the one that is not larger always has something to miss from the other.
      const other = missed === undefined ? undefined : firstMissing(larger, smaller);
      if (missed !== undefined && other !== undefined) anomalies.push(fork(smaller, larger, missed, other, writers));
    }
  }
  return resultOf(anomalies, judged, most);
}

type Writers = ReadonlyMap<Key, { readonly transaction: number; readonly value: Value }>;

interface Read {
  readonly transaction: number;
  readonly seen: ReadonlyMap<Key, Value | null>;
  /** How many keys it saw written. */
  readonly size: number;
}

/** A text is the reason why nothing can be said. */
function writersOf(transactions: readonly Transaction<RegisterOp>[]): Writers | string {
  const writers = new Map<Key, { readonly transaction: number; readonly value: Value }>();
  for (const [transaction, { type, ops }] of transactions.entries()) {
    for (const op of ops) {
      if (op[0] === 'r' || type === 'fail') continue;
      if (writers.has(op[1])) return `${op[1]} was written more than once`;
      writers.set(op[1], { transaction, value: op[2] });
    }
  }
  return writers;
}

/** The reading transactions, by what they read. */
function readsByKeys(transactions: readonly Transaction<RegisterOp>[], writers: Writers): Map<string, Read[]> | string {
  const groups = new Map<string, Read[]>();
  const values = new Map([...writers].map(([key, { value }]) => [key, value]));
  for (const [transaction, { type, ops }] of transactions.entries()) {
    if (type !== 'ok' || ops.length === 0 || ops.some(([f]) => f === 'w')) continue;
    const seen = new Map<Key, Value | null>();
    for (const [, key, value] of ops) {
      if (seen.has(key) && seen.get(key) !== value) return `T${transaction} read two values of ${key}`;
      const known = values.get(key);
      if (value !== null && known !== undefined && known !== value) {
        return `T${transaction} read ${value} in ${key}, which also held ${known}`;
      }
      seen.set(key, value);
      if (value !== null) values.set(key, value);
    }
    const keys = JSON.stringify([...seen.keys()].sort(byText));
    const read = { transaction, seen, size: [...seen.values()].filter((value) => value !== null).length };
    const group = groups.get(keys);
    if (group) group.push(read);
    else groups.set(keys, [read]);
  }
  return groups;
}

/** A key that `a` saw written and `b` did not. */
function firstMissing(a: Read, b: Read): Key | undefined {
  for (const [key, value] of a.seen) if (value !== null && b.seen.get(key) === null) return key;
  return undefined;
}

/** `a` saw `x` and not `y`, `b` saw `y` and not `x`. */
function fork(a: Read, b: Read, x: Key, y: Key, writers: Writers): Anomaly {
  const [writerOfX, writerOfY] = [writers.get(x)?.transaction, writers.get(y)?.transaction];
  const message = `T${a.transaction} saw ${x} and not ${y}, T${b.transaction} saw ${y} and not ${x}`;
  if (writerOfX === undefined || writerOfY === undefined) {
    return { type: 'long-fork', transactions: [a.transaction, b.transaction], message };
  }
  const missed = (read: Read, key: Key, writer: number, other: Read): Step => ({
    from: read.transaction,
    to: writer,
    type: 'rw',
    key,
    value: null,
    next: other.seen.get(key),
    because: `T${read.transaction} read ${key} as it was before T${writer} wrote ${other.seen.get(key)}`,
  });
  const saw = (writer: number, key: Key, read: Read): Step => ({
    from: writer,
    to: read.transaction,
    type: 'wr',
    key,
    value: read.seen.get(key),
    next: read.seen.get(key),
    because: `T${read.transaction} read ${read.seen.get(key)} in ${key}, which T${writer} wrote`,
  });
  // A transaction that wrote both keys would be passed twice; half of the way is then a cycle already.
  const half = [missed(b, x, writerOfX, a), saw(writerOfY, y, b)];
  const cycle =
    writerOfX === writerOfY
      ? half
      : [missed(a, y, writerOfY, b), saw(writerOfY, y, b), missed(b, x, writerOfX, a), saw(writerOfX, x, a)];
  return { type: 'long-fork', transactions: cycle.map(({ from }) => from), cycle, message };
}

function byText(a: Key, b: Key): number {
  const [left, right] = [`${typeof a}${a}`, `${typeof b}${b}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
