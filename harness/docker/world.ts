/**
 * The real world: every node a container on a private network, real sockets, real files, real kills, and the machine's
 * monotonic clock.
 *
 * The surprise: nothing here touches the machine itself. The controller speaks to the engine's API and to loopback; what
 * needs privileges is done by the run's fault agent, which also removes everything when the controller dies.
 */
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { HarnessError } from '../core/errors.ts';
import { createRandom } from '../core/random.ts';
import type { SystemContainer } from '../core/target.ts';
import type { Json, Nanos, NodeId } from '../core/types.ts';
import type { World, WorldOptions } from '../core/world.ts';
import { type AgentLink, startAgent } from './agent-link.ts';
import { nodeProgram } from './bundle.ts';
import { createCluster } from './cluster.ts';
import { type ContainerNode, createContainerNode, type NodeListener } from './container-node.ts';
import {
  connectEngine,
  type Engine,
  ownerLabel,
  partLabel,
  reasonOf,
  requireEngine,
  runLabel,
  statusOf,
} from './engine.ts';
import { type NodeSettings, ports, settingsVariable } from './entry/settings.ts';
import type { NodeReport } from './entry.ts';
import { ask, asking } from './http.ts';
import { baseImage, targetImage } from './images.ts';
import { owner } from './owner.ts';
import { removeAll, sweep } from './sweep.ts';
import { tarball } from './tarball.ts';

export interface DockerOptions {
  readonly engine?: Engine;
  /** Give each node a disk of its own whose power can be cut: costs a tenth of a second a node, and loop devices. */
  readonly powerCuttable?: boolean;
  /** Source of the program that runs nodes, when it is not the one that knows all targets of the house. */
  readonly entry?: string;
  /** Told what takes long: images that are made. */
  readonly progress?: (text: string) => void;
  /** Leave containers and network in place after the run; the next sweep takes them when this process has ended. */
  readonly keep?: boolean;
}

export interface DockerWorld extends World {
  /** The run's id, under which the engine lists its parts: label `pitchpole.run`. */
  readonly runId: string;
}

/** Memory and processor share of one node; enough for all that we run, small enough for a laptop. */
const limits = { Memory: 512 * 1024 * 1024, NanoCpus: 1_000_000_000, PidsLimit: 512 };
const diskMegabytes = 128;
const readyWithinMs = 60_000;

