/**
 * The deterministic world: one thread, virtual time, and everything drawn from one seed.
 *
 * Node code runs in a synchronous loop. Only when code of the harness or of a client has run (a scheduled action, a
 * reply, a nemesis that woke) does the loop let all microtasks run to their end before time goes on. That is what makes
 * promises safe here: however many of them an `await` takes, virtual time stands still for all.
 */
import { assert } from '../core/errors.ts';
import { createForkingRandom } from '../core/random.ts';
import { invariantNote, type Json, type Nanos, type NodeId } from '../core/types.ts';
import type { World, WorldOptions } from '../core/world.ts';
import { createClock } from './clock.ts';
import { createCluster } from './cluster.ts';
import { createDisk } from './disk.ts';
import { createDoors } from './doors.ts';
import { createFingerprint, eventCode } from './fingerprint.ts';
import { guardGlobals } from './guard.ts';
import { type Crash, createHost, type Host } from './host.ts';
import { createNetwork, type Packet } from './network.ts';
import { clockDefaults, diskDefaults, networkDefaults, type SimOptions, startJitterDefault } from './options.ts';
import { createScheduler } from './scheduler.ts';
import { seal } from './seal.ts';

export type { SimOptions } from './options.ts';

export interface SimWorld extends World {
  hash(): string;
  /** The errors that nodes have crashed of, with their stacks, which the history leaves out. */
  readonly crashes: readonly Crash[];
  /** Events so far, for measurements. */
  events(): number;
}

// The real event loop, for draining; taken before any guard or fake timer replaces it.
const {
  process: { nextTick: tick },
  setImmediate: macrotask,
} = globalThis;

/** So many drains from one visit of the real event loop to the next: signals and the writers of files want their turn. */
const drainsPerVisit = 256;

export function createSimWorld(options: WorldOptions & SimOptions): SimWorld {
  const { target, variant, roles, seed, recorder, messages } = options;
  const factory = target.node;
  assert(factory !== undefined, `${target.name} has no node code: the simulator runs mechanisms only`);
  const nodes = Object.freeze(Object.keys(roles));
  const { random, fork } = createForkingRandom(seed);
  const scheduler = createScheduler();
  const fingerprint = createFingerprint(seed, options.trace);
  const release = guardGlobals();
  const hosts: Host[] = [];
  const byId = new Map<NodeId, Host>();
  const crashes: Crash[] = [];
  const marks = new Set<string>();
  let packets = 0;
  let events = 0;
  let closed = false;
  /** Code outside the nodes has run: it may have finished the run, and promises may wait for it. */
  let acted = false;
  const act = (): void => {
    acted = true;
  };

  const lose = (packet: Packet, lost: string): void => {
    fingerprint.fold(eventCode.lose, scheduler.now, packet.from, packet.to, packet.checksum);
    if (messages) recorder.message({ ...describe(packet), lost });
  };
  const describe = ({ id, from, to, body, sentAt }: Packet) => ({
    id,
    from: nodes[from] as NodeId,
    to: nodes[to] as NodeId,
    kind: kindOf(body),
    sentAt,
  });
  const receive = (packet: Packet): unknown =>
    (hosts[packet.to] as Host).process()?.node?.onMessage(nodes[packet.from] as NodeId, packet.body);
  const network = createNetwork(
    nodes.length,
    scheduler,
    random.split('network'),
    { ...networkDefaults, ...options.network },
    {
      arrive(packet) {
        const host = hosts[packet.to] as Host;
        if (host.incarnation() !== packet.incarnation || !host.up()) {
          lose(packet, 'down');
          return;
        }
        fingerprint.fold(eventCode.deliver, scheduler.now, packet.from, packet.to, packet.checksum);
        if (messages) recorder.message({ ...describe(packet), receivedAt: scheduler.now });
        host.take(receive, packet);
      },
      lose,
    },
  );
  const send = (from: number, to: NodeId, body: Json): void => {
    const host = byId.get(to);
    if (host === undefined) throw new Error(`there is no node ${to} to send to`);
    const checksum = seal(body);
    const incarnation = host.incarnation();
    network.send({ id: packets++, from, to: host.index, body, checksum, incarnation, sentAt: scheduler.now });
  };

  const invariants = target.invariants?.();
  const broken = new Set<string>();
  /** Each invariant is told once: after that everything follows from it. */
  const watch = (id: NodeId, state: Json): void => {
    const violation = invariants?.see(id, state);
    if (violation === undefined || broken.has(violation.name)) return;
    broken.add(violation.name);
    const { name: invariant, because } = violation;
    recorder.event({ at: scheduler.now, node: id, kind: 'note', name: invariantNote, data: { invariant, because } });
  };

  const clocks = random.split('clock');
  const disks = random.split('disk');
  for (const [index, id] of nodes.entries()) {
    const host = createHost({
      id,
      index,
      nodes,
      roles,
      scheduler,
      fingerprint,
      recorder,
      send,
      mark: (name) => marks.add(name),
      clock: createClock(scheduler, clocks.split(id), { ...clockDefaults, ...options.clock }),
      disk: createDisk(scheduler, disks.split(id), { ...diskDefaults, ...options.disk }),
      random: random.split(`node:${id}`),
      create: (environment) => factory(environment, variant),
      crashed: (crash) => crashes.push(crash),
      seen: invariants === undefined ? undefined : (state) => watch(id, state),
    });
    hosts.push(host);
    byId.set(id, host);
  }
  const starts = random.split('start');
  const jitter = options.startJitter ?? startJitterDefault;
  for (const host of hosts) scheduler.at(Math.floor(starts.unit() * jitter), host.begin, undefined);

  if (options.fork !== undefined) scheduler.at(options.fork.at, fork, options.fork.salt);

  const perform = (action: () => void): void => {
    fingerprint.fold(eventCode.action, scheduler.now, 0, 0, 0);
    acted = true;
    action();
  };
  let drains = 0;
  /**
   * Resolves when no microtask is left. A tick that is queued by a microtask runs when their queue is empty, and costs a
   * third of what `setImmediate` does.
   */
  const drained = (resolve: () => void): void => {
    if (drains++ % drainsPerVisit === 0) macrotask(resolve);
    else tick(resolve);
  };

  return {
    kind: 'sim',
    cluster: createCluster({
      target,
      nodes,
      roles,
      scheduler,
      fingerprint,
      network,
      hosts: byId,
      acted: act,
    }),
    crashes,
    now: () => scheduler.now,
    at: (time, action) => scheduler.at(Math.ceil(time), perform, action),
    door: createDoors({
      scheduler,
      fingerprint,
      network,
      nodes,
      hosts: byId,
      random,
      acted: act,
    }),
    async run(finished) {
      // The caller may have promises of its own under way; and only from within a microtask may a drain be a tick.
      drains = 0;
      acted = true;
      for (;;) {
        while (acted) {
          acted = false;
          await new Promise<void>(drained);
          if (!acted && (closed || finished())) return;
        }
        if (!scheduler.step()) throw new Error(standstill(scheduler.now));
        events++;
      }
    },
    hash: fingerprint.hex,
    marks: () => [...marks].sort(),
    events: () => events,
    async close() {
      if (closed) return;
      closed = true;
      acted = true;
      release();
    },
  };
}

const kindOf = (body: Json): string => {
  const type =
    typeof body === 'object' && body !== null && 'type' in body ? (body as { type?: unknown }).type : undefined;
  return typeof type === 'string' ? type : typeof body;
};

const standstill = (now: Nanos): string =>
  `the simulated world stands still at ${(now / 1e9).toFixed(3)} s: nothing is scheduled, and the run is not finished`;
