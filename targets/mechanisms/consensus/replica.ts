/**
 * One replica's state, all of it in one place: what the paper's figure 2 lists, and a leader's own book-keeping.
 * The other files are functions over it.
 */
import type { Environment } from '../../../harness/core/node.ts';
import type { Json, Nanos, NodeId } from '../../../harness/core/types.ts';
import type { Log } from './log.ts';
import type { Answer, Message, SnapshotImage } from './messages.ts';
import type { Settings } from './settings.ts';
import type { StateMachine } from './state-machine.ts';
import type { Storage } from './storage.ts';

export interface Replica {
  readonly environment: Environment;
  readonly settings: Settings;
  readonly peers: readonly NodeId[];
  /** More than half of all nodes. */
  readonly majority: number;
  readonly log: Log;
  readonly storage: Storage;
  readonly machine: StateMachine;
  role: 'follower' | 'candidate' | 'leader';
  term: number;
  vote: NodeId | null;
  /** Whom this replica follows; itself when it leads. */
  leader: NodeId | null;
  commit: number;
  applied: number;
  snapshot: SnapshotImage;
  snapshotAt: Nanos;
  /** A snapshot is being written or taken over; there is one at a time. */
  saving: boolean;
  /** When a leader was last heard; minus infinity where none was. */
  heardAt: Nanos;
  /** When to stand for election, unless a leader is heard before. */
  electionAt: Nanos;
  /** When the election timer will look at `electionAt` again. */
  electionTimerAt: Nanos;
  campaign: Campaign | undefined;
  leadership: Leadership | undefined;
  /** Elections begun, proposals that came to nothing: since the process started. */
  elections: number;
  failedProposals: number;
  /** Runs when the election timer is due. */
  readonly onElectionDue: () => void;
}

export interface Campaign {
  readonly kind: 'pre-vote' | 'vote';
  readonly term: number;
  readonly granted: Set<NodeId>;
}

export interface Leadership {
  readonly since: Nanos;
  /** What was known to be committed when this leadership began. */
  readonly commitBefore: number;
  /** Reads wait until this entry, the first of the term, is committed. */
  readonly firstIndex: number;
  readonly progress: ReadonlyMap<NodeId, Progress>;
  /** Heartbeat rounds so far. */
  round: number;
  /** The latest round that a majority has answered. */
  confirmed: number;
  reads: PendingRead[];
  readonly proposals: Map<number, Proposal>;
}

export interface Progress {
  next: number;
  match: number;
  /** When the peer last answered in this term. */
  heardAt: Nanos;
  round: number;
  /** When entries were sent that are not answered yet; one batch at a time is under way. */
  sentAt: Nanos | undefined;
  /** When entries were last sent at all, for `batchMs`. */
  batchAt: Nanos;
  installAt: Nanos | undefined;
}

export interface PendingRead {
  readonly key: string;
  readonly round: number;
  readonly reply: (answer: Answer) => void;
}

export interface Proposal {
  readonly term: number;
  readonly at: Nanos;
  readonly reply: (answer: Answer) => void;
}

export const send = (replica: Replica, to: NodeId, message: Message): void =>
  replica.environment.network.send(to, message);

export const note = (replica: Replica, name: string, data: Json): void => replica.environment.note(name, data);

/** Remembers term and vote; who relies on them waits for `storage.whenDurable`. */
export function setTerm(replica: Replica, term: number, vote: NodeId | null): void {
  replica.term = term;
  replica.vote = vote;
  replica.storage.saveHardState(term, vote);
}

/** How many have to agree, the leader included. */
export function quorumOf(replica: Replica): number {
  const { leadership, settings, environment } = replica;
  if (!settings.reachableQuorum || leadership === undefined) return replica.majority;
  const since = environment.clock.monotonic() - settings.electionTimeout;
  let reachable = 1;
  for (const progress of leadership.progress.values()) if (progress.heardAt >= since) reachable++;
  return Math.floor(reachable / 2) + 1;
}

/** The greatest value that `quorum` of these reach. */
export function reachedBy(values: number[], quorum: number): number {
  values.sort((a, b) => b - a);
  return values[quorum - 1] ?? 0;
}

export function failProposal(replica: Replica): void {
  replica.failedProposals++;
  replica.environment.metrics.add('consensus_failed_proposals_total');
}
