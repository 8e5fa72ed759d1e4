/**
 * Blows at the life of containers: what ends a node, what stops it, and how it comes back.
 *
 * The surprise: faults are counted, as in the simulator. A node that two faults hold down starts when the second lets go,
 * and one that is started while other faults stand has them put upon it at once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster, Injury, Inspection } from '../core/cluster.ts';
import type { Evidence, NodeEvent, NodeId } from '../core/types.ts';
import { type ContainerNode, isRefused } from './container-node.ts';
import { reasonOf } from './engine.ts';
import { type ClusterParts, type Injurer, join } from './injuries.ts';

/** Whether a node that should serve does, and how long that may take. */
const answerWithinMs = 10_000;
/** As `docker stop`: who has not ended by then is killed. */
const stopWithinSeconds = 10;

type LifeBlows = Pick<Cluster, 'kill' | 'stop' | 'wipe' | 'powerCut' | 'rot' | 'pause'>;

export function lifeBlows(
  parts: ClusterParts,
  { nodeOf, record, injury, lease }: Injurer,
  inspect: (id: NodeId, timeoutMs: number) => Promise<Inspection | undefined>,
  standing: { readonly cuts: number },
): LifeBlows {
  const { target, agent, folder, mainPort, now } = parts;
  const down = new Map<NodeId, number>();
  const still = new Map<NodeId, number>();
  let starting: Promise<unknown> = Promise.resolve();
  const turns = new Map<NodeId, Promise<unknown>>();

  /** What starts or ends one node happens one after the other. */
  const inTurn = <T>(id: NodeId, deed: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(id) ?? Promise.resolve()).then(deed);
    turns.set(
      id,
      turn.catch(() => {}),
    );
    return turn;
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
    if (standing.cuts === 0) return start();
    const turn = starting.then(start);
    starting = turn.catch(() => {});
    return turn;
  };

  /** Brings a node back when nothing holds it down any more. */
  const revive = async (node: ContainerNode, proof: () => Promise<Evidence[]>): Promise<Evidence> => {
    const { id } = node;
    const holds = (down.get(id) ?? 1) - 1;
    down.set(id, holds);
    if (holds > 0) return { took: true, how: `${id}: another fault still holds it down` };
    const began = performance.now();
    const struckAgain = (): boolean => (down.get(id) ?? 0) > 0;
    const again: Evidence = { took: true, how: `${id}: another fault has struck it down again` };
    const started = await inTurn(id, async () => {
      if (struckAgain()) return false;
      const at = now();
      await begin(node);
      record(id, 'started', at);
      return true;
    });
    if (!started) return again;
    if ((still.get(id) ?? 0) > 0) {
      record(id, 'paused');
      return { took: true, how: `${id}: started, and stopped at once by another fault` };
    }
    const more = struckAgain() ? [] : await proof();
    const runsSince = performance.now();
    while (performance.now() - runsSince < answerWithinMs && node.running()) {
      if (struckAgain()) return again;
      if ((await inspect(id, 500)) !== undefined) {
        const took = Math.round(performance.now() - began);
        return join([{ took: true, how: `${id}: started, answers after ${took} ms` }, ...more]);
      }
      await pause(10);
    }
    // A system that needs its peers to serve may be kept from it by another fault; a process that runs was started.
    if (struckAgain()) return again;
    const runs = node.running();
    const how = runs
      ? `started and runs, but does not answer in ${answerWithinMs / 1000} s`
      : `started and ended again: ${node.lastWords()}`;
    return { took: runs && target.system !== undefined, how: `${id}: ${how}` };
  };

  const strikeDown = async (
    id: NodeId,
    kind: NodeEvent['kind'],
    deed: (node: ContainerNode) => Promise<Evidence>,
  ): Promise<Evidence> => {
    down.set(id, (down.get(id) ?? 0) + 1);
    return inTurn(id, () => bringDown(nodeOf(id), kind, deed));
  };

  const bringDown = async (
    node: ContainerNode,
    kind: NodeEvent['kind'],
    deed: (node: ContainerNode) => Promise<Evidence>,
  ): Promise<Evidence> => {
    const port = node.port(mainPort);
    const was = node.running();
    node.expectEnd();
    const evidence = await deed(node);
    if (was) record(node.id, kind);
    await node.ended();
    if (port === undefined || !was) return evidence;
    const refused = await untilRefused(port);
    return join([evidence, { took: refused, how: refused ? 'its port refuses' : 'its port still answers' }]);
  };

  const strikeDownEach = async (
    struck: readonly NodeId[],
    kind: NodeEvent['kind'],
    deed: (node: ContainerNode) => Promise<Evidence>,
    proof: (node: ContainerNode) => Promise<Evidence[]> = async () => [],
  ): Promise<Injury> => {
    const chosen = [...new Set(struck)];
    const evidence = join(await Promise.all(chosen.map((id) => strikeDown(id, kind, deed))));
    return injury(evidence, async () => {
      const revivals = chosen.map((id) =>
        revive(nodeOf(id), () => proof(nodeOf(id))).catch((error: unknown) => ({
          took: false,
          how: `${id}: ${reasonOf(error)}`,
        })),
      );
      return join(await Promise.all(revivals));
    });
  };

  const end = async ({ id, container }: ContainerNode): Promise<Evidence> => {
    const before = await container.inspect();
    if (!before.State.Running) return { took: true, how: `${id} did not run` };
    const began = performance.now();
    await container.stop({ t: stopWithinSeconds });
    const { Running, ExitCode } = (await container.inspect()).State;
    const how = `${id}: asked to end, it ${Running ? 'runs on' : `ended after ${Math.round(performance.now() - began)} ms with code ${ExitCode}`}`;
    return { took: !Running, how };
  };

  return {
    kill: (struck) => strikeDownEach(struck, 'killed', ({ id }) => agent.prove({ do: 'kill', node: id })),
    stop: (struck) => strikeDownEach(struck, 'stopped', end),
    wipe: (struck) => strikeDownEach(struck, 'killed', ({ id }) => agent.prove({ do: 'wipe', node: id, folder })),
    rot: (struck, rot) =>
      strikeDownEach(struck, 'killed', ({ id }) => agent.prove({ do: 'rot', node: id, folder, rot })),
    powerCut: (struck) =>
      strikeDownEach(
        struck,
        'power-cut',
        ({ id }) => agent.prove({ do: 'power-cut', node: id, folder }),
        async ({ id }) => [await agent.prove({ do: 'power-restored', node: id, folder })],
      ),
    async pause(struck) {
      const chosen = [...new Set(struck)];
      for (const id of chosen) {
        still.set(id, (still.get(id) ?? 0) + 1);
        if (still.get(id) === 1 && nodeOf(id).running()) record(id, 'paused');
      }
      const { evidence, heal } = await lease({ kind: 'pause', nodes: chosen });
      return injury(evidence, async () => {
        const healed = await heal();
        for (const id of chosen) {
          still.set(id, (still.get(id) ?? 1) - 1);
          if (still.get(id) === 0 && nodeOf(id).running()) record(id, 'resumed');
        }
        return healed;
      });
    },
  };
}

async function untilRefused(port: number): Promise<boolean> {
  const deadline = performance.now() + 3000;
  while (performance.now() < deadline) {
    if (await isRefused(port)) return true;
    await pause(5);
  }
  return false;
}
