/**
 * The fault behind `Scenario.liveness`: of the nodes that a majority can do without some are killed and some are cut off
 * from everybody, for good; so a majority is left that can reach each other, and has no excuse.
 *
 * The one surprise: it is in no registry. It says nothing of a target when it strikes in the midst of other faults, which
 * is why only the interpreter strikes it, and mends all others.
 */
import type { Nemesis } from '../core/cluster.ts';
import { coreFault, type NodeId } from '../core/types.ts';

export const quorumCore: Nemesis = {
  name: coreFault,
  about: 'leaves a majority of the nodes in peace, and all others down or cut off',
  needs: ['kill', 'cut'],
  async strike({ cluster, random, record, inflict, skip }) {
    const { nodes } = cluster;
    const majority = Math.floor(nodes.length / 2) + 1;
    const rest = new Set<NodeId>();
    while (rest.size < nodes.length - majority) rest.add(random.pick(nodes));
    if (rest.size === 0) {
      skip('a majority is all of them');
      return undefined;
    }
    const core = nodes.filter((node) => !rest.has(node));
    const dead = [...rest].filter(() => random.chance(0.5));
    const away = [...rest].filter((node) => !dead.includes(node));
    const parts = [...dead.map((node) => `${node} is down`), ...away.map((node) => `${node} is cut off`)];
    record([...rest], `${parts.join(', ')} for good; ${core.join(', ')} must serve`);
    if (dead.length > 0) await inflict(cluster.kill(dead));
    if (away.length > 0) {
      const others = (node: NodeId): NodeId[] => nodes.filter((other) => other !== node);
      await inflict(
        cluster.cut(new Map(nodes.map((node) => [node, away.includes(node) ? others(node) : away] as const))),
      );
    }
    return undefined;
  },
};
