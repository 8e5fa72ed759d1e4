import { expect, test } from 'vitest';
import { crashes } from './crashes.ts';
import { event, historyOf, names } from './history.fixture.ts';

test('a node that was killed, paused or lost its power has not crashed by itself', () => {
  const events = [
    event('n1', 'started', 0),
    event('n1', 'killed', 5),
    event('n2', 'power-cut', 6),
    event('n1', 'started', 9),
  ];
  expect(crashes().check(historyOf({ events })).valid).toBe('valid');
  expect(crashes().check(historyOf({})).valid).toBe('valid');
});

test('a node whose code threw has, and the same error over and over is one story', () => {
  const events = [
    event('n1', 'crashed', 5, 'Error: log has a gap'),
    event('n1', 'crashed', 9, 'Error: log has a gap'),
    event('n2', 'crashed', 7, 'Error: no such term'),
  ];
  const verdict = crashes().check(historyOf({ events }));
  expect(names(verdict)).toEqual(['node-crashed']);
  expect(verdict.anomalies.map(({ because }) => because)).toEqual([
    'n1 crashed 2 times: Error: log has a gap',
    'n2 crashed: Error: no such term',
  ]);
});
