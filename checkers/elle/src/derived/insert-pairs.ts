// Two transactions of one key: each looks for a row by a predicate, and inserts one if there is none. Both succeeding is Adya's
// G2, a cycle of two anti-dependencies over a predicate (jepsen.tests.adya). The surprise is what is not asked: when they
// ran. Even one after the other, each has missed the other's row.
import type { Anomaly, Key, Step, Transaction, Value } from '../types.ts';
import { type DerivedResult, resultOf } from './result.ts';

/** `['insert', key, row]`: the row was inserted after the predicate on `key` had matched nothing. */
export type InsertOp = readonly ['insert', Key, Value];

/** At most one transaction may commit for each key. One whose outcome is unknown is not counted. */
export function checkInsertPairs(
  transactions: readonly Transaction<InsertOp>[],
  { most }: { readonly most?: number | undefined } = {},
): DerivedResult {
  const inserted = new Map<Key, { readonly transaction: number; readonly row: Value }>();
  const anomalies: Anomaly[] = [];
  let judged = 0;
  for (const [transaction, { type, ops }] of transactions.entries()) {
    if (type !== 'ok') continue;
    judged += 1;
    for (const [, key, row] of ops) {
      const first = inserted.get(key);
      if (first === undefined) inserted.set(key, { transaction, row });
      else if (first.transaction !== transaction) anomalies.push(pair(key, first, { transaction, row }));
    }
  }
  return resultOf(anomalies, judged, most);
}

interface Insert {
  readonly transaction: number;
  readonly row: Value;
}

function pair(key: Key, a: Insert, b: Insert): Anomaly {
  const missed = (from: Insert, to: Insert): Step => ({
    from: from.transaction,
    to: to.transaction,
    type: 'rw',
    key,
    value: null,
    next: to.row,
    because: `T${from.transaction} found no row of ${key}, so it read before T${to.transaction} inserted ${to.row}`,
  });
  return {
    type: 'G2',
    transactions: [a.transaction, b.transaction],
    cycle: [missed(a, b), missed(b, a)],
    key,
    message: `T${a.transaction} inserted ${a.row} and T${b.transaction} inserted ${b.row} for ${key}, each having found none`,
  };
}
