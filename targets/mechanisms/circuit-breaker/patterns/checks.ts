/**
 * What must hold of a circuit breaker, from the clients' own outcomes: it opens only on a dependency that is really ill
 * (`falsePositive`), protects from one that is (`protection`), lets few through on trial (`trials`), closes again once the
 * dependency is well (`recovery`), and refuses at once while it is open (`fastFail`).
 */
import { rates, type Sample } from '../../../../checkers/rates.ts';
import { milliseconds } from '../../../../harness/core/define.ts';
import type { History, Nanos, NodeId } from '../../../../harness/core/types.ts';
import type { Anomaly, Checker } from '../../../../harness/core/verdict.ts';
import { invalid, valid } from '../../../../harness/core/verdict.ts';
import { reference, type Settings } from '../settings.ts';
import {
  type Call,
  callsBetween,
  callsOf,
  counts,
  instancesOf,
  isTrouble,
  lostCalls,
  movesOf,
  promisesOf,
  type Stretch,
  stretchesOf,
} from './ledger.ts';

/** Answers take so long to reach the client, or a timer so long to fire, that the checks allow for it. */
const slack: Nanos = milliseconds(200);

/**
 * "Closed → Open: Failures > threshold": at every opening, the calls of one rolling window must not refute that the true
 * rate of failed or slow calls was at the threshold. The caller's own errors are no failures, and every instance counts by itself.
 */
export const falsePositive: Checker = rates({
  name: 'false-positive',
  anomaly: 'false-positive',
  events: 'failed or slow calls',
  because: 'and yet the circuit opened',
  claim: { atLeast: Math.min(reference.failureRateThreshold, reference.slowRateThreshold) },
  pooled: true,
  samples: openingSamples,
});

function openingSamples(history: History): readonly Sample[] {
  const settings = promisesOf(history);
  const calls = callsOf(history);
  const moves = movesOf(history);
  const samples: Sample[] = [];
  let disturbed = 0;
  for (const opening of moves) {
    if (opening.from !== 'Closed' || opening.to !== 'Open') continue;
    const { at, caller, circuit } = opening;
    // What was counted before the circuit last closed is forgotten.
    const closed = moves.findLast(
      (move) => move.caller === caller && move.circuit === circuit && move.to === 'Closed' && move.at < at,
    );
    const since = Math.max(at - milliseconds(settings.windowMs), closed?.at ?? 0);
    for (const instance of circuit === '*' ? instancesOf(calls) : [circuit]) {
      // Of calls whose outcome was lost to the client only the breaker knows what came of them.
      const isLost = lostCalls(history).some(
        (lost) =>
          lost.caller === caller && lost.instance === instance && lost.calledAt <= at && lost.returnedAt > since,
      );
      if (isLost) {
        disturbed++;
        continue;
      }
      const window = callsBetween(history, caller, instance).filter(
        (call) =>
          counts(call) &&
          call.returnedAt > since && // What was under way when it opened is as fair a sample as what had come back.
          call.returnedAt <= at + milliseconds(settings.callTimeoutMs) + slack &&
          call.calledAt <= at,
      );
      const trouble = window.filter((call) => isTrouble(call, settings));
      samples.push({
        what: `${caller} opened the circuit of ${instance} at ${Math.round(at / 1e6)} ms`,
        events: trouble.length,
        trials: window.length,
        at,
        operations: (trouble.length > 0 ? trouble : window).slice(-5).map(({ index }) => index),
      });
    }
  }
  if (samples.length > 0 || disturbed === 0) return samples;
  return [{ what: `Not one of ${disturbed} openings without lost calls`, events: 0, trials: 0 }];
}

