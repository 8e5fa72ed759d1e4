import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppendOp, Key, RegisterOp, Transaction } from '../types.ts';
import { type BankOp, checkBank } from './bank.ts';
import { checkCausalReverse } from './causal-reverse.ts';
import { checkInsertPairs, type InsertOp } from './insert-pairs.ts';
import { checkLongFork } from './long-fork.ts';

let clock = 0;
/** One after the other, unless it is said otherwise. */
const txn = <Op>(ops: readonly Op[], more: Partial<Transaction<Op>> = {}): Transaction<Op> => {
  clock += 2;
  return { process: 0, type: 'ok', ops, call: clock, return: clock + 1, ...more };
};
const balances = (...all: readonly (number | null)[]) =>
  txn<BankOp>(all.map((balance, account) => ['r', account, balance] as const));

describe('bank', () => {
  const bank = { accounts: [0, 1, 2], total: 30 };
  const transfer = txn<BankOp>([['transfer', 0, 1, 5]]);
  it('acquits reads of the whole', () => {
    expect(checkBank([balances(10, 10, 10), transfer, balances(5, 15, 10)], bank)).toMatchObject({
      verdict: 'valid',
      judged: 2,
      not: [],
    });
  });

  it.each([
    ['wrong-total', balances(5, 10, 10), 'read a total of 25 instead of 30'],
    ['negative-value', balances(-5, 25, 10), 'read -5 in 0, which may not be overdrawn'],
    ['nil-balance', balances(20, null, 10), 'read no balance in 1'],
    ['unexpected-key', balances(10, 10, 10, 0), 'read 3, which is no account'],
    [
      'internal',
      txn<BankOp>([
        ['r', 0, 30],
        ['r', 0, 20],
      ]),
      'read both 30 and 20 in 0',
    ],
  ])('convicts of %s', (type, read, message) => {
    const result = checkBank([transfer, read], bank);
    expect(result).toMatchObject({ verdict: 'invalid', anomalyTypes: [type] });
    expect(result.anomalies).toEqual([{ type, transactions: [1], message: `T1 ${message}` }]);
  });

  it('does not judge what did not commit, or what also moved money', () => {
    expect(checkBank([balances(10, 10, 10), { ...balances(1, 1, 1), type: 'info' }], bank).verdict).toBe('valid');
    expect(checkBank([txn<BankOp>([['r', 0, 3], ...transfer.ops])], bank).verdict).toBe('unknown');
    expect(checkBank([balances(-5, 25, 10)], { ...bank, negativeBalances: true }).verdict).toBe('valid');
  });

  it('says what it breaks, and keeps no more than was asked for', () => {
    const many = Array.from({ length: 5 }, () => balances(1, 1, 1));
    const result = checkBank(many, { ...bank, most: 2 });
    expect(result.anomalies).toHaveLength(2);
    expect(result).toMatchObject({
      not: ['consistent-view', 'parallel-snapshot-isolation', 'repeatable-read'],
      judged: 5,
    });
  });

  it('whatever is moved, one at a time, is never missed; one coin that is lost always is', () => {
    const moves = fc.array(fc.record({ from: fc.nat(2), to: fc.nat(2), amount: fc.integer({ min: 1, max: 9 }) }));
    fc.assert(
      fc.property(moves, fc.nat(), (transfers, place) => {
        const now = [10, 10, 10];
        const history = [balances(...now)];
        for (const { from, to, amount } of transfers) {
          if ((now[from] ?? 0) < amount) continue;
          now[from] = (now[from] ?? 0) - amount;
          now[to] = (now[to] ?? 0) + amount;
          history.push(txn<BankOp>([['transfer', from, to, amount]]), balances(...now));
        }
        expect(checkBank(history, bank).verdict).toBe('valid');
        const reads = history.flatMap(({ ops }, index) => (ops[0]?.[0] === 'r' ? [index] : []));
        const lost = reads[place % reads.length] ?? 0;
        const wrong = history.with(
          lost,
          txn(history[lost]?.ops.map((op, n) => (op[0] === 'r' && n === 0 ? ['r', 0, (op[2] ?? 0) + 1] : op)) ?? []),
        );
        expect(checkBank(wrong, bank).anomalies).toMatchObject([{ type: 'wrong-total', transactions: [lost] }]);
      }),
    );
  });
});

