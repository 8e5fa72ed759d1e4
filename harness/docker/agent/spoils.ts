/** Disks that misbehave under running processes, as the leases say: full, read-only, slow, failing. */
import type { DiskSpoil } from '../../core/cluster.ts';
import type { Evidence, NodeId } from '../../core/types.ts';
import type { Ground } from './places.ts';
import { family, isGone, stateOf, unlessGone } from './processes.ts';
import type { Lease } from './protocol.ts';
import { drain, fill, setReadOnly, withData } from './storage.ts';
import { type SyncTracer, traceSyncs } from './syncs.ts';

export type SpoilFault = Extract<Lease, { kind: 'spoil' }>;

export interface Spoils {
  strike(fault: SpoilFault): Promise<Evidence>;
  /** After its lease has ended. */
  heal(fault: SpoilFault): Promise<Evidence>;
  restarted(node: NodeId): Promise<void>;
}

export function createSpoils(ground: Ground): Spoils {
  const { leases, pidOf } = ground;
  const tracers = new Map<NodeId, { readonly pid: number; readonly tracer: SyncTracer }>();

  const standing = (node: NodeId): SpoilFault[] => leases('spoil').filter(({ nodes }) => nodes.includes(node));
  const spoilsOf = <Kind extends DiskSpoil['kind']>(node: NodeId, kind: Kind): Extract<DiskSpoil, { kind: Kind }>[] =>
    standing(node)
      .map(({ spoil }) => spoil)
      .filter((spoil): spoil is Extract<DiskSpoil, { kind: Kind }> => spoil.kind === kind);

  /** Brings the tracer of a node's syncs to what stands. */
  const trace = async (node: NodeId): Promise<Evidence> => {
    const delay = spoilsOf(node, 'disk-slow').reduce((sum, { by }) => sum + by, 0) / 1e9;
    const share = 1 - spoilsOf(node, 'disk-error').reduce((spared, spoil) => spared * (1 - spoil.share), 1);
    const handling = { delay, share };
    const pid = await pidOf(node);
    const known = tracers.get(node);
    if (pid === undefined || delay + share === 0 || known?.pid !== pid) {
      await known?.tracer.stop();
      tracers.delete(node);
    }
    if (delay + share === 0) return { took: true, how: `${node}: nobody stands between it and its disk` };
    if (pid === undefined) return { took: true, how: `${node} does not run; its syncs are met when it does` };
    const tracer = tracers.get(node)?.tracer ?? (await traceSyncs(family(pid), handling));
    tracers.set(node, { pid, tracer });
    const { threads } = await tracer.handle(handling);
    const deeds = [
      ...(delay > 0 ? [`waits for ${(delay * 1000).toFixed(0)} ms`] : []),
      ...(share > 0 ? [`fails with EIO in ${Math.round(share * 100)} % of cases`] : []),
    ];
    return { took: threads > 0, how: `${node}: each sync of ${threads} traced threads ${deeds.join(' and ')}` };
  };

  const each = async (nodes: readonly NodeId[], deed: (node: NodeId) => Promise<Evidence>): Promise<Evidence> => {
    const parts: Evidence[] = [];
    // One after the other: they share a place to mount.
    for (const node of new Set(nodes)) parts.push(await deed(node));
    return { took: parts.every(({ took }) => took), how: parts.map(({ how }) => how).join(', ') };
  };

  /** What dies meanwhile has it put upon when it starts again. */
  const apply = async (node: NodeId, folder: string, kind: DiskSpoil['kind']): Promise<Evidence> => {
    const pid = await pidOf(node);
    const done = await unlessGone(pid, () => applyTo(node, pid, folder, kind));
    return done ?? { took: true, how: `${node} has ended; its disk is seen to when it starts` };
  };

  const applyTo = async (
    node: NodeId,
    pid: number | undefined,
    folder: string,
    kind: DiskSpoil['kind'],
  ): Promise<Evidence> => {
    if (kind === 'disk-slow' || kind === 'disk-error') return trace(node);
    const stands = spoilsOf(node, kind).length > 0;
    if (kind === 'disk-full') {
      const { took, how } = await withData(ground, node, pid, folder, stands ? fill : drain);
      return { took, how: `${node}: ${how}` };
    }
    // The engine mounts it anew, and writable, when the node starts.
    if (pid === undefined) {
      return { took: true, how: `${node} does not run; its disk is ${stands ? 'read-only' : 'writable'} when it does` };
    }
    const { took, how } = await withData(ground, node, pid, folder, (place) =>
      setReadOnly(ground, node, place, stands),
    );
    // Whoever has died meanwhile shows nobody its disk.
    return took || !isGone(stateOf(pid))
      ? { took, how: `${node}: ${how}` }
      : { took: true, how: `${node} has ended; its disk is ${stands ? 'read-only' : 'writable'} when it starts` };
  };

  return {
    strike: ({ nodes, folder, spoil }) => each(nodes, (node) => apply(node, folder, spoil.kind)),
    async heal({ nodes, folder, spoil }) {
      const counted = await Promise.all(
        [...new Set(nodes)].map(async (node) => {
          const known = tracers.get(node);
          if (known === undefined || (spoil.kind !== 'disk-slow' && spoil.kind !== 'disk-error')) return '';
          const handling = { delay: 0, share: 0 };
          const counts = await known.tracer.handle(handling).catch(() => undefined);
          return counts === undefined
            ? ''
            : `; ${node}: ${counts.syncs} syncs were met, ${counts.failed} of them failed`;
        }),
      );
      const { took, how } = await each(nodes, (node) => apply(node, folder, spoil.kind));
      return { took, how: `${how}${counted.join('')}` };
    },
    async restarted(node) {
      const kinds = new Map(standing(node).map(({ spoil, folder }) => [spoil.kind, folder]));
      for (const [kind, folder] of kinds) await apply(node, folder, kind);
    },
  };
}
