/**
 * The target `etcd`: a real three-member cluster from Debian's package, judged by the same checkers as our own Raft.
 *
 * It has one flaw that is an honest option of etcd itself (serializable reads), and one long drive of the reference
 * through partitions, kills and pauses that must find nothing.
 */
import { availability } from '../../../checkers/availability.ts';
import { splitBrain } from '../../../checkers/split-brain.ts';
import { defineFlaw, definePattern, defineTarget, milliseconds, seconds } from '../../../harness/core/define.ts';
import type { Control, FaultRule, Scenario } from '../../../harness/core/target.ts';
import { registerClient, setClient, transactionClient } from './client.ts';
import { leads, system, timing } from './cluster.ts';

const section = 'M5: Consensus (P5), Common Failure Patterns';

/**
 * What every run of etcd is also looked at for. A leader that is cut off looks for its quorum once an election timeout,
 * and may have heard of it just before: it steps down after two.
 */
const checkers = [splitBrain({ signs: 2, tolerance: 2.5 }), availability({ mustRecoverWithinMs: 10_000 })];

const isolated: Scenario = {
  workload: 'register',
  concurrency: 9,
  rate: 150,
  duration: seconds(10),
  settle: seconds(2),
  observeEvery: milliseconds(200),
  faults: [
    {
      nemesis: 'partition',
      options: { shape: 'isolate-random', spare: 'primary' },
      first: [seconds(2), seconds(3)],
      lasts: [seconds(4), seconds(5)],
    },
  ],
  checkers,
};

const serializableReads = defineFlaw({
  name: 'serializable-reads',
  about: 'reads are answered by one member alone (etcd’s `serializable`), without asking a quorum',
  switches: { serializableReads: true },
  expect: ['stale-read', 'nonlinearizable'],
  scenario: isolated,
});

const staleRead = definePattern({
  id: 'etcd/stale-read',
  title: 'Stale reads from an isolated member',
  card: {
    section: `${section}, 1`,
    symptoms: 'Multiple leaders, inconsistent state',
    causes: 'Network partitions, asymmetric failures',
    detection: 'Monitor term numbers, track multiple leaders',
    prevention: 'Proper quorum sizing (2f+1 for f failures)',
    resolution: 'Network healing restores single leader',
  },
  worlds: ['docker'],
  flaws: [serializableReads],
});

/** One after the other, without end: the drive meets all of them, in an order that the seed draws. */
const everything: readonly FaultRule[] = [
  {
    nemesis: 'partition',
    options: { shape: 'random' },
    first: [seconds(3), seconds(4)],
    lasts: [seconds(3), seconds(4)],
    gap: [seconds(9), seconds(11)],
  },
  {
    nemesis: 'kill',
    options: { target: 'primary' },
    first: [seconds(8), seconds(9)],
    lasts: [seconds(1), seconds(2)],
    gap: [seconds(11), seconds(13)],
  },
  {
    nemesis: 'pause',
    options: { target: 'random' },
    first: [seconds(12), seconds(13)],
    lasts: [seconds(2), seconds(3)],
    gap: [seconds(10), seconds(12)],
  },
];

const drive = (workload: string, duration: number, rate: number): Scenario => ({
  workload,
  concurrency: 18,
  rate,
  duration: seconds(duration),
  settle: seconds(3),
  observeEvery: milliseconds(250),
  faults: everything,
  checkers,
});

const longDrive: Control = {
  name: 'register',
  about: 'registers under partitions, kills of the leader and pauses',
  scenario: drive('register', 45, 300),
};

const setDrive: Control = {
  name: 'set',
  about: 'sets that must lose nothing, under partitions, kills of the leader and pauses',
  scenario: drive('set', 25, 150),
};

const transactionDrive: Control = {
  name: 'transactions',
  about:
    'transactions over several lists that must be strict-serializable, under partitions, kills of the leader and pauses',
  scenario: drive('txn-list-append', 25, 150),
};

const splitBrainPattern = definePattern({
  id: 'etcd/split-brain',
  title: 'Split-Brain During Network Partitions',
  card: staleRead.card,
  worlds: ['docker'],
  flaws: [],
  controls: [longDrive, setDrive, transactionDrive],
});

export const etcd = defineTarget({
  name: 'etcd',
  kind: 'system',
  label: 'P5',
  worlds: ['docker'],
  roles: (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index + 1}`, 'member'])),
  defaultNodes: 3,
  reference: { serializableReads: false },
  system,
  clients: { register: registerClient, set: setClient, 'txn-list-append': transactionClient },
  leads,
  facts: () => ({ electionTimeoutMs: timing.electionTimeoutMs }),
  patterns: [staleRead, splitBrainPattern],
});
