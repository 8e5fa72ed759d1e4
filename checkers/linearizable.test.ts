import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../harness/core/types.ts';
import { type Draft, fail, historyOf, info, names, ok, open } from './history.fixture.ts';
import { linearizable } from './linearizable.ts';

const check = (operations: readonly Draft[], model = 'cas-register', options = {}) =>
  linearizable({ model, ...options }).check(historyOf({ operations }));

describe('a register', () => {
  test('an empty history is valid', () => {
    expect(check([]).valid).toBe('valid');
  });

  test('a read of the value before the last acknowledged write is a stale read, with its counterexample', () => {
    const verdict = check([
      ok('write', 1, null, 0, 10, { key: 'k0' }),
      ok('write', 2, null, 20, 30, { key: 'k0', process: 1 }),
      ok('read', null, 1, 40, 50, { key: 'k0', process: 2, node: 'n3' }),
    ]);
    expect(verdict.valid).toBe('invalid');
    expect(names(verdict)).toEqual(['stale-read']);
    const [anomaly] = verdict.anomalies;
    expect(anomaly?.operations).toEqual([2, 1]);
    expect(anomaly?.because).toContain('k0');
    expect(anomaly?.because).toContain('n3');
    expect(anomaly?.counterexample?.stations.map(({ operation, state }) => [operation, state])).toEqual([
      [0, '1'],
      [1, '2'],
    ]);
    expect(anomaly?.counterexample?.blocked[0]?.operation).toBe(2);
  });

  test('the same read is legal while the write is still under way', () => {
    const verdict = check([
      ok('write', 1, null, 0, 10),
      ok('write', 2, null, 20, 45, { process: 1 }),
      ok('read', null, 1, 40, 50, { process: 2 }),
    ]);
    expect(verdict.valid).toBe('valid');
  });

  test('a read of the initial null after an acknowledged write is stale', () => {
    expect(names(check([ok('write', 1, null, 0, 10), ok('read', null, null, 20, 30)]))).toEqual(['stale-read']);
  });

  test('a read of a value that nobody wrote is not linearizable, and not called stale', () => {
    expect(names(check([ok('write', 1, null, 0, 10), ok('read', null, 7, 20, 30)]))).toEqual(['nonlinearizable']);
  });

  test('two compare-and-sets from one value cannot both have swapped', () => {
    const both = [
      ok('write', 1, null, 0, 10),
      ok('cas', [1, 2], null, 20, 40),
      ok('cas', [1, 3], null, 20, 40, { process: 1 }),
    ];
    expect(names(check(both))).toEqual(['nonlinearizable']);
    expect(check([both[0] as Draft, both[1] as Draft, fail('cas', [1, 3], 20, 40, { process: 1 })]).valid).toBe(
      'valid',
    );
  });

  test('a failed cas did not happen and proves nothing; as an observation it convicts', () => {
    const history = [ok('write', 1, null, 0, 10), fail('cas', [1, 2], 20, 30, {}, 'precondition')];
    expect(check(history).valid).toBe('valid');
    expect(check(history, 'cas-register-observed').valid).toBe('invalid');
  });

  test('a write of unknown outcome may take effect late, or never', () => {
    const unknownWrite = info('write', 2, 20, 30, { process: 1 });
    const before = ok('write', 1, null, 0, 10);
    expect(check([before, unknownWrite, ok('read', null, 1, 40, 50)]).valid).toBe('valid');
    expect(check([before, unknownWrite, ok('read', null, 1, 40, 50), ok('read', null, 2, 60, 70)]).valid).toBe('valid');
    // But not be undone once it was seen.
    const undone = check([before, unknownWrite, ok('read', null, 2, 40, 50), ok('read', null, 1, 60, 70)]);
    expect(names(undone)).toEqual(['stale-read']);
  });

  test('a write that was never answered is unknown too', () => {
    const operations = [ok('write', 1, null, 0, 10), open('write', 2, 20, { process: 1 }), ok('read', null, 2, 40, 50)];
    expect(check(operations).valid).toBe('valid');
  });

  test('a write that failed must not be seen', () => {
    expect(check([fail('write', 2, 0, 10), ok('read', null, 2, 20, 30)]).valid).toBe('invalid');
    expect(check([fail('write', 2, 0, 10), ok('read', null, null, 20, 30)]).valid).toBe('valid');
  });

  test('a read of unknown outcome proves nothing', () => {
    expect(check([ok('write', 1, null, 0, 10), info('read', null, 20, 30), fail('read', null, 20, 30)]).valid).toBe(
      'valid',
    );
  });

  test('keys are objects of their own: one convicted, the other not accused', () => {
    const verdict = check([
      ok('write', 1, null, 0, 10, { key: 'a' }),
      ok('read', null, null, 20, 30, { key: 'b' }),
      ok('read', null, null, 20, 30, { key: 'a', process: 1 }),
    ]);
    expect(verdict.anomalies.map(({ counterexample }) => counterexample?.key)).toEqual(['a']);
    expect(verdict.anomalies[0]?.operations[0]).toBe(2);
  });
});

