/**
 * The words that every room shares: what was asked, what came back, and all else that the history remembers.
 *
 * The one surprise: time is a plain number of integer nanoseconds since the run began (exact up to 104 days), never a
 * date. Virtual in the simulator, monotonic in containers; no node's clock, however bent, can move it.
 */

/** Integer nanoseconds since the run began. */
export type Nanos = number;

/** One of the cluster's nodes, such as `n1`. */
export type NodeId = string;

/** Stands for the node of an operation in a log that does not say who was asked. */
export const unknownNode: NodeId = '?';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

export type WorldKind = 'sim' | 'docker' | 'process';

/**
 * What became of an operation. `ok`: it happened. `fail`: it certainly did not. `info`: nobody knows; it may take
 * effect later or never. When in doubt a client says `info`: a wrong `fail` is a wrong verdict.
 */
export type Completion =
  | { readonly type: 'ok'; readonly output: Json }
  | { readonly type: 'fail'; readonly error: string; readonly output?: Json }
  | { readonly type: 'info'; readonly error: string };

/** What a client is asked to do: made by a generator, carried by a client. */
export interface Invocation {
  /** The verb, such as `read`, `write`, `cas`, `append`, `call`. */
  readonly action: string;
  /** Its argument, null where it takes none. `cas` takes `[expected, replacement]`. */
  readonly input: Json;
  /** The independent object that is touched, where the workload has several: histories are checked key by key. */
  readonly key?: string;
  /** The node that must be asked; without it, the node that the client's process is bound to. */
  readonly node?: NodeId;
}

/** An invocation together with what became of it: the unit of every history. */
export interface Operation {
  /** Position in the history by time of call, from 0. */
  readonly index: number;
  /** The logical client. After an `info` the process is retired, as in Jepsen: one process has one operation at a time. */
  readonly process: number;
  /** The node that was asked. */
  readonly node: NodeId;
  readonly action: string;
  readonly input: Json;
  readonly key?: string;
  readonly calledAt: Nanos;
  /** Absent where the operation was still open when the run ended. */
  readonly returnedAt?: Nanos;
  /** An open operation is `info`. */
  readonly completion: Completion;
  /** Which part of the run asked for it: the load itself, or the reads after everything was healed. */
  readonly phase?: 'main' | 'final';
}

/** Proof, in words that a person can check, that a fault struck or that a heal healed. */
export interface Evidence {
  readonly took: boolean;
  /** For example: `n1 → n3: 3 probe packets, 0 answered`. */
  readonly how: string;
}

/** A nemesis at work, from the strike to the mend: the shaded band of the report. */
export interface Fault {
  readonly id: number;
  readonly nemesis: string;
  /** Its options, as in the schedule. */
  readonly options: JsonObject;
  /** Who was struck. */
  readonly nodes: readonly NodeId[];
  /** What was done, in a few words: `{n1 n2} | {n3 n4 n5}`. */
  readonly what: string;
  readonly from: Nanos;
  readonly until?: Nanos;
  readonly struck: readonly Evidence[];
  readonly healed: readonly Evidence[];
  /** Why it was not done at all: a need that this world does not meet, nobody to aim at. */
  readonly skipped?: string;
}

/** A message between two nodes; only recorded when asked for, since there are many. */
export interface Message {
  readonly id: number;
  readonly from: NodeId;
  readonly to: NodeId;
  /** The `type` field of the body where it has one. */
  readonly kind: string;
  readonly sentAt: Nanos;
  readonly receivedAt?: Nanos;
  /** Why it never arrived: `cut`, `loss`, `down`. */
  readonly lost?: string;
}

/** What a node said of itself when asked, or what a system's status page said. */
export interface Observation {
  readonly at: Nanos;
  readonly node: NodeId;
  /** What `inspect()` returned. */
  readonly state: Json;
  /** Counters and gauges by the document's names. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Present when the node believed itself primary: of which term or epoch. */
  readonly leads?: { readonly term: number };
}

/** Something that happened on a node: its life and death, a line of its own (`note`), or a crash of its code. */
export interface NodeEvent {
  readonly at: Nanos;
  readonly node: NodeId;
  readonly kind: 'started' | 'stopped' | 'killed' | 'power-cut' | 'paused' | 'resumed' | 'crashed' | 'note';
  /** For a note: its name, such as `leader` or `breaker`. For a crash: the error. */
  readonly name?: string;
  readonly data?: Json;
}

/** Name of the note by which a world records that an invariant was broken: `{ invariant, because }`. */
export const invariantNote = 'invariant-broken';

/** Name of the fault by which a run demands progress: it strikes for good all nodes but a quorum (`Scenario.liveness`). */
export const coreFault = 'quorum-core';

/** A fault of the schedule: data, so that it can be stored, replayed and shrunk. */
export interface ScheduledFault {
  readonly nemesis: string;
  readonly options: JsonObject;
  readonly at: Nanos;
  readonly lasts: Nanos;
  /** Which stream its nemesis draws from; its place in the schedule where nothing is said. Keeps a fault what it was when others are left out. */
  readonly stream?: number;
}

/** One operation of a story: who asks whom for what, and when. */
export interface StoryOperation extends Invocation {
  /** Since the load began; final reads are made as soon as all is quiet. */
  readonly at: Nanos;
  readonly process: number;
  readonly phase: 'main' | 'final';
}

/** What clients do, told one by one in place of a workload's generator: how a shrunk run is stored and run again. */
export interface Story {
  /** When the load ends and all is mended. */
  readonly duration: Nanos;
  readonly operations: readonly StoryOperation[];
}

/** The switches of an implementation: a flaw is a switch turned off, so that all else is equal. */
export type Variant = JsonObject;

/** What was run. No wall-clock date and no run id: the same seed must give the same bytes. */
export interface HistoryHeader {
  /** Version of the file format. */
  readonly pitchpole: 1;
  readonly target: string;
  readonly pattern?: string;
  /** Whose scenario this is; both twins have it, and `variant` says whether the flaw is there. */
  readonly flaw?: string;
  readonly twin?: 'flawed' | 'fixed';
  readonly world: WorldKind;
  readonly seed: number;
  readonly variant: Variant;
  readonly nodes: readonly NodeId[];
  readonly concurrency: number;
  readonly workload: string;
  /** Names the model for the linearizability checker where the workload has one, such as `cas-register`. */
  readonly model?: string;
  readonly schedule: readonly ScheduledFault[];
  /** Present where a run was told and not generated. */
  readonly story?: Story;
  /** Thresholds that checkers need from the target, such as `electionTimeoutMs`. */
  readonly facts?: JsonObject;
}

/** Everything that a report or a checker needs; no live system. */
export interface History {
  readonly header: HistoryHeader;
  readonly operations: readonly Operation[];
  readonly faults: readonly Fault[];
  readonly observations: readonly Observation[];
  readonly events: readonly NodeEvent[];
  readonly messages: readonly Message[];
  /** When the run ended; where it did not, the time of the last thing recorded. */
  readonly endedAt: Nanos;
  /** False when the end line is missing: the controller died. */
  readonly complete: boolean;
}
