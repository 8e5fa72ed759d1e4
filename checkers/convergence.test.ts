import { describe, expect, test } from 'vitest';
import { answered } from './answered.ts';
import { convergence } from './convergence.ts';
import { counterSums } from './counter-sums.ts';
import { echoes } from './echoes.ts';
import { type Draft, fail, historyOf, info, names, ok } from './history.fixture.ts';
import { uniqueIds } from './unique-ids.ts';

const header = { nodes: ['n1', 'n2'] };
const last = (output: number | readonly number[], node: string): Draft =>
  ok('read', null, output, 100, 110, { node, phase: 'final' });

describe('convergence', () => {
  const check = (...operations: readonly Draft[]) => convergence().check(historyOf({ operations, header }));
  const add = (value: number): Draft => ok('broadcast', value, null, 0, 10);

  test('what was acknowledged is at every node in the end, whatever earlier reads lacked', () => {
    expect(check(add(1), ok('read', null, [], 20, 30), last([1], 'n1'), last([1], 'n2')).valid).toBe('valid');
  });

  test('the last read of a node counts, not one that came before', () => {
    expect(check(add(1), last([], 'n1'), last([1], 'n1'), last([1], 'n2')).valid).toBe('valid');
  });

  test('missing at one node, and missing at all', () => {
    expect(names(check(add(1), last([1], 'n1'), last([], 'n2')))).toEqual(['not-converged']);
    expect(names(check(add(1), last([], 'n1'), last([], 'n2')))).toEqual(['lost-write']);
  });

  test('of unknown outcome it may be anywhere', () => {
    const unsure = info('broadcast', 2, 0, 10);
    expect(check(add(1), unsure, last([1, 2], 'n1'), last([1], 'n2')).valid).toBe('valid');
  });

  test('nothing is there that nobody added, that was refused, or twice', () => {
    expect(names(check(add(1), last([1, 7], 'n1'), last([1], 'n2')))).toEqual(['phantom-read']);
    const refused = fail('broadcast', 7, 0, 10);
    expect(names(check(add(1), refused, last([1, 7], 'n1'), last([1], 'n2')))).toEqual(['phantom-read']);
    expect(names(check(add(1), last([1, 1], 'n1'), last([1], 'n2')))).toEqual(['duplicated-write']);
  });

  test('a node that answers no last read leaves it unknown', () => {
    expect(check(add(1), last([1], 'n1')).valid).toBe('unknown');
  });
});

describe('counter-sums', () => {
  const check = (...operations: readonly Draft[]) => counterSums().check(historyOf({ operations, header }));
  const add = (amount: number, at = 0): Draft => ok('add', amount, null, at, at + 10);

  test('the sum of all is right, with any of those of unknown outcome', () => {
    const asked = [add(3), add(-1), info('add', 5, 0, 10), fail('add', 100, 0, 10)];
    for (const sum of [2, 7]) expect(check(...asked, last(sum, 'n1'), last(sum, 'n2')).valid).toBe('valid');
  });

  test('a sum between the bounds can still be wrong', () => {
    const asked = [add(3), info('add', 5, 0, 10)];
    expect(names(check(...asked, last(6, 'n1'), last(8, 'n2')))).toEqual(['wrong-sum']);
  });

  test('a read during the load lies between the bounds of what had been asked by then', () => {
    const late = add(4, 50);
    expect(names(check(add(3), ok('read', null, 7, 20, 30), late, last(7, 'n1'), last(7, 'n2')))).toEqual([
      'impossible-sum',
    ]);
    expect(check(add(3), ok('read', null, 0, 20, 30), late, last(7, 'n1'), last(7, 'n2')).valid).toBe('valid');
  });
});

describe('the small ones', () => {
  test('an echo is what was said', () => {
    const check = (...operations: readonly Draft[]) => echoes().check(historyOf({ operations }));
    expect(check(ok('echo', 'a', 'a', 0, 1)).valid).toBe('valid');
    expect(names(check(ok('echo', 'a', 'b', 0, 1)))).toEqual(['wrong-echo']);
    expect(check(info('echo', 'a', 0, 1)).valid).toBe('unknown');
  });

  test('an id is given out once, of whatever kind it is', () => {
    const check = (...ids: readonly (number | string)[]) =>
      uniqueIds().check(historyOf({ operations: ids.map((id, at) => ok('generate', null, id, at, at + 1)) }));
    expect(check(1, '1', 2).valid).toBe('valid');
    expect(names(check(1, 2, 1))).toEqual(['duplicate-id']);
    expect(check().valid).toBe('unknown');
  });

  test('an action that was never ok leaves the run unknown, with the reason', () => {
    const check = (...operations: readonly Draft[]) => answered().check(historyOf({ operations }));
    expect(check(ok('read', null, 1, 0, 1)).valid).toBe('valid');
    const verdict = check(ok('read', null, 1, 0, 1), fail('write', 2, 0, 1, {}, 'not-supported'));
    expect([verdict.valid, verdict.summary]).toEqual(['unknown', expect.stringContaining('not-supported')]);
  });
});