/** "Provides: CascadeProtection": once a window of an ill dependency has passed, most calls must not reach it any more. */
export const protection: Checker = rates({
  name: 'protection',
  anomaly: 'unprotected',
  events: 'calls that reached the ill dependency',
  because: 'and no circuit held them back',
  claim: { atMost: 0.5 },
  samples(history) {
    const settings = promisesOf(history);
    const calls = callsOf(history);
    const samples: Sample[] = [];
    for (const { nemesis, nodes, from, until = history.endedAt, options, skipped } of history.faults) {
      const ill = Number(options.failureRate ?? 0) >= settings.failureRateThreshold + 0.2;
      const begin = from + milliseconds(settings.windowMs) + slack;
      if (nemesis !== 'dependency' || skipped !== undefined || !ill || until - begin < milliseconds(settings.resetMs))
        continue;
      for (const instance of nodes) {
        const during = calls.filter(
          (call) =>
            call.instance === instance && call.outcome !== 'bad' && call.calledAt >= begin && call.calledAt <= until,
        );
        if (during.length < settings.minimumVolume) continue;
        const reached = during.filter((call) => call.outcome !== 'rejected');
        const what = `${instance} while it failed, from ${Math.round(begin / 1e6)} ms on`;
        const operations = reached.slice(0, 5).map(({ index }) => index);
        samples.push({ what, events: reached.length, trials: during.length, at: begin, operations });
      }
    }
    return samples;
  },
});

/**
 * "Response Time: Immediate when open": a refusal waits for nothing, so it must be quicker than what it saves. Each is
 * compared with the call to the same caller that was made nearest in time and answered, not with a number of milliseconds:
 * a busy machine delays both.
 */
export const fastFail: Checker = rates({
  name: 'fast-fail',
  anomaly: 'slow-rejection',
  events: 'rejections that took longer than the answered call next to them',
  because: 'though nothing had to be waited for',
  claim: { atMost: 0.5 },
  samples(history) {
    const byCaller = new Map<NodeId, Call[]>();
    for (const call of callsOf(history)) push(byCaller, call.caller, call);
    const late: Call[] = [];
    const refusals: Nanos[] = [];
    const answers: Nanos[] = [];
    for (const calls of byCaller.values()) {
      const inOrder = calls.toSorted((a, b) => a.calledAt - b.calledAt);
      const answered = inOrder.filter(({ outcome }) => outcome === 'ok');
      let next = 0;
      for (const call of inOrder) {
        // A caller that stood still cannot refuse at once either; that is not its breaker's fault.
        if (call.outcome !== 'rejected' || wasStruck(history, call)) continue;
        while (next < answered.length - 1 && isNearer(answered[next + 1], answered[next], call.calledAt)) next++;
        const neighbour = answered[next];
        if (neighbour === undefined) continue;
        refusals.push(durationOf(call));
        answers.push(durationOf(neighbour));
        if (durationOf(call) > durationOf(neighbour)) late.push(call);
      }
    }
    if (refusals.length === 0) return [];
    const what = `Rejections (half of them within ${milli(median(refusals))}, of the answers beside them within ${milli(median(answers))})`;
    return [
      { what, events: late.length, trials: refusals.length, operations: late.slice(0, 5).map(({ index }) => index) },
    ];
  },
});

const isNearer = (one: Call | undefined, other: Call | undefined, at: Nanos): boolean =>
  Math.abs((one?.calledAt ?? Number.POSITIVE_INFINITY) - at) <= Math.abs((other?.calledAt ?? 0) - at);

function push<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
}

const durationOf = ({ calledAt, returnedAt }: Call): Nanos => returnedAt - calledAt;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] as number;
};

const milli = (time: Nanos): string => `${(time / 1e6).toFixed(1)} ms`;

const wasStruck = (history: History, { caller, calledAt, returnedAt }: Call): boolean =>
  history.faults.some(
    ({ nodes, from, until = history.endedAt }) => nodes.includes(caller) && from <= returnedAt && until >= calledAt,
  );

