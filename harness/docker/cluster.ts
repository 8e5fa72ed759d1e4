/**
 * The nemesis's hands on containers. Each blow is carried out by the fault agent, and both the blow and its cure are
 * looked at from outside before they count.
 *
 * The surprise: faults are counted, as in the simulator. A node that two faults hold down starts when the second lets
 * go, and one that is started while a pause or a cut stands is paused and cut at once.
 */
import type { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Capability, Cluster, Injury, Inspection } from '../core/cluster.ts';
import type { Recorder } from '../core/history.ts';
import type { Target } from '../core/target.ts';
import type { Evidence, Json, JsonObject, Nanos, NodeEvent, NodeId } from '../core/types.ts';
import type { Abilities, Drop } from './agent/protocol.ts';
import type { AgentLink } from './agent-link.ts';
import { type ContainerNode, isRefused } from './container-node.ts';
import { reasonOf } from './engine.ts';
import { ports } from './entry/settings.ts';
import type { NodeReport } from './entry.ts';
import { asking } from './http.ts';

export interface ClusterParts {
  readonly target: Target;
  readonly roles: Readonly<Record<NodeId, string>>;
  readonly nodes: ReadonlyMap<NodeId, ContainerNode>;
  readonly agent: AgentLink;
  readonly abilities: Abilities;
  /** Folder of the durable data; undefined where the power cannot be cut. */
  readonly disks: string | undefined;
  readonly recorder: Recorder;
  readonly http: Agent;
  /** The published port that clients use. */
  readonly mainPort: number;
  now(): Nanos;
  /** Something happened that the run may wait for. */
  acted(): void;
}

/** Whether a node that should serve does, and how long that may take. */
const answerWithinMs = 10_000;

