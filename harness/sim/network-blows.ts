/** Blows at the network between nodes. */
import type { Cluster, Grudge } from '../core/cluster.ts';
import type { Evidence, NodeId } from '../core/types.ts';
import { describeDisturbance, stand } from './disturbances.ts';
import { type Injurer, together } from './injuries.ts';
import type { SimNetwork } from './network.ts';

/** What hangs on the network. */
interface Wired {
  readonly id: NodeId;
  /** Its place in the cluster's list. */
  readonly index: number;
  /** Breaks the connections of its clients; says how many. */
  resetClients(): number;
}

interface Link {
  readonly from: Wired;
  readonly to: Wired;
}

export function networkBlows<H extends Wired>(
  { hostOf, hostsOf, injure, injureEach }: Injurer<H>,
  network: SimNetwork,
): Pick<Cluster, 'cut' | 'hold' | 'disturb' | 'reset'> {
  const linksOf = (grudge: Grudge): Link[] =>
    [...grudge].flatMap(([to, dropped]) =>
      dropped.flatMap((from) => (from === to ? [] : [{ from: hostOf(from), to: hostOf(to) }])),
    );
  const named = (links: readonly Link[]): string => links.map(({ from, to }) => `${from.id}>${to.id}`).join(' ');

  return {
    async cut(grudge) {
      const links = linksOf(grudge);
      const isCut = ({ from, to }: Link): boolean => network.isCut(from.index, to.index);
      const state = (link: Link): string => `${link.from.id} ${isCut(link) ? '↛' : '→'} ${link.to.id}`;
      return injure(
        `cut ${named(links)}`,
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
    async hold(grudge) {
      const links = linksOf(grudge);
      const isHeld = ({ from, to }: Link): boolean => network.isHeld(from.index, to.index);
      return injure(
        `hold ${named(links)}`,
        () => {
          for (const { from, to } of links) network.hold(from.index, to.index);
          const held = links.filter(isHeld).length;
          const how = `${held} of ${links.length} links hold back what arrives: ${named(links)}`;
          return { took: links.length > 0 && held === links.length, how };
        },
        () => {
          const waiting = links.reduce((sum, { from, to }) => sum + network.release(from.index, to.index), 0);
          const others = links.filter(isHeld).length;
          const rest = others === 0 ? '' : `; ${others} links are still held by another fault`;
          return { took: true, how: `${waiting} messages that had waited go on${rest}` };
        },
      );
    },
    async disturb(ids, disturbance) {
      const struck = hostsOf(ids).map((host) => ({ host, standing: stand(disturbance) }));
      const deed = describeDisturbance(disturbance);
      return injure(
        `disturb ${ids.join(' ')} ${JSON.stringify(disturbance)}`,
        () =>
          together(
            struck.map(({ host, standing }): Evidence => {
              network.disturb(host.index, standing);
              const all = network.disturbances(host.index);
              const others = all.length === 1 ? '' : `, besides ${all.length - 1} more`;
              return { took: all.includes(standing), how: `the network ${deed} what ${host.id} sends${others}` };
            }),
          ),
        () =>
          together(
            struck.map(({ host, standing }): Evidence => {
              network.undisturb(host.index, standing);
              const { seen, touched } = standing;
              const how = `${host.id}: it touched ${touched} of ${seen} messages, and stands no more`;
              return { took: !network.disturbances(host.index).includes(standing), how };
            }),
          ),
      );
    },
    reset: (ids) =>
      injureEach(
        'reset',
        ids,
        (host) => {
          const clients = host.resetClients();
          const lost = network.reset(host.index);
          return { took: true, how: `${clients} clients were disconnected, ${lost} messages on their way are lost` };
        },
        () => ({ took: true, how: 'new connections are open' }),
      ),
  };
}
