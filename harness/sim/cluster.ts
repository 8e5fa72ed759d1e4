/**
 * The nemesis's hands in the simulator. Evidence is read from the simulated state after the deed, never assumed.
 *
 * The one surprise: faults are counted, not switched. Two overlapping cuts of one link need two heals, a node that two
 * faults hold down starts when the second lets go, and each heal heals only what its own strike did, once.
 */
import type { Capability, Cluster, Injury } from '../core/cluster.ts';
import { assert } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import type { Evidence, Json, Nanos, NodeId } from '../core/types.ts';
import type { PowerLoss } from './disk.ts';
import { checksumText, eventCode, type Fingerprint } from './fingerprint.ts';
import type { Host } from './host.ts';
import type { SimNetwork } from './network.ts';
import type { Scheduler } from './scheduler.ts';
import { copyJson } from './seal.ts';

export interface ClusterParts {
  readonly target: Target;
  readonly nodes: readonly NodeId[];
  readonly roles: Readonly<Record<NodeId, string>>;
  readonly scheduler: Scheduler;
  readonly fingerprint: Fingerprint;
  readonly network: SimNetwork;
  readonly hosts: ReadonlyMap<NodeId, Host>;
  /** Called when a promise was given out or resolved: those who wait for it must run before time passes. */
  acted(): void;
}

