/**
 * The state machine of one circuit: Closed, Open, HalfOpen, and no edge that the document (M9) does not draw. It knows no
 * network and no timers; time is handed in, from a clock that never jumps.
 *
 * The one surprise: an answer counts only for the period in which its call was let through. A failure of a call from
 * before the opening, come home during the trial, says nothing about the trial.
 */
import type { Random } from '../../../harness/core/random.ts';
import type { Nanos } from '../../../harness/core/types.ts';
import type { Settings } from './settings.ts';

export type BreakerState = 'Closed' | 'Open' | 'HalfOpen';

/** Leave to make one call; to be given back with the call's outcome. */
export interface Admission {
  readonly state: BreakerState;
  readonly period: number;
}

export interface Refusal {
  readonly state: BreakerState;
  /** `open`; `trials`: all trial calls are under way; `ramp`: closed again, but not yet for everybody. */
  readonly refused: 'open' | 'trials' | 'ramp';
}

/** `ignored`: the call proves nothing about the dependency (the caller's own mistake). */
export type Outcome = { readonly failed: boolean; readonly slow: boolean } | 'ignored';

export interface Counts {
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
}

export interface Breaker {
  readonly state: BreakerState;
  /** One more with every transition. */
  readonly period: number;
  admit(now: Nanos): Admission | Refusal;
  record(admission: Admission, outcome: Outcome, now: Nanos): void;
  /** To be called when the reset time may be over. */
  wake(now: Nanos): void;
  /** What the rolling window holds. */
  counts(now: Nanos): Counts;
}

/** @param moved told of every transition, with the counts of the window that led to it. */
export function createBreaker(
  settings: Settings,
  random: Random,
  moved: (from: BreakerState, to: BreakerState, counts: Counts, now: Nanos) => void,
): Breaker {
  const resetTime = settings.resetMs * 1e6;
  const rampTime = settings.rampMs * 1e6;
  const window = createWindow(settings.windowMs * 1e6, settings.buckets);
  let state: BreakerState = 'Closed';
  let period = 0;
  let since: Nanos = 0;
  let ramping = false;
  let trials = 0;
  let successes = 0;

  const move = (to: BreakerState, now: Nanos): void => {
    const from = state;
    const counts = window.sum(now);
    state = to;
    period++;
    since = now;
    ramping = to === 'Closed';
    trials = 0;
    successes = 0;
    window.clear();
    moved(from, to, counts, now);
  };

  const wake = (now: Nanos): void => {
    if (state === 'Open' && settings.halfOpens && now - since >= resetTime) move('HalfOpen', now);
  };

  const judge = (outcome: { readonly failed: boolean; readonly slow: boolean }, now: Nanos): void => {
    window.add(outcome, now);
    if (!settings.judgesRate) {
      if (outcome.failed) move('Open', now);
      return;
    }
    const { calls, failed, slow } = window.sum(now);
    if (calls < settings.minimumVolume) return;
    if (failed > calls * settings.failureRateThreshold || slow > calls * settings.slowRateThreshold) move('Open', now);
  };

  return {
    get state() {
      return state;
    },
    get period() {
      return period;
    },
    admit(now) {
      wake(now);
      if (state === 'Open') return { state, refused: 'open' };
      if (state === 'HalfOpen') {
        if (settings.limitsTrials && trials >= settings.trialCalls) return { state, refused: 'trials' };
        trials++;
        return { state, period };
      }
      if (ramping) {
        const share = settings.rampFrom + (1 - settings.rampFrom) * ((now - since) / rampTime);
        if (!(share < 1)) ramping = false;
        else if (!random.chance(share)) return { state, refused: 'ramp' };
      }
      return { state, period };
    },
    record(admission, outcome, now) {
      if (admission.period !== period) return;
      if (state === 'Closed') {
        if (outcome !== 'ignored') judge(outcome, now);
      } else if (state === 'HalfOpen') {
        // The trial proved nothing: its place is free again, or the breaker would wait for an answer that never comes.
        if (outcome === 'ignored') trials--;
        else if (outcome.failed || outcome.slow) move('Open', now);
        else if (++successes >= settings.trialCalls) move('Closed', now);
      }
    },
    wake,
    counts: (now) => window.sum(now),
  };
}

/** Counts of the last while, in parts that fall out one after the other. */
function createWindow(length: Nanos, parts: number) {
  const partLength = length / parts;
  const filled = new Float64Array(parts).fill(-1);
  const calls = new Int32Array(parts);
  const failed = new Int32Array(parts);
  const slow = new Int32Array(parts);
  return {
    add(outcome: { readonly failed: boolean; readonly slow: boolean }, now: Nanos): void {
      const part = Math.floor(now / partLength);
      const place = part % parts;
      if (filled[place] !== part) {
        filled[place] = part;
        calls[place] = 0;
        failed[place] = 0;
        slow[place] = 0;
      }
      calls[place] = (calls[place] as number) + 1;
      if (outcome.failed) failed[place] = (failed[place] as number) + 1;
      if (outcome.slow) slow[place] = (slow[place] as number) + 1;
    },
    sum(now: Nanos): Counts {
      const oldest = Math.floor(now / partLength) - parts;
      const total = { calls: 0, failed: 0, slow: 0 };
      for (let place = 0; place < parts; place++) {
        if ((filled[place] as number) <= oldest) continue;
        total.calls += calls[place] as number;
        total.failed += failed[place] as number;
        total.slow += slow[place] as number;
      }
      return total;
    },
    clear(): void {
      filled.fill(-1);
    },
  };
}
