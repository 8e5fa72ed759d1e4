import { describe, expect, test } from 'vitest';
import { type Draft, event, fault, historyOf, names, note } from '../../../checkers/history.fixture.ts';
import { milliseconds } from '../../../harness/core/define.ts';
import type { Json } from '../../../harness/core/types.ts';
import { timeoutError } from './client.ts';
import { falsePositive, fastFail, protection, recovery, trials } from './patterns/checks.ts';

interface CallDraft {
  readonly caller?: string;
  readonly to?: string;
  readonly outcome?: 'ok' | 'error' | 'bad' | 'rejected' | 'timeout' | 'lost';
  readonly state?: string;
  readonly period?: number;
  readonly tookMs?: number;
}

/** Called at `at` milliseconds. */
function call(
  at: number,
  { caller = 'c1', to = 'd1', outcome = 'ok', state = 'Closed', period = 0, tookMs = 10 }: CallDraft = {},
): Draft {
  const body = {
    action: 'call',
    node: caller,
    process: 0,
    input: { to, kind: outcome === 'bad' ? 'bad' : 'good' },
    calledAt: milliseconds(at),
  };
  const returnedAt = milliseconds(at + tookMs + 1);
  if (outcome === 'timeout') return { ...body, returnedAt, completion: { type: 'info', error: timeoutError } };
  if (outcome === 'lost') return { ...body, returnedAt, completion: { type: 'info', error: 'reset' } };
  const output: Json =
    outcome === 'rejected' ? { outcome, instance: to, state } : { outcome, instance: to, state, period, tookMs };
  if (outcome === 'ok') return { ...body, returnedAt, completion: { type: 'ok', output } };
  return { ...body, returnedAt, completion: { type: 'fail', error: outcome, output } };
}

const calls = (count: number, from: number, every: number, draft: CallDraft = {}): readonly Draft[] =>
  Array.from({ length: count }, (_, i) => call(from + i * every, draft));

const move = (from: string, to: string, at: number, instance = 'd1', caller = 'c1') =>
  note(caller, 'breaker', { instance, from, to }, at);

describe('opening', () => {
  const openedAt = (at: number, ...operations: (readonly Draft[])[]) =>
    falsePositive.check(historyOf({ operations: operations.flat(), events: [move('Closed', 'Open', at)] }));

  test('on one failure in many is a false positive', () => {
    const verdict = openedAt(1000, calls(40, 100, 20), [call(900, { outcome: 'error' })]);
    expect(names(verdict)).toEqual(['false-positive']);
    expect(verdict.anomalies[0]?.at).toBe(milliseconds(1000));
  });

  test('on mostly failed, timed out or slow calls is right', () => {
    for (const trouble of [{ outcome: 'error' }, { outcome: 'timeout' }, { tookMs: 200 }] as const) {
      expect(openedAt(1500, calls(20, 100, 20), calls(30, 500, 20, trouble)).valid).toBe('valid');
    }
  });

  test('on the caller’s own errors is a false positive, however many they are', () => {
    const verdict = openedAt(1500, calls(30, 100, 20), calls(60, 110, 20, { outcome: 'bad' }));
    expect(names(verdict)).toEqual(['false-positive']);
  });

  test('on failures of another instance, or of another caller, is too', () => {
    expect(openedAt(1500, calls(30, 100, 20), calls(60, 110, 20, { outcome: 'error', to: 'd2' })).valid).toBe(
      'invalid',
    );
    expect(openedAt(1500, calls(30, 100, 20), calls(60, 110, 20, { outcome: 'error', caller: 'c2' })).valid).toBe(
      'invalid',
    );
  });

  test('of one circuit for all is judged instance by instance', () => {
    const operations = [...calls(40, 100, 20, { to: 'd2' }), ...calls(40, 110, 20, { outcome: 'error' })];
    const verdict = falsePositive.check(historyOf({ operations, events: [move('Closed', 'Open', 1000, '*')] }));
    expect(verdict.anomalies).toHaveLength(1);
    expect(verdict.anomalies[0]?.because).toContain('d2');
  });

  test('is not judged by what happened before the window, or before the circuit last closed', () => {
    const failures = calls(60, 100, 10, { outcome: 'error' });
    expect(openedAt(5000, failures, calls(30, 4200, 20)).valid).toBe('invalid');
    const events = [move('Closed', 'Open', 10), move('HalfOpen', 'Closed', 800), move('Closed', 'Open', 1500)];
    const verdict = falsePositive.check(historyOf({ operations: [...failures, ...calls(40, 810, 15)], events }));
    expect(verdict.anomalies.map(({ at }) => at)).toEqual([milliseconds(1500)]);
  });

  test('after a handful of calls cannot be judged; nor after lost connections, which say nothing', () => {
    expect(openedAt(1000, calls(5, 100, 20)).valid).toBe('unknown');
    expect(openedAt(1000, calls(50, 100, 10, { outcome: 'lost' })).valid).toBe('unknown');
  });

  test('while calls were lost is not judged: only the breaker knows what came of them', () => {
    const lost = [call(500, { outcome: 'lost' })];
    expect(openedAt(1000, calls(40, 100, 20), lost).valid).toBe('unknown');
    // Lost calls of another circuit, or of long ago, are no excuse.
    expect(openedAt(1000, calls(40, 100, 20), [call(500, { outcome: 'lost', to: 'd2' })]).valid).toBe('invalid');
    expect(openedAt(5000, calls(40, 4000, 20), lost).valid).toBe('invalid');
  });

  test('again from HalfOpen needs no sample', () => {
    const history = historyOf({ operations: calls(40, 100, 20), events: [move('HalfOpen', 'Open', 1000)] });
    expect(falsePositive.check(history).valid).toBe('valid');
  });
});

