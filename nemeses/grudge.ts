/**
 * Shapes of network partitions as grudges: for each node, those whose packets it drops (one-way, as Jepsen's). Pure, so
 * that what a shape promises can be tested without a network.
 */
import type { Grudge } from '../harness/core/cluster.ts';
import type { Random } from '../harness/core/random.ts';
import type { NodeId } from '../harness/core/types.ts';

/** Nobody of one group hears anybody of another. */
export function apart(groups: readonly (readonly NodeId[])[]): Grudge {
  const all = groups.flat();
  return new Map(groups.flatMap((group) => group.map((node) => [node, all.filter((other) => !group.includes(other))])));
}

/** Two groups, the larger one a majority: five nodes are split into three and two. */
export function halves(nodes: readonly NodeId[], random: Random): [larger: NodeId[], smaller: NodeId[]] {
  const shuffled = random.shuffle(nodes);
  const majority = Math.floor(nodes.length / 2) + 1;
  return [shuffled.slice(0, majority), shuffled.slice(majority)];
}

/**
 * Every node hears a majority, and no two hear the same one: each hears its neighbours on a ring, and is heard by them.
 * Undefined for fewer than four nodes, where a majority on both sides is everybody.
 */
export function majoritiesRing(nodes: readonly NodeId[], random: Random): Grudge | undefined {
  const ring = random.shuffle(nodes);
  const size = ring.length;
  const reach = Math.ceil(Math.floor(size / 2) / 2);
  if (2 * reach + 1 >= size) return undefined;
  const distance = (a: number, b: number): number => Math.min((a - b + size) % size, (b - a + size) % size);
  return new Map(ring.map((node, index) => [node, ring.filter((_, other) => distance(index, other) > reach)]));
}

/** Two groups that do not hear each other, and one node that hears and is heard by both. Undefined below three nodes. */
export function bridge(
  nodes: readonly NodeId[],
  random: Random,
): { grudge: Grudge; middle: NodeId; groups: [NodeId[], NodeId[]] } | undefined {
  if (nodes.length < 3) return undefined;
  const [middle, ...rest] = random.shuffle(nodes) as [NodeId, ...NodeId[]];
  const half = Math.ceil(rest.length / 2);
  const groups: [NodeId[], NodeId[]] = [rest.slice(0, half), rest.slice(half)];
  return { grudge: apart(groups), middle, groups };
}

/** The node hears nobody, but everybody hears it. */
export const deaf = (node: NodeId, nodes: readonly NodeId[]): Grudge =>
  new Map([[node, nodes.filter((other) => other !== node)]]);

/** Nobody hears the node, but it hears everybody. */
export const mute = (node: NodeId, nodes: readonly NodeId[]): Grudge =>
  new Map(nodes.filter((other) => other !== node).map((other) => [other, [node]]));
