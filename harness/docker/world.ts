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
import type { Json, Nanos, NodeId } from '../core/types.ts';
import type { World, WorldOptions } from '../core/world.ts';
import { type AgentLink, startAgent } from './agent-link.ts';
import { nodeProgram } from './bundle.ts';
import { createCluster } from './cluster.ts';
import type { NodeListener } from './container-node.ts';
import { connectEngine, type Engine, ownerLabel, reasonOf, requireEngine, runLabel, statusOf } from './engine.ts';
import { ports } from './entry/settings.ts';
import type { NodeReport } from './entry.ts';
import {
  createNetwork,
  dataFolder,
  launchFleet,
  makeDisks,
  mechanismContainer,
  nodeFolder,
  untilReady,
} from './fleet.ts';
import { ask, asking } from './http.ts';
import { baseImage, targetImage } from './images.ts';
import { owner } from './owner.ts';
import { removeAll, sweep } from './sweep.ts';

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
  const agenda = createAgenda(now);
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
    agenda.clear();
    act();
    http.destroy();
    if (options.keep === true) {
      await agent?.release();
      return;
    }
    try {
      await agent?.finish();
    } finally {
      await removeAll(engine, run);
    }
  };

  try {
    const power = options.powerCuttable === true;
    const settings = (addresses: Readonly<Record<NodeId, string>>, wallEpoch: number) => (self: NodeId) =>
      target.system?.container(self, ids, variant) ??
      mechanismContainer({ target: target.name, variant, self, addresses, roles, seed, wallEpoch, folder: nodeFolder });
    const powered = startAgent({ engine, run, image: base, disks: power }).then(async (started) => {
      agent = started;
      return { started, ...(await started.ask({ do: 'examine' })) };
    });
    const launched = createNetwork(engine, `pitchpole-${run}`, labels).then(async ({ name, prefix }) => {
      const addresses = Object.fromEntries(ids.map((id, index) => [id, `${prefix}.${index + 11}`]));
      const setting = settings(addresses, Date.now());
      const program = target.node === undefined ? undefined : await nodeProgram(options.entry);
      const volumes = power ? await makeDisks(engine, (await powered).started, run, labels, ids) : undefined;
      const fleet = { engine, run, labels, network: name, addresses, setting, program, volumes, listener };
      const imageOf = (name: string): string =>
        target.system !== undefined && name !== target.system.image.name ? name : image;
      return { setting, created: await launchFleet({ ...fleet, ids, imageOf }) };
    });
    // Both to their ends, also where one fails: nothing may come up after everything was removed.
    const [{ started, abilities }, { setting, created }] = await both(powered, launched);
    if (abilities === undefined) throw new Error('the fault agent did not say what it can');
    const nodes = new Map(created.map((node) => [node.id, node]));
    const first = setting(ids[0] as NodeId);
    const mainPort = first.ports[0] as number;
    await started.ask({
      do: 'adopt',
      nodes: Object.fromEntries(
        created.map(({ id, container, address }) => [id, { container: container.id, address }]),
      ),
    });
    await Promise.all(created.map((node) => untilReady(node, target, http, mainPort)));
    zero = process.hrtime.bigint();
    for (const node of ids) recorder.event({ at: 0, node, kind: 'started' });

    const cluster = createCluster({
      ...{ target, roles, nodes, agent: started, abilities, recorder, http, mainPort, now },
      ...{ disks: power, folder: first.dataFolder ?? dataFolder },
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
        agenda.at(time, () => {
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
          agenda.at(now() + delay, () => {
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

/**
 * Actions at their times; never early, which a timer of Node may be, by a millisecond. What has not come by the end does
 * not come, nor does it keep the process waiting.
 */
function createAgenda(now: () => Nanos): { at(time: Nanos, action: () => void): void; clear(): void } {
  const timers = new Set<NodeJS.Timeout>();
  let over = false;
  const at = (time: Nanos, action: () => void): void => {
    const left = time - now();
    if (over) return;
    if (left <= 0) {
      setImmediate(() => {
        if (!over) action();
      });
      return;
    }
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        at(time, action);
      },
      Math.ceil(left / 1e6),
    );
    timers.add(timer);
  };
  return {
    at,
    clear() {
      over = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
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
