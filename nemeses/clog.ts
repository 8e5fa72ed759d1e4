/**
 * Pipes that hold back what they carry, and then let all of it through at once: late messages in a burst, none lost.
 *
 * - `clog`: everything that the chosen nodes send to others, until the end. Options: those of `aim`.
 * - `swizzle` (after FoundationDB): a random subset is clogged one by one, and let go in another order.
 *   Options: `everyMs` (100), `role`.
 */
import type { Injury, Strike } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { NodeId } from '../harness/core/types.ts';
import { aim, candidates, endOf } from './aim.ts';
import { mute } from './grudge.ts';
import { durationOption } from './options.ts';

export const clog = defineNemesis({
  name: 'clog',
  about: 'holds back all that nodes send, and lets it through in a burst at the end',
  needs: ['hold'],
  async strike(strike, options) {
    const { cluster } = strike;
    if (isAlone(strike)) return undefined;
    const nodes = await aim(strike, options);
    if (nodes === undefined) return undefined;
    strike.record(nodes, `what ${nodes.join(' ')} send is held back`);
    for (const node of nodes) await strike.inflict(cluster.hold(mute(node, cluster.nodes)));
    return undefined;
  },
});

export const swizzle = defineNemesis({
  name: 'swizzle',
  about: 'clogs some nodes one by one and lets them go in another order',
  needs: ['hold'],
  async strike(strike, options) {
    if (isAlone(strike)) return undefined;
    const { random } = strike;
    const all = candidates(strike.cluster, options);
    const chosen = random.shuffle(all).slice(0, random.int(1, all.length));
    const order = random.shuffle(chosen);
    strike.record(chosen, `${chosen.join(' ')} clogged in this order, let go in the order ${order.join(' ')}`);
    return endOf(choreography(strike, chosen, order, durationOption(options, 'everyMs', 100)));
  },
});

/** Who is alone sends nothing that could be held back. */
function isAlone({ cluster, skip }: Strike): boolean {
  if (cluster.nodes.length > 1) return false;
  skip('one node has no network between nodes');
  return true;
}

async function choreography(
  { cluster, inflict, over }: Strike,
  chosen: readonly NodeId[],
  order: readonly NodeId[],
  every: number,
): Promise<void> {
  const held = new Map<NodeId, Injury>();
  for (const node of chosen) {
    if (over()) return;
    held.set(node, await inflict(cluster.hold(mute(node, cluster.nodes))));
    await cluster.sleep(every);
  }
  for (const node of order) {
    if (over()) return;
    await held.get(node)?.heal();
    await cluster.sleep(every);
  }
}
