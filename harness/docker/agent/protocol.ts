/**
 * What the controller and the fault agent say to each other: one JSON object a line, over the agent's stdin and stdout.
 * Every request but the heartbeat is answered, in the order asked.
 */
import type { Evidence, Nanos, NodeId } from '../../core/types.ts';

/** A node as the agent knows it: its container, and its fixed address on the run's private network. */
export interface NodePlace {
  readonly container: string;
  readonly address: string;
}

/** One-way: what `from` sends never reaches `to`. */
export type Drop = readonly [from: NodeId, to: NodeId];

export type AgentRequest =
  /** The controller lives; also what keeps the agent from cleaning up. Never answered. */
  | { readonly do: 'beat' }
  /** What can be done on this machine. Answers with `Abilities`. */
  | { readonly do: 'examine' }
  /** These are the nodes from now on. */
  | { readonly do: 'adopt'; readonly nodes: Readonly<Record<NodeId, NodePlace>> }
  | { readonly do: 'cut'; readonly lease: number; readonly drops: readonly Drop[] }
  | {
      readonly do: 'slow';
      readonly lease: number;
      readonly nodes: readonly NodeId[];
      readonly mean: Nanos;
      readonly jitter: Nanos;
    }
  | { readonly do: 'pause'; readonly lease: number; readonly nodes: readonly NodeId[] }
  | { readonly do: 'bend'; readonly lease: number; readonly node: NodeId; readonly offset: Nanos }
  /** Undoes what was done under the lease. Answers with evidence, as all of the above do. */
  | { readonly do: 'heal'; readonly lease: number }
  /** kill -9 of everything in the node's container; answers when it is gone. */
  | { readonly do: 'kill'; readonly node: NodeId }
  /** Makes a disk whose power can be cut; answers with its device's path. */
  | { readonly do: 'disk'; readonly node: NodeId; readonly megabytes: number }
  /** The file system stops where it is, then the processes die. */
  | { readonly do: 'power-cut'; readonly node: NodeId; readonly folder: string }
  /** The node's container runs again: standing cuts and clocks are put upon its new processes. */
  | { readonly do: 'restarted'; readonly node: NodeId }
  /** After a power cut: did the unsynced canary stay away? */
  | { readonly do: 'power-restored'; readonly node: NodeId; readonly folder: string }
  /** Heal everything, remove everything of the run, end. */
  | { readonly do: 'finish' };

/** Means by which a thing can be done, or the reason why it cannot. */
export type Ability = { readonly means: string } | { readonly reason: string };
export type Abilities = Readonly<Record<'cut' | 'slow' | 'pause' | 'kill' | 'clock' | 'power', Ability>>;

export interface AgentReply {
  readonly id: number;
  readonly evidence?: Evidence;
  readonly abilities?: Abilities;
  readonly device?: string;
  /** What was removed, by `finish`. */
  readonly removed?: number;
  readonly error?: string;
}

/** A fault that stands: kept in the journal from before it strikes until after it is healed. */
export type Lease =
  | { readonly kind: 'cut'; readonly drops: readonly Drop[] }
  | { readonly kind: 'slow'; readonly nodes: readonly NodeId[]; readonly mean: Nanos; readonly jitter: Nanos }
  | { readonly kind: 'pause'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'clock'; readonly node: NodeId; readonly offset: Nanos }
  | { readonly kind: 'disk'; readonly node: NodeId; readonly image: string; readonly device: string };
