/**
 * The document's "Detection" lines as alerts, over what an operator would see: inspections, metrics, and the events
 * that the nodes report. None of them looks at what clients did: that is the checkers' work.
 */
import { defineSignal, milliseconds } from '../../../../harness/core/define.ts';
import type { Signal } from '../../../../harness/core/target.ts';
import type { History, Json, Nanos, NodeId, Observation } from '../../../../harness/core/types.ts';

const splitBrainDetection = 'Monitor term numbers, track multiple leaders';
const stormDetection = 'High election frequency, latency spikes';
const compactionDetection = 'Monitor disk usage, snapshot frequency';

/** Two nodes that led in one term. */
export const leadersOfOneTerm = defineSignal({
  name: 'two leaders of one term',
  quote: splitBrainDetection,
  fires(history) {
    const leaders = new Map<number, NodeId>();
    for (const { at, node, term } of signsOfLeaders(history)) {
      const known = leaders.get(term);
      if (known === undefined) leaders.set(term, node);
      else if (known !== node) return { at, because: `${known} and ${node} both led in term ${term}` };
    }
    return undefined;
  },
});

/** Two nodes that say at once that they lead, round after round, for longer than a deposed leader may take to notice. */
export const leadersAtOnce = defineSignal({
  name: 'two leaders at once',
  quote: splitBrainDetection,
  fires(history) {
    const limit = milliseconds(1.5 * fact(history, 'electionTimeoutMs', 300));
    let since: Nanos | undefined;
    for (const round of roundsOf(history)) {
      const leaders = round.filter(({ leads }) => leads !== undefined);
      const { at } = round[0] as Observation;
      if (leaders.length < 2) since = undefined;
      else if (since === undefined) since = at;
      else if (at - since > limit) {
        const who = leaders.map(({ node, leads }) => `${node} (term ${leads?.term})`).join(' and ');
        return { at, because: `${who} have both led for ${inMs(at - since)}; ${inMs(limit)} are tolerated` };
      }
    }
    return undefined;
  },
});

/** A leader that moved its commit index to an entry of an older term, or an index that was committed in two terms. */
export const committedTerms = defineSignal({
  name: 'commit in an older term',
  quote: splitBrainDetection,
  fires(history) {
    const terms = new Map<number, number>();
    for (const { at, node, state, leads } of history.observations) {
      const commit = numberOf(state, 'commit');
      const commitTerm = numberOf(state, 'commitTerm');
      const before = numberOf(state, 'commitBefore');
      if (commit === undefined || commitTerm === undefined) continue;
      if (leads !== undefined && before !== undefined && commit > before && commitTerm < leads.term) {
        return {
          at,
          because: `${node} leads in term ${leads.term} and has committed entry ${commit} of term ${commitTerm}`,
        };
      }
      const known = terms.get(commit);
      if (known !== undefined && known !== commitTerm) {
        return { at, because: `entry ${commit} was committed in term ${known}, and at ${node} in term ${commitTerm}` };
      }
      terms.set(commit, commitTerm);
    }
    return undefined;
  },
});

/** More elections than `limit` within `windowMs`, by the counters' growth. */
export const electionFrequency = (limit: number, windowMs: number): Signal => ({
  name: `more than ${limit} elections in ${windowMs} ms`,
  quote: stormDetection,
  fires(history) {
    const before = new Map<NodeId, number>();
    const recent: Nanos[] = [];
    for (const { at, node, metrics } of history.observations) {
      const total = metrics.consensus_leader_elections_total ?? 0;
      const last = before.get(node) ?? 0;
      before.set(node, total);
      // A counter that fell was restarted with its process.
      for (let i = total < last ? 0 : last; i < total; i++) recent.push(at);
      while (recent.length > 0 && at - (recent[0] as Nanos) > milliseconds(windowMs)) recent.shift();
      if (recent.length > limit) {
        const perMinute = Math.round((recent.length * 60_000) / windowMs);
        return { at, because: `${recent.length} elections within ${windowMs} ms, ${perMinute} a minute` };
      }
    }
    return undefined;
  },
});

/** A replica that has applied as much as another, or more, and remembers fewer sessions. */
export const sessionTables = defineSignal({
  name: 'session table shrank',
  quote: compactionDetection,
  fires(history) {
    const known: { readonly node: NodeId; readonly applied: number; readonly sessions: number }[] = [];
    for (const { at, node, state } of history.observations) {
      const applied = numberOf(state, 'applied');
      const sessions = numberOf(state, 'sessions');
      if (applied === undefined || sessions === undefined) continue;
      const richer = known.find((other) => other.applied <= applied && other.sessions > sessions);
      if (richer !== undefined) {
        const because = `${richer.node} remembered ${richer.sessions} sessions after entry ${richer.applied}, ${node} remembers ${sessions} after entry ${applied}: a snapshot lacks some`;
        return { at, because };
      }
      known.push({ node, applied, sessions });
    }
    return undefined;
  },
});

