/**
 * Cuts as packet filter rules, in chains of our own inside the nodes' network namespaces. Nobody else's rules are ever
 * touched, least of all the machine's.
 *
 * The surprise: a one-way cut is laid at both ends, out of the sender and into the receiver. A node that is restarted
 * gets a fresh namespace without rules, and until they are laid again the other end still holds the cut.
 */
import type { NodeId } from '../../core/types.ts';
import { queueNumber } from './delay.ts';
import type { Drop, NodePlace } from './protocol.ts';

/** Names of our two chains; the run's id keeps them apart from anyone's. */
const chains = (run: string): { readonly into: string; readonly out: string } => ({
  into: `PP-${run}-IN`,
  out: `PP-${run}-OUT`,
});

/** All drops of several grudges, each once. */
export function union(grudges: Iterable<readonly Drop[]>): Drop[] {
  const seen = new Map<string, Drop>();
  for (const drops of grudges) for (const drop of drops) seen.set(drop.join(' '), drop);
  return [...seen.values()];
}

/**
 * Input of `iptables-restore --noflush` that gives `node` exactly these drops, in one step: naming a chain empties it,
 * and nothing takes effect before COMMIT.
 *
 * @param slowed what it sends to other nodes goes through the daemon of `delay.ts`, as long as that lives
 */
export function rulesFor(
  node: NodeId,
  drops: readonly Drop[],
  nodes: Readonly<Record<NodeId, NodePlace>>,
  run: string,
  slowed = false,
): string {
  const { into, out } = chains(run);
  const address = (id: NodeId): string => {
    const place = nodes[id];
    if (place === undefined) throw new Error(`there is no node ${id}`);
    return place.address;
  };
  const lines = ['*filter', `:${into} - [0:0]`, `:${out} - [0:0]`];
  for (const [from, to] of drops) {
    if (to === node) lines.push(`-A ${into} -s ${address(from)} -j DROP`);
    if (from === node) lines.push(`-A ${out} -d ${address(to)} -j DROP`);
  }
  for (const id of slowed ? Object.keys(nodes) : []) {
    if (id !== node) lines.push(`-A ${out} -d ${address(id)} -j NFQUEUE --queue-num ${queueNumber} --queue-bypass`);
  }
  return [...lines, 'COMMIT', ''].join('\n');
}

/** Shell that leads all packets of a namespace through our chains first, once. */
export function hookChains(run: string): string {
  const { into, out } = chains(run);
  const hook = (parent: string, chain: string): string =>
    `iptables -w -C ${parent} -j ${chain} 2>/dev/null || iptables -w -I ${parent} 1 -j ${chain}`;
  return `${hook('INPUT', into)}; ${hook('OUTPUT', out)}`;
}
