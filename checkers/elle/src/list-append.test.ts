// Each anomaly by a history that shows it and a near twin that does not. The cases are those of Elle's own tests and of the
// papers, written anew. The surprise: twins are acquitted at strict serializability, the strongest model there is.
import { describe, expect, test } from 'vitest';
import { checkListAppend } from './list-append.ts';
import { lists } from './testing/notation.ts';
import type { AppendOp, Transaction } from './types.ts';

interface Case {
  readonly name: string;
  readonly convicts: Transaction<AppendOp>[];
  readonly types: readonly string[];
  readonly not: readonly string[];
  readonly acquits: Transaction<AppendOp>[];
}

const cases: Case[] = [
  {
    name: 'G0: two keys saw the same two writers in opposite orders',
    convicts: lists('ax1 ay1', 'ax2 ay2', 'rx12 ry21'),
    types: ['G0'],
    not: ['read-uncommitted'],
    acquits: lists('ax1 ay1', 'ax2 ay2', 'rx12 ry12'),
  },
  {
    name: 'G1a: a read of what a failed transaction appended',
    convicts: lists('ax1 | fail', 'rx1'),
    types: ['G1a'],
    not: ['read-committed'],
    acquits: lists('ax1 | info', 'rx1'),
  },
  {
    name: 'G1b: a read between two appends of one transaction, which is also a G-single',
    convicts: lists('ax1 ax2', 'rx1'),
    types: ['G-single-item', 'G1b'],
    not: ['read-committed'],
    acquits: lists('ax1 ax2', 'rx12'),
  },
  {
    name: 'G1c: one saw what the other appended, and was overwritten by it',
    convicts: lists('ax1 ry1', 'ax2 ay1', 'rx12 ry1'),
    types: ['G1c'],
    not: ['read-committed'],
    acquits: lists('ax1 ry', 'ax2 ay1', 'rx12 ry1'),
  },
  {
    name: 'G-single-item: read skew',
    convicts: lists('ax1 ay1', 'ax2 ry', 'rx12'),
    types: ['G-single-item'],
    not: ['consistent-view', 'repeatable-read'],
    acquits: lists('ax1 ay1', 'ax2 ry1', 'rx12'),
  },
  {
    name: 'G-nonadjacent-item: two readers saw two appends in opposite orders',
    convicts: lists('ax1', 'rx1 ry', 'ay1', 'ry1 rx'),
    types: ['G-nonadjacent-item'],
    not: ['repeatable-read', 'snapshot-isolation'],
    acquits: lists('ax1', 'rx1 ry', 'ay1', 'ry1 rx1'),
  },
  {
    name: 'G2-item: each missed what the other appended',
    convicts: lists('ax1 ry', 'ay1 rx'),
    types: ['G2-item'],
    not: ['repeatable-read'],
    acquits: lists('ax1 ry', 'ay1 rx1'),
  },
  {
    name: 'lost-update: two read the same and appended to it',
    convicts: lists('ax0', 'rx0 ax1', 'rx0 ax2'),
    types: ['G2-item', 'lost-update'],
    not: ['cursor-stability', 'update-atomic'],
    acquits: lists('ax0', 'rx0 ax1', 'rx01 ax2'),
  },
  {
    name: 'dirty-update: an append on top of an aborted one, with an unknown one between',
    convicts: lists('ax1 | fail', 'ax2 | info', 'ax3', 'rx123'),
    types: ['G1a', 'dirty-update'],
    not: ['read-committed'],
    acquits: lists('ax1 | info', 'ax2 | info', 'ax3', 'rx123'),
  },
  {
    name: 'internal: a read without the transaction’s own append',
    convicts: lists('ax1', 'rx1 ax2 rx1'),
    types: ['internal'],
    not: ['read-atomic'],
    acquits: lists('ax1', 'rx1 ax2 rx12'),
  },
  {
    name: 'internal: a second read that saw more than the first, which is also a G-single',
    convicts: lists('ax1', 'ax2', 'rx1 rx12'),
    types: ['G-single-item', 'internal'],
    not: ['consistent-view', 'read-atomic', 'repeatable-read'],
    acquits: lists('ax1', 'ax2', 'rx12 rx12'),
  },
  {
    name: 'future-read: a read of what the transaction appends later',
    convicts: lists('ax0', 'rx01 ax1'),
    types: ['future-read'],
    not: ['read-committed'],
    acquits: lists('ax0', 'rx0 ax1 rx01'),
  },
  {
    name: 'incompatible-order: two reads of which neither begins the other',
    convicts: lists('ax1', 'ax2', 'ax3', 'rx13', 'rx123'),
    types: ['incompatible-order'],
    not: ['read-committed'],
    acquits: lists('ax1', 'ax2', 'ax3', 'rx12', 'rx123'),
  },
  {
    name: 'duplicate-elements: an append that took effect twice',
    convicts: lists('ax1', 'ax2', 'rx121'),
    types: ['duplicate-elements'],
    not: ['read-uncommitted'],
    acquits: lists('ax1', 'ax2', 'rx12'),
  },
  {
    name: 'garbage-read: an element that nobody appended',
    convicts: lists('ax1', 'rx19'),
    types: ['garbage-read'],
    not: ['read-committed'],
    acquits: lists('ax1', 'ax9', 'rx19'),
  },
  {
    name: 'G0-realtime: appended in the opposite order of time',
    convicts: lists('ax1 | 0-1', 'ax2 | 2-3', 'rx21 | 4-5'),
    types: ['G0-realtime'],
    not: ['strong-read-uncommitted'],
    acquits: lists('ax1 | 0-3', 'ax2 | 2-4', 'rx21 | 5-6'),
  },
  {
    name: 'G0-process: appended in the opposite order of the process (answers and questions at the same instant)',
    convicts: lists('ax1 | p1 0-1', 'ax2 | p1 1-2', 'rx21 | 0-9'),
    types: ['G0-process'],
    not: ['strong-session-read-uncommitted'],
    acquits: lists('ax1 | p1 0-1', 'ax2 | p2 1-2', 'rx21 | 0-9'),
  },
  {
    name: 'G1c-process: a session saw what depends on what it does next',
    convicts: lists('rx1 ay1 | p1 0-9', 'ry1 | p2 0-1', 'ax1 | p2 2-3'),
    types: ['G1c-process'],
    not: ['strong-session-read-committed'],
    acquits: lists('rx1 ay1 | p1 0-9', 'ry | p2 0-1', 'ax1 | p2 2-3'),
  },
  {
    name: 'G1c-realtime: a read from the future',
    convicts: lists('rx1 | 0-1', 'ax1 | 2-3'),
    types: ['G1c-realtime'],
    not: ['strong-read-committed'],
    acquits: lists('rx1 | 0-2', 'ax1 | 2-3'),
  },
  {
    name: 'G-single-item-process: a session does not see its own earlier append',
    convicts: lists('ax1 | p1 0-1', 'rx | p1 2-3'),
    types: ['G-single-item-process'],
    not: ['strong-session-snapshot-isolation'],
    acquits: lists('ax1 | p1 0-1', 'rx1 | p1 2-3'),
  },
  {
    name: 'G-single-item-realtime: a stale read',
    convicts: lists('ax1 | 0-1', 'ax2 | 2-3', 'rx1 | 4-5', 'rx12 | 6-7'),
    types: ['G-single-item-realtime'],
    not: ['strong-snapshot-isolation'],
    acquits: lists('ax1 | 0-1', 'ax2 | 2-4', 'rx1 | 4-5', 'rx12 | 6-7'),
  },
  {
    name: 'G-nonadjacent-item-process: a long fork with one session’s order (jepsen-io/elle#17)',
    convicts: lists('rx rz1 | p0 0-9', 'ax1 | p1 0-1', 'rz | p1 2-3', 'az1 | p2 0-9'),
    types: ['G-nonadjacent-item-process'],
    not: ['strong-session-snapshot-isolation'],
    acquits: lists('rx rz1 | p0 0-9', 'ax1 | p1 0-1', 'rz | p3 0-3', 'az1 | p2 0-9'),
  },
  {
    name: 'G-nonadjacent-item-realtime: the same without a session',
    convicts: lists('rx rz1 | 0-9', 'ax1 | 0-1', 'rz | 2-3', 'az1 | 0-9'),
    types: ['G-nonadjacent-item-realtime'],
    not: ['strong-snapshot-isolation'],
    acquits: lists('rx rz1 | 0-9', 'ax1 | 0-1', 'rz1 | 2-3', 'az1 | 0-9'),
  },
  {
    name: 'G2-item-process: three missed each other around a session’s order',
    convicts: lists('rx ay1 | p1 0-9', 'ry az1 | p2 0-9', 'ax1 | p3 0-1', 'rz | p3 2-3'),
    types: ['G2-item-process'],
    not: ['strong-session-serializable'],
    acquits: lists('rx ay1 | p1 0-9', 'ry az1 | p2 0-9', 'ax1 | p3 0-2', 'rz | p4 2-3'),
  },
  {
    name: 'G2-item-realtime: three missed each other around the order of time',
    convicts: lists('rx ay1 | 0-9', 'ry az1 | 0-9', 'ax1 | 0-1', 'rz | 2-3'),
    types: ['G2-item-realtime'],
    not: ['strict-serializable'],
    acquits: lists('rx ay1 | 0-9', 'ry az1 | 0-9', 'ax1 | 0-2', 'rz | 2-3'),
  },
];

describe.each(cases)('$name', ({ convicts, types, not, acquits }) => {
  test('convicts', () => {
    const result = checkListAppend(convicts);
    expect(result).toMatchObject({ verdict: 'invalid', anomalyTypes: types, not });
    for (const { message, cycle } of result.anomalies) {
      expect(message).toMatch(/^.{20,}\.$/);
      expect(cycle?.map((step) => step.to)).toEqual(
        cycle && [...cycle.slice(1), ...cycle.slice(0, 1)].map((step) => step.from),
      );
    }
  });
  test('acquits', () => expect(checkListAppend(acquits)).toMatchObject({ verdict: 'valid', anomalyTypes: [] }));
});

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
