import { expect, it } from 'vitest';
import { invariantNote, type NodeEvent } from '../harness/core/types.ts';
import { historyOf } from './history.fixture.ts';
import { invariants } from './invariants.ts';

const note = (name: string): NodeEvent => ({
  at: 5_000_000,
  node: 'n2',
  kind: 'note',
  name,
  data: { invariant: 'election-safety', because: 'n2 leads term 1, which n1 led already' },
});

it('convicts what the world has recorded, by the name of the invariant and at its moment', () => {
  const verdict = invariants().check(historyOf({ events: [note(invariantNote)] }));
  expect(verdict.valid).toBe('invalid');
  expect(verdict.anomalies).toEqual([
    { name: 'election-safety', because: 'n2 leads term 1, which n1 led already.', operations: [], at: 5_000_000 },
  ]);
});

it('acquits a history of other notes', () => {
  expect(invariants().check(historyOf({ events: [note('leader')] })).valid).toBe('valid');
});
