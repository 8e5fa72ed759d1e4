/**
 * Histories of transactions, asked of elle-ts: which levels of isolation they rule out and which they leave.
 *
 * The surprise is the histories without times (Plume, AWDIT, dbcop). Real time cannot rule anything out in them, so nothing
 * is claimed of it either: where elle-ts says that `strict-serializable` is left, they have `strong-session-serializable`.
 */
import { type AppendOp, checkListAppend, type Result, type Transaction } from 'elle-ts';
import type { History, Json, Operation } from '../core/types.ts';
import { type Anomaly, invalid, unknown, type Verdict, valid } from '../core/verdict.ts';

export const workloads = ['list-append'] as const;
export type Workload = (typeof workloads)[number];

export interface TransactionsAnswer {
  readonly verdict: Verdict;
  readonly holds: readonly string[];
}

/** @param consistency a name of elle-ts; by default the strongest that the history can speak of. */
export function judgeTransactions(history: History, workload: Workload, consistency?: string): TransactionsAnswer {
  const timeless = history.header.facts?.timeless === true;
  const level = consistency ?? (timeless ? 'strong-session-serializable' : 'strict-serializable');
  const transactions: Transaction<AppendOp>[] = [];
  for (const operation of history.operations) {
    const steps = stepsOf(operation, workload);
    if (typeof steps === 'string') {
      return {
        verdict: unknown(workload, `operation ${operation.index} is no transaction of ${workload}: ${steps}`),
        holds: [],
      };
    }
    const { process, calledAt: call, returnedAt, completion } = operation;
    const returned = returnedAt === undefined || completion.type === 'info' ? {} : { return: returnedAt };
    transactions.push({ process, type: completion.type, ops: steps, call, ...returned });
  }
  return told(checkListAppend(transactions, { consistency: [level] }), workload, level, timeless);
}

function told(result: Result, workload: Workload, level: string, timeless: boolean): TransactionsAnswer {
  const { committed, transactions, microOperations } = result.counts;
  const counted = `${committed} of ${transactions} transactions committed, ${microOperations} micro-operations`;
  if (result.verdict === 'unknown') return { verdict: unknown(workload, `${counted}: ${result.reason}`), holds: [] };
  const holds = [...new Set(result.strongest.map((name) => (timeless ? withoutTime(name) : name)))];
  const { not, alsoNot, anomalyTypes } = result;
  const details = { consistency: level, anomalyTypes, not, alsoNot, strongest: holds };
  if (result.verdict === 'valid') {
    if (timeless && withoutTime(level) !== level) {
      const why = `${counted}: nothing is wrong, but ${level} speaks of real time, and this format has none`;
      return { verdict: unknown(workload, why), holds };
    }
    const also = anomalyTypes.length === 0 ? '' : `, though ${anomalyTypes.join(', ')} rule out ${not.join(' and ')}`;
    return { verdict: valid(workload, `${counted}: ${level}${also}`, details), holds };
  }
  const anomalies = result.anomalies.map(
    ({ type, transactions: operations, message }): Anomaly => ({ name: type, because: message, operations }),
  );
  const left = holds.length === 0 ? 'Nothing weaker holds either.' : `Left are ${holds.join(', ')}.`;
  const summary = `${counted}: not ${not.join(' nor ')} (${anomalyTypes.join(', ')}). ${anomalies[0]?.because ?? ''}. ${left}`;
  return { verdict: invalid(workload, anomalies, summary.replaceAll('..', '.'), details), holds };
}

/** The same level as far as sessions go. */
function withoutTime(name: string): string {
  if (name === 'strict-serializable' || name === 'strong-serializable') return 'strong-session-serializable';
  return /^strong-(?!session-)/.test(name) ? name.replace(/^strong-/, 'strong-session-') : name;
}

/** The steps of what the transaction is known to have done, or what is wrong with it. */
function stepsOf({ action, input, completion }: Operation, workload: Workload): AppendOp[] | string {
  if (action !== 'txn') return `its action is ${action}`;
  const steps: Json = completion.type === 'ok' ? completion.output : input;
  if (!Array.isArray(steps)) return `${shown(steps)} is no list`;
  const known: AppendOp[] = [];
  for (const step of steps as readonly Json[]) {
    const [verb, key, value = null] = Array.isArray(step) ? (step as readonly Json[]) : [];
    if (!isScalar(key)) return `${shown(step)} has no key`;
    if (verb === 'append' && isScalar(value)) known.push([verb, key, value]);
    else if (verb === 'r' && value === null) known.push([verb, key, completion.type === 'ok' ? [] : null]);
    else if (verb === 'r' && Array.isArray(value) && value.every(isScalar)) known.push([verb, key, value]);
    else return `${shown(step)} is no step of ${workload}`;
  }
  return known;
}

const isScalar = (value: Json | undefined): value is number | string =>
  typeof value === 'number' || typeof value === 'string';

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
