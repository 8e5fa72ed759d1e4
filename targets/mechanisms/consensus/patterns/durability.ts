/**
 * The patterns of what is kept: `consensus/log-compaction`, `consensus/quorum-loss`, `consensus/unsynced-log`.
 */
import { defineFlaw, definePattern, milliseconds, seconds } from '../../../../harness/core/define.ts';
import { logGrowth } from './log-growth.ts';
import { common, commonInDocker, recoveryTimes, slowTimes, within } from './scenario.ts';
import { commitsWithoutQuorum, diskUsage, leaderLacksCommitted, sessionTables } from './signals.ts';

/** Bytes. Twice what a replica that compacts every 25 entries of this load ever holds. */
const logLimit = 12_000;

const lost = ['lost-write', 'nonlinearizable', 'stale-read'] as const;

export const logCompactionPattern = definePattern({
  id: 'consensus/log-compaction',
  title: 'Log Compaction Issues',
  card: {
    section: 'M5: Consensus (P5), Common Failure Patterns, 3',
    symptoms: 'Disk space growth, memory pressure',
    causes: 'Failed snapshots, high write rate',
    detection: 'Monitor disk usage, snapshot frequency',
    resolution: 'Reduce snapshot threshold; Increase snapshot frequency; Monitor and alert on disk usage',
    ...recoveryTimes,
  },
  worlds: ['sim', 'docker'],
  flaws: [
    defineFlaw({
      name: 'sessions-forgotten',
      about: 'the session table is left out of the snapshot: a write that was sent twice is performed twice',
      switches: { sessionsInSnapshot: false },
      expect: ['duplicated-write', ...lost],
      // A leader that hears nobody: its entries reach all others, its clients get no answer and send them again, late.
      // Before they do, everybody is restarted from a snapshot that was taken behind the first copy.
      scenario: {
        ...common,
        concurrency: 20,
        workload: 'append',
        duration: milliseconds(3300),
        settings: { snapshotThreshold: 10, retryPauseMs: 600, operationTimeoutMs: 3000 },
        faults: [
          {
            nemesis: 'depose-and-restart',
            first: within(1000, 1100),
            lasts: within(2200, 2200),
          },
        ],
      },
      inDocker: {
        ...commonInDocker,
        duration: seconds(9),
        settings: { ...slowTimes, snapshotThreshold: 10, retryPauseMs: 3000, operationTimeoutMs: 12_000 },
        faults: [{ nemesis: 'depose-and-restart', first: within(1200, 1300), lasts: within(7500, 7500) }],
      },
      signal: sessionTables,
    }),
    defineFlaw({
      name: 'never-compacts',
      about: 'no snapshots: the log grows as long as anybody writes',
      switches: { compaction: false },
      expect: ['unbounded-log'],
      scenario: {
        ...common,
        checkers: [...common.checkers, logGrowth(logLimit)],
        workload: 'append',
        rate: 80,
        duration: seconds(3),
        settings: { snapshotThreshold: 25 },
        faults: [
          { nemesis: 'kill', options: { target: 'random' }, first: within(1500, 2000), lasts: within(300, 500) },
        ],
      },
      inDocker: {
        ...commonInDocker,
        rate: 80,
        duration: seconds(6),
        settings: { ...slowTimes, snapshotThreshold: 25 },
      },
      signal: diskUsage(logLimit),
    }),
  ],
});

export const quorumLossPattern = definePattern({
  id: 'consensus/quorum-loss',
  title: 'Loss of quorum',
  card: {
    section:
      'M5: Consensus (P5), Core Specification and Daily Operations; the document has no failure pattern of this name',
    symptoms: 'Failure Mode: Loss of quorum, Split brain, Leader flapping',
    detection: 'Validate quorum health across all nodes',
    prevention: 'Requires: MajorityQuorum, StableStorage. Availability: N/2+1 nodes required',
    resolution: 'Recovery: Wait for quorum, Force reconfigure',
    ...recoveryTimes,
  },
  worlds: ['sim', 'docker'],
  flaws: [
    defineFlaw({
      name: 'quorum-of-the-reachable',
      about: 'the leader counts a majority of the nodes that it hears, and so goes on alone when the majority is gone',
      switches: { quorum: 'reachable' },
      expect: lost,
      scenario: {
        ...common,
        workload: 'append',
        duration: seconds(7),
        faults: [
          { nemesis: 'kill', options: { target: 'others' }, first: within(1200, 1400), lasts: within(1700, 1800) },
          { nemesis: 'kill', options: { target: 'primary' }, first: within(2700, 2800), lasts: within(2000, 2100) },
        ],
      },
      inDocker: {
        ...commonInDocker,
        duration: seconds(8),
        settings: slowTimes,
        faults: [
          { nemesis: 'kill', options: { target: 'others' }, first: within(1200, 1300), lasts: within(3200, 3300) },
          { nemesis: 'kill', options: { target: 'primary' }, first: within(4000, 4100), lasts: within(2200, 2300) },
        ],
      },
      signal: commitsWithoutQuorum,
    }),
  ],
});

export const unsyncedLogPattern = definePattern({
  id: 'consensus/unsynced-log',
  title: 'Acknowledged before it is on the disk',
  card: {
    section:
      'M5: Consensus (P5), Core Specification, Monitoring Metrics, Disaster Recovery 2; the document has no failure pattern of this name',
    symptoms: 'Failure Mode: Loss of quorum, Split brain, Leader flapping',
    detection: 'Monitoring Metrics: consensus_applied_index',
    prevention: 'Requires: MajorityQuorum, StableStorage',
    resolution: 'Majority Failure: Restore from snapshot + WAL replay',
    ...recoveryTimes,
  },
  worlds: ['sim', 'docker'],
  flaws: [
    defineFlaw({
      name: 'unsynced-ack',
      about: 'entries are acknowledged when they are written, not when they are synced',
      switches: { syncBeforeAck: false },
      expect: lost,
      scenario: {
        ...common,
        workload: 'append',
        duration: seconds(5),
        faults: [{ nemesis: 'power', options: { target: 'all' }, first: within(2000, 2500), lasts: within(300, 400) }],
      },
      inDocker: {
        ...commonInDocker,
        duration: seconds(6),
        settings: slowTimes,
        faults: [{ nemesis: 'power', options: { target: 'all' }, first: within(2500, 2800), lasts: within(300, 400) }],
      },
      signal: leaderLacksCommitted,
    }),
  ],
});
