/**
 * Network partitions between nodes; clients reach every node as before, which is what makes a deposed primary dangerous.
 *
 * Options:
 * - `shape`: `halves` (the default), `isolate-primary`, `isolate-random`, `majorities-ring`, `bridge`, `one-way`, or
 *   `random` (any of these).
 * - `companions` (isolate-…, 0): how many others share the cut-off side. `spare` (isolate-random): `primary` leaves the
 *   primary out of the choice.
 * - `of` (one-way, `random`): `primary` or `random`; `direction` (one-way, `either`): `deaf` (hears nobody) or `mute`
 *   (nobody hears it).
 * - `role`: only nodes of this role are parted. `patienceMs` (2000): how long to wait for a primary.
 */
import type { Grudge, Strike } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { JsonObject, NodeId } from '../harness/core/types.ts';
import { candidates, findPrimary, inOrder } from './aim.ts';
import { apart, bridge, deaf, halves, majoritiesRing, mute } from './grudge.ts';
import { choiceOption, numberOption } from './options.ts';

const shapes = ['halves', 'isolate-primary', 'isolate-random', 'majorities-ring', 'bridge', 'one-way'] as const;

/** Who is struck, in words, and what each node drops. */
interface Cut {
  readonly nodes: readonly NodeId[];
  readonly what: string;
  readonly grudge: Grudge;
}

export const partition = defineNemesis({
  name: 'partition',
  about: 'cuts the network between nodes: halves, one node alone, overlapping majorities, a bridge, one way only',
  needs: ['cut'],
  async strike(strike, options) {
    const wanted = choiceOption(options, 'shape', [...shapes, 'random'], 'halves');
    const nodes = candidates(strike.cluster, options);
    if (nodes.length < 2) return skipped(strike, `${nodes.length} nodes have no network between them`);
    const shape = wanted === 'random' ? strike.random.pick(shapesFor(nodes.length)) : wanted;
    const cut = await draw[shape](strike, nodes, options);
    if (cut === undefined) return undefined;
    strike.record(cut.nodes, cut.what);
    await strike.inflict(strike.cluster.cut(cut.grudge));
    return undefined;
  },
});

/** Those that so many nodes can have. */
const shapesFor = (count: number): readonly (typeof shapes)[number][] =>
  shapes.filter((shape) => (shape === 'majorities-ring' ? count >= 4 : shape !== 'bridge' || count >= 3));

type Drawing = (strike: Strike, nodes: readonly NodeId[], options: JsonObject) => Promise<Cut | undefined>;

const draw: Readonly<Record<(typeof shapes)[number], Drawing>> = {
  halves: async (strike, nodes) => parted(nodes, halves(nodes, strike.random)),
  'isolate-primary': async (strike, nodes, options) => {
    const primary = await findPrimary(strike, options);
    return primary === undefined ? undefined : alone(strike, primary, nodes, options);
  },
  'isolate-random': async (strike, nodes, options) => {
    const spared = choiceOption(options, 'spare', ['nobody', 'primary'], 'nobody') === 'primary';
    const primary = spared ? await findPrimary(strike, options) : undefined;
    if (spared && primary === undefined) return undefined;
    return alone(strike, strike.random.pick(nodes.filter((node) => node !== primary)), nodes, options);
  },
  'majorities-ring': async (strike, nodes) => {
    const grudge = majoritiesRing(nodes, strike.random);
    if (grudge === undefined) return skipped(strike, `${nodes.length} nodes have no ring of different majorities`);
    const what = nodes.map((node) => `${node} hears ${heard(nodes, grudge, node)}`).join(', ');
    return { nodes, what, grudge };
  },
  bridge: async (strike, nodes) => {
    const drawn = bridge(nodes, strike.random);
    if (drawn === undefined) return skipped(strike, `${nodes.length} nodes are too few for a bridge`);
    const { grudge, middle, groups } = drawn;
    return { nodes, what: `${braced(nodes, groups[0])} — ${middle} — ${braced(nodes, groups[1])}`, grudge };
  },
  'one-way': async (strike, nodes, options) => {
    const of = choiceOption(options, 'of', ['random', 'primary'], 'random');
    const direction = choiceOption(options, 'direction', ['either', 'deaf', 'mute'], 'either');
    const node = of === 'primary' ? await findPrimary(strike, options) : strike.random.pick(nodes);
    if (node === undefined) return undefined;
    const isDeaf = direction === 'deaf' || (direction === 'either' && strike.random.chance(0.5));
    return {
      nodes: [node],
      what: isDeaf ? `${node} hears nobody` : `nobody hears ${node}`,
      grudge: isDeaf ? deaf(node, nodes) : mute(node, nodes),
    };
  },
};

function skipped(strike: Strike, reason: string): undefined {
  strike.skip(reason);
  return undefined;
}

function alone(strike: Strike, node: NodeId, nodes: readonly NodeId[], options: JsonObject): Cut {
  const others = strike.random.shuffle(nodes.filter((other) => other !== node));
  const companions = others.slice(0, numberOption(options, 'companions', 0));
  const side = [node, ...companions];
  return { ...parted(nodes, [side, others.slice(companions.length)]), nodes: inOrder(nodes, side) };
}

const parted = (nodes: readonly NodeId[], groups: readonly (readonly NodeId[])[]): Cut => ({
  nodes,
  what: groups.map((group) => braced(nodes, group)).join(' | '),
  grudge: apart(groups),
});

const braced = (nodes: readonly NodeId[], group: readonly NodeId[]): string => `{${inOrder(nodes, group).join(' ')}}`;

const heard = (nodes: readonly NodeId[], grudge: Grudge, node: NodeId): string =>
  nodes.filter((other) => other !== node && !(grudge.get(node) ?? []).includes(other)).join(' ');
