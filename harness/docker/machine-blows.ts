/** Blows at the machine that a container believes it runs on: its clock, its disk, its share of processor and memory. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster, Limit } from '../core/cluster.ts';
import type { Evidence, Nanos, NodeId } from '../core/types.ts';
import type { ContainerNode } from './container-node.ts';
import { reasonOf } from './engine.ts';
import { limits as ample } from './fleet.ts';
import { type ClusterParts, type Injurer, join } from './injuries.ts';

type MachineBlows = Pick<Cluster, 'bendClock' | 'driftClock' | 'spoilDisk' | 'limit'>;
type EngineLimit = Extract<Limit, { kind: 'cpu' | 'memory' }>;

export function machineBlows(
  { target, folder }: ClusterParts,
  { nodeOf, injury, lease, leased, report }: Injurer,
): MachineBlows {
  const limited = new Map<NodeId, EngineLimit[]>();
  /** Counts what is done to each node's clock: a reading that something else came between proves nothing. */
  const stirs = new Map<NodeId, number>();
  const stir = (id: NodeId): number => {
    const count = (stirs.get(id) ?? 0) + 1;
    stirs.set(id, count);
    return count;
  };

  /**
   * How far the node's clock is from ours, in nanoseconds, and how wrong that may be: it was read at some time between the
   * question and the answer, which on a busy machine are far apart. Only differences of two such readings mean anything.
   */
  const clockError = async (node: ContainerNode): Promise<Reading | undefined> => {
    if (target.system !== undefined) return undefined;
    const before = performance.now();
    const seen = await report(node, 1000);
    const after = performance.now();
    return seen === undefined
      ? undefined
      : {
          at: ((before + after) / 2) * 1e6,
          off: (seen.wall - (before + after) / 2) * 1e6,
          doubt: ((after - before) / 2) * 1e6,
        };
  };

  /** The deed's own evidence, and that the node, asked for the time, is off by so much more. */
  const moving = async (
    node: ContainerNode,
    deed: () => Promise<Evidence>,
    wanted: (before: Reading, after: Reading) => Nanos,
  ): Promise<Evidence> => {
    const stirred = stir(node.id);
    const before = await clockError(node);
    const set = await deed();
    const after = await clockError(node);
    const alone = stir(node.id) === stirred + 1;
    if (before === undefined || after === undefined || !set.took || !alone) return set;
    return join([set, judgeMove(before, after, wanted(before, after))]);
  };

  /** Gives each container the least that stands, and reads it back. */
  const applyLimits = async (ids: readonly NodeId[]): Promise<Evidence> =>
    join(
      await Promise.all(
        [...new Set(ids)].map(async (id): Promise<Evidence> => {
          const { container } = nodeOf(id);
          const least = (kind: EngineLimit['kind'], most: number): number =>
            Math.min(most, ...(limited.get(id) ?? []).filter((each) => each.kind === kind).map(amountOf));
          const wanted = { NanoCpus: least('cpu', ample.NanoCpus), Memory: least('memory', ample.Memory) };
          try {
            const memory = await squeeze(container, wanted);
            const { HostConfig } = await container.inspect();
            const took = HostConfig.NanoCpus === wanted.NanoCpus && HostConfig.Memory === memory;
            const more =
              memory === wanted.Memory ? '' : ` (it holds more than the ${mib(wanted.Memory)} that were asked for)`;
            const how = `${id}: ${(HostConfig.NanoCpus ?? 0) / 1e9} of a core and ${mib(HostConfig.Memory ?? 0)}${more}, read back from the engine`;
            return { took, how };
          } catch (error) {
            return { took: false, how: `${id}: ${reasonOf(error)}` };
          }
        }),
      ),
    );

  return {
    async bendClock(id, offset) {
      const node = nodeOf(id);
      let heal: (() => Promise<Evidence>) | undefined;
      const strike = async (): Promise<Evidence> => {
        const standing = await lease({ kind: 'clock', node: id, offset });
        heal = standing.heal;
        return standing.evidence;
      };
      const evidence = await moving(node, strike, () => offset);
      return injury(evidence, () => moving(node, heal as () => Promise<Evidence>, () => -offset));
    },
    async driftClock(id, ppm) {
      const node = nodeOf(id);
      const { evidence, heal } = await lease({ kind: 'drift', node: id, ppm });
      if (!evidence.took) return injury(evidence, heal);
      const gained = await moving(
        node,
        async () => {
          await pause(300);
          return evidence;
        },
        (before, after) => ((after.at - before.at) * ppm) / 1e6,
      );
      return injury(gained, heal);
    },
    spoilDisk: (struck, spoil) => leased({ kind: 'spoil', nodes: [...new Set(struck)], folder, spoil }),
    async limit(struck, limit) {
      if (limit.kind === 'files') return leased({ kind: 'files', nodes: [...new Set(struck)], count: limit.count });
      const ids = [...new Set(struck)];
      for (const id of ids) limited.set(id, [...(limited.get(id) ?? []), limit]);
      const evidence = await applyLimits(ids);
      return injury(evidence, () => {
        for (const id of ids) {
          const standing = limited.get(id) ?? [];
          const at = standing.indexOf(limit);
          limited.set(
            id,
            standing.filter((_, index) => index !== at),
          );
        }
        return applyLimits(ids);
      });
    },
  };
}

/**
 * Limits the container, to the least memory above what was wanted that the kernel grants: an old cgroup refuses a limit
 * below what its processes hold, where a new one would kill them.
 */
async function squeeze(
  container: ContainerNode['container'],
  { NanoCpus, Memory }: { readonly NanoCpus: number; readonly Memory: number },
): Promise<number> {
  for (let bytes = Memory; ; bytes = Math.min(ample.Memory, Math.ceil(bytes * 1.2))) {
    try {
      await container.update({ NanoCpus, Memory: bytes, MemorySwap: bytes });
      return bytes;
    } catch (error) {
      if (bytes >= ample.Memory || !/busy/i.test(reasonOf(error))) throw error;
    }
  }
}

const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

interface Reading {
  /** When, on the harness's own monotonic clock. */
  readonly at: Nanos;
  readonly off: Nanos;
  readonly doubt: Nanos;
}

function judgeMove(before: Reading, after: Reading, wanted: Nanos): Evidence {
  const moved = after.off - before.off;
  const doubt = before.doubt + after.doubt;
  const how = `asked for the time, it moved by ${(moved / 1e6).toFixed(0)} ms`;
  // Slewing and rounding, and the doubt of both readings; but never so much that no movement would pass for one.
  const tolerance = Math.min(50_000_000 + doubt, Math.abs(wanted) / 2 + 5_000_000);
  // What is smaller than the doubt cannot be seen from here: then the agent's own reading has to do.
  if (Math.abs(wanted) < 2 * doubt + 5_000_000) return { took: true, how };
  return { took: Math.abs(moved - wanted) < tolerance, how };
}

const amountOf = (limit: EngineLimit): number => (limit.kind === 'cpu' ? Math.round(limit.share * 1e9) : limit.bytes);