/** In HalfOpen only so many calls may be let through, until they have decided. */
export const trials: Checker = {
  name: 'trials',
  check(history) {
    const { trialCalls } = promisesOf(history);
    const starts = history.events.filter(({ kind }) => kind === 'started');
    const shared = movesOf(history).some(({ circuit }) => circuit === '*');
    const periods = new Map<string, Call[]>();
    for (const call of callsOf(history)) {
      if (call.state !== 'HalfOpen' || !counts(call)) continue;
      const life = starts.filter(({ node, at }) => node === call.caller && at <= call.calledAt).length;
      const id = `${call.caller} ${life} ${call.period}`;
      // One circuit for all instances has one period for all; of several circuits each instance has its own.
      const key = shared ? id : `${id} ${call.instance}`;
      push(periods, key, call);
    }
    const anomalies: Anomaly[] = [];
    let most = 0;
    for (const herd of periods.values()) {
      most = Math.max(most, herd.length);
      if (herd.length <= trialCalls) continue;
      const first = herd[0] as Call;
      const at = Math.min(...herd.map(({ calledAt }) => calledAt));
      anomalies.push({
        name: 'half-open-herd',
        because: `${first.caller} let ${herd.length} calls through to ${first.instance} in one HalfOpen period from ${Math.round(at / 1e6)} ms on; ${trialCalls} are allowed.`,
        operations: herd.slice(0, 10).map(({ index }) => index),
        at,
      });
    }
    const text = `${periods.size} HalfOpen periods, at most ${most} calls let through in one; ${trialCalls} are allowed`;
    const details = { periods: periods.size, most, allowed: trialCalls };
    return anomalies.length > 0
      ? invalid('trials', anomalies, `${text}. ${anomalies[0]?.because}`, details)
      : valid('trials', text, details);
  },
};

/** So many calls must be turned away after the circuit should have closed, before it is called stuck. */
const patience = 15;

/**
 * "Open → HalfOpen: After timeout", "HalfOpen → Closed: Success": when the dependency is well again, the circuit closes one
 * reset time and one trial after the last thing that went wrong, as soon as calls come to try it with.
 */
export const recovery: Checker = {
  name: 'recovery',
  check(history) {
    const settings = promisesOf(history);
    const calls = callsOf(history);
    const stretches = stretchesOf(history, instancesOf(calls));
    const anomalies: Anomaly[] = [];
    const times: number[] = [];
    for (const stretch of stretches) {
      const { excused, turnedAway } = judgeStretch(history, settings, stretch);
      if (stretch.closed) times.push((stretch.until - stretch.from) / 1e6);
      if (turnedAway.length < patience) continue;
      const { caller, instance, until, closed } = stretch;
      anomalies.push({
        name: 'stuck-open',
        because: `${caller} kept the circuit of ${instance} open for ${Math.round((until - excused) / 1e6)} ms after the last thing that went wrong there, ${closed ? 'before it closed' : 'and to the end'}: ${turnedAway.length} calls were turned away when the reset time of ${settings.resetMs} ms and a trial had long been over.`,
        operations: turnedAway.slice(0, 5).map(({ index }) => index),
        at: excused + milliseconds(settings.resetMs),
      });
    }
    const longest = times.length === 0 ? '' : `, the longest for ${Math.round(Math.max(...times))} ms`;
    const text = `circuits were open ${stretches.length} times and closed again ${times.length} times${longest}`;
    const details = { stretches: stretches.length, closed: times.length, openMs: times };
    return anomalies.length > 0
      ? invalid('recovery', anomalies, `${text}. ${anomalies[0]?.because}`, details)
      : valid('recovery', text, details);
  },
};

function judgeStretch(history: History, settings: Settings, { caller, instance, from, until }: Stretch) {
  let excused = from;
  for (const fault of history.faults) {
    const touches = fault.nodes.includes(instance) || fault.nodes.includes(caller);
    if (touches && fault.from < until) excused = Math.max(excused, Math.min(until, fault.until ?? until));
  }
  const own = callsBetween(history, caller, instance);
  for (const call of own) {
    if (counts(call) && isTrouble(call, settings) && call.returnedAt > from && call.returnedAt <= until) {
      excused = Math.max(excused, call.returnedAt);
    }
  }
  // There is no trial without calls; and it may take as long as the caller waits for it.
  const asked = own
    .filter(({ outcome, calledAt }) => outcome !== 'bad' && calledAt >= excused + milliseconds(settings.resetMs))
    .map(({ calledAt }) => calledAt)
    .sort((one, other) => one - other)[settings.trialCalls - 1];
  const due = (asked ?? until) + milliseconds(settings.callTimeoutMs) + slack;
  const turnedAway = own.filter(
    ({ outcome, calledAt, returnedAt }) => outcome === 'rejected' && calledAt >= due && returnedAt <= until,
  );
  return { excused, turnedAway };
}
