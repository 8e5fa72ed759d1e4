/**
 * What a run needs of a world, be it simulated or real: a clock to schedule by, a cluster to strike, doors for clients.
 */
import type { Cluster } from './cluster.ts';
import type { Recorder } from './history.ts';
import type { Door, Target } from './target.ts';
import type { Nanos, NodeId, Variant, WorldKind } from './types.ts';

export interface World {
  readonly kind: WorldKind;
  readonly cluster: Cluster;
  now(): Nanos;
  /** Runs `action` at `time`, never early. */
  at(time: Nanos, action: () => void): void;
  door(process: number, node: NodeId): Door;
  /** Lets time pass until `finished()` holds; it is looked at after every scheduled action and completion. */
  run(finished: () => boolean): Promise<void>;
  /** Fingerprint of everything that happened, as hex; only where the world is deterministic. */
  hash?(): string;
  /** What the nodes marked (`Environment.mark`), sorted; only where marks are kept. */
  marks?(): readonly string[];
  /** Stops all nodes and leaves nothing behind. Idempotent. */
  close(): Promise<void>;
}

export interface Fork {
  readonly at: Nanos;
  readonly salt: number;
}

export interface WorldOptions {
  readonly target: Target;
  readonly variant: Variant;
  readonly roles: Readonly<Record<NodeId, string>>;
  readonly seed: number;
  readonly recorder: Recorder;
  /** Record every message between nodes. */
  readonly messages: boolean;
  /** From this moment on the seed's draws are replaced by others: one of the run's futures. Simulator only. */
  readonly fork?: Fork;
}
