/**
 * What a nemesis may do to processes: signals to their groups, and everything that the simulated network between them
 * can do. The machine that they run on is one and the same, so its power, clocks, disks and limits are out of reach.
 */
import type { Capability, Cluster, Injury } from '../core/cluster.ts';
import { assert } from '../core/errors.ts';
import type { Evidence, Nanos, NodeId } from '../core/types.ts';
import { type Injurer, together } from '../sim/injuries.ts';
import type { SimNetwork } from '../sim/network.ts';
import { networkBlows } from '../sim/network-blows.ts';
import { type Machine, stateOf } from './machine.ts';

export interface ClusterParts {
  readonly roles: Readonly<Record<NodeId, string>>;
  readonly machines: ReadonlyMap<NodeId, Machine>;
  readonly network: SimNetwork;
  now(): Nanos;
  sleep(duration: Nanos): Promise<void>;
  /** Messages that the node has sent and got from other nodes, for its metrics. */
  traffic(node: NodeId): { readonly sent: number; readonly received: number };
  /** Somebody may be waiting for what was done. */
  acted(): void;
}

export function createCluster({ roles, machines, network, now, sleep, traffic, acted }: ClusterParts): Cluster {
  const nodes = [...machines.keys()];
  const hostOf = (node: NodeId): Machine => {
    const machine = machines.get(node);
    assert(machine !== undefined, `there is no node ${node} among ${nodes.join(' ')}`);
    return machine;
  };
  const hostsOf = (ids: readonly NodeId[]): Machine[] => [...new Set(ids)].map(hostOf);

  /** A blow may take its time here; healing it does so once. */
  const blow = async (strike: () => Deed, heal: () => Deed): Promise<Injury> => {
    const evidence = await strike();
    acted();
    let healed: Promise<Evidence> | undefined;
    return {
      evidence,
      async heal() {
        healed ??= Promise.resolve(heal());
        const proof = await healed;
        acted();
        return proof;
      },
    };
  };
  const blowEach = (
    ids: readonly NodeId[],
    strike: (machine: Machine) => Deed,
    heal: (machine: Machine) => Deed,
  ): Promise<Injury> => {
    const struck = hostsOf(ids);
    const each = async (deed: (machine: Machine) => Deed): Promise<Evidence> =>
      together(
        await Promise.all(
          struck.map(async (machine) => {
            const { took, how } = await deed(machine);
            return { took, how: `${machine.id}: ${how}` };
          }),
        ),
      );
    return blow(
      () => each(strike),
      () => each(heal),
    );
  };
  const injurer: Injurer<Machine> = {
    hostOf,
    hostsOf,
    injure: (_what, strike, heal) => blow(strike, heal),
    injureEach: (_what, ids, strike, heal) => blowEach(ids, strike, heal),
  };

  const ending = (how: 'SIGKILL' | 'SIGTERM', then?: (machine: Machine) => string) => (ids: readonly NodeId[]) =>
    blowEach(
      ids,
      async (machine) => {
        const told = await machine.down(how);
        return { took: !machine.up(), how: `${told}${then?.(machine) ?? ''}` };
      },
      (machine) => machine.release(),
    );
  const refuse = async (capability: string): Promise<never> => {
    throw new Error(`cannot ${capability} here: ${cannotAll}`);
  };

  return {
    world: 'process',
    nodes,
    roles,
    can,
    cannot,
    now,
    sleep,
    async inspect(node) {
      const machine = hostOf(node);
      if (!machine.up() || machine.paused()) return undefined;
      const { sent, received } = traffic(node);
      return {
        state: { process: machine.process()?.id ?? null, life: machine.incarnation() },
        metrics: { messages_sent: sent, messages_received: received },
      };
    },
    ...networkBlows(injurer, network),
    kill: ending('SIGKILL'),
    stop: ending('SIGTERM'),
    wipe: ending('SIGKILL', (machine) => {
      machine.wipe();
      return ', and its folder is empty';
    }),
    pause: (ids) =>
      blowEach(
        ids,
        async (machine) => {
          const signalled = machine.pause();
          const state = await settledState(machine, 'T', sleep);
          const seen = state === undefined ? 'SIGSTOP was sent' : `its process is in the state ${state}`;
          return { took: signalled && (state ?? 'T') === 'T', how: seen };
        },
        async (machine) => {
          const signalled = machine.resume();
          const goesOn = !machine.paused();
          return { took: signalled, how: goesOn ? 'SIGCONT was sent' : 'another fault still pauses it' };
        },
      ),
    powerCut: () => refuse('power'),
    bendClock: () => refuse('clock'),
    driftClock: () => refuse('drift'),
    spoilDisk: (_nodes, { kind }) => refuse(kind),
    rot: () => refuse('disk-rot'),
    limit: (_nodes, { kind }) => refuse(kind),
    control: () => refuse('control'),
  };
}

type Deed = Evidence | Promise<Evidence>;

/** A signal takes a moment to be heard by every thread. A process that is down has no state, and is as still as can be. */
async function settledState(
  machine: Machine,
  wanted: string,
  sleep: (duration: Nanos) => Promise<void>,
): Promise<string | undefined> {
  for (let round = 0; ; round++) {
    const process = machine.process();
    const state = process === undefined ? undefined : stateOf(process.id);
    if (state === undefined || state === wanted || round === 50) return state;
    await sleep(2_000_000);
  }
}

const wire = 'the simulated network between the processes';
const can: ReadonlyMap<Capability, string> = new Map<Capability, string>([
  ['kill', 'SIGKILL to the process group, and started again'],
  ['stop', 'SIGTERM to the process group, and started again'],
  ['wipe', 'SIGKILL to the process group, and its folder emptied'],
  ['pause', 'SIGSTOP and SIGCONT to the process group'],
  ...(['cut', 'hold', 'reset', 'slow', 'loss', 'duplication', 'reordering', 'bandwidth', 'corruption'] as const).map(
    (capability) => [capability, wire] as const,
  ),
]);

const cannotAll = 'all processes share one machine, whose power, clocks, disks and limits are not touched';
const cannot: ReadonlyMap<Capability, string> = new Map<Capability, string>([
  ...(['power', 'clock', 'drift', 'disk-full', 'disk-read-only', 'disk-slow', 'disk-error', 'disk-rot'] as const).map(
    (capability) => [capability, cannotAll] as const,
  ),
  ...(['cpu', 'memory', 'files'] as const).map((capability) => [capability, cannotAll] as const),
  ['control', "the Maelstrom protocol has no operator's commands"],
]);
