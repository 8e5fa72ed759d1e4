import { describe, expect, test } from 'vitest';
import type { Json } from '../harness/core/types.ts';
import { type Draft, fail, historyOf, info, names, ok, open } from './history.fixture.ts';
import { type TransactionalOptions, transactional } from './transactional.ts';

const check = (operations: readonly Draft[], options: TransactionalOptions = {}, facts: Record<string, Json> = {}) =>
  transactional(options).check(historyOf({ operations, header: { facts } }));

/** `ax1 rx[1,2] ry[]`: what was done, with what was read; without brackets nothing is known of a read. */
const steps = (text: string): Json =>
  text.split(' ').map((word): Json => {
    const [f, key, value] = [word[0] === 'a' ? 'append' : 'r', word[1] ?? '', word.slice(2)];
    return [f, key, value === '' ? null : (JSON.parse(value) as Json)];
  });
const asked = (text: string): Json => steps(text.replace(/\[[^\]]*\]/g, ''));
const txn = (text: string, from: number, to: number, process = 0): Draft =>
  ok('txn', asked(text), steps(text), from, to, { process });

describe('transactions on lists', () => {
  const writeSkew = [
    txn('ax1', 0, 5),
    txn('ay1', 6, 9, 1),
    txn('rx[1] ay2', 10, 20),
    txn('ry[1] ax2', 10, 20, 1),
    txn('rx[1,2] ry[1,2]', 30, 40, 2),
  ];

  test('one after the other is strict-serializable', () => {
    const verdict = check([txn('ax1', 0, 5), txn('rx[1] ax2', 6, 9), txn('rx[1,2]', 10, 20)]);
    expect(verdict).toMatchObject({
      valid: 'valid',
      anomalies: [],
      details: { consistency: 'strict-serializable', anomalyTypes: [], not: [], strongest: ['strict-serializable'] },
    });
    expect(verdict.summary).toContain('3 of 3 transactions committed');
  });

  test('a write skew is convicted, with its cycle', () => {
    const verdict = check(writeSkew);
    expect(verdict.valid).toBe('invalid');
    expect(names(verdict)).toEqual(['G2-item']);
    expect(verdict.details).toMatchObject({ anomalyTypes: ['G2-item'], not: ['repeatable-read'] });
    const [anomaly] = verdict.anomalies;
    expect([...(anomaly?.operations ?? [])].sort()).toEqual([2, 3]);
    expect(anomaly?.at).toBe(20_000_000);
    expect(anomaly?.cycle?.map(({ type }) => type)).toEqual(['rw', 'rw']);
    for (const step of anomaly?.cycle ?? []) {
      expect(step.because).toContain(`T${step.from}`);
      expect(step.because).toContain(`T${step.to}`);
    }
    expect(verdict.summary).toContain('not repeatable-read (G2-item)');
  });

  test('it is allowed where less was promised, and still told', () => {
    const verdict = check(writeSkew, { consistency: 'snapshot-isolation' });
    expect(verdict).toMatchObject({ valid: 'valid', anomalies: [] });
    expect(verdict.summary).toContain('snapshot-isolation, though G2-item rule out repeatable-read');
    expect(check(writeSkew, { consistency: 'PL-3' }).valid).toBe('invalid');
  });

  test('its twin in which one of them saw the other is serializable', () => {
    const twin = [...writeSkew.slice(0, 3), txn('ry[1,2] ax2', 21, 29, 1), writeSkew[4] as Draft];
    expect(check(twin).valid).toBe('valid');
  });

  test('a stale read breaks real time only, and the history without times says nothing of that', () => {
    const stale = [txn('ax1', 0, 5), txn('rx[]', 10, 20, 1), txn('rx[1]', 30, 40, 2)];
    expect(check(stale).details).toMatchObject({ not: ['strong-snapshot-isolation'] });
    expect(check(stale, { consistency: 'serializable' }).valid).toBe('valid');
    const timeless = stale.map((operation) => ({ ...operation, calledAt: 0, returnedAt: 0 }));
    const facts = { timeless: true };
    expect(check(timeless, {}, facts)).toMatchObject({
      valid: 'valid',
      details: { consistency: 'strong-session-serializable', strongest: ['strong-session-serializable'] },
    });
    expect(check(timeless, { consistency: 'strict-serializable' }, facts).valid).toBe('unknown');
  });

  test('what failed did not happen, and what nobody answered may have', () => {
    const read = txn('rx[1]', 10, 20);
    expect(names(check([fail('txn', asked('ax1'), 0, 5), read]))).toEqual(['G1a']);
    for (const lost of [info('txn', asked('ax1 ry'), 0, 5), open('txn', asked('ax1 ry'), 0)]) {
      expect(check([lost, read]).valid).toBe('valid');
      expect(check([lost, txn('rx[]', 10, 20)]).valid).toBe('valid');
    }
  });

  test('an answer without what was read has read nothing', () => {
    const silent = ok('txn', asked('rx ax2'), null, 6, 9);
    expect(check([txn('ax1', 0, 5), silent, txn('rx[1,2]', 10, 20)]).valid).toBe('valid');
    expect(check([txn('ax1', 0, 5), txn('rx[] ax2', 6, 9), txn('rx[1,2]', 10, 20)]).valid).toBe('invalid');
  });
});

