// A write is seen, and another that was over before it began is not (jepsen.tests.causal-reverse): no order of the writes
// that agrees with the clock explains the read. The surprise is that only the latest call among the seen writes matters, so a
// read is judged in the time that it takes to look at each acknowledged write once.
import type { Anomaly, AppendOp, Key, Transaction, Value } from '../types.ts';
import { type DerivedResult, resultOf, undecidable } from './result.ts';

interface Write {
  readonly transaction: number;
  readonly value: Value;
  readonly call: number;
}

/**
 * Histories of blind inserts (`append`) and reads of all elements, key by key; the order within a read does not count. Each
 * element must be inserted once, or the answer is `unknown`. One missing write is named for each read.
 */
export function checkCausalReverse(
  transactions: readonly Transaction<AppendOp>[],
  { most }: { readonly most?: number | undefined } = {},
): DerivedResult {
  const writes = new Map<Key, Map<Value, Write>>();
  const acknowledged = new Map<Key, (Write & { readonly return: number })[]>();
  for (const [transaction, { type, ops, call, return: returned }] of transactions.entries()) {
    for (const op of ops) {
      if (op[0] !== 'append') continue;
      const [, key, value] = op;
      const known = writes.get(key) ?? new Map<Value, Write>();
      if (known.has(value)) return undecidable(`${value} was added to ${key} more than once`);
      writes.set(key, known.set(value, { transaction, value, call }));
      if (type !== 'ok' || returned === undefined) continue;
      const done = { transaction, value, call, return: returned };
      const list = acknowledged.get(key);
      if (list) list.push(done);
      else acknowledged.set(key, [done]);
    }
  }
  for (const list of acknowledged.values()) list.sort((a, b) => a.return - b.return || a.transaction - b.transaction);

  const anomalies: Anomaly[] = [];
  let judged = 0;
  for (const [reader, { type, ops }] of transactions.entries()) {
    if (type !== 'ok') continue;
    for (const op of ops) {
      if (op[0] !== 'r' || op[2] === null) continue;
      judged += 1;
      const [, key, elements] = op;
      const seen = new Set(elements);
      const latest = latestOf(elements, writes.get(key));
      const missing = latest && firstUnseen(acknowledged.get(key) ?? [], seen, latest.call);
      if (missing) anomalies.push(reversal(reader, key, missing, latest));
    }
  }
  return resultOf(anomalies, judged, most);
}

/** Of the elements that were seen, the one whose insert began last. */
function latestOf(elements: readonly Value[], writes: ReadonlyMap<Value, Write> | undefined): Write | undefined {
  let latest: Write | undefined;
  for (const element of elements) {
    const write = writes?.get(element);
    if (write && (latest === undefined || write.call > latest.call)) latest = write;
  }
  return latest;
}

function firstUnseen(
  acknowledged: readonly (Write & { readonly return: number })[],
  seen: ReadonlySet<Value>,
  before: number,
): Write | undefined {
  for (const write of acknowledged) {
    if (write.return >= before) return undefined;
    if (!seen.has(write.value)) return write;
  }
  return undefined;
}

function reversal(reader: number, key: Key, missing: Write, seen: Write): Anomaly {
  const message = `T${reader} read ${seen.value} in ${key}, and not ${missing.value}, which was there before ${seen.value} was asked for`;
  // A transaction that both reads and inserts may be the later writer itself; then the way is shorter by its own read.
  const cycle = [
    {
      from: reader,
      to: missing.transaction,
      type: 'rw',
      key,
      next: missing.value,
      because: `T${reader} read ${key} without ${missing.value}, which T${missing.transaction} added`,
    },
    {
      from: missing.transaction,
      to: seen.transaction,
      type: 'realtime',
      because: `T${missing.transaction} was answered before T${seen.transaction} was asked for`,
    },
    {
      from: seen.transaction,
      to: reader,
      type: 'wr',
      key,
      value: seen.value,
      next: seen.value,
      because: `T${reader} read ${seen.value} in ${key}, which T${seen.transaction} added`,
    },
  ] as const;
  const steps = cycle.filter(({ from, to }) => from !== to);
  return { type: 'causal-reverse', transactions: steps.map(({ from }) => from), cycle: steps, message };
}
