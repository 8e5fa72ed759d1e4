/** Blows at the network between containers, all carried by the fault agent. */
import type { Cluster, Grudge } from '../core/cluster.ts';
import type { NodeId } from '../core/types.ts';
import type { Drop } from './agent/protocol.ts';
import type { AgentLink } from './agent-link.ts';
import type { Injurer } from './injuries.ts';

/** @param standing told how many cuts stand: whoever starts a node while one does must not hurry */
export function networkBlows(
  { injury, lease, leased }: Injurer,
  agent: AgentLink,
  standing: { cuts: number },
): Pick<Cluster, 'cut' | 'hold' | 'disturb' | 'reset'> {
  return {
    async cut(grudge) {
      standing.cuts++;
      const { evidence, heal } = await lease({ kind: 'cut', drops: dropsOf(grudge) });
      return injury(evidence, () =>
        heal().finally(() => {
          standing.cuts--;
        }),
      );
    },
    hold: (grudge) => leased({ kind: 'hold', drops: dropsOf(grudge) }),
    disturb: (struck, disturbance) => leased({ kind: 'disturb', nodes: each(struck), disturbance }),
    async reset(struck) {
      const evidence = await agent.prove({ do: 'reset', nodes: each(struck) });
      return injury(evidence, async () => ({ took: true, how: 'there is nothing to heal: new connections are open' }));
    },
  };
}

const each = (nodes: readonly NodeId[]): NodeId[] => [...new Set(nodes)];

function dropsOf(grudge: Grudge): Drop[] {
  const drops: Drop[] = [];
  for (const [to, dropped] of grudge) for (const from of dropped) if (from !== to) drops.push([from, to]);
  return drops;
}
