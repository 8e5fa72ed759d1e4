/**
 * What is put to the test: a target with its nodes, clients and failure patterns, and the workloads that drive it.
 */
import type { Generator } from './generator.ts';
import type { NodeFactory } from './node.ts';
import type { Random } from './random.ts';
import type { Completion, History, Invocation, Json, JsonObject, Nanos, NodeId, Variant, WorldKind } from './types.ts';
import type { Checker } from './verdict.ts';

/** What a request to a node's client port came to. */
export type Reply =
  | { readonly kind: 'answer'; readonly body: Json }
  /** Certainly not performed: nothing listened, the connection was never made. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody knows: no answer in time, the connection broke after the request was sent. */
  | { readonly kind: 'lost'; readonly reason: string };

/** A client's way to the nodes; the same in both worlds. Nothing retries, queues or reconnects in silence behind it. */
export interface Door {
  /** The logical process that this client serves. */
  readonly process: number;
  /** The node it is bound to. */
  readonly node: NodeId;
  readonly nodes: readonly NodeId[];
  readonly random: Random;
  now(): Nanos;
  /** Runs `action` after a delay; for clients that wait between attempts. */
  after(delay: Nanos, action: () => void): void;
  /** Asks a node of one of our mechanisms (its `onRequest`); `done` runs exactly once. */
  request(node: NodeId, body: Json, timeout: Nanos, done: (reply: Reply) => void): void;
  /** `host:port` on the loopback interface of a published port; containers only. */
  address(node: NodeId, port?: number): string;
}

export interface Client {
  /** Carries one operation; `done` runs exactly once. One operation at a time. */
  invoke(invocation: Invocation, done: (completion: Completion) => void): void;
  close(): void;
}

export type ClientFactory = (door: Door, variant: Variant) => Client;

/** A real system's container, node by node. */
export interface SystemContainer {
  /** An image of ours, by the name of its recipe (see `image`), or any reference. */
  readonly image: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Container ports to publish on loopback; the first one is what `address(node)` gives. */
  readonly ports: readonly number[];
  /** Folder that holds the durable data: a volume. */
  readonly dataFolder?: string;
}

/** How the image of a system is made: Debian packages upon the base image. */
export interface ImageRecipe {
  readonly name: string;
  readonly packages: readonly string[];
}

export interface System {
  readonly image: ImageRecipe;
  /** `addresses` are the nodes' host names on the private network. */
  container(node: NodeId, nodes: readonly NodeId[], variant: Variant): SystemContainer;
  /** Asks one node for its state through its loopback address; throws or rejects where it does not answer. */
  inspect(address: string): Promise<Json>;
  /** True when the node serves: the run begins when all do. */
  ready(address: string): Promise<boolean>;
}

/** What must hold over all nodes at every moment, whatever the load; made anew for each run. */
export interface Invariants {
  /**
   * Told after each event of the simulator what the node in question shows of itself (`Node.inspect`, not to be changed).
   * Says what is broken, where something is.
   */
  see(node: NodeId, state: Json): Violation | undefined;
}

export interface Violation {
  /** From the literature, such as `election-safety`: it is the anomaly's name too. */
  readonly name: string;
  /** One sentence with the values, without a full stop. */
  readonly because: string;
}

export interface Target {
  readonly name: string;
  readonly kind: 'mechanism' | 'system';
  /** `P5` on the card. */
  readonly label?: string;
  readonly worlds: readonly WorldKind[];
  /** Node ids and what each is for, for a cluster of `count`. */
  roles(count: number): Readonly<Record<NodeId, string>>;
  readonly defaultNodes: number;
  /** All switches and settings of the reference, with the values that make it correct. */
  readonly reference: Variant;
  /** A mechanism has a node factory, a system a container. */
  readonly node?: NodeFactory;
  readonly system?: System;
  /** By workload name. */
  readonly clients: Readonly<Record<string, ClientFactory>>;
  /** Reads from an inspection whether the node believes itself primary, and of which term. */
  leads?(state: Json): { readonly term: number } | undefined;
  /** See `checkers/invariants.ts`, which has to be among the scenario's checkers. */
  invariants?(): Invariants;
  /** What a suite of all its patterns must reach: names given to `Environment.mark`, and in how many runs of the fixed twins. */
  readonly marks?: Readonly<Record<string, number>>;
  /** Thresholds that checkers need, such as `electionTimeoutMs`. */
  facts?(variant: Variant): JsonObject;
  readonly patterns: readonly FailurePattern[];
}

export interface WorkloadPlan {
  readonly duration: Nanos;
  /** Operations per second over all clients. */
  readonly rate: number;
  readonly random: Random;
  readonly nodes: readonly NodeId[];
  readonly roles: Readonly<Record<NodeId, string>>;
  readonly options: JsonObject;
}

/** What clients do, and what must hold of it whatever the target. */
export interface Workload {
  readonly name: string;
  readonly about: string;
  /** For the linearizability checker, and for `pitchpole check` on the stored file. */
  readonly model?: string;
  /** The load; the harness ends it at `duration`. */
  generator(plan: WorkloadPlan): Generator;
  /** Reads after all is healed and quiet. */
  final?(plan: WorkloadPlan): Generator;
  checkers(options: JsonObject): readonly Checker[];
}

