// What the answer about a history of lists says beside the names of anomalies: evidence, patterns, levels, and what is not
// concluded from transactions of unknown outcome or from histories that break the rules. The surprise: null is an empty list.
import { expect, test } from 'vitest';
import { checkListAppend } from './list-append.ts';
import { lists } from './testing/notation.ts';
import type { AppendOp, Transaction } from './types.ts';

test('a cycle comes with the values that prove each of its steps', () => {
  const { anomalies } = checkListAppend(lists('ax1 ay1', 'ax2 ry', 'rx12'));
  expect(anomalies).toEqual([
    {
      type: 'G-single-item',
      transactions: [1, 0],
      pattern: undefined,
      also: ['G-update'],
      cycle: [
        {
          from: 1,
          to: 0,
          type: 'rw',
          key: 'y',
          value: null,
          next: 1,
          because: `T1 saw the initial state of "y", without T0's append of 1`,
        },
        {
          from: 0,
          to: 1,
          type: 'ww',
          key: 'x',
          value: 1,
          next: 2,
          because: 'T1 appended 2 to "x" after T0 appended 1',
        },
      ],
      message: `G-single-item: T1 < T0 < T1, because T1 saw the initial state of "y", without T0's append of 1; T1 appended 2 to "x" after T0 appended 1. No order of these transactions satisfies that.`,
    },
  ]);
});

test.each([
  ['write-skew', lists('ax1 ry', 'ay1 rx')],
  ['long-fork', lists('ax1', 'rx1 ry', 'ay1', 'ry1 rx')],
  [undefined, lists('rx ax1', 'rx ax2', 'rx12')],
])('the shape of a cycle has the name %s', (pattern, history) => {
  expect(checkListAppend(history).anomalies.find(({ cycle }) => cycle !== undefined)?.pattern).toBe(pattern);
});

test('an anomaly that the asked model allows is listed and does not convict', () => {
  const skew = lists('ax1 ry', 'ay1 rx');
  expect(checkListAppend(skew, { consistency: ['snapshot-isolation'] })).toMatchObject({
    verdict: 'valid',
    anomalyTypes: ['G2-item'],
    not: ['repeatable-read'],
  });
  expect(checkListAppend(skew, { consistency: ['repeatable-read'] }).verdict).toBe('invalid');
});

test('a write skew breaks update serializability, a skew that only two readers see does not', () => {
  const consistency = ['update-serializable'];
  const skew = checkListAppend(lists('ax1 ry', 'ay1 rx'), { consistency });
  expect(skew).toMatchObject({ verdict: 'invalid', anomalyTypes: ['G2-item'], not: ['repeatable-read'] });
  expect(skew.alsoNot).toContain('update-serializable');
  expect(skew.strongest).toEqual(['strong-snapshot-isolation']);
  const fork = checkListAppend(lists('ax1', 'rx1 ry', 'ay1', 'ry1 rx'), { consistency });
  expect(fork.verdict).toBe('valid');
  expect(fork.strongest).toContain('update-serializable');
});

test('two rw steps in a row are no violation of snapshot isolation', () => {
  // T0 rw T1 rw T2 wr T3 rw T4 wr T0.
  const history = lists('re1 rb', 'ab1 rc', 'ac1 ad1', 'rd1 re', 'ae1');
  expect(checkListAppend(history, { consistency: ['snapshot-isolation'] }).verdict).toBe('valid');
  expect(checkListAppend(history).anomalyTypes).toEqual(['G2-item']);
});

test('a cycle with adjacent rw steps does not hide a longer one without', () => {
  // T0 rw T1 wr T2 rw T3 wr T0, and the shorter T0 rw T1 rw T3 wr T0.
  const result = checkListAppend(lists('rx rt1', 'ax1 ay1 rz', 'ry1 rz', 'az1 at1'));
  expect(result.anomalyTypes).toEqual(['G-nonadjacent-item']);
  expect(result.anomalies[0]?.transactions).toHaveLength(4);
});

test('an append that no read shows came after all that were read', () => {
  const history = lists('ax1 ay1', 'ax2 ay2', 'ax3 ay3', 'rx12', 'ry2');
  expect(checkListAppend(history).anomalyTypes).toEqual(['G-single-item', 'G0']);
});

test('a transaction of unknown outcome counts once it is seen, and its reads never', () => {
  expect(checkListAppend(lists('ax2 ry | info', 'ax1 ay1', 'rx12 ry1')).verdict).toBe('valid');
  // Seen on x, so its append to y is committed too, and comes after what was read there.
  expect(checkListAppend(lists('ax1 ay1 | info', 'rx1 ry')).anomalyTypes).toEqual(['G-single-item']);
  expect(checkListAppend(lists('ax1 ay1 | info', 'rx ry')).verdict).toBe('valid');
});

test('null is the empty list in a transaction that is ok', () => {
  const history = lists('ax1 ry').map((t) => ({ ...t, ops: [['append', 'x', 6] as const, ['r', 'x', null] as const] }));
  expect(checkListAppend(history).anomalyTypes).toEqual(['internal']);
});

test('one transaction may append twice to what it read', () => {
  expect(checkListAppend(lists('rx ax1 ax2', 'rx12')).verdict).toBe('valid');
});

test('many who missed many appends give no more edges than there are of both', () => {
  const readers = Array.from({ length: 500 }, () => 'rx');
  const history = lists(...readers, ...readers.map(() => 'rx ax1')).map((t, i) => ({
    ...t,
    ops: t.ops.map((op): AppendOp => (op[0] === 'append' ? ['append', 'x', i] : op)),
  }));
  const result = checkListAppend(history);
  expect(result.anomalyTypes).toEqual(['G2-item', 'lost-update']);
  expect(result.counts.edges).toBeLessThan(4000);
});

test.each([
  ['a value that is appended twice', lists('ax1', 'ax1 | fail'), /"x" by transaction 0 and again by transaction 1/],
  ['no transaction that is ok', lists('ax1 | fail', 'ax2 | info'), /no transaction is known to have committed/],
  ['nothing', [], /no transaction is known to have committed/],
])('%s leaves nothing to conclude', (_, history, reason) => {
  const result = checkListAppend(history);
  expect(result.verdict).toBe('unknown');
  expect(result.reason).toMatch(reason);
});

test('the number 1 and the string "1" are different values and different keys', () => {
  const at = { type: 'ok', call: 0, return: 1 } as const;
  const history: Transaction<AppendOp>[] = [
    { ...at, process: 0, ops: [['append', 1, 1]] },
    { ...at, process: 1, ops: [['append', 1, '1']] },
    { ...at, process: 2, ops: [['append', '1', 1]] },
    {
      ...at,
      process: 3,
      ops: [
        ['r', 1, [1, '1']],
        ['r', '1', [1]],
      ],
    },
  ];
  expect(checkListAppend(history).verdict).toBe('valid');
});

test('a model that does not exist is an error that names a near one', () => {
  expect(() => checkListAppend(lists('ax1'), { consistency: ['serialisable'] })).toThrow(/serializable/);
});
