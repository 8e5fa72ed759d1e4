import { expect, test } from 'vitest';
import { type Draft, historyOf, ok, open } from './history.fixture.ts';
import { linearizable } from './linearizable.ts';

const verdict = (operations: readonly Draft[]) => linearizable({ model: 'log' }).check(historyOf({ operations })).valid;

test('a log keeps the offsets that it told, and ends where it was read to end', () => {
  const told = [ok('append', 'a', 0, 0, 10), ok('append', 'b', 1, 20, 30)];
  expect(verdict([...told, ok('read', 1, 'b', 40, 50)])).toBe('valid');
  expect(verdict([...told, ok('read', 1, 'a', 40, 50)])).toBe('invalid');
  expect(verdict([...told, ok('read', 2, null, 40, 50)])).toBe('valid');
  expect(verdict([...told, ok('read', 1, null, 40, 50)])).toBe('invalid');
  expect(verdict([ok('append', 'a', 1, 0, 10), ok('append', 'b', 0, 20, 30)])).toBe('invalid');
});

test('an append that nobody heard of again may be in the log or not', () => {
  const lost = open('append', 'a', 0, { process: 1 });
  expect(verdict([lost, ok('append', 'b', 1, 20, 30)])).toBe('valid');
  expect(verdict([lost, ok('append', 'b', 0, 20, 30)])).toBe('valid');
  expect(verdict([ok('append', 'b', 1, 20, 30)])).toBe('invalid');
});
