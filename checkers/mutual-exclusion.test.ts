import { describe, expect, test } from 'vitest';
import type { Json } from '../harness/core/types.ts';
import { type Draft, fail, historyOf, info, names, ok } from './history.fixture.ts';
import { mutualExclusion } from './mutual-exclusion.ts';

const check = (...operations: readonly Draft[]) => mutualExclusion().check(historyOf({ operations }));

/** A lease of 100 ms. */
const acquire = (process: number, token: number, from: number, to: number, waitedMs = 0, key = 'k') =>
  ok('acquire', 100, { token, ttlMs: 100, waitedMs }, from, to, { process, key, node: `h${process}` });
const release = (process: number, from: number, to: number) =>
  ok('release', null, null, from, to, { process, key: 'k' });
const write = (process: number, value: number, from: number, to: number) =>
  ok('write', value, null, from, to, { process, key: 'k', node: `h${process}` });
const read = (at: number, ...taken: readonly Json[]) =>
  ok('read', null, taken, at, at + 1, { key: 'k', phase: 'final', process: 9 });

describe('acquitted', () => {
  test('one after the other: the first lease was given back, the second ran out', () => {
    const verdict = check(
      acquire(1, 1, 0, 2),
      release(1, 30, 32),
      acquire(2, 2, 5, 33, 27),
      acquire(3, 3, 6, 140, 130),
    );
    expect(verdict).toMatchObject({ valid: 'valid', anomalies: [] });
    expect(verdict.summary).toContain('3 grants');
  });

  test('a grant that is heard before the release of the one before it is answered', () => {
    expect(check(acquire(1, 1, 0, 2), release(1, 30, 50), acquire(2, 2, 5, 33, 27)).valid).toBe('valid');
  });

  test('a release of unknown fate, which may have come through', () => {
    const lost = info('release', null, 30, 90, { process: 1, key: 'k' });
    expect(check(acquire(1, 1, 0, 2), lost, acquire(2, 2, 40, 45)).valid).toBe('valid');
  });

  test('a grant that was long on its way: the lease counts from when it was asked for', () => {
    // Asked for at 0 and heard at 90: it was perhaps granted at 1, and has run out at 101.
    expect(check(acquire(1, 1, 0, 90), acquire(2, 2, 95, 102, 5)).valid).toBe('valid');
  });

  test('holders of different locks', () => {
    expect(check(acquire(1, 1, 0, 2), acquire(2, 2, 5, 7, 0, 'other')).valid).toBe('valid');
  });

  test('clocks that differ by what quartz may', () => {
    expect(check(acquire(1, 1, 0, 2), acquire(2, 2, 5, 99.99, 95)).valid).toBe('valid');
  });

  test('a former holder whose write was refused, or reached the resource before any of its successor', () => {
    const refused = fail('write', 7, 50, 150, { process: 1, key: 'k' });
    expect(
      check(acquire(1, 1, 0, 2), refused, acquire(2, 2, 5, 102, 97), write(2, 8, 110, 120), read(200, [2, 8])),
    ).toEqual(expect.objectContaining({ valid: 'valid' }));
    const late = write(1, 7, 50, 106);
    expect(check(acquire(1, 1, 0, 2), late, acquire(2, 2, 5, 102, 97), read(200, [1, 7], [2, 8])).valid).toBe('valid');
  });
});

describe('convicted', () => {
  test('a grant while another lease is in force', () => {
    const verdict = check(acquire(1, 1, 0, 2), acquire(2, 2, 5, 60, 50));
    expect(names(verdict)).toEqual(['double-grant']);
    expect(verdict.anomalies[0]).toMatchObject({ operations: [0, 1], at: 60e6 });
    expect(verdict.anomalies[0]?.because).toContain('process 2 at h2 was granted the lock k (token 2) by 60 ms');
  });

  test('a lease that began late because it stood in line', () => {
    expect(names(check(acquire(1, 1, 0, 82, 80), acquire(2, 2, 100, 170, 60)))).toEqual(['double-grant']);
  });

  test('a grant before the release of the one before it was even sent', () => {
    expect(names(check(acquire(1, 1, 0, 2), acquire(2, 2, 5, 60, 50), release(1, 70, 72)))).toEqual(['double-grant']);
  });

  test('the same token twice', () => {
    const verdict = check(acquire(1, 1, 0, 2), release(1, 5, 7), acquire(2, 1, 10, 12));
    expect(names(verdict)).toEqual(['token-regression']);
  });

  test('a token smaller than one that was granted before it was asked for', () => {
    const verdict = check(acquire(1, 5, 0, 2), release(1, 5, 7), acquire(2, 4, 10, 12));
    expect(names(verdict)).toContain('token-regression');
  });

  test('a write of a former holder behind one of its successor', () => {
    const verdict = check(
      acquire(1, 1, 0, 2),
      info('write', 7, 50, 150, { process: 1, key: 'k' }),
      acquire(2, 2, 5, 102, 97),
      write(2, 8, 110, 120),
      read(200, [2, 8], [1, 7], [2, 9]),
    );
    expect(names(verdict)).toEqual(['stale-token-write']);
    expect(verdict.anomalies).toHaveLength(1);
    expect(verdict.anomalies[0]?.because).toContain('took the write of 7 with token 1 after that of 8 with token 2');
    expect(verdict.anomalies[0]?.operations).toEqual([2, 3, 4]);
  });

  test('a write that was acknowledged and is not there', () => {
    const verdict = check(acquire(1, 1, 0, 2), write(1, 7, 10, 20), read(200));
    expect(names(verdict)).toEqual(['lost-write']);
  });

  test('many of a kind are counted, and only the first told', () => {
    const all = Array.from({ length: 9 }, (_, place) => acquire(place, place + 1, place, place + 1));
    const verdict = check(...all);
    expect(verdict.anomalies).toHaveLength(5);
    expect(verdict.details).toMatchObject({ 'double-grant': 36 });
  });
});

describe('unknown', () => {
  test('nobody was granted anything', () => {
    expect(check(info('acquire', 100, 0, 50, { key: 'k' })).valid).toBe('unknown');
  });

  test('nobody looked at what was written', () => {
    expect(check(acquire(1, 1, 0, 2), write(1, 7, 10, 20)).valid).toBe('unknown');
  });
});
