/**
 * The reference's settings and switches. A flaw is one of the switches turned: nothing else differs between the twins.
 */
import type { Nanos, Variant } from '../../../harness/core/types.ts';

export const reference = {
  /** Between two heartbeats of a leader. */
  heartbeatMs: 50,
  /** A follower that hears no leader for this long, and up to twice as long, stands for election. */
  electionTimeoutMs: 300,
  /** Entries applied since the last snapshot that call for the next one. */
  snapshotThreshold: 200,
  /** Entries kept in memory behind a snapshot, so that a follower slightly behind needs no image. */
  snapshotTrailing: 20,
  /** Entries in one AppendEntries at most. */
  maxBatch: 64,
  /** Least time from one AppendEntries with entries to the next for the same follower, and from an election to the first. */
  batchMs: 0,
  /** Proposals under way at most; more are refused. */
  maxPending: 1024,
  /** Sessions remembered; the one unused for longest is dropped first. */
  sessionLimit: 4096,
  /** How long a client waits for one node, and for the whole operation with all its attempts. */
  attemptTimeoutMs: 500,
  operationTimeoutMs: 1500,
  /** How long it waits before it asks another node, where none was named: on average, drawn anew each time. */
  retryPauseMs: 25,

  /** Term and vote survive a restart. */
  persistVote: true,
  /** A leader counts replicas only for entries of its own term, which it begins with an empty one (paper, 5.4.2). */
  commitOnlyOwnTerm: true,
  /** A read waits until a majority has confirmed, after it arrived, that the leader still leads (thesis, 6.4). */
  readIndex: true,
  /** A leader that hears no majority for an election timeout steps down (thesis, 6.2). */
  checkQuorum: true,
  /** The log is on the disk before it is acknowledged. */
  syncBeforeAck: true,
  /** Election timeouts are drawn from [t, 2t]; otherwise they are t. */
  randomizedTimeouts: true,
  /** A node asks whether it could win before it raises its term (thesis, 9.6). */
  preVote: true,
  /** The session table is part of the snapshot. */
  sessionsInSnapshot: true,
  /** The log is cut behind a snapshot at all. */
  compaction: true,
  /** `majority` of all nodes; `reachable`: a majority of those that the leader heard lately. */
  quorum: 'majority',
} as const satisfies Variant;

export interface Settings {
  readonly heartbeat: Nanos;
  readonly electionTimeout: Nanos;
  readonly snapshotThreshold: number;
  readonly snapshotTrailing: number;
  readonly maxBatch: number;
  readonly batchGap: Nanos;
  readonly maxPending: number;
  readonly sessionLimit: number;
  readonly attemptTimeout: Nanos;
  readonly operationTimeout: Nanos;
  readonly retryPause: Nanos;
  readonly persistVote: boolean;
  readonly commitOnlyOwnTerm: boolean;
  readonly readIndex: boolean;
  readonly checkQuorum: boolean;
  readonly syncBeforeAck: boolean;
  readonly randomizedTimeouts: boolean;
  readonly preVote: boolean;
  readonly sessionsInSnapshot: boolean;
  readonly compaction: boolean;
  readonly reachableQuorum: boolean;
}

/** @param variant what is absent in it is as in the reference. */
export function settingsOf(variant: Variant): Settings {
  const count = (name: keyof typeof reference): number => {
    const value = variant[name] ?? reference[name];
    if (typeof value !== 'number') throw new Error(`consensus: setting ${name} must be a number, not ${String(value)}`);
    return value;
  };
  const duration = (name: keyof typeof reference): Nanos => Math.round(count(name) * 1_000_000);
  const on = (name: keyof typeof reference): boolean => (variant[name] ?? reference[name]) !== false;
  return {
    heartbeat: duration('heartbeatMs'),
    electionTimeout: duration('electionTimeoutMs'),
    snapshotThreshold: count('snapshotThreshold'),
    snapshotTrailing: count('snapshotTrailing'),
    maxBatch: count('maxBatch'),
    batchGap: duration('batchMs'),
    maxPending: count('maxPending'),
    sessionLimit: count('sessionLimit'),
    attemptTimeout: duration('attemptTimeoutMs'),
    operationTimeout: duration('operationTimeoutMs'),
    retryPause: duration('retryPauseMs'),
    persistVote: on('persistVote'),
    commitOnlyOwnTerm: on('commitOnlyOwnTerm'),
    readIndex: on('readIndex'),
    checkQuorum: on('checkQuorum'),
    syncBeforeAck: on('syncBeforeAck'),
    randomizedTimeouts: on('randomizedTimeouts'),
    preVote: on('preVote'),
    sessionsInSnapshot: on('sessionsInSnapshot'),
    compaction: on('compaction'),
    reachableQuorum: variant.quorum === 'reachable',
  };
}