export async function createDockerWorld(options: WorldOptions & DockerOptions): Promise<DockerWorld> {
  const { target, variant, roles, seed, recorder } = options;
  const engine = options.engine ?? connectEngine();
  await requireEngine(engine);
  const base = await baseImage({ engine, progress: options.progress });
  const image =
    target.system === undefined ? base : await targetImage(target.system.image, { engine, progress: options.progress });
  await sweep(engine);

  const run = randomBytes(4).toString('hex');
  const labels = { [runLabel]: run, [ownerLabel]: owner() };
  const ids = Object.keys(roles);
  const http = new Agent({ keepAlive: true });
  const random = createRandom(seed);
  let zero: bigint | undefined;
  let closed = false;
  const now = (): Nanos => (zero === undefined ? 0 : Number(process.hrtime.bigint() - zero));
  const act = (): void => {
    wake?.();
  };
  let wake: (() => void) | undefined;
  /** Lines noted by the node's current process. */
  const heard = new Map<NodeId, number>();

  const listener: NodeListener = {
    line(node, text) {
      if (target.system !== undefined || closed) return;
      const { at, name, data } = JSON.parse(text) as { at: string; name: string; data: Json };
      heard.set(node, (heard.get(node) ?? 0) + 1);
      recorder.event({ at: sinceZero(BigInt(at)), node, kind: 'note', name, data });
    },
    crashed(node, lastWords) {
      if (!closed) recorder.event({ at: now(), node, kind: 'crashed', name: crashReason(lastWords) });
    },
  };
  // What happened while the cluster came up happened at the beginning.
  const sinceZero = (at: bigint): Nanos => (zero === undefined || at < zero ? 0 : Number(at - zero));

  let agent: AgentLink | undefined;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    act();
    http.destroy();
    if (options.keep === true) return;
    try {
      await agent?.finish();
    } finally {
      await removeAll(engine, run);
    }
  };

  try {
    const power = options.powerCuttable === true;
    const [startedAgent, network] = await Promise.all([
      startAgent({ engine, run, image: base, disks: power }),
      createNetwork(engine, `pitchpole-${run}`, labels),
    ]);
    agent = startedAgent;
    const { abilities } = await agent.ask({ do: 'examine' });
    if (abilities === undefined) throw new Error('the fault agent did not say what it can');
    const addresses = Object.fromEntries(ids.map((id, index) => [id, `${network.prefix}.${index + 11}`]));
    const wallEpoch = Date.now();
    const program = target.node === undefined ? undefined : await nodeProgram(options.entry);
    const setting = (id: NodeId): SystemContainer => {
      if (target.system !== undefined) return target.system.container(id, ids, variant);
      const settings: NodeSettings = {
        ...{ target: target.name, variant, self: id, addresses, roles, seed, wallEpoch },
        folder: '/data/node',
      };
      return {
        image,
        command: ['node', '/node.mjs'],
        environment: { [settingsVariable]: JSON.stringify(settings), NODE_OPTIONS: '--max-old-space-size=256' },
        ports: [ports.clients],
        dataFolder: '/data',
      };
    };
    // A file system each; the engine mounts it like any volume.
    const volumes = new Map<NodeId, string>();
    if (power) {
      for (const id of ids) {
        const { device } = await agent.ask({ do: 'disk', node: id, megabytes: diskMegabytes });
        const Name = `pitchpole-${run}-${id}`;
        const DriverOpts = { type: 'ext4', device: device as string, o: 'noauto_da_alloc' };
        await engine.createVolume({ Name, Driver: 'local', DriverOpts, Labels: labels });
        volumes.set(id, Name);
      }
    }
    const create = async (id: NodeId): Promise<ContainerNode> => {
      const { command, environment = {}, ports: published, dataFolder = '/data' } = setting(id);
      const volume = volumes.get(id);
      const container = await engine.createContainer({
        Image: image,
        name: `pitchpole-${run}-${id}`,
        Hostname: id,
        Cmd: [...command],
        Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        Labels: { ...labels, [partLabel]: id },
        ExposedPorts: Object.fromEntries(published.map((port) => [`${port}/tcp`, {}])),
        HostConfig: {
          ...limits,
          NetworkMode: network.name,
          RestartPolicy: { Name: 'no' },
          CapDrop: ['SYS_TIME', 'NET_RAW', 'SYS_ADMIN'],
          PortBindings: Object.fromEntries(
            published.map((port) => [`${port}/tcp`, [{ HostIp: '127.0.0.1', HostPort: '' }]]),
          ),
          ...(volume === undefined ? {} : { Binds: [`${volume}:${dataFolder}`] }),
        },
        NetworkingConfig: {
          EndpointsConfig: {
            [network.name]: { IPAMConfig: { IPv4Address: addresses[id] as string }, Aliases: [id] },
          },
        },
      });
      if (program !== undefined)
        await container.putArchive(tarball([{ name: 'node.mjs', bytes: program }]), { path: '/' });
      const node = createContainerNode(engine, id, container, addresses[id] as string, listener);
      await node.start();
      return node;
    };
    const created = await Promise.all(ids.map(create));
    const nodes = new Map(created.map((node) => [node.id, node]));
    const mainPort = setting(ids[0] as NodeId).ports[0] as number;
    await agent.ask({
      do: 'adopt',
      nodes: Object.fromEntries(
        created.map(({ id, container, address }) => [id, { container: container.id, address }]),
      ),
    });
    await Promise.all(created.map((node) => untilReady(node, options, http, mainPort)));
    zero = process.hrtime.bigint();
    for (const node of ids) recorder.event({ at: 0, node, kind: 'started' });

    const cluster = createCluster({
      ...{ target, roles, nodes, agent, abilities, recorder, http, mainPort, now },
      disks: power ? (setting(ids[0] as NodeId).dataFolder ?? '/data') : undefined,
      acted: act,
    });
    /** Waits, briefly, until all that the nodes have noted so far has arrived here. */
    const hearAll = async (): Promise<void> => {
      if (target.system !== undefined) return;
      const deadline = performance.now() + 300;
      await Promise.all(
        created.map(async (node) => {
          const port = node.port(mainPort);
          if (port === undefined) return;
          const reply = await asking({ agent: http, port, method: 'GET', path: '/inspect', timeoutMs: 300 });
          if (reply.kind !== 'answer') return;
          const { notes } = reply.body as unknown as NodeReport;
          while ((heard.get(node.id) ?? 0) < notes && performance.now() < deadline) await pause(5);
        }),
      );
    };

    return {
      kind: 'docker',
      runId: run,
      cluster,
      now,
      at(time, action) {
        later(time, now, () => {
          if (closed) return;
          action();
          act();
        });
      },
      door: (process, node) => ({
        process,
        node,
        nodes: ids,
        random: random.split(`client:${process}`),
        now,
        after: (delay, action) =>
          later(now() + delay, now, () => {
            if (closed) return;
            action();
            act();
          }),
        request(to, body, timeout, done) {
          const finish: typeof done = (reply) => {
            if (closed) return;
            done(reply);
            act();
          };
          const port = nodes.get(to)?.port(ports.clients);
          // A port that a dead node had may belong to another by now, so it is not even tried.
          if (port === undefined) setImmediate(finish, { kind: 'refused', reason: `${to} is down` });
          else ask({ agent: http, port, method: 'POST', path: '/request', body, timeoutMs: timeout / 1e6 }, finish);
        },
        // While a node is down this is a port on which nothing listens, and which fetch does not forbid, as it does 1.
        address: (to, port = mainPort) => `127.0.0.1:${nodes.get(to)?.port(port) ?? 2}`,
      }),
      async run(finished) {
        await new Promise<void>((resolve) => {
          // What clients of real systems do happens behind our back, hence the regular look.
          const look = setInterval(() => wake?.(), 5);
          wake = () => {
            if (!closed && !finished()) return;
            clearInterval(look);
            wake = undefined;
            resolve();
          };
          wake();
        });
        if (!closed) await hearAll();
      },
      close,
    };
  } catch (error) {
    await close().catch(() => {});
    throw error instanceof HarnessError ? error : brokenWorld(target.name, error);
  }
}

