/**
 * Brings the containers of a run up: the private network, the disks, one container a node.
 *
 * The surprise: whatever fails, everything that was begun is waited for before the failure is told. Otherwise a container
 * could come up after the run was removed.
 */
import { randomBytes } from 'node:crypto';
import type { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { SystemContainer, Target } from '../core/target.ts';
import type { NodeId } from '../core/types.ts';
import type { AgentLink } from './agent-link.ts';
import { type ContainerNode, createContainerNode, type NodeListener } from './container-node.ts';
import { type Engine, partLabel, reasonOf } from './engine.ts';
import { type NodeSettings, ports, settingsVariable } from './entry/settings.ts';
import { asking } from './http.ts';
import { tarball } from './tarball.ts';

/** Memory and processor share of one node; enough for all that we run, small enough for a laptop. */
export const limits = {
  Memory: 512 * 1024 * 1024,
  MemorySwap: 512 * 1024 * 1024,
  NanoCpus: 1_000_000_000,
  PidsLimit: 512,
};
const diskMegabytes = 128;
const readyWithinMs = 60_000;
/** Where durable data is, and within it the files of a mechanism's node. */
export const dataFolder = '/data';
export const nodeFolder = '/data/node';

/** The container of one of our own mechanisms' nodes. */
export const mechanismContainer = (settings: NodeSettings): SystemContainer => ({
  image: 'base',
  command: ['node', '/node.mjs'],
  environment: { [settingsVariable]: JSON.stringify(settings), NODE_OPTIONS: '--max-old-space-size=256' },
  ports: [ports.clients],
  dataFolder,
});

export interface FleetOptions {
  readonly engine: Engine;
  readonly run: string;
  readonly labels: Record<string, string>;
  readonly ids: readonly NodeId[];
  readonly network: string;
  readonly addresses: Readonly<Record<NodeId, string>>;
  /** Reference of the image that a setting names. */
  imageOf(name: string): string;
  setting(id: NodeId): SystemContainer;
  /** What our own nodes run. */
  readonly program: string | undefined;
  /** Names of the nodes' volumes, where they have disks of their own. */
  readonly volumes: ReadonlyMap<NodeId, string> | undefined;
  readonly listener: NodeListener;
}

/** All nodes, started. */
export async function launchFleet(options: FleetOptions): Promise<ContainerNode[]> {
  const launches = options.ids.map((id) => launch(id, options));
  await Promise.allSettled(launches);
  return Promise.all(launches);
}

async function launch(id: NodeId, options: FleetOptions): Promise<ContainerNode> {
  const { engine, run, labels, network, addresses, program, listener } = options;
  const setting = options.setting(id);
  const volume = options.volumes?.get(id);
  const address = addresses[id] as string;
  const container = await engine.createContainer({
    Image: options.imageOf(setting.image),
    name: `pitchpole-${run}-${id}`,
    Hostname: id,
    Cmd: [...setting.command],
    Env: Object.entries(setting.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels, [partLabel]: id },
    ExposedPorts: Object.fromEntries(setting.ports.map((port) => [`${port}/tcp`, {}])),
    HostConfig: {
      ...limits,
      NetworkMode: network,
      RestartPolicy: { Name: 'no' },
      CapDrop: ['SYS_TIME', 'NET_RAW', 'SYS_ADMIN'],
      PortBindings: Object.fromEntries(
        setting.ports.map((port) => [`${port}/tcp`, [{ HostIp: '127.0.0.1', HostPort: '' }]]),
      ),
      ...(volume === undefined ? {} : { Binds: [`${volume}:${setting.dataFolder ?? dataFolder}`] }),
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address }, Aliases: [id] } } },
  });
  if (program !== undefined) {
    await container.putArchive(tarball([{ name: 'node.mjs', bytes: program }]), { path: '/' });
  }
  const node = createContainerNode(engine, id, container, address, listener);
  await node.start();
  return node;
}

/** A file system of its own for each node, which the engine mounts like any volume; names of the volumes. */
export async function makeDisks(
  engine: Engine,
  agent: AgentLink,
  run: string,
  labels: Record<string, string>,
  ids: readonly NodeId[],
): Promise<ReadonlyMap<NodeId, string>> {
  const volumes = new Map<NodeId, string>();
  for (const id of ids) {
    const { device = '' } = await agent.ask({ do: 'disk', node: id, megabytes: diskMegabytes });
    const Name = `pitchpole-${run}-${id}`;
    // Without its kindness to programs that forget to sync before they rename.
    const DriverOpts = { type: 'ext4', device, o: 'noauto_da_alloc' };
    await engine.createVolume({ Name, Driver: 'local', DriverOpts, Labels: labels });
    volumes.set(id, Name);
  }
  return volumes;
}

/**
 * A network of our own, with addresses from the range that is set aside for benchmarks (RFC 2544), so that no laptop's
 * own networks are shadowed. Nodes keep their addresses over restarts, which only a chosen subnet allows.
 */
export async function createNetwork(
  engine: Engine,
  name: string,
  Labels: Record<string, string>,
): Promise<{ name: string; prefix: string }> {
  const first = randomBytes(1)[0] as number;
  for (let attempt = 0; attempt < 256; attempt++) {
    const prefix = `198.19.${(first + attempt) % 256}`;
    try {
      await engine.createNetwork({
        ...{ Name: name, Driver: 'bridge', Labels, CheckDuplicate: true },
        IPAM: { Driver: 'default', Config: [{ Subnet: `${prefix}.0/24` }] },
        // Nodes speak to each other and to nobody else.
        Options: { 'com.docker.network.bridge.enable_ip_masquerade': 'false' },
      });
      return { name, prefix };
    } catch (error) {
      if (!/overlap/i.test(reasonOf(error))) throw error;
    }
  }
  throw new Error('all 256 networks of 198.19.0.0/16 are in use');
}

/** @throws where it ends, or does not serve in time */
export async function untilReady(node: ContainerNode, target: Target, http: Agent, mainPort: number): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  while (performance.now() < deadline && node.running()) {
    const port = node.port(mainPort);
    if (port !== undefined) {
      const ready =
        target.system === undefined
          ? (await asking({ agent: http, port, method: 'GET', path: '/inspect', timeoutMs: 1000 })).kind === 'answer'
          : await target.system.ready(`127.0.0.1:${port}`).catch(() => false);
      if (ready) return;
    }
    await pause(20);
  }
  const words = node.lastWords();
  throw new Error(
    `${node.id} ${node.running() ? `does not serve after ${readyWithinMs / 1000} s` : 'ended while it started'}${words === '' ? '' : `; its last words: ${words}`}`,
  );
}
