/**
 * The door between node code and the world. The same node runs in the simulator and in a container, so it may touch
 * nothing but its `Environment`: no real clock, timer, socket, file or randomness.
 *
 * Everything is a synchronous handler: the world calls, the node acts and returns. Nothing is awaited, so nothing can
 * depend on the order of microtasks.
 */
import type { Random } from './random.ts';
import type { Json, Nanos, NodeId, Variant } from './types.ts';

/** A factory, because a crash throws the object away: what a node must remember goes through `disk` and `sync`. */
export type NodeFactory = (environment: Environment, variant: Variant) => Node;

export interface Node {
  /** Called once, when the process has started; reads the disk and arms the timers. */
  start(): void;
  /** A message from another node. Frozen: neither side may change it. */
  onMessage(from: NodeId, body: Json): void;
  /** A client's request. `reply` may be called later, once; never calling it leaves the client to its timeout. */
  onRequest(body: Json, reply: (body: Json) => void): void;
  /** What the harness may see: role, term, sizes. Read-only. */
  inspect(): Json;
  /** An operator's command, such as a dependency's failure rate. Returns what is now in effect. */
  control?(body: Json): Json;
}

export interface Environment {
  readonly self: NodeId;
  /** All nodes of the cluster, this one included, in a fixed order. */
  readonly nodes: readonly NodeId[];
  /** What each node is for, as the target named it (`replica`, `caller`, `dependency`). */
  readonly roles: Readonly<Record<NodeId, string>>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly network: Network;
  readonly disk: Disk;
  readonly random: Random;
  readonly metrics: Metrics;
  /** Puts an event into the history, such as `note('leader', { term: 4 })`. */
  note(name: string, data: Json): void;
  /** Says that the run came by here (`a follower truncated its log`): the simulator counts for a suite what was never reached. */
  mark(name: string): void;
}

export interface Clock {
  /** Wall clock: nanoseconds since the run began, plus whatever this node's clock is off by. May jump, even backwards. */
  now(): Nanos;
  /** Never jumps; its rate may drift. Only differences mean anything. */
  monotonic(): Nanos;
}

export interface Timers {
  /** Runs `handler` once, `after` nanoseconds from now on the monotonic clock. Setting a name again replaces it. */
  set(name: string, after: Nanos, handler: () => void): void;
  cancel(name: string): void;
}

export interface Network {
  /**
   * Sends and forgets. May be lost, delayed, doubled or overtaken; never altered. A message to oneself is delivered like
   * any other, after this handler has returned.
   */
  send(to: NodeId, body: Json): void;
}

/**
 * Files of bytes. Reads see every earlier write of this process at once; what survives a power failure is only what
 * was synced. A process that is killed keeps its writes (the operating system has them), a machine that loses power
 * does not: unsynced sectors (512 bytes) survive, vanish or are torn one by one.
 */
export interface Disk {
  /** The whole file, or undefined where there is none. A copy: changing it changes nothing. */
  read(file: string): Uint8Array | undefined;
  /** Adds at the end; creates the file where there is none. */
  append(file: string, bytes: Uint8Array): void;
  /** Overwrites from `offset` on; may lengthen the file (a gap reads as zeros). */
  write(file: string, offset: number, bytes: Uint8Array): void;
  truncate(file: string, length: number): void;
  /** Atomic for readers; durable after `syncDirectory`. */
  rename(from: string, to: string): void;
  remove(file: string): void;
  /** Names of all files, sorted. */
  list(): readonly string[];
  /** `done` runs in a later handler, when all earlier writes to this file are durable, or with an error when they are not. */
  sync(file: string, done: (error?: Error) => void): void;
  /** The same for creations, renames and removals. */
  syncDirectory(done: (error?: Error) => void): void;
}

/** Named as in the document's "Monitoring Metrics" lists; exported as Prometheus text in containers. */
export interface Metrics {
  /** Adds to a counter (by 1 where nothing is said). */
  add(name: string, by?: number): void;
  /** Sets a gauge. */
  set(name: string, value: number): void;
}