/** Never early: a timer of Node may be, by a millisecond. */
function later(time: Nanos, now: () => Nanos, action: () => void): void {
  const left = time - now();
  if (left <= 0) setImmediate(action);
  else setTimeout(() => (now() < time ? later(time, now, action) : action()), Math.ceil(left / 1e6));
}

/**
 * A network of our own, with addresses from the range that is set aside for benchmarks (RFC 2544), so that no laptop's
 * own networks are shadowed. Nodes keep their addresses over restarts, which only a chosen subnet allows.
 */
async function createNetwork(
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

async function untilReady(node: ContainerNode, { target }: WorldOptions, http: Agent, mainPort: number): Promise<void> {
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

function crashReason(lastWords: string): string {
  try {
    const { crashed } = JSON.parse(lastWords) as { crashed?: unknown };
    return typeof crashed === 'string' ? crashed : lastWords;
  } catch {
    return lastWords === '' ? 'the process ended without a word' : lastWords;
  }
}

const brokenWorld = (target: string, cause: unknown): HarnessError =>
  new HarnessError({
    code: statusOf(cause) === 404 ? 'missing' : 'broken',
    message: `The containers of \`${target}\` did not come up (${reasonOf(cause)}).`,
    hint: `Run \`pitchpole doctor\` to see what this machine can do.`,
    cause,
  });
