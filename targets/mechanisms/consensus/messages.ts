/**
 * What the replicas say to each other, what clients ask, and what the log holds.
 *
 * The one surprise: entries and commands are shared, frozen objects. A replica in the simulator holds the very object
 * that its leader sent, so nothing in this folder ever changes one.
 */
import type { Json, NodeId } from '../../../harness/core/types.ts';

/** A change of the state machine. `session` and `seq` make a retry recognisable (Raft thesis, section 6.3). */
export type Command = { readonly key: string; readonly session: string; readonly seq: number } & (
  | { readonly op: 'write'; readonly value: Json }
  | { readonly op: 'cas'; readonly expected: Json; readonly value: Json }
  | { readonly op: 'append'; readonly value: Json }
);

/** `command` is null in the entry with which a leader begins its term. */
export type Entry = { readonly index: number; readonly term: number; readonly command: Command | null };

export type Request = { readonly op: 'read'; readonly key: string } | Command;

/** What a client hears. Only `not-leader` and `overloaded` say that nothing was, or will be, performed. */
export type Answer =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: 'not-leader'; readonly leader: NodeId | null }
  | { readonly ok: false; readonly error: 'overloaded' | 'lost-leadership' | 'stale-session' };

/** `round` counts the leader's heartbeat rounds: a follower echoes it, and that confirms reads (ReadIndex). */
export type Append = {
  readonly type: 'append';
  readonly term: number;
  readonly prev: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
  readonly round: number;
};

export type AppendReply = { readonly type: 'append-reply'; readonly term: number; readonly round: number } & (
  | { readonly ok: true; readonly match: number }
  /** `hint` is where to go on from: the first entry of `hintTerm`, the term in conflict, or the end of a short log. */
  | { readonly ok: false; readonly prev: number; readonly hint: number; readonly hintTerm: number }
);

export type Vote = {
  readonly type: 'pre-vote' | 'vote';
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
};

export type VoteReply = {
  readonly type: 'pre-vote-reply' | 'vote-reply';
  readonly term: number;
  readonly granted: boolean;
};

export type SnapshotImage = { readonly index: number; readonly term: number; readonly data: MachineImage };

/** Ordered pairs, not objects: integer-like keys of an object would change their order. */
export type MachineImage = {
  readonly values: readonly (readonly [string, Json])[];
  readonly sessions: readonly (readonly [string, number, Json])[];
  readonly digest: number;
};

/** The whole image in one message: the state of a run is a few kilobytes. */
export type Install = { readonly type: 'install'; readonly term: number; readonly image: SnapshotImage };

export type InstallReply = { readonly type: 'install-reply'; readonly term: number; readonly match: number };

export type Message = Append | AppendReply | Vote | VoteReply | Install | InstallReply;
