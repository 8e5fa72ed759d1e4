// Money is moved between accounts, and whoever reads all of them must see the whole of it (jepsen.tests.bank). The surprise
// is that an account which is missing from a read is no anomaly by itself, as in Jepsen: only the total is wrong then.
import type { Anomaly, Key, Transaction } from '../types.ts';
import { type DerivedResult, resultOf } from './result.ts';

/** `['transfer', from, to, amount]`; `['r', account, balance]`, `null` where the database has no row for the account. */
export type BankOp = readonly ['transfer', Key, Key, number] | readonly ['r', Key, number | null];

export interface BankOptions {
  readonly accounts: readonly Key[];
  /** What all balances add up to. */
  readonly total: number;
  /** Whether accounts may be overdrawn. Default false. */
  readonly negativeBalances?: boolean | undefined;
  readonly most?: number | undefined;
}

/**
 * Judges the committed transactions that only read. Of each the first that is wrong counts: `internal` (one account, two
 * balances), `unexpected-key`, `nil-balance`, `wrong-total`, `negative-value`.
 */
export function checkBank(transactions: readonly Transaction<BankOp>[], options: BankOptions): DerivedResult {
  const accounts = new Set(options.accounts);
  const anomalies: Anomaly[] = [];
  let judged = 0;
  for (const [index, { type, ops }] of transactions.entries()) {
    if (type !== 'ok' || ops.length === 0) continue;
    const reads = ops.filter((op) => op[0] === 'r');
    if (reads.length < ops.length) continue;
    judged += 1;
    const wrong = wrongIn(reads, accounts, options);
    if (wrong !== undefined) {
      anomalies.push({ type: wrong.type, transactions: [index], message: `T${index} ${wrong.message}` });
    }
  }
  return resultOf(anomalies, judged, options.most);
}

function wrongIn(
  reads: readonly (readonly ['r', Key, number | null])[],
  accounts: ReadonlySet<Key>,
  { total, negativeBalances = false }: BankOptions,
): { type: string; message: string } | undefined {
  const balances = new Map<Key, number | null>();
  for (const [, account, balance] of reads) {
    const before = balances.get(account);
    if (before !== undefined && before !== balance) {
      return { type: 'internal', message: `read both ${before} and ${balance} in ${account}` };
    }
    balances.set(account, balance);
  }
  const known = [...balances.values()].filter((balance) => balance !== null);
  const strangers = [...balances.keys()].filter((account) => !accounts.has(account));
  if (strangers.length > 0)
    return { type: 'unexpected-key', message: `read ${strangers.join(', ')}, which is no account` };
  if (known.length < balances.size) {
    const empty = [...balances].filter(([, balance]) => balance === null).map(([account]) => account);
    return { type: 'nil-balance', message: `read no balance in ${empty.join(', ')}` };
  }
  const sum = known.reduce((all, balance) => all + balance, 0);
  if (sum !== total) return { type: 'wrong-total', message: `read a total of ${sum} instead of ${total}` };
  const overdrawn = [...balances].find(([, balance]) => balance !== null && balance < 0);
  if (overdrawn !== undefined && !negativeBalances) {
    return { type: 'negative-value', message: `read ${overdrawn[1]} in ${overdrawn[0]}, which may not be overdrawn` };
  }
  return undefined;
}