describe('what cannot be judged is unknown', () => {
  test('no model, a model that does not exist, an action that the model does not know', () => {
    const history = historyOf({ operations: [ok('write', 1, null, 0, 10)] });
    expect(linearizable().check(history).valid).toBe('unknown');
    expect(linearizable({ model: 'tree' }).check(history).summary).toContain('tree');
    expect(linearizable({ model: 'toString' }).check(history).valid).toBe('unknown');
    expect(check([ok('append', 1, null, 0, 10)]).summary).toContain('`append`');
  });

  test('the header names the model where the checker does not', () => {
    const operations = [ok('write', 1, null, 0, 10), ok('read', null, null, 20, 30)];
    expect(linearizable().check(historyOf({ operations, header: { model: 'register' } })).valid).toBe('invalid');
  });

  test('a spent budget', () => {
    const operations = Array.from({ length: 40 }, (_, i) => ok('write', i % 3, null, 0, 1000, { process: i }));
    const reads = Array.from({ length: 40 }, (_, i) => ok('read', null, i % 3, 0, 1000, { process: 40 + i }));
    const verdict = check([...operations, ...reads, ok('read', null, 9, 1001, 1002)], 'cas-register', {
      configurations: 1,
    });
    expect(verdict.valid).toBe('unknown');
  });
});

describe('lists and sets', () => {
  test('a list read without its last acknowledged element is stale; with it, legal', () => {
    const appends = [ok('append', 1, null, 0, 10), ok('append', 2, null, 20, 30)];
    expect(names(check([...appends, ok('read', null, [1], 40, 50)], 'append-list'))).toEqual(['stale-read']);
    expect(check([...appends, ok('read', null, [1, 2], 40, 50)], 'append-list').valid).toBe('valid');
  });

  test('two reads that disagree about the order of a list cannot both be right', () => {
    const both = [ok('append', 1, null, 0, 10), ok('append', 2, null, 0, 10, { process: 1 })];
    const reads = [ok('read', null, [1, 2], 20, 30), ok('read', null, [2, 1], 40, 50)];
    expect(names(check([...both, ...reads], 'append-list'))).toEqual(['nonlinearizable']);
  });

  test('a set reads in any order', () => {
    const adds = [ok('add', 1, null, 0, 10), ok('add', 2, null, 20, 30)];
    expect(check([...adds, ok('read', null, [2, 1], 40, 50)], 'set').valid).toBe('valid');
    expect(names(check([...adds, ok('read', null, [1], 40, 50)], 'set'))).toEqual(['stale-read']);
  });
});

