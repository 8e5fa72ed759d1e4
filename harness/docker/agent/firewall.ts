/**
 * What the kernel's packet filter does for us: cuts, loss, duplicates, and the way into the queue. All in chains of our own
 * inside the nodes' network namespaces; nobody else's rules are ever touched, least of all the machine's.
 *
 * The surprise: a one-way cut is laid at both ends, out of the sender and into the receiver. A node that is restarted
 * gets a fresh namespace without rules, and until they are laid again the other end still holds the cut.
 */
import type { NodeId } from '../../core/types.ts';
import type { Drop, NodePlace } from './protocol.ts';
import { queueNumber } from './queue.ts';

/** Names of our chains; the run's id keeps them apart from anyone's. */
const chains = (run: string): { readonly into: string; readonly out: string; readonly twice: string } => ({
  into: `PP-${run}-IN`,
  out: `PP-${run}-OUT`,
  twice: `PP-${run}-TWICE`,
});

/** All drops of several grudges, each once. */
export function union(grudges: Iterable<readonly Drop[]>): Drop[] {
  const seen = new Map<string, Drop>();
  for (const drops of grudges) for (const drop of drops) seen.set(drop.join(' '), drop);
  return [...seen.values()];
}

/** What befalls what a node sends to every other one. */
export interface Outgoing {
  /** Share that is dropped. */
  readonly loss: number;
  /** It goes through the daemon of `queue.ts`, as long as that lives. */
  readonly queued: boolean;
  /** Share that is sent twice; undefined where it never was and the table is better left alone. */
  readonly twice: number | undefined;
}

const untouched: Outgoing = { loss: 0, queued: false, twice: undefined };
/** On both of a pair of duplicates, so that the second is not doubled in its turn. */
const mark = '0x5050';

/**
 * Input of `iptables-restore --noflush` that gives `node` exactly these rules, in one step: naming a chain empties it, and
 * nothing takes effect before COMMIT.
 */
export function rulesFor(
  node: NodeId,
  drops: readonly Drop[],
  nodes: Readonly<Record<NodeId, NodePlace>>,
  run: string,
  { loss, queued, twice }: Outgoing = untouched,
): string {
  const { into, out, twice: doubled } = chains(run);
  const address = (id: NodeId): string => {
    const place = nodes[id];
    if (place === undefined) throw new Error(`there is no node ${id}`);
    return place.address;
  };
  const others = Object.keys(nodes).filter((id) => id !== node);
  const lines = ['*filter', `:${into} - [0:0]`, `:${out} - [0:0]`];
  for (const [from, to] of drops) {
    if (to === node) lines.push(`-A ${into} -s ${address(from)} -j DROP`);
    if (from === node) lines.push(`-A ${out} -d ${address(to)} -j DROP`);
  }
  for (const id of loss > 0 ? others : []) lines.push(`-A ${out} -d ${address(id)} ${chance(loss)} -j DROP`);
  for (const id of queued ? others : []) {
    lines.push(`-A ${out} -d ${address(id)} -j NFQUEUE --queue-num ${queueNumber} --queue-bypass`);
  }
  if (twice !== undefined) {
    lines.push('COMMIT', '*mangle', `:${doubled} - [0:0]`);
    for (const id of twice > 0 ? others : []) {
      const to = `-A ${doubled} -d ${address(id)}`;
      lines.push(
        `${to} -m mark --mark ${mark} -j RETURN`,
        `${to} ${chance(twice)} -j MARK --set-mark ${mark}`,
        `${to} -m mark --mark ${mark} -j TEE --gateway ${address(id)}`,
      );
    }
  }
  return [...lines, 'COMMIT', ''].join('\n');
}

const chance = (share: number): string => `-m statistic --mode random --probability ${share.toFixed(9)}`;

/** Shell that leads all packets of a namespace through our chains first, once. */
export function hookChains(run: string): string {
  const { into, out } = chains(run);
  return [hook('filter', 'INPUT', into), hook('filter', 'OUTPUT', out)].join('; ');
}

/** The same for the chain that sends packets twice, which few runs need. */
export const hookTwice = (run: string): string => hook('mangle', 'POSTROUTING', chains(run).twice);

const hook = (table: string, parent: string, chain: string): string =>
  `iptables -w -t ${table} -C ${parent} -j ${chain} 2>/dev/null || iptables -w -t ${table} -I ${parent} 1 -j ${chain}`;