export function createCluster(parts: ClusterParts): Cluster {
  const { target, roles, nodes, agent, abilities, disks, recorder, http, mainPort, now, acted } = parts;
  const ids = [...nodes.keys()];
  const down = new Map<NodeId, number>();
  const still = new Map<NodeId, number>();
  let leases = 0;
  let cuts = 0;
  let starting: Promise<unknown> = Promise.resolve();

  const nodeOf = (id: NodeId): ContainerNode => {
    const node = nodes.get(id);
    if (node === undefined) throw new Error(`there is no node ${id} among ${ids.join(' ')}`);
    return node;
  };
  const record = (node: NodeId, kind: NodeEvent['kind']): void => recorder.event({ at: now(), node, kind });

  const report = async (node: ContainerNode, timeoutMs: number): Promise<NodeReport | undefined> => {
    const port = node.port(mainPort);
    if (port === undefined) return undefined;
    const reply = await asking({ agent: http, port, method: 'GET', path: '/inspect', timeoutMs });
    return reply.kind === 'answer' ? (reply.body as unknown as NodeReport) : undefined;
  };

  const inspect = async (id: NodeId, timeoutMs = 1000): Promise<Inspection | undefined> => {
    const node = nodeOf(id);
    let state: Json;
    let metrics: Readonly<Record<string, number>> = {};
    if (target.system === undefined) {
      const seen = await report(node, timeoutMs);
      if (seen === undefined) return undefined;
      ({ state, metrics } = seen);
    } else {
      const port = node.port(mainPort);
      if (port === undefined) return undefined;
      const unanswered = Symbol();
      const asked = target.system.inspect(`127.0.0.1:${port}`).catch(() => unanswered);
      const seen = await Promise.race([asked, pause(timeoutMs, unanswered, { ref: false })]);
      if (typeof seen === 'symbol') return undefined;
      state = seen;
    }
    const leads = target.leads?.(state);
    return { state, metrics, ...(leads === undefined ? {} : { leads }) };
  };

  /** A cure works once, and says the same when asked again. */
  const injury = (evidence: Evidence, cure: () => Promise<Evidence>): Injury => {
    acted();
    let healed: Promise<Evidence> | undefined;
    return {
      evidence,
      heal() {
        healed ??= cure().finally(acted);
        return healed;
      },
    };
  };

  /**
   * Starts a node and puts upon it what stands. While a cut stands, one at a time: a fresh network namespace has no rules
   * until then, and only the other end of each link, which is up, holds the cut.
   */
  const begin = (node: ContainerNode): Promise<unknown> => {
    const start = async (): Promise<unknown> => {
      await node.start();
      return agent.ask({ do: 'restarted', node: node.id });
    };
    if (cuts === 0) return start();
    const turn = starting.then(start);
    starting = turn.catch(() => {});
    return turn;
  };

  /** Brings a node back when nothing holds it down any more. */
  const revive = async (node: ContainerNode, afterPowerCut: boolean): Promise<Evidence> => {
    const { id } = node;
    const holds = (down.get(id) ?? 1) - 1;
    down.set(id, holds);
    if (holds > 0) return { took: true, how: `${id}: another fault still holds it down` };
    const began = performance.now();
    const at = now();
    await begin(node);
    recorder.event({ at, node: id, kind: 'started' });
    if ((still.get(id) ?? 0) > 0) {
      record(id, 'paused');
      return { took: true, how: `${id}: started, and stopped at once by another fault` };
    }
    const proof =
      afterPowerCut && disks !== undefined
        ? await agent.prove({ do: 'power-restored', node: id, folder: disks })
        : undefined;
    while (performance.now() - began < answerWithinMs && node.running()) {
      if ((await inspect(id, 500)) !== undefined) {
        const took = Math.round(performance.now() - began);
        return join([
          { took: true, how: `${id}: started, answers after ${took} ms` },
          ...(proof === undefined ? [] : [proof]),
        ]);
      }
      await pause(10);
    }
    // A system that needs its peers to serve may be kept from it by another fault; a process that runs was started.
    const runs = node.running();
    const how = runs
      ? `started and runs, but does not answer in ${answerWithinMs / 1000} s`
      : `started and ended again: ${node.lastWords()}`;
    return { took: runs && target.system !== undefined, how: `${id}: ${how}` };
  };

  const strikeDown = async (id: NodeId, kind: 'killed' | 'power-cut'): Promise<Evidence> => {
    const node = nodeOf(id);
    const port = node.port(mainPort);
    const was = node.running();
    down.set(id, (down.get(id) ?? 0) + 1);
    node.expectEnd();
    const evidence = await agent.prove(
      kind === 'killed' || disks === undefined
        ? { do: 'kill', node: id }
        : { do: 'power-cut', node: id, folder: disks },
    );
    if (was) record(id, kind);
    await node.ended();
    if (port === undefined || !was) return evidence;
    const refused = await untilRefused(port);
    return join([evidence, { took: refused, how: refused ? 'its port refuses' : 'its port still answers' }]);
  };

  const strikeDownEach = async (struck: readonly NodeId[], kind: 'killed' | 'power-cut'): Promise<Injury> => {
    const chosen = [...new Set(struck)];
    const evidence = join(await Promise.all(chosen.map((id) => strikeDown(id, kind))));
    return injury(evidence, async () => {
      const revivals = chosen.map((id) =>
        revive(nodeOf(id), kind === 'power-cut').catch((error: unknown) => ({
          took: false,
          how: `${id}: ${reasonOf(error)}`,
        })),
      );
      return join(await Promise.all(revivals));
    });
  };

  /**
   * How far the node's clock is from ours, in nanoseconds, and how wrong that may be: it was read at some time between the
   * question and the answer, which on a busy machine are far apart. Only differences of two such readings mean anything.
   */
  const clockError = async (node: ContainerNode): Promise<{ off: number; doubt: number } | undefined> => {
    if (target.system !== undefined) return undefined;
    const before = performance.now();
    const seen = await report(node, 1000);
    const after = performance.now();
    return seen === undefined
      ? undefined
      : { off: (seen.wall - (before + after) / 2) * 1e6, doubt: ((after - before) / 2) * 1e6 };
  };

  const bend = async (node: ContainerNode, lease: number, offset: Nanos, healing: boolean): Promise<Evidence> => {
    const before = await clockError(node);
    const set = await agent.prove(healing ? { do: 'heal', lease } : { do: 'bend', lease, node: node.id, offset });
    const after = await clockError(node);
    if (before === undefined || after === undefined || !set.took) return set;
    const moved = after.off - before.off;
    const wanted = healing ? -offset : offset;
    // Slewing and rounding, and the doubt of both readings; but never so much that no movement would pass for one.
    const tolerance = Math.min(50_000_000 + before.doubt + after.doubt, Math.abs(wanted) / 2 + 5_000_000);
    const took = Math.abs(moved - wanted) < tolerance;
    return join([set, { took, how: `asked for the time, it moved by ${ms(moved)}` }]);
  };

  const command = async (node: ContainerNode, body: JsonObject): Promise<Evidence> => {
    const port = node.port(ports.clients);
    if (port === undefined) return { took: false, how: `${node.id} is down and takes no commands` };
    const reply = await asking({ agent: http, port, method: 'POST', path: '/control', body, timeoutMs: 2000 });
    return reply.kind === 'answer'
      ? { took: true, how: `${node.id} was told ${JSON.stringify(body)} and says ${JSON.stringify(reply.body)}` }
      : { took: false, how: `${node.id} was told ${JSON.stringify(body)}: ${reply.reason}` };
  };

  const can = new Map<Capability, string>();
  const cannot = new Map<Capability, string>();
  for (const [name, ability] of Object.entries(abilities) as [Capability, Abilities[keyof Abilities]][]) {
    if (name === 'power' && disks === undefined) cannot.set(name, 'this run was started without disks of its own');
    else if ('means' in ability) can.set(name, ability.means);
    else cannot.set(name, ability.reason);
  }
  if (target.node === undefined) cannot.set('control', `${target.name} takes no commands of ours`);
  else can.set('control', 'a request to the node');

  return {
    world: 'docker',
    nodes: ids,
    roles,
    can,
    cannot,
    now,
    // The run keeps the process alive, and when it is over nobody waits for a nemesis that still sleeps.
    sleep: (duration) => pause(Math.max(0, duration / 1e6), undefined, { ref: false }).then(acted),
    inspect: (id) => inspect(id),
    async cut(grudge) {
      const drops: Drop[] = [];
      for (const [to, dropped] of grudge) for (const from of dropped) if (from !== to) drops.push([from, to]);
      const lease = ++leases;
      cuts++;
      const evidence = await agent.prove({ do: 'cut', lease, drops });
      return injury(evidence, () => agent.prove({ do: 'heal', lease }).finally(() => cuts--));
    },
    async disturb(struck, disturbance) {
      if (disturbance.kind !== 'slow') throw unable(disturbance.kind);
      const { mean, jitter } = disturbance;
      const lease = ++leases;
      const evidence = await agent.prove({ do: 'slow', lease, nodes: struck, mean, jitter });
      return injury(evidence, () => agent.prove({ do: 'heal', lease }));
    },
    hold: async () => Promise.reject(unable('hold')),
    reset: async () => Promise.reject(unable('reset')),
    stop: async () => Promise.reject(unable('stop')),
    wipe: async () => Promise.reject(unable('wipe')),
    driftClock: async () => Promise.reject(unable('drift')),
    spoilDisk: async (_, { kind }) => Promise.reject(unable(kind)),
    rot: async () => Promise.reject(unable('disk-rot')),
    limit: async (_, { kind }) => Promise.reject(unable(kind)),
    kill: (struck) => strikeDownEach(struck, 'killed'),
    powerCut: (struck) => strikeDownEach(struck, 'power-cut'),
    async pause(struck) {
      const chosen = [...new Set(struck)];
      const lease = ++leases;
      for (const id of chosen) {
        still.set(id, (still.get(id) ?? 0) + 1);
        if (still.get(id) === 1 && nodeOf(id).running()) record(id, 'paused');
      }
      const evidence = await agent.prove({ do: 'pause', lease, nodes: chosen });
      return injury(evidence, async () => {
        const healed = await agent.prove({ do: 'heal', lease });
        for (const id of chosen) {
          still.set(id, (still.get(id) ?? 1) - 1);
          if (still.get(id) === 0 && nodeOf(id).running()) record(id, 'resumed');
        }
        return healed;
      });
    },
    async bendClock(id, offset) {
      const node = nodeOf(id);
      const lease = ++leases;
      const evidence = await bend(node, lease, offset, false);
      return injury(evidence, () => bend(node, lease, offset, true));
    },
    async control(id, body, undo) {
      const node = nodeOf(id);
      const told = node.incarnation();
      const evidence = await command(node, body);
      return injury(evidence, async () =>
        node.incarnation() !== told || !node.running()
          ? { took: true, how: `${id}: the process that was told is gone, and the command with it` }
          : command(node, undo),
      );
    },
  };
}

const unable = (kind: Capability): Error => new Error(`containers cannot ${kind} yet`);

/** All must have taken effect. */
const join = (parts: readonly Evidence[]): Evidence => ({
  took: parts.length > 0 && parts.every(({ took }) => took),
  how: parts.length === 0 ? 'no node was named' : parts.map(({ how }) => how).join(', '),
});

async function untilRefused(port: number): Promise<boolean> {
  const deadline = performance.now() + 3000;
  while (performance.now() < deadline) {
    if (await isRefused(port)) return true;
    await pause(5);
  }
  return false;
}

const ms = (nanoseconds: number): string => `${(nanoseconds / 1e6).toFixed(0)} ms`;