describe('long fork', () => {
  const write = (key: Key, more = {}) => txn<RegisterOp>([['w', key, 1]], more);
  const read = (seen: Record<string, number | null>) =>
    txn<RegisterOp>(Object.entries(seen).map(([key, value]) => ['r', key, value] as const));

  it('convicts two readers who saw opposite orders, with the cycle', () => {
    const history = [write('x'), write('y'), read({ x: null, y: 1 }), read({ x: 1, y: null })];
    const result = checkLongFork(history);
    expect(result).toMatchObject({ verdict: 'invalid', not: ['repeatable-read', 'snapshot-isolation'] });
    const [{ cycle = [], transactions = [] } = {}] = result.anomalies;
    expect(cycle.map(({ from, type }) => `${from} ${type}`)).toEqual(['2 rw', '0 wr', '3 rw', '1 wr']);
    expect(transactions).toEqual([2, 0, 3, 1]);
    expect(result.anomalies[0]?.message).toBe('T2 saw y and not x, T3 saw x and not y');
  });

  it('acquits the near twins', () => {
    const writes = [write('x'), write('y')];
    expect(checkLongFork([...writes, read({ x: 1, y: null }), read({ x: 1, y: 1 })]).verdict).toBe('valid');
    expect(checkLongFork([...writes, read({ x: 1, y: null }), read({ y: null, x: 1 })]).verdict).toBe('valid');
    const lost = { ...read({ x: null, y: 1 }), type: 'info' as const };
    expect(checkLongFork([...writes, read({ x: 1, y: null }), lost]).verdict).toBe('valid');
    expect(checkLongFork(writes).verdict).toBe('unknown');
  });

  it('shortens the cycle where one transaction wrote both', () => {
    const both = txn<RegisterOp>([
      ['w', 'x', 1],
      ['w', 'y', 1],
    ]);
    const [anomaly] = checkLongFork([both, read({ x: null, y: 1 }), read({ x: 1, y: null })]).anomalies;
    expect(anomaly?.cycle?.map(({ from, to }) => [from, to])).toEqual([
      [2, 0],
      [0, 2],
    ]);
  });

  it('says nothing of keys that were written twice, or held two values', () => {
    expect(checkLongFork([write('x'), write('x'), read({ x: 1 })])).toMatchObject({
      verdict: 'unknown',
      reason: 'x was written more than once',
    });
    expect(checkLongFork([write('x', { type: 'fail' }), write('x'), read({ x: 1 })]).verdict).toBe('valid');
    expect(checkLongFork([write('x'), read({ x: 2 })]).reason).toBe('T1 read 2 in x, which also held 1');
    const twice = txn<RegisterOp>([
      ['r', 'x', null],
      ['r', 'x', 1],
    ]);
    expect(checkLongFork([write('x'), twice]).reason).toBe('T1 read two values of x');
  });

  it('is found exactly if no order of the writes explains the reads', () => {
    const keys = ['a', 'b', 'c', 'd'];
    const subsets = fc.array(fc.subarray(keys), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(subsets, (sets) => {
        const reads = sets.map((set) =>
          read(Object.fromEntries(keys.map((key) => [key, set.includes(key) ? 1 : null]))),
        );
        const explained = permutations(keys).some((order) =>
          sets.every((set) => order.slice(0, set.length).every((key) => set.includes(key))),
        );
        expect(checkLongFork([...keys.map((key) => write(key)), ...reads]).verdict).toBe(
          explained ? 'valid' : 'invalid',
        );
      }),
    );
  });
});

