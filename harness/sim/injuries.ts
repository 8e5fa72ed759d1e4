/**
 * What all blows of the simulated cluster share: each enters the run's hash, each is undone once, and whoever awaits it
 * runs before time passes.
 */
import type { Injury } from '../core/cluster.ts';
import { assert } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import type { Evidence, Nanos, NodeId } from '../core/types.ts';
import { checksumText, eventCode, type Fingerprint } from './fingerprint.ts';
import type { Host } from './host.ts';
import type { SimNetwork } from './network.ts';
import type { Scheduler } from './scheduler.ts';

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

/** `H` is what a blow strikes: the simulator's hosts, or the processes of the process world. */
export interface Injurer<H = Host> {
  hostOf(node: NodeId): H;
  /** The hosts of these nodes, each once. */
  hostsOf(ids: readonly NodeId[]): H[];
  injure(what: string, strike: () => Evidence, heal: () => Evidence): Promise<Injury>;
  /** One fault that strikes several nodes alike. */
  injureEach(
    what: string,
    ids: readonly NodeId[],
    strike: (host: H) => Evidence,
    heal: (host: H) => Evidence,
  ): Promise<Injury>;
}

export function createInjurer({ nodes, scheduler, fingerprint, hosts, acted }: ClusterParts): Injurer {
  const hostOf = (node: NodeId): Host => {
    const host = hosts.get(node);
    assert(host !== undefined, `there is no node ${node} among ${nodes.join(' ')}`);
    return host;
  };
  const hostsOf = (ids: readonly NodeId[]): Host[] => [...new Set(ids)].map(hostOf);

  /** Every deed goes through here: it enters the hash, and whoever awaits it runs before time passes. */
  const act = async <T>(what: string, deed: () => T): Promise<T> => {
    acted();
    fingerprint.fold(eventCode.fault, scheduler.now, 0, 0, checksumText(what));
    return deed();
  };

  const injure: Injurer['injure'] = (what, strike, heal) =>
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

  return {
    hostOf,
    hostsOf,
    injure,
    async injureEach(what, ids, strike, heal) {
      const struck = hostsOf(ids);
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
    },
  };
}

export const together = (parts: readonly Evidence[]): Evidence => ({
  took: parts.length > 0 && parts.every(({ took }) => took),
  how: parts.length === 0 ? 'no node was named' : parts.map(({ how }) => how).join(' | '),
});

export const ms = (time: Nanos): string => `${(time / 1e6).toFixed(2)} ms`;