/** The log on some node's disk holds more bytes than the limit. */
export const diskUsage = (limitBytes: number): Signal => ({
  name: `log larger than ${limitBytes} bytes`,
  quote: compactionDetection,
  fires(history) {
    for (const { at, node, metrics, state } of history.observations) {
      const bytes = metrics.consensus_log_size_bytes ?? 0;
      if (bytes <= limitBytes) continue;
      const snapshot = numberOf(state, 'snapshot') ?? 0;
      return {
        at,
        because: `the log of ${node} has ${bytes} bytes on disk, its last snapshot is of entry ${snapshot}`,
      };
    }
    return undefined;
  },
});

/** The commit index went on although fewer than a majority of nodes answered, for longer than it takes to notice. */
export const commitsWithoutQuorum = defineSignal({
  name: 'commits without a quorum',
  quote: 'Validate quorum health across all nodes',
  fires(history) {
    const { nodes } = history.header;
    const majority = Math.floor(nodes.length / 2) + 1;
    const limit = milliseconds(1.5 * fact(history, 'electionTimeoutMs', 300));
    let lost: { readonly at: Nanos; readonly commit: number | undefined } | undefined;
    for (const round of roundsOf(history)) {
      const { at } = round[0] as Observation;
      if (round.length >= majority) {
        lost = undefined;
        continue;
      }
      const commit = Math.max(...round.map(({ state }) => numberOf(state, 'commit') ?? 0));
      lost ??= { at, commit: undefined };
      if (at - lost.at <= limit) continue;
      // What was under way when the quorum was lost has come to its end by now.
      if (lost.commit === undefined) lost = { at: lost.at, commit };
      else if (commit > lost.commit) {
        const because = `only ${round.length} of ${nodes.length} nodes have answered for ${inMs(at - lost.at)}, and the commit index went from ${lost.commit} to ${commit}`;
        return { at, because };
      }
    }
    return undefined;
  },
});

/** Somebody leads with a log that ends before what was committed already. */
export const leaderLacksCommitted = defineSignal({
  name: 'leader lacks committed entries',
  quote: 'consensus_applied_index',
  fires(history) {
    let highest = 0;
    let where = '';
    for (const { at, node, state, leads } of history.observations) {
      const last = numberOf(state, 'lastIndex') ?? 0;
      if (leads !== undefined && last < highest) {
        return { at, because: `${node} leads with ${last} entries, after ${where} had committed ${highest}` };
      }
      const commit = numberOf(state, 'commit') ?? 0;
      if (commit > highest) {
        highest = commit;
        where = node;
      }
    }
    return undefined;
  },
});

function* signsOfLeaders(
  history: History,
): Iterable<{ readonly at: Nanos; readonly node: NodeId; readonly term: number }> {
  for (const { at, node, kind, name, data } of history.events) {
    const term = kind === 'note' && name === 'leader' && data !== undefined ? numberOf(data, 'term') : undefined;
    if (term !== undefined) yield { at, node, term };
  }
  for (const { at, node, leads } of history.observations) if (leads !== undefined) yield { at, node, term: leads.term };
}

/** Observations by round: in each, every node that answered was seen once. */
function roundsOf(history: History): readonly (readonly Observation[])[] {
  const rounds: Observation[][] = [];
  let seen = new Set<NodeId>();
  for (const observation of history.observations) {
    const current = rounds[rounds.length - 1];
    const first = current?.[0];
    // All nodes are asked at once; whoever answers a good deal later answers another question.
    const together = first !== undefined && observation.at - first.at < milliseconds(50) && !seen.has(observation.node);
    if (current !== undefined && together) {
      current.push(observation);
      seen.add(observation.node);
    } else {
      rounds.push([observation]);
      seen = new Set([observation.node]);
    }
  }
  return rounds;
}

function numberOf(state: Json, field: string): number | undefined {
  if (typeof state !== 'object' || state === null || Array.isArray(state)) return undefined;
  const value = (state as { readonly [key: string]: Json })[field];
  return typeof value === 'number' ? value : undefined;
}

const fact = (history: History, name: string, fallback: number): number =>
  numberOf(history.header.facts ?? null, name) ?? fallback;

const inMs = (time: Nanos): string => `${Math.round(time / 1e6)} ms`;
