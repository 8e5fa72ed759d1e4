/**
 * What the controller and the fault agent say to each other: one JSON object a line, over the agent's stdin and stdout.
 * Every request but the heartbeat is answered, in the order asked.
 */
import type { Capability, DiskSpoil, Disturbance, Rot } from '../../core/cluster.ts';
import type { Evidence, Nanos, NodeId } from '../../core/types.ts';

/** A node as the agent knows it: its container, and its fixed address on the run's private network. */
export interface NodePlace {
  readonly container: string;
  readonly address: string;
}

/** One-way: what `from` sends never reaches `to`. */
export type Drop = readonly [from: NodeId, to: NodeId];

/** A fault that stands until it is healed. */
export type Fault =
  | { readonly kind: 'cut'; readonly drops: readonly Drop[] }
  /** What it names waits, and goes on in its order when this is healed. */
  | { readonly kind: 'hold'; readonly drops: readonly Drop[] }
  | { readonly kind: 'disturb'; readonly nodes: readonly NodeId[]; readonly disturbance: Disturbance }
  | { readonly kind: 'pause'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'clock'; readonly node: NodeId; readonly offset: Nanos }
  | { readonly kind: 'drift'; readonly node: NodeId; readonly ppm: number }
  | { readonly kind: 'spoil'; readonly nodes: readonly NodeId[]; readonly folder: string; readonly spoil: DiskSpoil }
  /** So many file descriptors. */
  | { readonly kind: 'files'; readonly nodes: readonly NodeId[]; readonly count: number };

/** A fault as the journal keeps it, from before it strikes until after it is healed. */
export type Lease =
  | Exclude<Fault, { kind: 'drift' }>
  /** `since`: on the monotonic clock of the agent's machine. */
  | { readonly kind: 'drift'; readonly node: NodeId; readonly ppm: number; readonly since: Nanos }
  | { readonly kind: 'disk'; readonly node: NodeId; readonly image: string; readonly device: string };

export type AgentRequest =
  /** The controller lives; also what keeps the agent from cleaning up. Never answered. */
  | { readonly do: 'beat' }
  /** What can be done on this machine. Answers with `Abilities`. */
  | { readonly do: 'examine' }
  /** These are the nodes from now on. */
  | { readonly do: 'adopt'; readonly nodes: Readonly<Record<NodeId, NodePlace>> }
  /** Puts the fault in force, also for processes that start later. Answers with evidence. */
  | { readonly do: 'strike'; readonly lease: number; readonly fault: Fault }
  /** Undoes what was done under the lease. Answers with evidence. */
  | { readonly do: 'heal'; readonly lease: number }
  /** kill -9 of everything in the node's container; answers when it is gone. */
  | { readonly do: 'kill'; readonly node: NodeId }
  /** The same, and the folder is empty afterwards. */
  | { readonly do: 'wipe'; readonly node: NodeId; readonly folder: string }
  /** The same, and something in the folder is damaged. */
  | { readonly do: 'rot'; readonly node: NodeId; readonly folder: string; readonly rot: Rot }
  /** Breaks all of the nodes' TCP connections. */
  | { readonly do: 'reset'; readonly nodes: readonly NodeId[] }
  /** Makes a disk whose power can be cut; answers with its device's path. */
  | { readonly do: 'disk'; readonly node: NodeId; readonly megabytes: number }
  /** The file system stops where it is, then the processes die. */
  | { readonly do: 'power-cut'; readonly node: NodeId; readonly folder: string }
  /** The node's container runs again: what stands is put upon its new processes. */
  | { readonly do: 'restarted'; readonly node: NodeId }
  /** After a power cut: did the unsynced canary stay away? */
  | { readonly do: 'power-restored'; readonly node: NodeId; readonly folder: string }
  /** Heal everything, remove everything of the run, end. */
  | { readonly do: 'finish' };

/** Means by which a thing can be done, or the reason why it cannot. */
export type Ability = { readonly means: string } | { readonly reason: string };
/** All but what the controller does by itself, through the engine or the node. */
export type AbilityName = Exclude<Capability, 'stop' | 'control' | 'cpu' | 'memory'>;
export type Abilities = Readonly<Record<AbilityName, Ability>>;

/** What containers cannot do anywhere. */
export const impossible = {
  corruption: 'TCP would notice by its checksums, and repeat: only the simulator alters what arrives',
} as const satisfies Partial<Record<AbilityName, string>>;

export interface AgentReply {
  readonly id: number;
  readonly evidence?: Evidence;
  readonly abilities?: Abilities;
  readonly device?: string;
  /** What was removed, by `finish`. */
  readonly removed?: number;
  readonly error?: string;
}
