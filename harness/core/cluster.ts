/**
 * What a nemesis may lay hands on, and what it owes: every blow returns its own cure, and both bring evidence.
 *
 * The one surprise: these are promises in both worlds. In the simulator they resolve without virtual time passing,
 * except for `sleep`, which the scheduler drives.
 */
import type { Random } from './random.ts';
import type { Evidence, Json, JsonObject, Nanos, NodeId, WorldKind } from './types.ts';

/** What a world may or may not be able to do here; a nemesis names its needs. */
export type Capability =
  // Processes and their machines.
  | 'kill'
  | 'stop'
  | 'wipe'
  | 'pause'
  | 'power'
  | 'control'
  // The network between nodes.
  | 'cut'
  | 'hold'
  | 'reset'
  | Disturbance['kind']
  // Clocks.
  | 'clock'
  | 'drift'
  // Disks.
  | DiskSpoil['kind']
  | 'disk-rot'
  // Resources.
  | Limit['kind'];

/** What befalls packets that a node sends to other nodes. Shares are probabilities, packet by packet. */
export type Disturbance =
  | { readonly kind: 'slow'; readonly mean: Nanos; readonly jitter: Nanos }
  | { readonly kind: 'loss'; readonly share: number }
  | { readonly kind: 'duplication'; readonly share: number }
  /** So many are held back by so much, and overtaken. */
  | { readonly kind: 'reordering'; readonly share: number; readonly by: Nanos }
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  /** A value inside the message is changed, and nobody notices but the receiver. */
  | { readonly kind: 'corruption'; readonly share: number };

/** What a disk does to a running process. */
export type DiskSpoil =
  /** Writes fail with ENOSPC. */
  | { readonly kind: 'disk-full' }
  /** Writes fail with EROFS. */
  | { readonly kind: 'disk-read-only' }
  /** Each sync takes so much longer. */
  | { readonly kind: 'disk-slow'; readonly by: Nanos }
  /** This share of all syncs fails with EIO. */
  | { readonly kind: 'disk-error'; readonly share: number };

/** What happens to bytes that are on the disk already. */
export type Rot =
  | { readonly kind: 'bit-flip'; readonly bits: number }
  /** So many bytes are missing at the end of a file. */
  | { readonly kind: 'truncate'; readonly bytes: number };

export type Limit =
  /** Of one core. */
  | { readonly kind: 'cpu'; readonly share: number }
  | { readonly kind: 'memory'; readonly bytes: number }
  /** Open file descriptors. */
  | { readonly kind: 'files'; readonly count: number };

/** For each node, those whose packets it drops: one-way, as Jepsen's grudge. */
export type Grudge = ReadonlyMap<NodeId, readonly NodeId[]>;

/** A blow that landed: `heal` undoes it, once, and proves that it did. */
export interface Injury {
  readonly evidence: Evidence;
  heal(): Promise<Evidence>;
}

export interface Inspection {
  readonly state: Json;
  readonly metrics: Readonly<Record<string, number>>;
  readonly leads?: { readonly term: number };
}

export interface Cluster {
  readonly world: WorldKind;
  readonly nodes: readonly NodeId[];
  readonly roles: Readonly<Record<NodeId, string>>;
  /** What can be done here, and by which means; `undefined` value never occurs: an absent key cannot be done. */
  readonly can: ReadonlyMap<Capability, string>;
  /** Why an absent capability is absent. */
  readonly cannot: ReadonlyMap<Capability, string>;
  now(): Nanos;
  sleep(duration: Nanos): Promise<void>;
  /** What the node says of itself; undefined when it is down, paused or does not answer in time. */
  inspect(node: NodeId): Promise<Inspection | undefined>;
  /** Drops packets between nodes as the grudge says; clients are not touched. */
  cut(grudge: Grudge): Promise<Injury>;
  /** Holds back what a grudge names, as a clogged pipe does; healing lets all of it through, in its order. */
  hold(grudge: Grudge): Promise<Injury>;
  /** Does this to every packet that the nodes send to other nodes. */
  disturb(nodes: readonly NodeId[], disturbance: Disturbance): Promise<Injury>;
  /** Breaks the nodes' connections, to clients and to each other; what was on its way is lost. There is nothing to heal. */
  reset(nodes: readonly NodeId[]): Promise<Injury>;
  /** kill -9; written data stays. Healing starts the process again. */
  kill(nodes: readonly NodeId[]): Promise<Injury>;
  /** Asks the processes to end (SIGTERM) and waits until they have. Healing starts them again. */
  stop(nodes: readonly NodeId[]): Promise<Injury>;
  /** kill -9, and the data is gone. Healing starts the process on an empty disk. */
  wipe(nodes: readonly NodeId[]): Promise<Injury>;
  /** The machine goes dark: unsynced data is lost. Healing starts it again. */
  powerCut(nodes: readonly NodeId[]): Promise<Injury>;
  /** SIGSTOP; healing is SIGCONT. */
  pause(nodes: readonly NodeId[]): Promise<Injury>;
  /** Adds `offset` to the node's wall clock; healing takes it away again. */
  bendClock(node: NodeId, offset: Nanos): Promise<Injury>;
  /** The node's wall clock runs fast (or slow, where negative) by so many parts per million; healing sets it right. */
  driftClock(node: NodeId, ppm: number): Promise<Injury>;
  spoilDisk(nodes: readonly NodeId[], spoil: DiskSpoil): Promise<Injury>;
  /** Kills the processes and damages what is on their disks; healing starts them on what is left. */
  rot(nodes: readonly NodeId[], rot: Rot): Promise<Injury>;
  limit(nodes: readonly NodeId[], limit: Limit): Promise<Injury>;
  /** An operator's command to a node, and the one that takes it back. */
  control(node: NodeId, command: JsonObject, undo: JsonObject): Promise<Injury>;
}

export interface Strike {
  readonly cluster: Cluster;
  readonly random: Random;
  /** Opens the fault's record; called once, when the target is known. */
  record(nodes: readonly NodeId[], what: string): void;
  /** Keeps the injury's evidence, and mends it with the fault in reverse order. Returns it for those who mend early. */
  inflict(injury: Promise<Injury>): Promise<Injury>;
  /** Says why there is nothing to strike, such as "nobody leads". The fault is recorded as skipped. */
  skip(reason: string): void;
  /** True when the fault must end now: its time is over or the run is being interrupted. Loops look at it. */
  over(): boolean;
}

/** Heals all that the strike inflicted and is still inflicted. */
export type Mend = () => Promise<void>;

/**
 * `strike` returns `mend`: it cannot forget how to heal. Most nemeses return the mend that `inflict` keeps anyway and
 * so return nothing; one that loops in the background returns its own, which runs first.
 */
export interface Nemesis {
  readonly name: string;
  readonly needs: readonly Capability[];
  /** One line for `list` and for the report. */
  readonly about: string;
  strike(strike: Strike, options: JsonObject): Promise<Mend | undefined>;
}
