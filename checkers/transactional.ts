/**
 * The adapter of elle-ts: which isolation levels do these transactions rule out, and is the one that was promised among
 * them?
 *
 * The one surprise: a history without times (`facts.timeless`: Plume, AWDIT, dbcop) cannot speak of real time, so nothing
 * is claimed of it: where elle-ts has `strict-serializable` left, there it is `strong-session-serializable`.
 */
import {
  type CheckOptions,
  checkListAppend,
  checkRegister,
  checkWeak,
  forbidden,
  friendly,
  isModel,
  type RegisterOp,
  type RegisterOptions,
  type Result,
  ruledOut,
  suggestModel,
  type Transaction,
} from 'elle-ts';
import type { History, Nanos } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';
import { appendsOf, registersOf, type TransactionWorkload } from './transactions.ts';

export interface TransactionalOptions {
  /** What the transactions act on. Default `list-append`, of which more can be concluded. */
  readonly workload?: TransactionWorkload;
  /** The level that must hold, by any of its names in elle-ts; by default the strongest that the history can speak of. */
  readonly consistency?: string;
  /** Of `rw-register`: what may be taken for granted of single keys, and what they hold at first. Default nothing, and null. */
  readonly registers?: Omit<RegisterOptions, keyof CheckOptions>;
}

const name = 'transactional';

/**
 * Judges operations whose action is `txn`: the input is a list of `[f, key, value]`, with `append` and `r` for lists, `w` and
 * `r` for registers, and the output the same with what was read. The verdict's details name all `anomalyTypes`, the weakest
 * levels that are ruled out (`not`), and the strongest that are left (`strongest`). Indices of anomalies and the numbers in
 * their sentences (`T3`) are those of the operations.
 */
export const transactional = ({
  workload = 'list-append',
  consistency,
  registers,
}: TransactionalOptions = {}): Checker => ({
  name,
  check(history) {
    if (history.operations.length === 0) return valid(name, 'no transactions, so nothing to put in order');
    const timeless = history.header.facts?.timeless === true;
    const level = friendly(consistency ?? (timeless ? 'strong-session-serializable' : 'strict-serializable'));
    if (!isModel(level)) {
      const near = suggestModel(level);
      return unknown(name, `no consistency model \`${level}\`${near === undefined ? '' : `; did you mean ${near}?`}`);
    }
    const result = judged(history, workload, { ...registers, consistency: [level] });
    return typeof result === 'string' ? unknown(name, result) : told(history, result, level, timeless);
  },
});

function judged({ operations }: History, workload: TransactionWorkload, options: RegisterOptions): Result | string {
  if (workload === 'rw-register') {
    const transactions = registersOf(operations);
    return typeof transactions === 'string' ? transactions : registersJudged(transactions, options);
  }
  const transactions = appendsOf(operations);
  return typeof transactions === 'string' ? transactions : checkListAppend(transactions, options);
}

/**
 * Of registers little is known of the order of writes, and so the graph of dependencies misses what the weak levels can still
 * decide: whoever has seen two writes of a key orders them. Both are asked, and what either finds counts.
 */
function registersJudged(transactions: readonly Transaction<RegisterOp>[], options: RegisterOptions): Result {
  const result = checkRegister(transactions, options);
  const { initialValue = null, consistency = [] } = options;
  const first = transactions.map(({ ops, ...rest }) => ({
    ...rest,
    ops: ops.map((op): RegisterOp => (op[0] === 'r' && op[2] === initialValue ? ['r', op[1], null] : op)),
  }));
  const weak = result.verdict === 'unknown' ? undefined : checkWeak(first, 'causal');
  const more = weak?.anomalies.filter(({ type }) => !result.anomalyTypes.includes(type)) ?? [];
  if (more.length === 0) return result;
  const anomalyTypes = [...new Set([...result.anomalyTypes, ...more.map(({ type }) => type)])].sort();
  const breaks = forbidden(consistency);
  return {
    ...result,
    ...ruledOut(anomalyTypes),
    verdict: anomalyTypes.some((type) => breaks.has(type)) ? 'invalid' : 'valid',
    anomalies: [...result.anomalies, ...more],
    anomalyTypes,
  };
}

function told(history: History, result: Result, level: string, timeless: boolean): Verdict {
  const { committed, transactions, microOperations } = result.counts;
  const counted = `${committed} of ${transactions} transactions committed, ${microOperations} micro-operations`;
  if (result.verdict === 'unknown') return unknown(name, `${counted}: ${result.reason}`);
  const { not, anomalyTypes } = result;
  const strongest = [...new Set(result.strongest.map((model) => (timeless ? withoutTime(model) : model)))];
  const details = { consistency: level, anomalyTypes, not, alsoNot: result.alsoNot, strongest };
  if (result.verdict === 'valid') {
    if (timeless && withoutTime(level) !== level) {
      return unknown(
        name,
        `${counted}: nothing is wrong, but ${level} speaks of real time, and there is none`,
        details,
      );
    }
    const also = anomalyTypes.length === 0 ? '' : `, though ${anomalyTypes.join(', ')} rule out ${not.join(' and ')}`;
    return valid(name, `${counted}: ${level}${also}`, details);
  }
  const breaks = forbidden([level]);
  const anomalies = result.anomalies
    .filter(({ type }) => breaks.has(type))
    .map((anomaly) => anomalyOf(history, anomaly));
  const left = strongest.length === 0 ? 'nothing weaker either' : `what is left is ${strongest.join(', ')}`;
  const summary = `${counted}: not ${not.join(' nor ')} (${anomalyTypes.join(', ')}); ${left}. ${anomalies[0]?.because}`;
  return invalid(name, anomalies, summary, details);
}

function anomalyOf(
  { operations }: History,
  { type, transactions, cycle, message }: Result['anomalies'][number],
): Anomaly {
  const times = transactions.map((index): Nanos => operations[index]?.returnedAt ?? Number.NEGATIVE_INFINITY);
  const at = Math.max(...times);
  return {
    name: type,
    because: message,
    operations: transactions,
    ...(Number.isFinite(at) ? { at } : {}),
    ...(cycle === undefined
      ? {}
      : { cycle: cycle.map(({ from, to, type: edge, because }) => ({ from, to, type: edge, because })) }),
  };
}

/** The same level as far as sessions go. */
function withoutTime(level: string): string {
  if (level === 'strict-serializable') return 'strong-session-serializable';
  return level.replace(/^strong-(?!session-)/, 'strong-session-');
}
