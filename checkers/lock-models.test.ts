import { describe, expect, test } from 'vitest';
import { type Draft, fail, historyOf, ok, open } from './history.fixture.ts';
import { linearizable } from './linearizable.ts';

const verdict = (model: string, operations: readonly Draft[]) =>
  linearizable({ model }).check(historyOf({ operations })).valid;

describe('locks', () => {
  test('who failed to acquire says nothing; whom a free lock refused convicts it', () => {
    expect(verdict('mutex', [fail('try-acquire', null, 0, 10)])).toBe('valid');
    expect(verdict('mutex', [ok('try-acquire', null, false, 0, 10)])).toBe('invalid');
    expect(verdict('mutex', [ok('acquire', null, null, 0, 10), ok('try-acquire', null, false, 20, 30)])).toBe('valid');
  });

  test('the owner is the input, else the process', () => {
    const twice = (first: Partial<Draft>, second: Partial<Draft>) => [
      { ...ok('acquire', null, null, 0, 10), ...first },
      { ...ok('acquire', null, null, 20, 30), ...second },
    ];
    expect(verdict('reentrant-lock', twice({ process: 1 }, { process: 1 }))).toBe('valid');
    expect(verdict('reentrant-lock', twice({ process: 1 }, { process: 2 }))).toBe('invalid');
    expect(verdict('reentrant-lock', twice({ process: 1, input: 'a' }, { process: 2, input: 'a' }))).toBe('valid');
  });

  test('a token that does not grow convicts a fenced lock', () => {
    const tokens = (first: number, second: number) => [
      ok('acquire', 'a', first, 0, 10),
      ok('release', 'a', null, 20, 30),
      ok('acquire', 'b', second, 40, 50),
    ];
    expect(verdict('fenced-lock', tokens(1, 2))).toBe('valid');
    expect(verdict('fenced-lock', tokens(2, 2))).toBe('invalid');
  });

  test('a semaphore has two permits', () => {
    const taken = [ok('acquire', null, null, 0, 10), ok('acquire', null, null, 20, 30, { process: 1 })];
    expect(verdict('semaphore', taken)).toBe('valid');
    expect(verdict('semaphore', [...taken, ok('acquire', null, null, 40, 50, { process: 2 })])).toBe('invalid');
    expect(verdict('semaphore', [ok('acquire', 2, null, 0, 10), ok('acquire', null, null, 20, 30)])).toBe('invalid');
  });
});

describe('multi-register', () => {
  test('a read of nil was not seen, and registers are 0 at first', () => {
    const read = (value: number | null) => ok('txn', [['read', 'x', null]], [['read', 'x', value]], 20, 30);
    const write = [['write', 'x', 1]];
    expect(verdict('multi-register', [read(0)])).toBe('valid');
    expect(verdict('multi-register', [ok('txn', write, write, 0, 10), read(0)])).toBe('invalid');
    expect(verdict('multi-register', [ok('txn', write, write, 0, 10), read(null)])).toBe('valid');
    expect(verdict('multi-register', [open('txn', write, 0), read(1)])).toBe('valid');
    expect(verdict('multi-register', [fail('txn', write, 0, 10), read(1)])).toBe('invalid');
  });
});
