/**
 * `consensus/election-storm`: elections that nobody wins, and elections that nobody needed.
 */
import { electionStorm } from '../../../../checkers/election-storm.ts';
import { defineFlaw, definePattern, seconds } from '../../../../harness/core/define.ts';
import { common, commonInDocker, recoveryTimes, slowTimes, within } from './scenario.ts';
import { electionFrequency } from './signals.ts';

/** What a healthy cluster needs for one change of leader, several times over; a storm brings dozens. */
const whenLeaderDies = { elections: 10, windowMs: 5000 } as const;
/** Nobody who follows is needed for a majority, so there is nothing to elect. */
const whenFollowerIsCutOff = { elections: 6, windowMs: 5000 } as const;

/** A vote takes its time to arrive: whoever stands within that time stands against others. */
const slowNetwork = { nemesis: 'slow', options: { target: 'all', meanMs: 20, jitterMs: 5 } } as const;

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
        checkers: [...common.checkers, electionStorm(whenLeaderDies)],
        workload: 'register',
        duration: seconds(6),
        faults: [
          { ...slowNetwork, first: within(900, 900), lasts: within(5000, 5000) },
          { nemesis: 'kill', options: { target: 'primary' }, first: within(1000, 1200), lasts: within(3500, 3700) },
        ],
      },
      inDocker: {
        ...commonInDocker,
        duration: seconds(7),
        settings: slowTimes,
        faults: [
          { ...slowNetwork, first: within(1000, 1000), lasts: within(6000, 6000) },
          { nemesis: 'kill', options: { target: 'primary' }, first: within(1200, 1300), lasts: within(5000, 5000) },
        ],
      },
      signal: electionFrequency(whenLeaderDies.elections, whenLeaderDies.windowMs),
    }),
    defineFlaw({
      name: 'no-pre-vote',
      about: 'a node that was cut off comes back with a higher term and deposes the leader, each time',
      switches: { preVote: false },
      expect: ['election-storm'],
      scenario: {
        ...common,
        checkers: [...common.checkers, electionStorm(whenFollowerIsCutOff)],
        workload: 'register',
        duration: seconds(6),
        faults: [
          {
            nemesis: 'partition',
            options: { shape: 'isolate-random', spare: 'primary' },
            first: within(1000, 1200),
            lasts: within(700, 800),
            gap: within(200, 250),
          },
        ],
      },
      inDocker: {
        ...commonInDocker,
        duration: seconds(8),
        settings: { heartbeatMs: 80, electionTimeoutMs: 400 },
        faults: [
          {
            nemesis: 'partition',
            options: { shape: 'isolate-random', spare: 'primary' },
            first: within(1200, 1300),
            lasts: within(1400, 1500),
            gap: within(300, 350),
          },
        ],
      },
      signal: electionFrequency(whenFollowerIsCutOff.elections, whenFollowerIsCutOff.windowMs),
    }),
  ],
});
