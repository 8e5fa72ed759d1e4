/**
 * From the sessions of a transaction collection (Plume, AWDIT, dbcop) to operations: each transaction is a `txn` of register
 * steps, `["w", key, value]` and `["r", key, value]`.
 *
 * The surprise is time. These formats say what one session did in order, and nothing of what came before what between two
 * sessions. So all transactions have one and the same time, which means to checkers that they are concurrent, except for the
 * order of each session, which is the order of its operations.
 */
import { type Json, type Operation, unknownNode } from '../../core/types.ts';
import type { ParsedHistory } from './pairing.ts';

export interface SessionTransaction {
  readonly committed: boolean;
  readonly steps: readonly SessionStep[];
}

export interface SessionStep {
  readonly write: boolean;
  readonly key: number | string;
  /** `null`, or 0 where nobody writes a 0 to this key: the value before all writes. */
  readonly value: number | string | null;
}

/** @param sessions in any order; the transactions of each in the order in which it made them. */
export function fromSessions(sessions: readonly (readonly SessionTransaction[])[]): ParsedHistory {
  const zeros = new Set<number | string>();
  for (const session of sessions) {
    for (const { steps } of session) {
      for (const { write, key, value } of steps) if (write && isZero(value)) zeros.add(key);
    }
  }
  const shown = ({ write, key, value }: SessionStep): Json => [
    write ? 'w' : 'r',
    key,
    !write && isZero(value) && !zeros.has(key) ? null : value,
  ];
  const operations: Operation[] = [];
  sessions.forEach((session, process) => {
    for (const { committed, steps } of session) {
      operations.push({
        index: operations.length,
        process,
        node: unknownNode,
        action: 'txn',
        input: steps.map(({ write, key, value }): Json => [write ? 'w' : 'r', key, write ? value : null]),
        calledAt: 0,
        returnedAt: 0,
        completion: committed ? { type: 'ok', output: steps.map(shown) } : { type: 'fail', error: 'it was aborted' },
      });
    }
  });
  return { operations, timeless: true, ...(operations.length === 0 ? { note: 'no session has a transaction' } : {}) };
}

const isZero = (value: SessionStep['value']): boolean => value === 0 || value === '0';

/** A whole number as it was written, exactly: one that JavaScript would round stays text. */
export function exactNumber(digits: string | bigint): number | string {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : String(digits);
}
