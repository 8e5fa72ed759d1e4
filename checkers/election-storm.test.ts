import { describe, expect, test } from 'vitest';
import { electionStorm } from './election-storm.ts';
import { follows, historyOf, leads, names, note } from './history.fixture.ts';

const check = (parts: Parameters<typeof historyOf>[0], options = {}) => electionStorm(options).check(historyOf(parts));

/** A candidate every `every` ms. */
const votes = (count: number, every: number, from = 0) =>
  Array.from({ length: count }, (_, i) => note(`n${(i % 3) + 1}`, 'candidate', { term: i + 1 }, from + i * every));

test('a history without any election or leader is unknown', () => {
  expect(check({}).valid).toBe('unknown');
});

describe('elections', () => {
  test('that follow each other without end are a storm; the same number over a long run is not', () => {
    expect(names(check({ events: votes(20, 150) }))).toEqual(['election-storm']);
    expect(check({ events: votes(20, 3000) }).valid).toBe('valid');
  });

  test('are counted in the worst window, however quiet the rest of the run', () => {
    const verdict = check({ events: votes(20, 150, 30_000), endedAt: 600_000 });
    expect(names(verdict)).toEqual(['election-storm']);
    expect(verdict.anomalies[0]?.at).toBe(30_000e6);
  });

  test('are taken from the metric where nodes say nothing, across a restart of the counter', () => {
    const metric = (count: number, at: number) => follows('n1', at, { consensus_leader_elections_total: count });
    expect(check({ observations: [metric(1, 100), metric(16, 1000)] }).valid).toBe('invalid');
    expect(check({ observations: [metric(5, 100), metric(5, 1000), metric(1, 1100)] }).details).toMatchObject({
      elections: 6,
    });
  });
});

describe('time without a leader', () => {
  const watched = (from: number, until: number) =>
    Array.from({ length: (until - from) / 100 }, (_, i) => follows('n1', from + i * 100));
  const led = (from: number, until: number) =>
    Array.from({ length: (until - from) / 100 }, (_, i) => leads('n2', 1, from + i * 100));
  const observations = [
    ...watched(0, 5000),
    ...led(300, 2000),
    ...led(3500, 5000).map((one) => ({ ...one, leads: { term: 2 } })),
  ];

  test('is judged only where a limit is given', () => {
    expect(check({ observations }).valid).toBe('valid');
    expect(names(check({ observations }, { leaderlessMs: 1000 }))).toEqual(['election-storm']);
    expect(check({ observations }, { leaderlessMs: 2000 }).valid).toBe('valid');
  });

  test('counts to the end of what was watched', () => {
    const none = [...watched(0, 5000), ...led(0, 1000)];
    expect(check({ observations: none }, { leaderlessMs: 3000 }).valid).toBe('invalid');
  });
});
