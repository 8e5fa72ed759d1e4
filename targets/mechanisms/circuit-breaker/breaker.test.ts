import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../harness/core/random.ts';
import { type Admission, type BreakerState, createBreaker, type Outcome, type Refusal } from './breaker.ts';
import { reference, type Settings, settingsOf } from './settings.ts';

const good: Outcome = { failed: false, slow: false };
const bad: Outcome = { failed: true, slow: false };
const slow: Outcome = { failed: false, slow: true };
const ms = (count: number): number => count * 1e6;

/** No ramp, unless a test asks for one: admission must not depend on chance. */
function breakerWith(settings: Partial<Settings> = {}) {
  const moves: string[] = [];
  const breaker = createBreaker({ ...settingsOf({ rampFrom: 1 }), ...settings }, createRandom(1), (from, to) => {
    moves.push(`${from} → ${to}`);
  });
  const call = (outcome: Outcome, now: number): boolean => {
    const admission = breaker.admit(now);
    if ('refused' in admission) return false;
    breaker.record(admission, outcome, now);
    return true;
  };
  const times = (count: number, outcome: Outcome, from: number): void => {
    for (let i = 0; i < count; i++) call(outcome, from + ms(i));
  };
  const admitted = (now: number): Admission => {
    const admission = breaker.admit(now);
    if ('refused' in admission) throw new Error(`refused: ${admission.refused}`);
    return admission;
  };
  const refused = (now: number): Refusal['refused'] | undefined => {
    const admission = breaker.admit(now);
    return 'refused' in admission ? admission.refused : undefined;
  };
  return { breaker, moves, call, times, admitted, refused };
}

/** An open one: opened at 100 ms. */
function opened(settings: Partial<Settings> = {}) {
  const it = breakerWith(settings);
  it.times(20, bad, ms(81));
  expect(it.breaker.state).toBe('Open');
  return it;
}

describe('Closed', () => {
  test('opens when more than half of the calls failed, and not before there are enough of them', () => {
    const { breaker, times, call } = breakerWith();
    times(19, bad, 0);
    expect(breaker.state).toBe('Closed');
    call(bad, ms(20));
    expect(breaker.state).toBe('Open');
  });

  test('stays closed at exactly half: the document says more than the threshold', () => {
    const { breaker, times, call } = breakerWith();
    times(20, good, 0);
    times(20, bad, ms(20));
    expect(breaker.state).toBe('Closed');
    call(bad, ms(41));
    expect(breaker.state).toBe('Open');
  });

  test('opens on slow calls too', () => {
    const { breaker, times } = breakerWith();
    times(20, slow, 0);
    expect(breaker.state).toBe('Open');
  });

  test('forgets what has rolled out of the window', () => {
    const { breaker, times } = breakerWith();
    times(19, bad, 0);
    times(20, good, ms(2300));
    expect(breaker.counts(ms(2320))).toEqual({ calls: 20, failed: 0, slow: 0 });
    expect(breaker.state).toBe('Closed');
  });

  test('does not hear of ignored calls', () => {
    const { breaker, times } = breakerWith();
    times(100, 'ignored', 0);
    expect(breaker.counts(ms(100)).calls).toBe(0);
    expect(breaker.state).toBe('Closed');
  });
});

describe('Open', () => {
  test('refuses at once until the reset time is over, then half-opens', () => {
    const { breaker, refused, moves } = opened();
    expect(refused(ms(500))).toBe('open');
    expect(refused(ms(1099))).toBe('open');
    breaker.wake(ms(1099));
    expect(breaker.state).toBe('Open');
    breaker.wake(ms(1100));
    expect(moves).toEqual(['Closed → Open', 'Open → HalfOpen']);
  });

  test('half-opens on a call, should the timer be late', () => {
    const { breaker, admitted } = opened();
    expect(admitted(ms(1500)).state).toBe('HalfOpen');
    expect(breaker.state).toBe('HalfOpen');
  });
});

