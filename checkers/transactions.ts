/**
 * How operations with the action `txn` are said in elle-ts' words.
 *
 * The one surprise: what a transaction without an answer has read is left open (`null`), and an `ok` whose output is not a
 * list of steps has read nothing at all: its reads are dropped, since an empty read would be an observation.
 */
import type { AppendOp, RegisterOp, Transaction } from 'elle-ts';
import type { Json, Operation } from '../harness/core/types.ts';

/** Lists that are appended to and read whole, or registers that are written and read. */
export const transactionWorkloads = ['list-append', 'rw-register'] as const;
export type TransactionWorkload = (typeof transactionWorkloads)[number];

/** A text says which operation is no such transaction, and why. */
export const appendsOf = (operations: readonly Operation[]): Transaction<AppendOp>[] | string =>
  transactionsOf(operations, ([f, key, value], known) => {
    if (!isScalar(key)) return undefined;
    if (f === 'append') return isScalar(value) ? [f, key, value] : undefined;
    if (f !== 'r') return undefined;
    if (!known) return [f, key, null];
    if (value === null) return [f, key, []];
    return Array.isArray(value) && value.every(isScalar) ? [f, key, value] : undefined;
  });

export const registersOf = (operations: readonly Operation[]): Transaction<RegisterOp>[] | string =>
  transactionsOf(operations, ([f, key, value], known) => {
    if (!isScalar(key)) return undefined;
    if (f === 'w') return isScalar(value) ? [f, key, value] : undefined;
    if (f !== 'r') return undefined;
    if (!known) return [f, key, null];
    return value === null || isScalar(value) ? [f, key, value] : undefined;
  });

type Words<Op> = (step: readonly [Json, Json, Json], known: boolean) => Op | undefined;

function transactionsOf<Op>(operations: readonly Operation[], words: Words<Op>): Transaction<Op>[] | string {
  const transactions: Transaction<Op>[] = [];
  for (const { index, process, action, input, completion, calledAt, returnedAt } of operations) {
    if (action !== 'txn') return `operation ${index} is no transaction: its action is \`${action}\``;
    const answered = completion.type === 'ok' && Array.isArray(completion.output);
    const steps = answered ? completion.output : input;
    if (!Array.isArray(steps)) return `operation ${index} is no transaction: ${shown(steps)} is no list of steps`;
    const ops: Op[] = [];
    for (const step of steps as readonly Json[]) {
      const [f = null, key = null, value = null] = Array.isArray(step) ? (step as readonly Json[]) : [];
      if (f === 'r' && completion.type === 'ok' && !answered) continue;
      const op = words([f, key, value], answered);
      if (op === undefined) return `operation ${index} has a step that is unknown here: ${shown(step)}`;
      ops.push(op);
    }
    // An answer that says nothing does not put the transaction before anything.
    const returned = completion.type === 'info' || returnedAt === undefined ? {} : { return: returnedAt };
    transactions.push({ process, type: completion.type, ops, call: calledAt, ...returned });
  }
  return transactions;
}

const isScalar = (value: Json): value is number | string => typeof value === 'number' || typeof value === 'string';

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
