/**
 * The nemesis's hands on containers. Each blow is carried out by the fault agent or the engine, and both the blow and its
 * cure are looked at from outside before they count.
 *
 * The surprise: faults are counted, as in the simulator. Two that overlap need two heals, and a node that starts in the
 * middle of others has them put upon it at once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Capability, Cluster, Inspection } from '../core/cluster.ts';
import type { Evidence, Json, JsonObject, NodeId } from '../core/types.ts';
import type { Abilities, Ability } from './agent/protocol.ts';
import type { ContainerNode } from './container-node.ts';
import { ports } from './entry/settings.ts';
import { asking } from './http.ts';
import { type ClusterParts, createInjurer } from './injuries.ts';
import { lifeBlows } from './life-blows.ts';
import { machineBlows } from './machine-blows.ts';
import { networkBlows } from './network-blows.ts';

export function createCluster(parts: ClusterParts): Cluster {
  const { target, roles, nodes, agent, abilities, disks, http, mainPort, now, acted } = parts;
  const injurer = createInjurer(parts);
  const { nodeOf, injury, report } = injurer;
  const standing = { cuts: 0 };

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

  const command = async (node: ContainerNode, body: JsonObject): Promise<Evidence> => {
    const port = node.port(ports.clients);
    if (port === undefined) return { took: false, how: `${node.id} is down and takes no commands` };
    const reply = await asking({ agent: http, port, method: 'POST', path: '/control', body, timeoutMs: 2000 });
    return reply.kind === 'answer'
      ? { took: true, how: `${node.id} was told ${JSON.stringify(body)} and says ${JSON.stringify(reply.body)}` }
      : { took: false, how: `${node.id} was told ${JSON.stringify(body)}: ${reply.reason}` };
  };

  const can = new Map<Capability, string>(byEngine);
  const cannot = new Map<Capability, string>();
  for (const [name, ability] of Object.entries(abilities) as [keyof Abilities, Ability][]) {
    const lacking = lackingHere(name);
    if (lacking !== undefined) cannot.set(name, lacking);
    else if ('means' in ability) can.set(name, ability.means);
    else cannot.set(name, ability.reason);
  }
  if (target.node === undefined) cannot.set('control', `${target.name} takes no commands of ours`);
  else can.set('control', 'a request to the node');

  /** What the machine could do, but not to this cluster. */
  function lackingHere(name: Capability): string | undefined {
    const needsDisk = (ownDiskNeeded as readonly Capability[]).includes(name);
    if (needsDisk && !disks) return 'this run was started without disks of its own';
    // The kernel refuses while a file is open for writing, and every real system keeps one open.
    if (name === 'disk-read-only' && target.system !== undefined) {
      return `${target.name} keeps files open for writing, and so its file system cannot be made read-only`;
    }
    return undefined;
  }

  return {
    world: 'docker',
    nodes: [...nodes.keys()],
    roles,
    can,
    cannot,
    now,
    // The run keeps the process alive, and when it is over nobody waits for a nemesis that still sleeps.
    sleep: (duration) => pause(Math.max(0, duration / 1e6), undefined, { ref: false }).then(acted),
    inspect: (id) => inspect(id),
    ...networkBlows(injurer, agent, standing),
    ...lifeBlows(parts, injurer, inspect, standing),
    ...machineBlows(parts, injurer),
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

/** What a run has to be given disks of its own for: see `DockerOptions.powerCuttable`. */
export const ownDiskNeeded = ['power', 'disk-full', 'disk-read-only'] as const satisfies readonly Capability[];

/** What needs no fault agent. */
export const byEngine = [
  ['stop', 'SIGTERM by the engine, and SIGKILL where that does not do in 10 s'],
  ['cpu', 'the engine updates the container (cgroup)'],
  ['memory', 'the engine updates the container (cgroup)'],
] as const satisfies readonly (readonly [Capability, string])[];