describe('HalfOpen', () => {
  test('lets so many through on trial and refuses the rest', () => {
    const { admitted, refused } = opened();
    for (let i = 0; i < reference.trialCalls; i++) admitted(ms(1200));
    expect(refused(ms(1200))).toBe('trials');
  });

  test('closes when all of them succeeded', () => {
    const { breaker, times, moves } = opened();
    times(2, good, ms(1200));
    expect(breaker.state).toBe('HalfOpen');
    times(1, good, ms(1210));
    expect(moves.at(-1)).toBe('HalfOpen → Closed');
  });

  test.each([
    ['failed', bad],
    ['was slow', slow],
  ] as const)('opens again when one %s, for another whole reset time', (_, outcome) => {
    const { breaker, call, refused, moves } = opened();
    call(good, ms(1200));
    call(outcome, ms(1210));
    expect(moves.at(-1)).toBe('HalfOpen → Open');
    expect(refused(ms(2209))).toBe('open');
    breaker.wake(ms(2210));
    expect(breaker.state).toBe('HalfOpen');
  });

  test('gives the place of an ignored trial to another, and does not wait for ever', () => {
    const { breaker, times } = opened();
    times(50, 'ignored', ms(1200));
    expect(breaker.state).toBe('HalfOpen');
    times(3, good, ms(1300));
    expect(breaker.state).toBe('Closed');
  });

  test('does not count an answer to a call from before', () => {
    const it = breakerWith();
    const late = [it.admitted(ms(50)), it.admitted(ms(51))];
    it.times(20, bad, ms(81));
    it.breaker.wake(ms(1200));
    for (const admission of late) it.breaker.record(admission, bad, ms(1201));
    expect(it.breaker.state).toBe('HalfOpen');
  });

  test('nor one from an earlier trial', () => {
    const it = opened();
    const late = it.admitted(ms(1200));
    it.call(bad, ms(1201));
    it.breaker.wake(ms(2300));
    it.breaker.record(late, bad, ms(2301));
    expect(it.breaker.state).toBe('HalfOpen');
    for (let i = 0; i < 3; i++) expect(it.call(good, ms(2302))).toBe(true);
    expect(it.breaker.state).toBe('Closed');
  });
});

test('after closing, the share of calls let through grows with time', () => {
  const { breaker, times } = opened({ rampFrom: 0.25 });
  times(3, good, ms(1200));
  expect(breaker.state).toBe('Closed');
  const share = (from: number): number => {
    let through = 0;
    for (let i = 0; i < 1000; i++) if (!('refused' in breaker.admit(from))) through++;
    return through / 1000;
  };
  expect(share(ms(1203))).toBeLessThan(0.32);
  expect(share(ms(1203 + 500))).toBeGreaterThan(0.5);
  expect(share(ms(1203 + 500))).toBeLessThan(0.75);
  expect(share(ms(1203 + 1000))).toBe(1);
});

describe('without its preventions', () => {
  test('the first failure opens', () => {
    const { breaker, times, call } = breakerWith({ judgesRate: false });
    times(500, good, 0);
    call(bad, ms(600));
    expect(breaker.state).toBe('Open');
  });

  test('it never half-opens', () => {
    const { breaker, refused } = opened({ halfOpens: false });
    breaker.wake(ms(1e9));
    expect(refused(ms(1e9))).toBe('open');
  });

  test('everybody is let through in HalfOpen', () => {
    const { admitted } = opened({ limitsTrials: false });
    for (let i = 0; i < 100; i++) expect(admitted(ms(1200)).state).toBe('HalfOpen');
  });
});

/** The same machine, said as plainly as possible: all calls are remembered, and the window is a filter. */
function oracle(settings: Settings) {
  let state: BreakerState = 'Closed';
  let since = 0;
  let seen: { part: number; outcome: Exclude<Outcome, 'ignored'> }[] = [];
  const part = (now: number): number => Math.floor(now / ((settings.windowMs * 1e6) / settings.buckets));
  const move = (to: BreakerState, now: number): void => {
    state = to;
    since = now;
    seen = [];
  };
  return {
    state: () => state,
    wake(now: number): void {
      if (state === 'Open' && now - since >= settings.resetMs * 1e6) move('HalfOpen', now);
    },
    record(outcome: Exclude<Outcome, 'ignored'>, now: number): void {
      if (state === 'Open') return;
      seen.push({ part: part(now), outcome });
      if (state === 'HalfOpen') {
        if (outcome.failed || outcome.slow) move('Open', now);
        else if (seen.length === settings.trialCalls) move('Closed', now);
        return;
      }
      const window = seen.filter((one) => one.part > part(now) - settings.buckets);
      const share = (count: number): number => count / window.length;
      const failed = share(window.filter((one) => one.outcome.failed).length);
      const late = share(window.filter((one) => one.outcome.slow).length);
      if (window.length < settings.minimumVolume) return;
      if (failed > settings.failureRateThreshold || late > settings.slowRateThreshold) move('Open', now);
    },
  };
}

test('agrees with an oracle that remembers every call', () => {
  const settings = settingsOf({ rampFrom: 1, minimumVolume: 4 });
  const step = fc.record({
    after: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 1500 })),
    outcome: fc.constantFrom(good, good, bad, slow, { failed: true, slow: true }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { breaker, call } = breakerWith(settings);
      const plain = oracle(settings);
      let now = 0;
      for (const { after, outcome } of steps) {
        now += ms(after);
        plain.wake(now);
        if (call(outcome, now)) plain.record(outcome, now);
        expect(breaker.state).toBe(plain.state());
      }
    }),
    { numRuns: 500 },
  );
});
