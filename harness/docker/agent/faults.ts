/**
 * The faults themselves: what stands is kept as leases, and each change is carried to the nodes and then proven. Each kind
 * of fault has a file of its own; here they come together.
 */
import type { Rot } from '../../core/cluster.ts';
import type { Evidence, NodeId } from '../../core/types.ts';
import { createClocks } from './clocks.ts';
import type { Journal } from './journal.ts';
import { createLife } from './life.ts';
import { createLimits } from './limits.ts';
import { createGround } from './places.ts';
import { canaryIsGone, cutPower, imageOf, isDark, makeDisk, removeDisk } from './power.ts';
import { unlessGone } from './processes.ts';
import type { Fault, Lease, NodePlace } from './protocol.ts';
import type { EngineCall } from './removal.ts';
import { breakConnections } from './reset.ts';
import { createSpoils } from './spoils.ts';
import { damage, empty, withData } from './storage.ts';
import { createTraffic } from './traffic.ts';
import { reason } from './words.ts';

export interface Faults {
  adopt(nodes: Readonly<Record<NodeId, NodePlace>>): Promise<void>;
  strike(lease: number, fault: Fault): Promise<Evidence>;
  heal(lease: number): Promise<Evidence>;
  kill(node: NodeId): Promise<Evidence>;
  wipe(node: NodeId, folder: string): Promise<Evidence>;
  rot(node: NodeId, folder: string, rot: Rot): Promise<Evidence>;
  reset(nodes: readonly NodeId[]): Promise<Evidence>;
  disk(node: NodeId, megabytes: number): Promise<string>;
  powerCut(node: NodeId, folder: string): Promise<Evidence>;
  powerRestored(node: NodeId, folder: string): Promise<Evidence>;
  restarted(node: NodeId): Promise<void>;
  healAll(): Promise<void>;
  removeDisks(): Promise<void>;
}

export function createFaults({ run, call, journal }: { run: string; call: EngineCall; journal: Journal }): Faults {
  let diskLease = 1_000_000_000;
  const ground = createGround(run, call, journal);
  const { pidOf, running } = ground;
  const traffic = createTraffic(ground);
  const clocks = createClocks(ground);
  const life = createLife(ground);
  const spoils = createSpoils(ground);
  const limits = createLimits(ground);

  const carry = async (lease: Exclude<Lease, { kind: 'disk' }>): Promise<Evidence> => {
    switch (lease.kind) {
      case 'cut':
      case 'hold':
      case 'disturb':
        return traffic.strike(lease);
      case 'pause':
        return life.pause(lease.nodes);
      case 'clock':
      case 'drift':
        return clocks.apply(lease.node);
      case 'spoil':
        return spoils.strike(lease);
      case 'files':
        return limits.apply(lease.nodes);
    }
  };

  const undo = async (lease: Lease): Promise<Evidence> => {
    switch (lease.kind) {
      case 'cut':
      case 'hold':
      case 'disturb':
        return traffic.heal(lease);
      case 'pause':
        return life.resume(lease.nodes);
      case 'clock':
      case 'drift':
        return clocks.apply(lease.node);
      case 'spoil':
        return spoils.heal(lease);
      case 'files':
        return limits.apply(lease.nodes);
      case 'disk':
        await removeDisk(lease.image);
        return { took: true, how: `the disk of ${lease.node} is gone` };
    }
  };

  const heal = async (id: number): Promise<Evidence> => {
    const lease = journal.standing().get(id);
    if (lease === undefined) return { took: true, how: 'was healed already' };
    // The lease ends first: what then applies is what the remaining ones say.
    journal.end(id);
    return undo(lease);
  };

  return {
    async adopt(places) {
      ground.adopt(places);
      await traffic.adopt();
    },
    async strike(id, fault) {
      const lease = fault.kind === 'drift' ? { ...fault, since: clocks.now() } : fault;
      journal.begin(id, lease);
      return carry(lease);
    },
    heal,
    kill: (node) => life.kill(node),
    async wipe(node, folder) {
      const clear = (pid: number | undefined) => withData(ground, node, pid, folder, empty);
      if ((await pidOf(node)) !== undefined) return life.kill(node, clear);
      const { took, how } = await clear(undefined);
      return { took, how: `${node} did not run, ${how}` };
    },
    async rot(node, folder, rot) {
      const spoil = (pid: number | undefined) => withData(ground, node, pid, folder, (place) => damage(place, rot));
      if ((await pidOf(node)) !== undefined) return life.kill(node, spoil);
      const { took, how } = await spoil(undefined);
      return { took, how: `${node} did not run, ${how}` };
    },
    async reset(nodes) {
      const places = await running(nodes);
      const parts = await Promise.all(
        places.map(async ({ id, pid }) => {
          const reset = await unlessGone(pid, () => breakConnections(['nsenter', '-t', String(pid), '-n']));
          if (reset === undefined) return { took: true, how: `${id} has ended, and its connections with it` };
          const { broken, proven } = reset;
          const how = `${id}: ${broken} connections were reset, and ${proven ? 'so was one of our own' : 'one of our own lives on'}`;
          return { took: proven, how };
        }),
      );
      if (parts.length === 0) return { took: true, how: `${nodes.join(' ')}: nothing runs that could be connected` };
      return { took: parts.every(({ took }) => took), how: parts.map(({ how }) => how).join(', ') };
    },
    async disk(node, megabytes) {
      const image = imageOf(run, node);
      // The device is not known yet; the image is what finds it again.
      journal.begin(diskLease++, { kind: 'disk', node, image, device: '' });
      return (await makeDisk(image, megabytes)).device;
    },
    powerCut: (node, folder) =>
      life.kill(node, async (pid) => {
        const place = `/proc/${pid}/root${folder}`;
        await cutPower(place);
        const dark = isDark(place);
        return { took: dark, how: `its disk ${dark ? 'refuses to write' : 'still writes'}` };
      }),
    async powerRestored(node, folder) {
      const pid = await pidOf(node);
      if (pid === undefined) return { took: false, how: `${node} does not run` };
      const gone = canaryIsGone(`/proc/${pid}/root${folder}`);
      // It may be there: a sync of the node's own between the writing and the cut carries it along in the same journal
      // transaction. That the disk refused to write is the proof of the cut; this only tells what it cost.
      return {
        took: true,
        how: `${node}: a file written without sync just before the cut is ${gone ? 'gone' : 'still there'}`,
      };
    },
    async restarted(node) {
      const [place] = await running([node]);
      // It has ended again already, by itself or by another fault.
      if (place === undefined) return;
      await traffic.restarted(place);
      await clocks.restarted(node);
      await limits.restarted(node);
      await spoils.restarted(node);
      await life.restarted(node);
    },
    async healAll() {
      for (const [id, lease] of [...journal.standing()]) {
        if (lease.kind === 'disk') continue;
        // One that cannot be healed must not keep us from the others; its container is removed anyway.
        await heal(id).catch((error: unknown) => process.stderr.write(`lease ${id}: ${reason(error)}\n`));
      }
    },
    async removeDisks() {
      for (const [id, lease] of [...journal.standing()]) if (lease.kind === 'disk') await heal(id);
    },
  };
}