describe('other objects', () => {
  test.each([
    ['queue', [ok('enqueue', 1, null, 0, 1), ok('enqueue', 2, null, 2, 3), ok('dequeue', null, 1, 4, 5)], true],
    ['queue', [ok('enqueue', 1, null, 0, 1), ok('enqueue', 2, null, 2, 3), ok('dequeue', null, 2, 4, 5)], false],
    ['counter', [ok('add', 2, null, 0, 1), info('add', 3, 2, 3), ok('read', null, 5, 4, 5)], true],
    ['counter', [ok('add', 2, null, 0, 1), info('add', 3, 2, 3), ok('read', null, 4, 4, 5)], false],
    [
      'mutex',
      [ok('acquire', null, null, 0, 1), ok('release', null, null, 2, 3), ok('acquire', null, null, 4, 5)],
      true,
    ],
    ['mutex', [ok('acquire', null, null, 0, 1), ok('acquire', null, null, 4, 5)], false],
    ['key-value', [ok('append', 'x', null, 0, 1), ok('append', 'y', null, 2, 3), ok('get', null, 'xy', 4, 5)], true],
    ['key-value', [ok('append', 'x', null, 0, 1), ok('append', 'y', null, 2, 3), ok('get', null, 'yx', 4, 5)], false],
    ['register', [ok('write', 1, null, 0, 1), ok('read', null, 1, 2, 3)], true],
    ['register', [ok('write', 1, null, 0, 1), ok('read', null, 2, 2, 3)], false],
  ] as const)('a %s', (model, operations, legal) => {
    expect(check(operations, model).valid).toBe(legal ? 'valid' : 'invalid');
  });
});

/** Tries every order of what returned, with every choice of the unknown ones: small histories only. */
function hasOrder(operations: readonly Operation[], state: unknown, left: readonly Operation[] = operations): boolean {
  const mustReturn = left.filter(({ completion }) => completion.type === 'ok');
  if (mustReturn.length === 0) return true;
  const horizon = Math.min(...mustReturn.map(({ returnedAt }) => returnedAt as number));
  return left.some((next) => {
    if (next.calledAt > horizon) return false;
    const { action, input, completion } = next;
    const rest = left.filter((other) => other !== next);
    if (action === 'write') return hasOrder(operations, input, rest);
    if (action === 'read')
      return completion.type === 'ok' && completion.output === state && hasOrder(operations, state, rest);
    const [from, to] = input as [unknown, unknown];
    return from === state && hasOrder(operations, to, rest);
  });
}

test('agrees with trying every order, on small histories with few values, open operations and failures', () => {
  const value = fc.integer({ min: 1, max: 3 });
  const operation = fc.record({
    kind: fc.constantFrom('read', 'write', 'cas'),
    value,
    from: fc.option(value),
    at: fc.integer({ min: 0, max: 30 }),
    lasts: fc.integer({ min: 1, max: 15 }),
    end: fc.constantFrom('ok', 'ok', 'ok', 'info', 'fail', 'open'),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 7 }), (drafts) => {
      // Times are made distinct: at equal times the checker claims less than an order of events would.
      const operations = drafts.map(({ kind, value: written, from, at, lasts, end }, i): Draft => {
        const called = at + i / 100;
        const returned = at + lasts + i / 100 + 0.005;
        const input = kind === 'read' ? null : kind === 'write' ? written : [from, written];
        const extra = { process: i };
        if (end === 'ok') return ok(kind, input, kind === 'read' ? from : null, called, returned, extra);
        if (end === 'fail') return fail(kind, input, called, returned, extra);
        return end === 'info' ? info(kind, input, called, returned, extra) : open(kind, input, called, extra);
      });
      const history = historyOf({ operations });
      const happened = history.operations.filter(({ completion }) => completion.type !== 'fail');
      const expected = hasOrder(happened, null) ? 'valid' : 'invalid';
      expect(linearizable({ model: 'cas-register' }).check(history).valid).toBe(expected);
    }),
    { numRuns: 3000 },
  );
});