describe('transactions on registers', () => {
  const registers = (operations: readonly Draft[], options: TransactionalOptions['registers'] = {}) =>
    check(operations, { workload: 'rw-register', registers: options });
  const done = (output: Json, from: number, to: number, process = 0): Draft =>
    ok('txn', output, output, from, to, { process });

  test('two that missed each other are convicted, and their twin in which one did not is acquitted', () => {
    const one = done(
      [
        ['r', 'x', null],
        ['w', 'y', 1],
      ],
      0,
      10,
    );
    const skew = registers([
      one,
      done(
        [
          ['r', 'y', null],
          ['w', 'x', 1],
        ],
        0,
        10,
        1,
      ),
    ]);
    expect(names(skew)).toEqual(['G2-item']);
    expect(skew.anomalies[0]?.cycle?.map(({ type }) => type)).toEqual(['rw', 'rw']);
    expect(
      registers([
        one,
        done(
          [
            ['r', 'y', 1],
            ['w', 'x', 1],
          ],
          0,
          10,
          1,
        ),
      ]).valid,
    ).toBe('valid');
  });

  test('what is promised of single keys is taken for granted', () => {
    const backwards = [
      done([['w', 'x', 1]], 0, 1),
      done([['w', 'x', 2]], 2, 3),
      done([['r', 'x', 2]], 4, 5, 1),
      done([['r', 'x', 1]], 6, 7, 1),
    ];
    expect(registers(backwards, { linearizableKeys: true }).valid).toBe('invalid');
    expect(registers([done([['r', 'x', 0]], 0, 1), done([['w', 'x', 2]], 2, 3)], { initialValue: 0 }).valid).toBe(
      'valid',
    );
  });

  test('what the order of writes does not tell, those who have seen two of them do', () => {
    const write = (value: number): Json => [
      ['w', 'x', value],
      ['w', 'y', value],
    ];
    const pair = (x: number, y: number) => {
      const read = done(
        [
          ['r', 'x', x],
          ['r', 'y', y],
        ],
        0,
        50,
        2,
      );
      return registers([done(write(1), 0, 50), done(write(2), 0, 50, 1), read]);
    };
    expect(pair(1, 1).valid).toBe('valid');
    expect(pair(2, 2).valid).toBe('valid');
    const both = pair(1, 2);
    expect(names(both)).toEqual(['fractured-read']);
    expect(both.details).toMatchObject({ not: ['read-atomic'] });
    expect(both.anomalies[0]?.cycle?.map(({ type }) => type)).toEqual(['ww', 'ww']);
  });

  test('a step of lists is none of registers', () => {
    expect(registers([txn('ax1', 0, 5)]).summary).toContain('unknown here: ["append","x",1]');
  });
});

describe('what cannot be judged', () => {
  test.each<[string, Draft, string]>([
    ['another action', ok('read', null, 1, 0, 5), 'operation 0 is no transaction: its action is `read`'],
    ['no steps', ok('txn', null, null, 0, 5), 'operation 0 is no transaction: null is no list of steps'],
    [
      'a strange step',
      ok('txn', [['cas', 'x', 1]], [['cas', 'x', 1]], 0, 5),
      'a step that is unknown here: ["cas","x",1]',
    ],
    ['a strange value', ok('txn', [['r', 'x', null]], [['r', 'x', 1]], 0, 5), 'unknown here: ["r","x",1]'],
    ['nothing committed', fail('txn', [['append', 'x', 1]], 0, 5), '0 of 1 transactions committed'],
  ])('%s is unknown', (_, operation, reason) => {
    const verdict = check([operation]);
    expect(verdict.valid).toBe('unknown');
    expect(verdict.summary).toContain(reason);
  });

  test('a level that does not exist is unknown, with the one that was meant', () => {
    const verdict = check([txn('ax1', 0, 5)], { consistency: 'serialisable' });
    expect(verdict).toMatchObject({
      valid: 'unknown',
      summary: 'no consistency model `serialisable`; did you mean serializable?',
    });
  });

  test('an empty history is valid', () => expect(check([]).valid).toBe('valid'));
});
