/** Transactions over registers that have an order and near-twins that have none; and what elle-ts cannot see of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../harness/core/types.ts';
import { type Draft, fail, historyOf, info, ok } from './history.fixture.ts';
import { type SerialLevel, serialLevels, serialOrder } from './serial-order.ts';
import { transactional } from './transactional.ts';

const verdict = (level: SerialLevel, operations: readonly Draft[]) =>
  serialOrder({ level }).check(historyOf({ operations })).valid;

/** One after the other, unless the times say more. */
const txn = (process: number, steps: readonly Json[], from: number, to = from + 1) =>
  ok('txn', steps, steps, from, to, { process });

const held = (operations: readonly Draft[]): string =>
  serialLevels.filter((level) => verdict(level, operations) === 'valid').join(' ');

describe('an order of transactions', () => {
  it.each<[string, readonly Draft[], string]>([
    [
      'of which one reads what the other wrote',
      [txn(0, [['w', 'x', 1]], 0), txn(1, [['r', 'x', 1]], 2)],
      'strict-serializable strong-session-serializable serializable',
    ],
    [
      'of which one reads what was replaced before it began',
      [txn(0, [['w', 'x', 1]], 0), txn(1, [['r', 'x', null]], 2)],
      'strong-session-serializable serializable',
    ],
    [
      'of which one does not see what its own session wrote',
      [txn(0, [['w', 'x', 1]], 0), txn(0, [['r', 'x', null]], 2)],
      'serializable',
    ],
    // The example of dbcop's docs/history-format.md: only who knows the order of x and y can see it.
    [
      'that is a write skew',
      [
        txn(
          0,
          [
            ['w', 'x', 1],
            ['w', 'y', 2],
          ],
          0,
        ),
        txn(
          0,
          [
            ['r', 'y', 2],
            ['w', 'x', 3],
          ],
          2,
          9,
        ),
        txn(
          1,
          [
            ['r', 'x', 1],
            ['w', 'y', 4],
          ],
          3,
          8,
        ),
      ],
      '',
    ],
  ])('%s: %s', (_, operations, levels) => {
    expect(held(operations)).toBe(levels);
  });

  it('leaves out what failed, and may leave out what is unknown', () => {
    const read = txn(1, [['r', 'x', 1]], 2);
    const steps = [['w', 'x', 1]];
    expect(held([fail('txn', steps, 0, 1), read])).toBe('');
    expect(held([info('txn', steps, 0, 1), read])).toBe(serialLevels.join(' '));
    expect(held([info('txn', steps, 0, 1), txn(1, [['r', 'x', null]], 2)])).toBe(serialLevels.join(' '));
  });

  it('is not searched for where there are too many', () => {
    const many = Array.from({ length: 501 }, (_, at) => txn(0, [['w', 'x', at]], 2 * at));
    expect(verdict('serializable', many)).toBe('unknown');
  });
});

describe('elle-ts and the search', () => {
  const step = fc.oneof(
    fc.tuple(fc.constant('r'), fc.constantFrom('x', 'y'), fc.constantFrom(null, 0, 1, 2, 3)),
    fc.tuple(fc.constant('w'), fc.constantFrom('x', 'y')),
  );
  const transactions = fc.array(fc.tuple(fc.nat(2), fc.array(step, { minLength: 1, maxLength: 3 }), fc.nat(3)), {
    maxLength: 5,
  });

  it('what elle-ts convicts has no order', () => {
    const convicted = { yes: 0, no: 0 };
    fc.assert(
      fc.property(transactions, (drafts) => {
        let written = 0;
        const free = [0, 0, 0];
        const operations = drafts.map(([process, steps, takes]) => {
          const from = free[process] ?? 0;
          free[process] = from + takes + 1;
          const unique = steps.map((one): Json => (one[0] === 'w' ? ['w', one[1], written++] : one));
          return txn(process, unique, from, from + takes);
        });
        const history = historyOf({ operations });
        for (const level of serialLevels) {
          const { valid } = transactional({ workload: 'rw-register', consistency: level }).check(history);
          if (valid === 'invalid') expect(serialOrder({ level }).check(history).valid).toBe('invalid');
          convicted[valid === 'invalid' ? 'yes' : 'no']++;
        }
      }),
      { numRuns: 120 * Number(process.env.PORCUPINE_RUNS ?? 1) },
    );
    expect(Math.min(convicted.yes, convicted.no)).toBeGreaterThan(10);
  });
});
