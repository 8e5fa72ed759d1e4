// Registers: each anomaly, and each way to infer a version order, by a history that convicts and a near twin that does not.
// The surprise: many histories convict only under an option, because a read of a register tells so little.
import { describe, expect, test } from 'vitest';
import { checkRegister, type RegisterOptions } from './register.ts';
import { inTurn, registers } from './testing/notation.ts';
import type { RegisterOp, Transaction } from './types.ts';

interface Case {
  readonly name: string;
  readonly options?: RegisterOptions;
  readonly convicts: Transaction<RegisterOp>[];
  readonly types: readonly string[];
  readonly not: readonly string[];
  readonly acquits: Transaction<RegisterOp>[];
}

const cases: Case[] = [
  {
    name: 'G0: final reads show opposite winners, by sequential keys',
    options: { sequentialKeys: true },
    convicts: registers('wx1 wy2 | p0 0-1', 'wx2 wy1 | p1 0-1', 'rx2 | p0 2-3', 'ry2 | p1 2-3'),
    types: ['G0'],
    not: ['read-uncommitted'],
    acquits: registers('wx1 wy2 | p0 0-1', 'wx2 wy1 | p1 0-1', 'rx2 | p0 2-3', 'ry1 | p1 2-3'),
  },
  {
    name: 'G1a: a read of an aborted write',
    convicts: registers('wx1 | fail', 'rx1'),
    types: ['G1a'],
    not: ['read-committed'],
    acquits: registers('wx1 | info', 'rx1'),
  },
  {
    name: 'G1b: a read of a value that its writer overwrote itself',
    convicts: registers('wx1 wx2', 'rx1'),
    types: ['G1b'],
    not: ['read-committed'],
    acquits: registers('wx1 wx2', 'rx2'),
  },
  {
    name: 'G1c: two saw each other',
    convicts: registers('wx1 ry1', 'wy1 rx1'),
    types: ['G1c'],
    not: ['read-committed'],
    acquits: registers('wx1 ry_', 'wy1 rx1'),
  },
  {
    name: 'G-single-item: the initial state of one key and the new one of another',
    convicts: registers('rx_ ry1', 'wy1 wx2'),
    types: ['G-single-item'],
    not: ['consistent-view', 'repeatable-read'],
    acquits: registers('rx2 ry1', 'wy1 wx2'),
  },
  {
    name: 'G-single-item: by writes that follow reads',
    options: { wfr: true },
    convicts: registers('wy1', 'ry1 wx1 wy2', 'rx1 ry1'),
    types: ['G-single-item'],
    not: ['consistent-view', 'repeatable-read'],
    acquits: registers('wy1', 'ry1 wx1 wy2', 'rx1 ry2'),
  },
  {
    name: 'G2-item: write skew on two keys, by linearizable keys',
    options: { linearizableKeys: true },
    convicts: registers('wx1 wy1 | 0-1', 'rx1 wy2 | 2-9', 'ry1 wx2 | 2-9'),
    types: ['G2-item'],
    not: ['repeatable-read'],
    acquits: registers('wx1 wy1 | 0-1', 'rx1 wy2 | 2-9', 'ry2 wx2 | 2-9'),
  },
  {
    name: 'G2-item: write skew from the initial state',
    convicts: registers('rx_ wy1', 'ry_ wx1'),
    types: ['G2-item'],
    not: ['repeatable-read'],
    acquits: registers('rx_ wy1', 'ry1 wx1'),
  },
  {
    name: 'G-nonadjacent-item: a long fork',
    convicts: registers('wx1', 'rx1 ry_', 'wy1', 'ry1 rx_'),
    types: ['G-nonadjacent-item'],
    not: ['repeatable-read', 'snapshot-isolation'],
    acquits: registers('wx1', 'rx1 ry_', 'wy1', 'ry1 rx1'),
  },
  {
    name: 'G-single-item-process: a session that forgot its own write',
    convicts: registers('wx1 | p1 0-1', 'rx_ | p1 2-3'),
    types: ['G-single-item-process'],
    not: ['strong-session-snapshot-isolation'],
    acquits: registers('wx1 | p1 0-1', 'rx1 | p1 2-3'),
  },
  {
    name: 'G1c-realtime: a read before the write was asked for',
    convicts: registers('rx1 | 0-1', 'wx1 | 2-3'),
    types: ['G1c-realtime'],
    not: ['strong-read-committed'],
    acquits: registers('rx1 | 0-2', 'wx1 | 2-3'),
  },
  {
    name: 'internal: a read that misses the transaction’s own write',
    convicts: registers('wx1', 'rx1 wx2 rx1'),
    types: ['internal'],
    not: ['read-atomic'],
    acquits: registers('wx1', 'rx1 wx2 rx2'),
  },
  {
    name: 'internal: two reads that differ, the first of the initial state',
    convicts: registers('wx1', 'rx_ rx1'),
    types: ['internal'],
    not: ['read-atomic'],
    acquits: registers('wx1', 'rx_ rx_'),
  },
  {
    name: 'lost-update: two read the same version and wrote',
    convicts: registers('wx1', 'rx1 wx2', 'rx1 wx3'),
    types: ['lost-update'],
    not: ['cursor-stability', 'update-atomic'],
    acquits: registers('wx1', 'rx1 wx2', 'rx2 wx3'),
  },
  {
    name: 'garbage-read: a value that nobody wrote',
    convicts: registers('wx1', 'rx9'),
    types: ['garbage-read'],
    not: ['read-committed'],
    acquits: registers('wx1 wx9', 'rx9'),
  },
  {
    name: 'cyclic-versions: one process saw a key go back',
    options: { sequentialKeys: true },
    convicts: registers('wx1 | p1 0-1', 'wx2 | p1 2-3', 'rx1 | p1 4-5'),
    types: ['cyclic-versions'],
    not: ['read-uncommitted'],
    acquits: registers('wx1 | p1 0-1', 'wx2 | p1 2-3', 'rx2 | p1 4-5'),
  },
  {
    name: 'cyclic-versions: real time saw a key go back',
    options: { linearizableKeys: true },
    convicts: registers('wx1 | 0-1', 'wx2 | 2-3', 'rx1 | 4-5'),
    types: ['cyclic-versions'],
    not: ['read-uncommitted'],
    acquits: registers('wx1 | 0-1', 'wx2 | 1-3', 'rx1 | 4-5'),
  },
];

