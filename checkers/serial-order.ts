/**
 * Whether transactions over registers have a serial order at all: not by their dependencies, of which registers tell little,
 * but by searching for the order.
 *
 * The surprise is that this is no new checker. Transactions that are strict-serializable are a linearizable object of many
 * registers, those of which only the sessions count a sequentially consistent one, and porcupine-ts decides both; where a
 * session counts for nothing either, every transaction is a session of its own.
 */

import type { RegisterOp } from 'elle-ts';
import {
  type Operation as Asked,
  checkOperations,
  checkSequential,
  type MultiRegisterInput,
  multiRegister,
} from 'porcupine-ts';
import type { Json } from '../harness/core/types.ts';
import { type Checker, invalid, unknown, valid } from '../harness/core/verdict.ts';
import { registersOf } from './transactions.ts';

/** The levels that are the existence of an order, from the strongest. */
export const serialLevels = ['strict-serializable', 'strong-session-serializable', 'serializable'] as const;
export type SerialLevel = (typeof serialLevels)[number];

export interface SerialOrderOptions {
  readonly level: SerialLevel;
  /** More than this and the answer is `unknown` at once: each step of the search looks at all registers. Default 500. */
  readonly transactions?: number;
  /** How many configurations to look at. Default 20 000. */
  readonly configurations?: number;
}

type Transaction = Asked<MultiRegisterInput<Json>, readonly (Json | undefined)[]>;

const name = 'serial-order';

export const serialOrder = ({
  level,
  transactions: most = 500,
  configurations = 20_000,
}: SerialOrderOptions): Checker => ({
  name,
  check({ operations }) {
    if (operations.length > most)
      return unknown(name, `${operations.length} transactions are too many to search for an order`);
    const told = registersOf(operations);
    if (typeof told === 'string') return unknown(name, told);
    const asked: Transaction[] = [];
    const indices: number[] = [];
    told.forEach(({ process, type, ops, call, return: returned }, index) => {
      if (type === 'fail') return;
      // What has no times has a place in its session, which is its place in the history.
      const times = level === 'strict-serializable' ? { call, returned } : { call: 2 * index, returned: 2 * index + 1 };
      asked.push({
        process: level === 'serializable' ? index : process,
        input: { action: 'transaction', steps: ops.map(stepOf) },
        call: times.call,
        ...(type === 'ok' && returned !== undefined ? { output: ops.map(seen), return: times.returned } : {}),
      });
      indices.push(index);
    });
    const model = multiRegister<Json>({ initial: {}, otherwise: null });
    const budget = { configurations };
    const result =
      level === 'strict-serializable'
        ? checkOperations(model, asked, { budget })
        : checkSequential(model, asked, { budget });
    if (result.verdict === 'valid') return valid(name, `an order of ${asked.length} transactions explains all reads`);
    if (result.verdict === 'unknown') return unknown(name, result.reason);
    const { counterexample } = result;
    const before = 'order' in counterexample ? counterexample.order.length : counterexample.linearization.length;
    const stuck = counterexample.blocked.map(({ operation }) => indices[operation] ?? -1);
    const next = stuck.map((index) => `T${index}`).join(' nor ');
    const because = `no order of ${asked.length} transactions explains what they read: at best, after ${before} of them, ${stuck.length > 1 ? 'neither ' : 'not even '}${next} can follow`;
    return invalid(name, [{ name: 'no-serial-order', because, operations: stuck }], because);
  },
});

/** 1 and "1" are two keys. */
const stepOf = ([f, key, value]: RegisterOp): MultiRegisterInput<Json>['steps'][number] =>
  f === 'r'
    ? { action: 'read', key: JSON.stringify(key) }
    : { action: 'write', key: JSON.stringify(key), value: value };

const seen = ([f, , value]: RegisterOp): Json | undefined => (f === 'r' ? value : undefined);
