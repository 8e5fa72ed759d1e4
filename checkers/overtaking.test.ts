import { expect, test } from 'vitest';
import { type Draft, fail, fault, historyOf, info, names, ok, open } from './history.fixture.ts';
import { overtaking } from './overtaking.ts';

const acquire = (process: number, from: number, to: number, key = 'k') =>
  ok('acquire', 1, null, from, to, { process, key });
/** Requests of `process` that each take a millisecond. */
const quick = (process: number, from: number, count: number, key = 'k') =>
  Array.from({ length: count }, (_, place) => acquire(process, from + 2 * place, from + 2 * place + 1, key));
/** The service is up. */
const served = acquire(9, -2, -1);
const check = (operations: readonly Draft[], faults: Parameters<typeof historyOf>[0]['faults'] = []) =>
  overtaking({ most: 3 }).check(historyOf({ operations: [served, ...operations], faults }));

test('those who are served in turn are acquitted, and so are a few who were overtaken on the way', () => {
  expect(check([acquire(1, 0, 10), acquire(2, 1, 20), acquire(3, 2, 30)]).valid).toBe('valid');
  const verdict = check([acquire(1, 0, 50), ...quick(2, 1, 3)]);
  expect(verdict).toMatchObject({ valid: 'valid', details: { worst: 3 } });
});

test('a request that more were preferred to is convicted, whether or not it was served in the end', () => {
  const waiting = { process: 1, key: 'k' };
  for (const late of [acquire(1, 0, 50), info('acquire', 1, 0, 50, waiting), open('acquire', 1, 0, waiting)]) {
    const verdict = check([late, ...quick(2, 1, 4)]);
    expect(names(verdict)).toEqual(['starvation']);
    expect(verdict.anomalies[0]).toMatchObject({ operations: [1, 2, 3, 4, 5], at: 0 });
    expect(verdict.anomalies[0]?.because).toContain('was overtaken by 4 later requests within 8 ms');
  }
});

test('requests for another lock, and those that came first, overtake nobody', () => {
  expect(check([acquire(1, 0, 50), ...quick(2, 1, 9, 'other')]).valid).toBe('valid');
  expect(check([...quick(2, 0, 9), acquire(1, 30, 50)]).valid).toBe('valid');
});

test('whoever waits during a fault is not judged', () => {
  const starved = [acquire(1, 0, 50), ...quick(2, 1, 9)];
  expect(check(starved, [fault('partition', ['n1'], 20, 25)]).valid).toBe('valid');
  expect(check(starved, [fault('partition', ['n1'], 60, 65)]).valid).toBe('invalid');
});

test('whoever asked before anybody was served is not judged: the service may not have been up', () => {
  const operations = [acquire(1, 0, 50), ...quick(2, 1, 9)];
  expect(overtaking({ most: 3 }).check(historyOf({ operations })).valid).toBe('valid');
});

test('nothing can be said where nobody waited', () => {
  expect(overtaking().check(historyOf({ operations: [fail('acquire', 1, 0, 1)] })).valid).toBe('unknown');
  expect(check([]).valid).toBe('unknown');
});
