/**
 * The nemesis's hands in the simulator. Evidence is read from the simulated state after the deed, never assumed.
 *
 * The one surprise: faults are counted, not switched. Two overlapping cuts of one link need two heals, a node that two
 * faults hold down starts when the second lets go, and each heal heals only what its own strike did, once.
 */
import type { Capability, Cluster } from '../core/cluster.ts';
import type { Evidence, Json } from '../core/types.ts';
import { eventCode } from './fingerprint.ts';
import { type ClusterParts, createInjurer, type Injurer } from './injuries.ts';
import { machineBlows } from './machine-blows.ts';
import { networkBlows } from './network-blows.ts';
import { copyJson } from './seal.ts';

export function createCluster(parts: ClusterParts): Cluster {
  const { target, nodes, roles, scheduler, fingerprint, network, hosts, acted } = parts;
  const injurer = createInjurer(parts);
  const { hostOf } = injurer;
  const can = new Map<Capability, string>(means);
  const cannot = new Map<Capability, string>(lacking);
  if ([...hosts.values()].some((host) => host.process()?.node?.control !== undefined)) {
    can.set('control', "the node's own control handler");
  } else {
    cannot.set('control', `no node of ${target.name} takes an operator's commands`);
  }

  return {
    world: 'sim',
    nodes,
    roles,
    can,
    cannot,
    now: () => scheduler.now,
    sleep: (duration) =>
      new Promise((resolve) => {
        scheduler.at(
          scheduler.now + Math.max(0, Math.round(duration)),
          () => {
            fingerprint.fold(eventCode.wake, scheduler.now, 0, 0, 0);
            acted();
            resolve();
          },
          undefined,
        );
      }),
    async inspect(node) {
      acted();
      const host = hostOf(node);
      const process = host.process();
      if (process === undefined || !host.up() || host.paused()) return undefined;
      const seen = host.call((running) => copyJson(running.inspect()));
      // It has crashed of the question.
      if (seen === undefined) return undefined;
      const leads = target.leads?.(seen);
      const metrics = Object.fromEntries(process.metrics);
      return { state: seen, metrics, ...(leads === undefined ? {} : { leads }) };
    },
    ...networkBlows(injurer, network),
    ...machineBlows(injurer),
    limit: async (_, { kind }) => {
      throw new Error(`there is no limit of ${kind} here: ${lacking.get(kind)}`);
    },
    control: controlBlow(injurer),
  };
}

/** What the simulator can do, whatever is in it. */
export const means: ReadonlyMap<Capability, string> = new Map([
  ['kill', 'the process object is thrown away'],
  ['stop', 'the process object is thrown away'],
  ['wipe', 'the process object is thrown away, and the files of its simulated disk'],
  ['pause', 'what reaches the process waits'],
  ['power', 'unsynced sectors of the simulated disk are lost or torn'],
  ['cut', 'the simulated network drops what arrives'],
  ['hold', 'the simulated network keeps what arrives until it is let go'],
  ['reset', 'clients of the process are told so, and what is on its way is lost'],
  ['slow', 'the simulated network delays what is sent'],
  ['loss', 'the simulated network drops some of what is sent'],
  ['duplication', 'the simulated network sends some of it twice'],
  ['reordering', 'the simulated network holds some of it back'],
  ['bandwidth', 'the simulated network carries so many bytes a second'],
  ['corruption', 'the simulated network changes values inside messages'],
  ['clock', "the node's simulated wall clock"],
  ['drift', "the rate of the node's simulated wall clock"],
  ['disk-full', 'writes to the simulated disk throw ENOSPC'],
  ['disk-read-only', 'writes to the simulated disk throw EROFS'],
  ['disk-slow', 'syncs of the simulated disk take longer'],
  ['disk-error', 'syncs of the simulated disk fail with EIO'],
  ['disk-rot', 'bits of the simulated disk are flipped, files cut short'],
]);

export const lacking: ReadonlyMap<Capability, string> = new Map([
  ['cpu', 'handlers take no time in the simulator; `slow` and `pause` stand in for it'],
  ['memory', 'the simulator does not count the memory of a node'],
  ['files', 'a simulated node has no file descriptors'],
]);

const controlBlow =
  ({ hostOf, injure }: Injurer): Cluster['control'] =>
  async (node, command, undo) => {
    const host = hostOf(node);
    let commanded = 0;
    const tell = (body: Json): Evidence => {
      if (!host.up()) return { took: false, how: `${node} is down and takes no commands` };
      if (host.paused()) return { took: false, how: `${node} is stopped and takes no commands` };
      if (host.process()?.node?.control === undefined) return { took: false, how: `${node} takes no commands` };
      const answer = host.call((running) => copyJson(running.control?.(body) ?? null));
      return answer === undefined
        ? { took: false, how: `${node} crashed of ${JSON.stringify(body)}` }
        : { took: true, how: `${node} was told ${JSON.stringify(body)} and says ${JSON.stringify(answer)}` };
    };
    return injure(
      `control ${node} ${JSON.stringify(command)}`,
      () => {
        commanded = host.incarnation();
        return tell(command);
      },
      () => {
        if (host.incarnation() !== commanded || !host.up()) {
          return { took: true, how: `${node}: the process that was told is gone, and the command with it` };
        }
        if (!host.paused()) return tell(undo);
        host.take(() => host.process()?.node?.control?.(undo), undefined);
        return { took: true, how: `${node} is stopped; ${JSON.stringify(undo)} waits for it` };
      },
    );
  };
