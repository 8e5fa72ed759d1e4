/**
 * `consensus/split-brain`: three ways in which a cluster comes to obey two leaders.
 */
import { defineFlaw, definePattern, seconds } from '../../../../harness/core/define.ts';
import { common, commonInDocker, recoveryTimes, slowTimes, within } from './scenario.ts';
import { committedTerms, leadersAtOnce, leadersOfOneTerm } from './signals.ts';

/** Whoever is made to lead twice in a term shows it in the data too, sooner or later. */
const wrongData = ['nonlinearizable', 'stale-read'] as const;

export const splitBrainPattern = definePattern({
  id: 'consensus/split-brain',
  title: 'Split-Brain During Network Partitions',
  card: {
    section: 'M5: Consensus (P5), Common Failure Patterns, 1',
    symptoms: 'Multiple leaders, inconsistent state',
    causes: 'Network partitions, asymmetric failures',
    detection: 'Monitor term numbers, track multiple leaders',
    prevention: 'Proper quorum sizing (2f+1 for f failures)',
    resolution: 'Network healing restores single leader',
    ...recoveryTimes,
  },
  worlds: ['sim', 'docker'],
  flaws: [
    defineFlaw({
      name: 'vote-not-persisted',
      about: 'term and vote are kept in memory only: restarted nodes elect a second leader for a term that has one',
      switches: { persistVote: false },
      expect: ['split-brain', ...wrongData],
      scenario: {
        ...common,
        workload: 'register',
        duration: seconds(5),
        faults: [
          {
            nemesis: 'isolate-and-restart',
            options: { downMs: 200 },
            first: within(1200, 1800),
            lasts: within(1800, 2400),
          },
        ],
      },
      inDocker: {
        ...commonInDocker,
        duration: seconds(6),
        settings: slowTimes,
        faults: [
          {
            nemesis: 'isolate-and-restart',
            options: { downMs: 300 },
            first: within(1200, 1300),
            lasts: within(3500, 3700),
          },
        ],
      },
      signal: leadersOfOneTerm,
    }),
    defineFlaw({
      name: 'commit-old-term',
      about:
        'a leader counts replicas of entries of earlier terms (figure 8 of the Raft paper), and begins its term without one of its own',
      switches: { commitOnlyOwnTerm: false },
      expect: wrongData,
      scenario: {
        ...common,
        // Many clients, since most of them wait most of the time for one of the two leaders that nobody hears.
        concurrency: 40,
        workload: 'register',
        workloadOptions: { keys: 2 },
        duration: seconds(6),
        // Both twins send entries in batches a quarter of a second apart: time enough to see what a batch has done.
        settings: { batchMs: 250, operationTimeoutMs: 4000 },
        faults: [
          {
            nemesis: 'figure-eight',
            options: { dwellMs: 150, pollMs: 20 },
            first: within(1000, 1500),
            lasts: within(4500, 4800),
          },
        ],
      },
      inDocker: {
        ...commonInDocker,
        duration: seconds(9),
        settings: { ...slowTimes, batchMs: 500, operationTimeoutMs: 6000 },
        faults: [
          {
            nemesis: 'figure-eight',
            options: { pollMs: 20, patienceMs: 4000, dwellMs: 200 },
            first: within(1200, 1300),
            lasts: within(7500, 7800),
          },
        ],
      },
      signal: committedTerms,
    }),
    defineFlaw({
      name: 'stale-read',
      about:
        'a leader answers reads without asking whether it still leads, and does not step down when it hears no majority',
      switches: { readIndex: false, checkQuorum: false },
      expect: wrongData,
      scenario: {
        ...common,
        workload: 'register',
        workloadOptions: { keys: 2 },
        duration: seconds(5),
        faults: [
          {
            nemesis: 'partition',
            options: { shape: 'isolate-primary' },
            first: within(1000, 1500),
            lasts: within(2000, 2500),
          },
        ],
      },
      inDocker: {
        ...commonInDocker,
        duration: seconds(6),
        settings: slowTimes,
        faults: [
          {
            nemesis: 'partition',
            options: { shape: 'isolate-primary' },
            first: within(1200, 1300),
            lasts: within(3500, 3700),
          },
        ],
      },
      signal: leadersAtOnce,
    }),
  ],
});