/** `[min, max]`, drawn uniformly. */
export type Range = readonly [min: Nanos, max: Nanos];

/** A span of time: this long, drawn from a range, or drawn from shares of the run (0 to 1), for weather that fits any run. */
export type Span = Nanos | Range | { readonly share: readonly [min: number, max: number] };

/**
 * What goes wrong and when, as data from which the seed draws the faults of a run: so it can stand in a config file, be
 * given as JSON on the command line, be stored, replayed and shrunk. A fault is a rule; the others say when and how often.
 * See `weather` for a shorter way to write them.
 */
export type Weather =
  | FaultRule
  /** `of` begins this long after the whole began. */
  | { readonly at: Span; readonly of: Weather }
  /** `of` again and again: `every` after it began, or when it is over if that is later. */
  | { readonly every: Span; readonly of: Weather; readonly times?: number }
  /** Each begins when the one before is over. */
  | { readonly sequence: readonly Weather[] }
  /** All begin together. */
  | { readonly parallel: readonly Weather[] }
  /** One of them, by weight. */
  | { readonly mix: readonly (readonly [weight: number, of: Weather])[] }
  /** `of` begins at `from` and is ended at `to`, both counted from the beginning of the whole. */
  | { readonly during: readonly [from: Span, to: Span]; readonly of: Weather }
  /** Each is there with probability `keep` (0.5): many runs do without whole classes of faults (swarm testing, Groce et al. 2012). */
  | { readonly swarm: readonly Weather[]; readonly keep?: number };

/** A rule from which the seed draws faults: the first begins within `first`, lasts `lasts`, then a gap of `gap`. */
export interface FaultRule {
  readonly nemesis: string;
  readonly options?: JsonObject;
  /** After the whole began (at once). */
  readonly first?: Span;
  readonly lasts: Span;
  /** Gap from the end of one to the start of the next; without it there is one. */
  readonly gap?: Span;
  /** At most so many. */
  readonly times?: number;
}

/** One run's worth of circumstances. */
export interface Scenario {
  readonly nodes?: number;
  readonly workload: string;
  readonly workloadOptions?: JsonObject;
  readonly concurrency: number;
  readonly rate: number;
  readonly duration: Nanos;
  /** Quiet time after the last heal, before the final reads. */
  readonly settle: Nanos;
  /** How often every node is asked for its state. */
  readonly observeEvery: Nanos;
  readonly faults: readonly Weather[];
  /**
   * After the load's time a majority of the nodes is healed, with all links among them; the others stay down or cut off. The
   * load goes on for so long, and `checkers/progress.ts` demands that the majority serves it (as TigerBeetle's VOPR does).
   */
  readonly liveness?: { readonly within: Nanos };
  /** Beyond the workload's own. */
  readonly checkers: readonly Checker[];
  /** Settings for both twins that are not flaws, such as a small snapshot threshold. */
  readonly settings?: Variant;
}

/** The document's "Detection" line as an alert over metrics and observations. */
export interface Signal {
  readonly name: string;
  /** The detection line, quoted. */
  readonly quote: string;
  /** The first moment at which it fires, with the figures; undefined when it stays silent. */
  fires(history: History): { readonly at: Nanos; readonly because: string } | undefined;
}

/** The reference with one prevention taken away, and the circumstances under which that must show. */
export interface Flaw {
  readonly name: string;
  /** One line: which prevention is missing. */
  readonly about: string;
  /** The switches that differ from the reference. */
  readonly switches: Variant;
  /**
   * Names of anomalies, at least one of which must convict it. Empty for a control: nothing is missing, only the fixed
   * twin is run, and it must be acquitted. For real systems, whose preventions we cannot take away.
   */
  readonly expect: readonly string[];
  readonly scenario: Scenario;
  /** What differs in this world (time scales, mostly). */
  readonly inDocker?: Partial<Scenario>;
  readonly signal?: Signal;
}

/**
 * A trial of the reference alone: nothing is wrong with it, and it must be acquitted under circumstances that no flaw
 * asks for, such as a long drive under every fault. In findings it stands as a flaw without switches (`flawOf`).
 */
export interface Control {
  readonly name: string;
  /** One line: what it is driven through. */
  readonly about: string;
  readonly scenario: Scenario;
  readonly inDocker?: Partial<Scenario>;
}

/** A control as the suite and the reports treat it: no switch differs, no anomaly is expected, no flawed twin is run. */
export const flawOf = (control: Control): Flaw => ({ ...control, switches: {}, expect: [] });

/** Quoted from the document, word for word. */
export interface DocumentCard {
  /** Where, such as `M5: Consensus (P5), Common Failure Patterns, 1`. */
  readonly section: string;
  readonly symptoms: string;
  readonly causes?: string;
  readonly detection?: string;
  readonly prevention?: string;
  readonly resolution?: string;
  /** The document's table "Failure Recovery Times", where the mechanism has a row. */
  readonly detectionTime?: string;
  readonly recoveryTime?: string;
}

export interface FailurePattern {
  /** `mechanism/slug`. */
  readonly id: string;
  readonly title: string;
  readonly card: DocumentCard;
  readonly worlds: readonly WorldKind[];
  readonly flaws: readonly Flaw[];
  /** Runs of the reference that have no flawed twin. */
  readonly controls?: readonly Control[];
}