describe('protection', () => {
  const ill = [fault('dependency', ['d1'], 1000, 6000, { options: { failureRate: 1 } })];

  test('is missing where most calls still reach a dependency that fails', () => {
    const operations = calls(200, 1000, 25, { outcome: 'error' });
    expect(names(protection.check(historyOf({ operations, faults: ill })))).toEqual(['unprotected']);
  });

  test('is there where a few trials do', () => {
    const operations = [
      ...calls(80, 1000, 20, { outcome: 'error' }),
      ...calls(150, 2600, 20, { outcome: 'rejected' }),
      ...calls(9, 3300, 300, { outcome: 'error' }),
    ];
    expect(protection.check(historyOf({ operations, faults: ill })).valid).toBe('valid');
  });

  test('is not asked for against mild or short illness', () => {
    const operations = calls(200, 1000, 25);
    const mild = [fault('dependency', ['d1'], 1000, 6000, { options: { failureRate: 0.3 } })];
    const short = [fault('dependency', ['d1'], 1000, 3000, { options: { failureRate: 1 } })];
    expect(protection.check(historyOf({ operations, faults: mild })).valid).toBe('valid');
    expect(protection.check(historyOf({ operations, faults: short })).valid).toBe('valid');
  });
});

describe('trials', () => {
  const trial = (count: number, draft: CallDraft = {}) =>
    calls(count, 100, 1, { state: 'HalfOpen', period: 2, ...draft });
  const check = (operations: readonly Draft[], events: Parameters<typeof historyOf>[0]['events'] = []) =>
    trials.check(historyOf({ operations, events }));

  test('three are allowed, four are a herd', () => {
    expect(check(trial(3)).valid).toBe('valid');
    expect(names(check(trial(4)))).toEqual(['half-open-herd']);
    expect(names(check(trial(4, { outcome: 'error' })))).toEqual(['half-open-herd']);
  });

  test('each period, circuit, caller and life has its own', () => {
    expect(
      check([...trial(3), ...trial(3, { period: 4 }), ...trial(3, { to: 'd2' }), ...trial(3, { caller: 'c2' })]).valid,
    ).toBe('valid');
    const later = calls(3, 900, 1, { state: 'HalfOpen', period: 2 });
    expect(check([...trial(3), ...later]).valid).toBe('invalid');
    expect(check([...trial(3), ...later], [event('c1', 'started', 0), event('c1', 'started', 500)]).valid).toBe(
      'valid',
    );
  });

  test('one circuit for all has one period for all', () => {
    const events = [move('Open', 'HalfOpen', 90, '*')];
    expect(check([...trial(2), ...trial(2, { to: 'd2' })], events).valid).toBe('invalid');
  });

  test('bad and rejected calls are none', () => {
    expect(check([...trial(3), ...trial(5, { outcome: 'bad' }), ...trial(50, { outcome: 'rejected' })]).valid).toBe(
      'valid',
    );
  });
});