describe('causal reverse', () => {
  const add = (value: number, call: number, returned: number | undefined, type: 'ok' | 'info' = 'ok') =>
    txn<AppendOp>([['append', 'k', value]], { call, return: returned, type });
  const read = (...values: readonly number[]) => txn<AppendOp>([['r', 'k', values]]);

  it('convicts a read that saw the later of two writes only', () => {
    const result = checkCausalReverse([add(1, 0, 1), add(2, 2, 3), read(2)]);
    expect(result).toMatchObject({ verdict: 'invalid', not: ['strong-snapshot-isolation'] });
    expect(result.anomalies).toMatchObject([
      { transactions: [2, 0, 1], cycle: [{ type: 'rw' }, { type: 'realtime' }, { type: 'wr' }] },
    ]);
  });

  it('acquits the near twins', () => {
    const verdict = (...history: Transaction<AppendOp>[]) => checkCausalReverse(history).verdict;
    expect(verdict(add(1, 0, 1), add(2, 2, 3), read(1))).toBe('valid');
    expect(verdict(add(1, 0, 2), add(2, 2, 3), read(2))).toBe('valid');
    expect(verdict(add(1, 0, undefined, 'info'), add(2, 2, 3), read(2))).toBe('valid');
    expect(verdict(add(1, 0, 1), add(2, 2, 3), { ...read(2), type: 'info' })).toBe('unknown');
    expect(checkCausalReverse([add(1, 0, 1), add(1, 2, 3)]).reason).toBe('1 was added to k more than once');
  });

  it('is found exactly where a seen write was asked for after an unseen one was answered', () => {
    const span = fc.tuple(fc.nat(9), fc.nat(3), fc.boolean());
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 6 }), fc.array(fc.nat(5)), (spans, picks) => {
        const seen = [...new Set(picks.filter((pick) => pick < spans.length))];
        const writes = spans.map(([call, length, ok], value) => add(value, call, call + length, ok ? 'ok' : 'info'));
        const wrong = writes.some(
          (early, unseen) =>
            early.type === 'ok' &&
            !seen.includes(unseen) &&
            seen.some((value) => (writes[value]?.call ?? 0) > (early.return ?? 99)),
        );
        expect(checkCausalReverse([...writes, read(...seen)]).verdict).toBe(wrong ? 'invalid' : 'valid');
      }),
    );
  });
});

describe('insert pairs', () => {
  const insert = (key: Key, row: number, type: 'ok' | 'fail' | 'info' = 'ok') =>
    txn<InsertOp>([['insert', key, row]], { type });

  it('convicts two inserts for one key, whenever they ran', () => {
    const result = checkInsertPairs([insert(1, 10), insert(2, 20), insert(1, 11)]);
    expect(result).toMatchObject({ verdict: 'invalid', anomalyTypes: ['G2'], not: ['serializable'] });
    expect(result.anomalies[0]).toMatchObject({
      transactions: [0, 2],
      cycle: [
        { from: 0, to: 2 },
        { from: 2, to: 0 },
      ],
    });
  });

  it('acquits the near twins', () => {
    expect(checkInsertPairs([insert(1, 10), insert('1', 11)]).verdict).toBe('valid');
    expect(checkInsertPairs([insert(1, 10), insert(1, 11, 'fail'), insert(1, 12, 'info')]).verdict).toBe('valid');
    expect(checkInsertPairs([insert(1, 10, 'info')]).verdict).toBe('unknown');
  });

  it('is found exactly if a key has two', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.boolean()), { minLength: 1 }), (inserts) => {
        const good = inserts.filter(([, ok]) => ok).map(([key]) => key);
        const expected = good.length === 0 ? 'unknown' : new Set(good).size < good.length ? 'invalid' : 'valid';
        const history = inserts.map(([key, ok], row) => insert(key, row, ok ? 'ok' : 'fail'));
        expect(checkInsertPairs(history).verdict).toBe(expected);
      }),
    );
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, place) => permutations(items.toSpliced(place, 1)).map((rest) => [item, ...rest]));
}