describe.each(cases)('$name', ({ options = {}, convicts, types, not, acquits }) => {
  test('convicts', () => {
    const result = checkRegister(convicts, options);
    expect(result).toMatchObject({ verdict: 'invalid', anomalyTypes: types, not });
    for (const { message } of result.anomalies) expect(message).toMatch(/^.{20,}\.$/);
  });
  test('acquits', () => {
    expect(checkRegister(acquits, options)).toMatchObject({ verdict: 'valid', anomalyTypes: [] });
  });
});

test('without an assumption about keys, a version order is not made up', () => {
  const history = registers('wy1', 'ry1 wx1 wy2', 'rx1 ry1');
  expect(checkRegister(history).verdict).toBe('valid');
  expect(checkRegister(inTurn(history), { linearizableKeys: true }).verdict).toBe('invalid');
});

test('transactions of one process that overlap are in no order', () => {
  const options = { sequentialKeys: true };
  const overlapping = registers('wx1 | p1 0-9', 'wx2 | p1 5-6', 'rx1 | p1 10-11');
  expect(checkRegister(overlapping, options).verdict).toBe('valid');
  const inOrder = registers('wx1 | p1 0-4', 'wx2 | p1 5-6', 'rx1 | p1 10-11');
  expect(checkRegister(inOrder, options).anomalyTypes).toEqual(['cyclic-versions']);
});

test('the initial value may be another than null', () => {
  const history = registers('rx0 ry1', 'wy1 wx2');
  expect(checkRegister(history).anomalyTypes).toEqual(['garbage-read']);
  expect(checkRegister(history, { initialValue: 0 }).anomalyTypes).toEqual(['G-single-item']);
});

test('a step says what was read and what overwrote it', () => {
  const [anomaly] = checkRegister(registers('rx_ ry1', 'wy1 wx2')).anomalies;
  expect(anomaly?.cycle).toMatchObject([
    {
      from: 0,
      to: 1,
      type: 'rw',
      key: 'x',
      value: null,
      next: 2,
      because: 'T0 read the initial state of "x", which T1 overwrote with 2',
    },
    { from: 1, to: 0, type: 'wr', key: 'y', value: 1, next: 1, because: 'T0 read "y" = 1, which T1 wrote' },
  ]);
});

test('many readers of the initial state and many writers give no more edges than there are of both', () => {
  const readers = Array.from({ length: 500 }, () => 'rx_');
  const history = registers(...readers, ...readers.map(() => 'rx_ wx1')).map((t, i) => ({
    ...t,
    ops: t.ops.map((op): RegisterOp => (op[0] === 'w' ? ['w', 'x', i] : op)),
  }));
  const result = checkRegister(history);
  expect(result.anomalyTypes).toEqual(['G2-item', 'lost-update']);
  expect(result.counts.edges).toBeLessThan(4000);
});

test('a value that is written twice leaves nothing to conclude', () => {
  const result = checkRegister(registers('wx1', 'wx1 | fail', 'rx1'));
  expect(result).toMatchObject({ verdict: 'unknown', anomalyTypes: [] });
  expect(result.reason).toMatch(/"x" by transaction 0 and again by transaction 1/);
});
