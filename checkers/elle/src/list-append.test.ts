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
