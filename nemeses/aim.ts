/**
 * Whom to strike: the primary, anybody, a minority, everybody … Shared by all nemeses that strike whole nodes.
 *
 * The one surprise: who is primary is asked of the nodes themselves, at the moment of the strike, and asked again for a
 * while when nobody says so; a cluster without a primary is skipped, not struck blindly.
 */
import type { Capability, Cluster, Injury, Mend, Nemesis, Strike } from '../harness/core/cluster.ts';
import type { JsonObject, Nanos, NodeId } from '../harness/core/types.ts';
import { choiceOption, durationOption, numberOption, stringOption } from './options.ts';

const targets = ['random', 'primary', 'others', 'minority', 'majority', 'all'] as const;

/**
 * Reads the options that all of these nemeses share, and chooses.
 *
 * - `target`: `random` (the default; `count` nodes, 1), `primary`, `others` (all but the primary), `minority`, `majority`, `all`.
 * - `spare`: `primary` leaves the primary out of a random choice.
 * - `role`: only nodes of this role.
 * - `patienceMs` (2000): how long to wait for a primary.
 *
 * Undefined, and the strike skipped, where there is nobody to aim at.
 */
export async function aim(strike: Strike, options: JsonObject): Promise<readonly NodeId[] | undefined> {
  const { random } = strike;
  const target = choiceOption(options, 'target', targets, 'random');
  const spare = choiceOption(options, 'spare', ['nobody', 'primary'], 'nobody');
  const nodes = candidates(strike.cluster, options);
  if (nodes.length === 0) {
    strike.skip(`no node has the role ${JSON.stringify(options.role)}`);
    return undefined;
  }
  if (target === 'all') return nodes;
  const known = target === 'primary' || target === 'others' || spare === 'primary';
  const primary = known ? await findPrimary(strike, options) : undefined;
  if (known && primary === undefined) return undefined;
  if (target === 'primary') return [primary as NodeId];
  const rest = nodes.filter((node) => node !== primary);
  if (target === 'others') return rest;
  const count = {
    random: numberOption(options, 'count', 1, 1),
    minority: Math.floor((nodes.length - 1) / 2),
    majority: Math.floor(nodes.length / 2) + 1,
  }[target];
  const chosen = inOrder(nodes, random.shuffle(rest).slice(0, count));
  if (chosen.length > 0) return chosen;
  strike.skip(`${nodes.length} nodes have no ${target}`);
  return undefined;
}

/** All nodes, or those of the option `role`. */
export function candidates(cluster: Cluster, options: JsonObject): readonly NodeId[] {
  const role = stringOption(options, 'role');
  return role === undefined ? cluster.nodes : cluster.nodes.filter((node) => cluster.roles[node] === role);
}

/** The node that believes itself primary; of several the one of the highest term. Skips the strike where there is none. */
export async function findPrimary(strike: Strike, options: JsonObject): Promise<NodeId | undefined> {
  const { cluster } = strike;
  const patience = cluster.now() + durationOption(options, 'patienceMs', 2000);
  for (;;) {
    const found = await askForPrimary(cluster);
    if (found !== undefined) return found;
    if (strike.over() || cluster.now() >= patience) break;
    await cluster.sleep(pollEvery);
  }
  strike.skip('no node said that it leads');
  return undefined;
}

const pollEvery: Nanos = 50_000_000;

async function askForPrimary(cluster: Cluster): Promise<NodeId | undefined> {
  const said = await Promise.all(cluster.nodes.map((node) => cluster.inspect(node)));
  let primary: NodeId | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  said.forEach((inspection, index) => {
    if (inspection?.leads === undefined || inspection.leads.term <= highest) return;
    highest = inspection.leads.term;
    primary = cluster.nodes[index];
  });
  return primary;
}

/** The chosen in the cluster's order: a set is written in one way only. */
export const inOrder = (nodes: readonly NodeId[], chosen: readonly NodeId[]): NodeId[] =>
  nodes.filter((node) => chosen.includes(node));

/** A nemesis that does one thing to whole nodes, and takes it back at the end. */
export function againstNodes(blow: {
  readonly name: string;
  readonly about: string;
  readonly need: Capability;
  readonly verb: string;
  act(cluster: Cluster, nodes: readonly NodeId[]): Promise<Injury>;
}): Nemesis {
  return {
    name: blow.name,
    about: blow.about,
    needs: [blow.need],
    async strike(strike, options) {
      const nodes = await aim(strike, options);
      if (nodes === undefined) return undefined;
      strike.record(nodes, `${blow.verb} ${nodes.join(' ')}`);
      await strike.inflict(blow.act(strike.cluster, nodes));
      return undefined;
    },
  };
}

/** The mend of a loop in the background: waits for its end. Its failure is told then, not as an unhandled rejection before. */
export function endOf(loop: Promise<void>): Mend {
  loop.catch(() => undefined);
  return () => loop;
}
