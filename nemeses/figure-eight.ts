/**
 * Figure 8 of the Raft paper as a play for five nodes: an entry of an old term reaches a majority, and is overwritten
 * all the same. Whoever counted its replicas, and so called it committed, has lost it.
 *
 * The acts: (a) the first leader is cut off and goes on taking entries; (b) the second leader, elected by the others, is
 * cut off in its turn as soon as it leads, and takes entries of its own; (c) the first one leads again, over two others
 * who get its old entries; (d) it is cut off, and the second one, whose last entry is newer than theirs, leads again.
 *
 * The one surprise: nothing is timed. Each act waits for what the nodes say of themselves (`commit`, `lastIndex`,
 * `lastTerm`), so the play is the same in the simulator and in containers; where the actors leave the script it is
 * broken off, all is healed, and it begins again.
 *
 * Options: `pollMs` (10): how often they are asked; `patienceMs` (2500): how long an act may take; `dwellMs` (100): how
 * long the first leader is left with its majority in act (c).
 */
import type { Cluster, Grudge, Injury, Strike } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { JsonObject, NodeId } from '../harness/core/types.ts';
import { endOf, findPrimary } from './aim.ts';
import { durationOption } from './options.ts';

export const figureEight = defineNemesis({
  name: 'figure-eight',
  about: 'plays figure 8 of the Raft paper: an old entry on a majority that a newer leader overwrites',
  needs: ['cut'],
  async strike(strike, options) {
    const first = await findPrimary(strike, options);
    if (first === undefined) return undefined;
    strike.record(strike.cluster.nodes, `figure 8, ${first} leads first`);
    const stage = await openStage(strike, options, first);
    return endOf(perform(stage, first));
  },
});

interface Stage {
  readonly strike: Strike;
  readonly options: JsonObject;
  /** Leaves only these pairs of nodes connected. */
  connect(pairs: readonly (readonly [NodeId, NodeId])[]): Promise<void>;
  clear(): Promise<void>;
  /** Asks the node until it says what is waited for; undefined when patience or the fault ends before. */
  await(node: NodeId, wanted: (said: Said) => boolean): Promise<Said | undefined>;
}

interface Said {
  readonly leads: boolean;
  readonly term: number;
  readonly commit: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
}

async function openStage(strike: Strike, options: JsonObject, first: NodeId): Promise<Stage> {
  const { cluster } = strike;
  const patience = durationOption(options, 'patienceMs', 2500);
  const poll = durationOption(options, 'pollMs', 10);
  let cut: Injury | undefined;
  const stage: Stage = {
    strike,
    options,
    async connect(pairs) {
      const before = cut;
      // The new cut first: between the two nobody may hear whom neither allows.
      cut = await strike.inflict(cluster.cut(onlyBetween(cluster.nodes, pairs)));
      await before?.heal();
    },
    async clear() {
      await cut?.heal();
      cut = undefined;
    },
    async await(node, wanted) {
      const limit = cluster.now() + patience;
      while (!strike.over() && cluster.now() < limit) {
        const said = await ask(cluster, node);
        if (said !== undefined && wanted(said)) return said;
        await cluster.sleep(poll);
      }
      return undefined;
    },
  };
  await stage.connect(among(cluster.nodes.filter((node) => node !== first)));
  return stage;
}

async function perform(stage: Stage, first: NodeId): Promise<void> {
  const { strike, options } = stage;
  let leader: NodeId | undefined = first;
  while (leader !== undefined && !(await play(stage, leader)) && !strike.over()) {
    await stage.clear();
    leader = await findPrimary(strike, options);
    const others = strike.cluster.nodes.filter((node) => node !== leader);
    if (leader !== undefined) await stage.connect(among(others));
  }
  await stage.clear();
}

/** True when the play came to its end; false when somebody left the script. */
async function play(stage: Stage, first: NodeId): Promise<boolean> {
  const { strike, options } = stage;
  const { cluster } = strike;
  const others = cluster.nodes.filter((node) => node !== first);
  // (a) Cut off already: what it takes from now on nobody else has.
  const alone = await ask(cluster, first);
  if (alone === undefined) return false;
  const old = await stage.await(first, ({ lastIndex }) => lastIndex > alone.lastIndex);
  if (old === undefined) return false;
  // (b) The others elect the second leader, which is cut off before it can send what it takes.
  const second = await newLeader(stage, others, alone.term);
  if (second === undefined) return false;
  await stage.connect([]);
  const newer = await stage.await(
    second,
    ({ term, commit, lastIndex, lastTerm }) => lastTerm === term && lastIndex > commit,
  );
  if (newer === undefined) return false;
  // (c) The first one with two others: only it can win, since it has entries that they lack.
  const audience = others.filter((node) => node !== second);
  const said = await Promise.all(audience.map((node) => ask(cluster, node)));
  const behind = audience.filter((_, index) => (said[index]?.lastTerm ?? newer.term) < newer.term);
  const [one, two] = behind;
  if (one === undefined || two === undefined) return false;
  await stage.connect([
    [first, one],
    [first, two],
  ]);
  const counted = await stage.await(
    first,
    ({ leads, term, commit }) => leads && term > newer.term && commit > alone.lastIndex,
  );
  if (counted === undefined) return false;
  await cluster.sleep(durationOption(options, 'dwellMs', 100));
  // (d) The second one again, with everybody but the first.
  await stage.connect(audience.map((node) => [second, node]));
  await stage.await(second, ({ leads, term, commit }) => leads && term > counted.term && commit > newer.commit);
  return true;
}

async function newLeader(stage: Stage, nodes: readonly NodeId[], after: number): Promise<NodeId | undefined> {
  const { strike, options } = stage;
  const { cluster } = strike;
  const limit = cluster.now() + durationOption(options, 'patienceMs', 2500);
  while (!strike.over() && cluster.now() < limit) {
    const said = await Promise.all(nodes.map((node) => ask(cluster, node)));
    const found = nodes.find((_, index) => said[index]?.leads === true && (said[index]?.term ?? 0) > after);
    if (found !== undefined) return found;
    await cluster.sleep(durationOption(options, 'pollMs', 10));
  }
  return undefined;
}

async function ask(cluster: Cluster, node: NodeId): Promise<Said | undefined> {
  const inspection = await cluster.inspect(node);
  if (inspection === undefined) return undefined;
  const count = (field: string): number => {
    const value = (inspection.state as JsonObject | null)?.[field];
    return typeof value === 'number' ? value : 0;
  };
  return {
    leads: inspection.leads !== undefined,
    term: count('term'),
    commit: count('commit'),
    lastIndex: count('lastIndex'),
    lastTerm: count('lastTerm'),
  };
}

const among = (nodes: readonly NodeId[]): [NodeId, NodeId][] =>
  nodes.flatMap((a, index) => nodes.slice(index + 1).map((b): [NodeId, NodeId] => [a, b]));

function onlyBetween(nodes: readonly NodeId[], pairs: readonly (readonly [NodeId, NodeId])[]): Grudge {
  const linked = (a: NodeId, b: NodeId): boolean =>
    pairs.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
  return new Map(nodes.map((node) => [node, nodes.filter((other) => other !== node && !linked(node, other))]));
}
