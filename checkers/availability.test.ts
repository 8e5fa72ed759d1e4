import { describe, expect, test } from 'vitest';
import { availability } from './availability.ts';
import { type Draft, fail, fault, historyOf, info, names, ok } from './history.fixture.ts';

/** One write every 10 ms; those called in a gap are of unknown outcome. */
const load = (until: number, gaps: readonly (readonly [number, number])[], action = 'write'): readonly Draft[] =>
  Array.from({ length: until / 10 }, (_, i) => {
    const at = i * 10;
    return gaps.some(([from, to]) => from <= at && at < to)
      ? info(action, i, at, at + 5)
      : ok(action, i, null, at, at + 5);
  });

const check = (parts: Parameters<typeof historyOf>[0], options = {}) => availability(options).check(historyOf(parts));

test('an empty history is valid, with nothing measured', () => {
  const verdict = check({});
  expect(verdict.valid).toBe('valid');
  expect(verdict.details).toMatchObject({ ok: 0, all: 0, faults: [] });
});

test('measures the gap, and the time to the first answer after strike and heal', () => {
  const verdict = check({ operations: load(3000, [[1000, 2100]]), faults: [fault('kill', ['n1'], 1000, 2000)] });
  expect(verdict.valid).toBe('valid');
  expect(verdict.details).toMatchObject({
    longestGapMs: 1110,
    faults: [{ nemesis: 'kill', toAnswerMs: 1105, toRecoveryMs: 105 }],
  });
});

describe('where a recovery time is demanded', () => {
  const faults = [fault('kill', ['n1'], 1000, 2000)];

  test('a cluster that takes longer is unavailable', () => {
    const verdict = check({ operations: load(4000, [[1000, 2800]]), faults }, { mustRecoverWithinMs: 500 });
    expect(names(verdict)).toEqual(['unavailable']);
    expect(verdict.anomalies[0]?.operations.length).toBeGreaterThan(0);
  });

  test('one that makes it just in time is not', () => {
    expect(check({ operations: load(4000, [[1000, 2490]]), faults }, { mustRecoverWithinMs: 500 }).valid).toBe('valid');
  });

  test('one that is struck again meanwhile is not judged, and with no other heal the answer is unknown', () => {
    const both = [...faults, fault('kill', ['n2'], 2100, 2900)];
    const verdict = check({ operations: load(3000, [[1000, 3000]]), faults: both }, { mustRecoverWithinMs: 500 });
    expect(verdict.valid).toBe('unknown');
  });

  test('nor one that nobody asked anything', () => {
    expect(check({ operations: load(1000, []), faults }, { mustRecoverWithinMs: 500 }).valid).toBe('unknown');
  });

  test('the clock runs from the first question, not from the heal', () => {
    const late = load(4000, []).filter(({ calledAt }) => calledAt < 1e9 || calledAt > 3e9);
    expect(check({ operations: late, faults }, { mustRecoverWithinMs: 500 }).valid).toBe('valid');
  });

  test('reads are no excuse where writes are demanded', () => {
    const operations = [...load(4000, [], 'read'), ...load(4000, [[1000, 4000]])];
    expect(check({ operations, faults }, { mustRecoverWithinMs: 500 }).valid).toBe('valid');
    const verdict = check({ operations, faults }, { mustRecoverWithinMs: 500, actions: ['write', 'cas'] });
    expect(names(verdict)).toEqual(['unavailable']);
  });

  test('definite refusals are no answers either', () => {
    const refused = load(4000, []).map((one) =>
      one.calledAt < 1e9 ? one : fail('write', 1, one.calledAt / 1e6, one.calledAt / 1e6 + 5),
    );
    expect(names(check({ operations: refused, faults }, { mustRecoverWithinMs: 500 }))).toEqual(['unavailable']);
  });

  test('a fault that was skipped is none', () => {
    const skipped = [fault('kill', [], 1000, 2000, { skipped: 'nobody leads' })];
    expect(check({ operations: load(4000, [[1000, 4000]]), faults: skipped }, { mustRecoverWithinMs: 500 }).valid).toBe(
      'valid',
    );
  });
});