describe('recovery', () => {
  const ill = [fault('dependency', ['d1'], 1000, 4000)];
  const rejections = (from: number, until: number): readonly Draft[] =>
    calls(Math.floor((until - from) / 20), from, 20, { outcome: 'rejected', state: 'Open', tookMs: 0 });
  const check = (parts: Parameters<typeof historyOf>[0]) => recovery.check(historyOf({ faults: ill, ...parts }));

  test('a circuit that stays open although the dependency is well is stuck', () => {
    const verdict = check({
      operations: rejections(2000, 9000),
      events: [move('Closed', 'Open', 2000)],
      endedAt: 9000,
    });
    expect(names(verdict)).toEqual(['stuck-open']);
    expect(verdict.anomalies[0]?.because).toContain('to the end');
  });

  test('one that closes a reset time after the heal is not', () => {
    const events = [move('Closed', 'Open', 2000), move('Open', 'HalfOpen', 5000), move('HalfOpen', 'Closed', 5100)];
    expect(check({ operations: rejections(2000, 5100), events, endedAt: 9000 }).valid).toBe('valid');
  });

  test('one that closes much later is', () => {
    const events = [move('Closed', 'Open', 2000), move('Open', 'HalfOpen', 8000), move('HalfOpen', 'Closed', 8100)];
    expect(names(check({ operations: rejections(2000, 8100), events, endedAt: 9000 }))).toEqual(['stuck-open']);
  });

  test('a failed trial after the heal excuses another reset time', () => {
    const trial = call(5000, { outcome: 'error', state: 'HalfOpen' });
    const events = [move('Closed', 'Open', 2000), move('HalfOpen', 'Open', 5020), move('HalfOpen', 'Closed', 6100)];
    expect(check({ operations: [...rejections(2000, 6100), trial], events, endedAt: 9000 }).valid).toBe('valid');
  });

  test('one that nobody calls, or that had no time, is not accused', () => {
    expect(
      check({ operations: rejections(2000, 4000), events: [move('Closed', 'Open', 2000)], endedAt: 9000 }).valid,
    ).toBe('valid');
    expect(
      check({ operations: rejections(2000, 5300), events: [move('Closed', 'Open', 2000)], endedAt: 5300 }).valid,
    ).toBe('valid');
  });

  test('nor one whose process died', () => {
    const events = [move('Closed', 'Open', 2000), event('c1', 'killed', 4500), event('c1', 'started', 4600)];
    expect(check({ operations: rejections(2000, 4500), events, endedAt: 9000 }).valid).toBe('valid');
  });
});

describe('fast failure', () => {
  const answered = calls(40, 100, 20, { tookMs: 10 });
  const check = (tookMs: number, faults: Parameters<typeof historyOf>[0]['faults'] = []) =>
    fastFail.check(
      historyOf({ operations: [...answered, ...calls(40, 105, 20, { outcome: 'rejected', tookMs })], faults }),
    );

  test('is quicker than an answer', () => {
    expect(check(0).valid).toBe('valid');
    expect(names(check(100))).toEqual(['slow-rejection']);
  });

  test('is not asked of a caller that was struck', () => {
    expect(check(100, [fault('pause', ['c1'], 0, 5000)]).valid).toBe('valid');
    expect(check(100, [fault('pause', ['d1'], 0, 5000)]).valid).toBe('invalid');
  });

  test('cannot be judged from three refusals', () => {
    const operations = [...answered, ...calls(3, 105, 20, { outcome: 'rejected', tookMs: 0 })];
    expect(fastFail.check(historyOf({ operations })).valid).toBe('unknown');
  });
});

test('an empty history convicts nobody', () => {
  for (const checker of [falsePositive, protection, trials, recovery, fastFail]) {
    expect(checker.check(historyOf({})).valid).toBe('valid');
  }
});