export function createCluster(parts: ClusterParts): Cluster {
  const { target, nodes, roles, scheduler, fingerprint, network, hosts, acted } = parts;

  const hostOf = (node: NodeId): Host => {
    const host = hosts.get(node);
    assert(host !== undefined, `there is no node ${node} among ${nodes.join(' ')}`);
    return host;
  };

  /** Every deed goes through here: it enters the hash, and whoever awaits it runs before time passes. */
  const act = async <T>(what: string, deed: () => T): Promise<T> => {
    acted();
    fingerprint.fold(eventCode.fault, scheduler.now, 0, 0, checksumText(what));
    return deed();
  };

  const injure = (what: string, strike: () => Evidence, heal: () => Evidence): Promise<Injury> =>
    act(what, () => {
      const evidence = strike();
      let healed: Promise<Evidence> | undefined;
      return {
        evidence,
        heal: () => {
          // Again, the same answer; but whoever awaits it is to be heard.
          acted();
          healed ??= act(`heal ${what}`, heal);
          return healed;
        },
      };
    });

  const life = (host: Host): string =>
    !host.up() ? 'no process' : `process ${host.incarnation()}${host.paused() ? ', stopped' : ' runs'}`;

  /** One fault that strikes several nodes alike. */
  const injureEach = async (
    what: string,
    ids: readonly NodeId[],
    strike: (host: Host) => Evidence,
    heal: (host: Host) => Evidence,
  ): Promise<Injury> => {
    const struck = [...new Set(ids)].map(hostOf);
    const each = (deed: (host: Host) => Evidence): Evidence =>
      together(
        struck.map((host) => {
          const { took, how } = deed(host);
          return { took, how: `${host.id}: ${how}` };
        }),
      );
    return injure(
      `${what} ${ids.join(' ')}`,
      () => each(strike),
      () => each(heal),
    );
  };

  /** A node that another fault holds down as well is healed of this one; one that crashes as it starts is not. */
  const release = (host: Host): Evidence => {
    host.releaseDown();
    if (host.up()) return { took: true, how: life(host) };
    if (host.heldDown()) return { took: true, how: 'released, but another fault holds it down' };
    return { took: false, how: 'it was started and has crashed' };
  };

  const can = new Map<Capability, string>([
    ['kill', 'the process object is thrown away'],
    ['pause', 'what reaches the process waits'],
    ['cut', 'the simulated network drops what arrives'],
    ['slow', 'the simulated network delays what is sent'],
    ['clock', "the node's simulated wall clock"],
    ['power', 'unsynced sectors of the simulated disk are lost or torn'],
  ]);
  const cannot = new Map<Capability, string>();
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
    async cut(grudge) {
      const links: { from: Host; to: Host }[] = [];
      for (const [to, dropped] of grudge) {
        for (const from of dropped) if (from !== to) links.push({ from: hostOf(from), to: hostOf(to) });
      }
      const state = ({ from, to }: { from: Host; to: Host }): string =>
        `${from.id} ${network.isCut(from.index, to.index) ? '↛' : '→'} ${to.id}`;
      const isCut = ({ from, to }: { from: Host; to: Host }): boolean => network.isCut(from.index, to.index);
      return injure(
        `cut ${links.map(({ from, to }) => `${from.id}>${to.id}`).join(' ')}`,
        () => {
          for (const { from, to } of links) network.cut(from.index, to.index);
          const closed = links.filter(isCut).length;
          const how = `${closed} of ${links.length} links drop what arrives: ${links.map(state).join(', ')}`;
          return { took: links.length > 0 && closed === links.length, how };
        },
        () => {
          for (const { from, to } of links) network.uncut(from.index, to.index);
          const others = links.filter(isCut).length;
          const rest = others === 0 ? '' : `; ${others} are still cut by another fault`;
          return { took: true, how: `${links.length - others} of ${links.length} links carry again${rest}` };
        },
      );
    },
    async slow(ids, delay) {
      const slowed = [...new Set(ids)].map(hostOf);
      // An object of its own: it is what the heal takes back.
      const slowdown = { ...delay };
      const change = (deed: (from: number, by: typeof slowdown) => void, sign: number): Evidence =>
        together(
          slowed.map(({ id, index }) => {
            const before = network.slowness(index);
            deed(index, slowdown);
            const after = network.slowness(index);
            const took = (after.mean - before.mean) * sign > 0 || (after.jitter - before.jitter) * sign > 0;
            return { took, how: `${id} sends ${late(before)} before, ${late(after)} now` };
          }),
        );
      return injure(
        `slow ${ids.join(' ')} ${delay.mean} ${delay.jitter}`,
        () => change(network.slow, 1),
        () => change(network.unslow, -1),
      );
    },
    kill: (ids) =>
      injureEach(
        'kill',
        ids,
        (host) => {
          const before = life(host);
          host.holdDown('killed');
          return { took: !host.up(), how: `${before} before, ${life(host)} now` };
        },
        release,
      ),
    powerCut: (ids) =>
      injureEach(
        'power-cut',
        ids,
        (host) => {
          const before = life(host);
          const loss = host.holdDown('power-cut');
          return { took: !host.up(), how: `${before} before, ${life(host)} now${fate(loss)}` };
        },
        release,
      ),
    pause: (ids) =>
      injureEach(
        'pause',
        ids,
        (host) => {
          host.holdStill();
          const how = host.up() ? life(host) : `${life(host)}; one that starts is stopped at once`;
          return { took: host.paused(), how };
        },
        (host) => {
          host.releaseStill();
          return { took: true, how: host.paused() ? 'released, but another fault stops it' : life(host) };
        },
      ),
    async bendClock(node, offset) {
      const { clock } = hostOf(node);
      const bend = (by: Nanos): Evidence => {
        const before = clock.error();
        clock.bend(by);
        const after = clock.error();
        return {
          took: after - before === by && by !== 0,
          how: `${node}: wall clock was off by ${ms(before)}, now by ${ms(after)}`,
        };
      };
      return injure(
        `clock ${node} ${offset}`,
        () => bend(offset),
        () => bend(-offset),
      );
    },
    async control(node, command, undo) {
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
    },
  };
}

const together = (parts: readonly Evidence[]): Evidence => ({
  took: parts.length > 0 && parts.every(({ took }) => took),
  how: parts.length === 0 ? 'no node was named' : parts.map(({ how }) => how).join(' | '),
});

const fate = (loss: PowerLoss | undefined): string =>
  loss === undefined
    ? ''
    : `; of ${loss.sectors} unsynced sectors ${loss.survived} survived, ${loss.torn} were torn, ` +
      `${loss.vanished} vanished; ${loss.undone} changes of the directory were undone`;

const late = ({ mean, jitter }: { readonly mean: Nanos; readonly jitter: Nanos }): string =>
  mean === 0 && jitter === 0 ? 'in time' : `${ms(mean)} ± ${ms(jitter)} late`;

const ms = (time: Nanos): string => `${(time / 1e6).toFixed(2)} ms`;
