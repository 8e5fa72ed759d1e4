import { describe, expect, it } from 'vitest';
import type { Json, NodeId } from '../../../harness/core/types.ts';
import { consensusInvariants } from './invariants.ts';

interface Told {
  readonly role?: string;
  readonly term: number;
  /** The terms of the entries from 1 on. */
  readonly log: readonly number[];
  readonly commit?: number;
  readonly applied?: number;
  readonly digest?: number;
  /** Entries that a snapshot covers. */
  readonly compacted?: number;
}

function shown({ role = 'follower', term, log, commit = 0, applied = 0, digest = 0, compacted = 0 }: Told): Json {
  const terms: [number, number][] = [];
  log.forEach((its, place) => {
    if (place >= compacted && terms.at(-1)?.[1] !== its) terms.push([place + 1, its]);
  });
  const commitTerm = commit > compacted ? (log[commit - 1] ?? null) : null;
  return { role, term, commit, commitTerm, applied, digest, firstIndex: compacted + 1, lastIndex: log.length, terms };
}

const violations = (steps: readonly (readonly [NodeId, Told])[]): string[] => {
  const invariants = consensusInvariants();
  return steps.flatMap(([node, told]) => invariants.see(node, shown(told))?.name ?? []);
};

describe('election safety', () => {
  it('convicts two leaders of one term, acquits one that leads on, or two of different terms', () => {
    const leads = (term: number): Told => ({ role: 'leader', term, log: [] });
    expect(
      violations([
        ['n1', leads(1)],
        ['n2', leads(1)],
      ]),
    ).toEqual(['election-safety']);
    expect(
      violations([
        ['n1', leads(1)],
        ['n1', leads(1)],
        ['n2', leads(2)],
        ['n1', leads(1)],
      ]),
    ).toEqual([]);
    expect(
      violations([
        ['n1', leads(1)],
        ['n2', { term: 1, log: [] }],
      ]),
    ).toEqual([]);
  });
});

describe('leader completeness', () => {
  const committed: readonly [NodeId, Told] = ['n1', { role: 'leader', term: 1, log: [1, 1], commit: 2 }];

  it('convicts a leader without an entry that was committed before, or with another in its place', () => {
    expect(violations([committed, ['n2', { role: 'leader', term: 2, log: [1] }]])).toEqual(['leader-completeness']);
    expect(violations([committed, ['n2', { role: 'leader', term: 3, log: [1, 2, 2] }]])).toEqual([
      'leader-completeness',
    ]);
  });

  it('acquits one that has it, one that has it in a snapshot, and one of an earlier term', () => {
    expect(violations([committed, ['n2', { role: 'leader', term: 2, log: [1, 1, 2] }]])).toEqual([]);
    expect(violations([committed, ['n2', { role: 'leader', term: 2, log: [1, 1, 1], compacted: 3 }]])).toEqual([]);
    expect(violations([committed, ['n2', { role: 'leader', term: 0, log: [] }]])).toEqual([]);
  });
});

describe('state machine safety', () => {
  it('convicts other entries applied, acquits the same and a different number of them', () => {
    const applied = (count: number, digest: number): Told => ({ term: 1, log: [1, 1, 1], applied: count, digest });
    expect(
      violations([
        ['n1', applied(2, 77)],
        ['n2', applied(2, 78)],
      ]),
    ).toEqual(['state-machine-safety']);
    expect(
      violations([
        ['n1', applied(2, 77)],
        ['n2', applied(2, 77)],
        ['n3', applied(3, 78)],
      ]),
    ).toEqual([]);
  });
});

describe('log matching', () => {
  it('convicts two terms committed at one index, acquits the same term', () => {
    const commits = (log: readonly number[]): Told => ({ term: 3, log, commit: 2 });
    expect(
      violations([
        ['n1', commits([1, 1])],
        ['n2', commits([1, 2])],
      ]),
    ).toEqual(['log-matching']);
    expect(
      violations([
        ['n1', commits([1, 1])],
        ['n2', commits([1, 1, 3])],
      ]),
    ).toEqual([]);
  });
});

it('says nothing of a replica that is still starting', () => {
  expect(consensusInvariants().see('n1', { role: 'starting' })).toBeUndefined();
});
