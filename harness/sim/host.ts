/**
 * A machine with one process: it starts, is paused, dies and starts again as a new incarnation from the factory, with
 * nothing but its disk.
 *
 * The one surprise: a paused process misses nothing. What would have reached it waits and is handled at the resume, in
 * the order in which it came; only a timer that an earlier handler has moved by then does not ring.
 */
import type { Recorder } from '../core/history.ts';
import type { Environment, Node } from '../core/node.ts';
import type { Json, NodeEvent, NodeId } from '../core/types.ts';
import type { SimClock } from './clock.ts';
import type { PowerLoss, SimDisk } from './disk.ts';
import { createEnvironment, type EnvironmentParts } from './environment.ts';
import { checksumText, eventCode, type Fingerprint } from './fingerprint.ts';
import { enterNode, leaveNode } from './guard.ts';
import type { Scheduler } from './scheduler.ts';

/** One incarnation. */
export interface Process {
  readonly incarnation: number;
  /** Absent when the factory itself threw. */
  node: Node | undefined;
  /** `start` was called, or waits in the inbox of a process that started paused. */
  started: boolean;
  alive: boolean;
  readonly metrics: Map<string, number>;
  /** Told when the process dies: their connections are reset. */
  readonly requests: Set<OpenRequest>;
  /** Actions and their subjects, in turn; only filled while paused. */
  readonly inbox: Waiting[];
}

/** A client's request that this process has accepted and not answered. */
interface OpenRequest {
  reset(): void;
}

interface Waiting {
  readonly action: (subject: never) => unknown;
  readonly subject: unknown;
}

export interface Crash {
  readonly node: NodeId;
  readonly error: unknown;
}

export interface Host {
  readonly id: NodeId;
  readonly index: number;
  readonly clock: SimClock;
  readonly disk: SimDisk;
  /** The process that is there, started or not; undefined when the node is down. */
  process(): Process | undefined;
  /** How many processes there were so far: what is sent to one does not reach the next. */
  incarnation(): number;
  /** True when a process is there that listens. */
  up(): boolean;
  paused(): boolean;
  /** True while a fault holds it down. */
  heldDown(): boolean;
  /** Has the process handle this now, or at the resume. The caller has made sure that it is up. */
  take<T>(action: (subject: T) => unknown, subject: T): void;
  /** Calls into the process now, whether paused or not; undefined when it crashes of it. */
  call<T>(action: (node: Node) => T): T | undefined;
  /** Breaks the connections of clients whose requests wait for an answer; says how many. */
  resetClients(): number;
  /** Starts the process that the world began with. */
  begin(): void;
  /** Each of these is counted: the process runs again when all that held it down or still were taken back. */
  holdDown(how: 'killed' | 'power-cut' | 'stopped'): PowerLoss | undefined;
  releaseDown(): void;
  holdStill(): void;
  releaseStill(): void;
}

export interface HostParts extends Omit<EnvironmentParts, 'process' | 'take'> {
  readonly scheduler: Scheduler;
  readonly fingerprint: Fingerprint;
  readonly recorder: Recorder;
  readonly clock: SimClock;
  readonly disk: SimDisk;
  create(environment: Environment): Node;
  crashed(crash: Crash): void;
  /** Told after each handler of a running process what it shows of itself. */
  seen?: ((state: Json) => void) | undefined;
}

const asynchronous =
  'a handler returned a promise: node code is synchronous, and what it does later has no place in time';

export function createHost(parts: HostParts): Host {
  const { id, index, clock, disk, scheduler, fingerprint, recorder } = parts;
  let process: Process | undefined;
  let incarnation = 0;
  let downHolds = 0;
  let stillHolds = 0;

  const record = (kind: NodeEvent['kind'], name?: string, data?: Json): void => {
    fingerprint.fold(eventCode.life, scheduler.now, index, incarnation, checksumText(kind + (name ?? '')));
    const extra = { ...(name === undefined ? {} : { name }), ...(data === undefined ? {} : { data }) };
    recorder.event({ at: scheduler.now, node: id, kind, ...extra });
  };

  /** The process is gone: nothing reaches it any more, and those who wait for it are told. */
  const end = (): void => {
    if (process === undefined) return;
    process.alive = false;
    process.inbox.length = 0;
    for (const request of process.requests) request.reset();
    process.requests.clear();
    process = undefined;
  };

  const crash = (error: unknown): void => {
    end();
    record('crashed', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    parts.crashed({ node: id, error });
  };

  const perform = <T>(action: (subject: T) => unknown, subject: T): void => {
    const before = enterNode(id);
    try {
      const result = action(subject);
      if (result instanceof Promise) throw new Error(asynchronous);
    } catch (error) {
      leaveNode(before);
      crash(error);
      return;
    }
    leaveNode(before);
    if (parts.seen !== undefined) show(parts.seen);
  };

  /** What it shows is its own: a question that crashes it is not one of the simulator's events. */
  const show = (seen: (state: Json) => void): void => {
    const node = process?.node;
    if (node === undefined || process?.started !== true) return;
    const before = enterNode(id);
    let state: Json;
    try {
      state = node.inspect();
    } catch (error) {
      leaveNode(before);
      crash(error);
      return;
    }
    leaveNode(before);
    seen(state);
  };

  const take = <T>(action: (subject: T) => unknown, subject: T): void => {
    if (stillHolds > 0) process?.inbox.push({ action, subject });
    else perform(action, subject);
  };

  const boot = (): void => {
    incarnation++;
    const fresh: Process = {
      incarnation,
      node: undefined,
      started: false,
      alive: true,
      metrics: new Map(),
      requests: new Set(),
      inbox: [],
    };
    process = fresh;
    const environment = createEnvironment({ ...parts, process: fresh, take });
    perform(() => {
      fresh.node = parts.create(environment);
    }, undefined);
  };

  const start = (fresh: Process): void => {
    fresh.started = true;
    record('started');
    if (stillHolds > 0) record('paused');
    take(() => fresh.node?.start(), undefined);
  };

  boot();
  return {
    id,
    index,
    clock,
    disk,
    process: () => process,
    incarnation: () => incarnation,
    up: () => process?.started === true,
    paused: () => stillHolds > 0,
    heldDown: () => downHolds > 0,
    take,
    call(action) {
      const node = process?.node;
      if (node === undefined) return undefined;
      let result: ReturnType<typeof action> | undefined;
      perform(() => {
        result = action(node);
      }, undefined);
      return result;
    },
    resetClients() {
      const open = [...(process?.requests ?? [])];
      for (const request of open) request.reset();
      process?.requests.clear();
      return open.length;
    },
    begin() {
      if (process !== undefined && !process.started) start(process);
    },
    holdDown(how) {
      downHolds++;
      const there = process !== undefined;
      end();
      if (there || how === 'power-cut') record(how);
      if (how !== 'power-cut') return undefined;
      clock.reboot();
      return disk.powerCut();
    },
    releaseDown() {
      if (--downHolds > 0) return;
      boot();
      if (process !== undefined) start(process);
    },
    holdStill() {
      if (++stillHolds === 1 && process?.started === true) record('paused');
    },
    releaseStill() {
      if (--stillHolds > 0 || process === undefined) return;
      const resumed: Process = process;
      if (resumed.started) record('resumed');
      // By position: what the handlers cause is scheduled, so nothing joins the queue while it empties.
      const waiting = resumed.inbox.splice(0);
      for (const { action, subject } of waiting) {
        if (!resumed.alive) return;
        perform(action as (subject: unknown) => unknown, subject);
      }
    },
  };
}
