/**
 * The circuit breaker as a target, and its pattern: a breaker that does more harm than the failure it guards against.
 *
 * Every scenario strikes a dependency once, though some flaws need no fault to show: the same runs must also see the
 * reference open when it should and close when it may.
 */
import { crashes } from '../../../checkers/crashes.ts';
import { stateMachine } from '../../../checkers/state-machine.ts';
import { defineFlaw, definePattern, defineTarget, milliseconds, seconds } from '../../../harness/core/define.ts';
import type { FaultRule, Scenario } from '../../../harness/core/target.ts';
import type { NodeId } from '../../../harness/core/types.ts';
import { circuitBreakerNode } from './circuit-breaker.ts';
import { circuitBreakerClient } from './client.ts';
import { falsePositive, fastFail, protection, recovery, trials } from './patterns/checks.ts';
import { crowdedTrial, neverTried, openOnHealthy } from './patterns/signals.ts';
import { reference, settingsOf } from './settings.ts';

/** The document's diagram. */
const edges = [
  ['Closed', 'Open'],
  ['Open', 'HalfOpen'],
  ['HalfOpen', 'Closed'],
  ['HalfOpen', 'Open'],
] as const;

/** Longer than a window, a reset and a trial, and early enough to see the recovery whole. */
const illness = (options: FaultRule['options']): FaultRule => ({
  nemesis: 'dependency',
  options: { target: 'random', failureRate: 1, latencyMs: 100, ...options },
  first: [seconds(1), seconds(1.5)],
  lasts: [seconds(3.3), seconds(3.6)],
});

const scenario: Scenario = {
  workload: 'calls',
  concurrency: 32,
  rate: 80,
  duration: seconds(8),
  settle: milliseconds(300),
  observeEvery: milliseconds(250),
  faults: [illness({})],
  checkers: [
    stateMachine({ event: 'breaker', initial: 'Closed', edges }),
    falsePositive,
    protection,
    trials,
    recovery,
    fastFail,
    crashes(),
  ],
};

/** One after the other, now and then two at once; each long enough to open circuits, and the last heals in time to see them close. */
const strikes = (nemesis: string, from: number, options: FaultRule['options'] = {}): FaultRule => ({
  nemesis,
  options,
  first: [seconds(from), seconds(from + 0.5)],
  lasts: [seconds(0.4), seconds(1.2)],
});

/** On a busy machine a healthy answer may take as long as only an ill one takes in the simulator. */
const inDocker: Partial<Scenario> = { settings: { slowCallMs: 300, callTimeoutMs: 900 }, duration: seconds(9) };

const weather: Scenario = {
  ...scenario,
  duration: seconds(9),
  rate: 90,
  workloadOptions: { badShare: 0.1 },
  faults: [
    strikes('kill', 0.5),
    strikes('partition', 1.5, { shape: 'isolate-random' }),
    strikes('clock', 2, { mode: 'strobe' }),
    strikes('pause', 3),
    strikes('slow', 4, { meanMs: 200 }),
    // Long enough that there are refusals to judge in every run.
    { ...illness({}), first: [seconds(4.8), seconds(5.2)], lasts: [seconds(2), seconds(2.3)] },
  ],
};

const falsePositives = definePattern({
  id: 'circuit-breaker/false-positive',
  title: 'False positives',
  card: {
    section: 'M9: Circuit Breaker (P9), Specification',
    symptoms: 'Failure Mode: False positives',
    detection: 'Error Rate: Configurable threshold',
    prevention:
      'Requires: FailureThreshold, ResetTimeout. Closed --> Open: Failures > threshold; Open --> HalfOpen: After timeout; HalfOpen --> Closed: Success; HalfOpen --> Open: Failure',
    resolution: 'Recovery: Gradual re-enable',
  },
  worlds: ['sim', 'docker'],
  flaws: [
    defineFlaw({
      name: 'opens-on-one-failure',
      about: 'no failure rate and no minimum volume: the first failed call opens the circuit',
      switches: { judgesRate: false },
      expect: ['false-positive'],
      scenario,
      inDocker,
      signal: openOnHealthy,
    }),
    defineFlaw({
      name: 'caller-errors-count',
      about: "the caller's own mistakes (4xx) are held against the dependency",
      switches: { ignoresCallerErrors: false },
      // Where it half-opens, the trial fails for the same reason: it may never close again.
      expect: ['false-positive', 'stuck-open'],
      scenario: { ...scenario, rate: 140, workloadOptions: { badShare: 0.6 } },
      inDocker,
      signal: openOnHealthy,
    }),
    defineFlaw({
      name: 'one-circuit-for-all',
      about: 'one circuit for all instances: the ill ones take the healthy one down with them',
      switches: { perInstance: false },
      expect: ['false-positive'],
      scenario: { ...scenario, rate: 120, nodes: 5, faults: [illness({ count: 2 })] },
      inDocker,
      signal: openOnHealthy,
    }),
    defineFlaw({
      name: 'never-half-opens',
      about: 'no trial after the reset timeout: what was once open stays open',
      switches: { halfOpens: false },
      expect: ['stuck-open'],
      scenario,
      inDocker,
      signal: neverTried,
    }),
    defineFlaw({
      name: 'half-open-herd',
      about: 'no limit on trial calls: in HalfOpen everybody is let through',
      switches: { limitsTrials: false },
      expect: ['half-open-herd'],
      scenario: { ...scenario, rate: 110, faults: [illness({ latencyMs: 250 })] },
      inDocker,
      signal: crowdedTrial,
    }),
  ],
  controls: [
    {
      name: 'weather',
      about: 'callers and dependencies killed, paused, cut off, slowed down, their clocks bent',
      scenario: weather,
      inDocker,
    },
  ],
});

export const circuitBreaker = defineTarget({
  name: 'circuit-breaker',
  kind: 'mechanism',
  label: 'P9',
  worlds: ['sim', 'docker'],
  /** The first half calls, the second is called: `c1 c2 d1 d2`. */
  roles(count) {
    const callers = Math.max(1, Math.floor(count / 2));
    const roles: Record<NodeId, string> = {};
    for (let i = 1; i <= callers; i++) roles[`c${i}`] = 'caller';
    for (let i = 1; i <= Math.max(1, count - callers); i++) roles[`d${i}`] = 'dependency';
    return roles;
  },
  defaultNodes: 4,
  reference,
  node: circuitBreakerNode,
  clients: { calls: circuitBreakerClient },
  facts: (variant) => settingsOf(variant),
  patterns: [falsePositives],
});
