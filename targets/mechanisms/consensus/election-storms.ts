/**
 * `consensus/election-storm`: elections that nobody wins, and elections that nobody needed.
 */
import { electionStorm } from '../../../checkers/election-storm.ts';
import { defineFlaw, definePattern, seconds } from '../../../harness/core/define.ts';
import { common, commonInDocker, recoveryTimes, slowTimes, within } from './scenario.ts';
import { electionFrequency } from './signals.ts';

const limit = { elections: 6, windowMs: 5000 } as const;

export const electionStormPattern = definePattern({
  id: 'consensus/election-storm',
  title: 'Leader Election Storms',
  card: {
    section: 'M5: Consensus (P5), Common Failure Patterns, 2',
    symptoms: 'Frequent leader changes, high latency',
    causes: 'Network instability, resource contention, clock skew',
    detection: 'High election frequency, latency spikes',
    resolution:
      'Tune election timeouts (increase for stability); Fix network issues; Add randomization to election timeouts',
    ...recoveryTimes,
  },
  worlds: ['sim', 'docker'],
  flaws: [
    defineFlaw({
      name: 'fixed-timeouts',
      about: 'all nodes wait for the same election timeout, and so stand against each other again and again',
      switches: { randomizedTimeouts: false },
      expect: ['election-storm'],
      scenario: {
        ...common,
        checkers: [...common.checkers, electionStorm(limit)],
        workload: 'register',
        duration: seconds(6),
        faults: [
          { nemesis: 'kill', options: { target: 'primary' }, first: within(1000, 1200), lasts: within(1500, 1700), gap: within(300, 400) },
        ],
      },
      signal: electionFrequency(limit.elections, limit.windowMs),
    }),
    defineFlaw({
      name: 'no-pre-vote',
      about: 'a node that was cut off comes back with a higher term and deposes the leader, each time',
      switches: { preVote: false },
      expect: ['election-storm'],
      scenario: {
        ...common,
        checkers: [...common.checkers, electionStorm(limit)],
        workload: 'register',
        duration: seconds(6),
        faults: [
          { nemesis: 'partition', options: { shape: 'isolate-random', spare: 'primary' }, first: within(1000, 1200), lasts: within(700, 800), gap: within(200, 250) },
        ],
      },
      inDocker: {
        ...commonInDocker,
        duration: seconds(10),
        settings: slowTimes,
        faults: [
          { nemesis: 'partition', options: { shape: 'isolate-random', spare: 'primary' }, first: within(1500, 1700), lasts: within(1400, 1500), gap: within(300, 350) },
        ],
      },
      signal: electionFrequency(limit.elections, limit.windowMs),
    }),
  ],
});
