// A contradiction put in words: a short cycle, and for each step why it is one. The surprise: each inferred order is looked at
// again, to name the weakest level that already implies it and to say whether the order of a session was needed for it.
import { type Graph, process, subgraph, wr } from '../graph.ts';
import type { Anomaly, Step } from '../types.ts';
import { initial, type WeakHistory } from './weak-history.ts';

/** `reader` read `key` from `later`, and had seen `earlier`, which wrote it as well. */
export interface Proof {
  readonly earlier: number;
  readonly later: number;
  readonly reader: number;
  readonly key: number;
}

/** The reader saw the state before all writes, and one of them. */
export function contradiction(history: WeakHistory, visible: Graph, proof: Proof): Anomaly {
  const { transaction, keys, finalValue } = history;
  const { earlier, reader, key } = proof;
  const [t, writer, name, value] = [transaction[reader]!, transaction[earlier]!, keys[key]!, finalValue(earlier, key)];
  const { rank, path } = seenBy(history, visible, proof);
  const back = path.slice(1).map((to, i) => visibleStep(history, path[i]!, to));
  const missed: Step = {
    from: t,
    to: writer,
    type: 'rw',
    key: name,
    value: null,
    next: value,
    because: `T${t} read ${name} as it was at first, before T${writer} wrote ${value}`,
  };
  return {
    type: typeOf(rank, back),
    transactions: [t, ...back.map(({ from }) => from)],
    cycle: [missed, ...back],
    key: name,
    message: `T${t} read nothing in ${name}, although T${writer}, which wrote ${value}, was visible to it`,
  };
}

/** `proofs` has at least one for each step that nobody can see. */
export function cycleAnomaly(
  history: WeakHistory,
  visible: Graph,
  cycle: readonly number[],
  proofs: readonly Proof[],
): Anomaly {
  let rank = none;
  let withSession = false;
  const steps = cycle.map((from, i): Step => {
    const to = cycle[(i + 1) % cycle.length]!;
    if (hasEdge(visible, from, to, process | wr)) return visibleStep(history, from, to);
    const proof = proofs.find(({ earlier, later }) => earlier === from && later === to)!;
    const seen = seenBy(history, visible, proof);
    rank = Math.max(rank, seen.rank);
    withSession ||= seen.rank > 0 && seen.path.slice(1).some((node, at) => !readsFrom(history, node, seen.path[at]!));
    return inferredStep(history, proof, seen.path);
  });
  return {
    type: typeOf(rank, steps, withSession),
    transactions: steps.map(({ from }) => from),
    cycle: steps,
    message: steps.map(({ because }) => because).join('; '),
  };
}

const none = -1;
const byRank = ['non-monotonic-read', 'fractured-read', 'causality-violation'] as const;

/** `rank`: of the weakest level at which the steps are inferred, or `none` where there is nothing to infer. */
function typeOf(rank: number, steps: readonly Step[], withSession = false): string {
  const sessions = withSession || steps.some(({ type }) => type === 'process');
  return `${byRank[rank] ?? 'G1c'}${sessions ? '-process' : ''}`;
}

/** How the reader had seen the earlier writer: from which level on that counts, and by which way, without sessions if it can be. */
function seenBy(history: WeakHistory, visible: Graph, proof: Proof): { rank: number; path: readonly number[] } {
  const { readStart, readKey, readFrom, chain, place } = history;
  const { earlier, later, reader, key } = proof;
  let since = Number.POSITIVE_INFINITY;
  let latest = none;
  for (let r = readStart[reader]!; r < readStart[reader + 1]!; r++) {
    if (readFrom[r] === earlier) since = Math.min(since, r);
    if (readFrom[r] === later && readKey[r] === key) latest = r;
  }
  if (since < latest) return { rank: 0, path: [earlier, reader] };
  if (since !== Number.POSITIVE_INFINITY) return { rank: 1, path: [earlier, reader] };
  if (chain[earlier] === chain[reader] && place[earlier]! < place[reader]!) return { rank: 1, path: [earlier, reader] };
  return { rank: 2, path: way(visible, earlier, reader, wr) ?? way(visible, earlier, reader, wr | process) ?? [] };
}

/** A step that anyone can see: something was read, or the session went on. */
function visibleStep(history: WeakHistory, from: number, to: number): Step {
  const { transaction, keys, readStart, readKey, readFrom, finalValue } = history;
  const [a, b] = [transaction[from]!, transaction[to]!];
  for (let r = readStart[to]!; r < readStart[to + 1]!; r++) {
    if (readFrom[r] !== from) continue;
    const [key, value] = [keys[readKey[r]!]!, finalValue(from, readKey[r]!)];
    return {
      from: a,
      to: b,
      type: 'wr',
      key,
      value,
      next: value,
      because: `T${b} read ${key} from T${a}, which wrote ${value}`,
    };
  }
  return { from: a, to: b, type: 'process', because: `T${a} came before T${b} in their session` };
}

function inferredStep(history: WeakHistory, { earlier, later, reader, key }: Proof, path: readonly number[]): Step {
  const { transaction, keys, finalValue } = history;
  const [first, second, third] = [transaction[earlier]!, transaction[later]!, transaction[reader]!];
  const through = path.slice(1, -1).map((node) => `T${transaction[node]}`);
  const how = through.length === 0 ? '' : ` through ${through.join(', ')}`;
  const name = keys[key]!;
  return {
    from: first,
    to: second,
    type: 'ww',
    key: name,
    value: finalValue(earlier, key),
    next: finalValue(later, key),
    because: `T${third} read ${name} from T${second} and had seen T${first}${how}, which wrote ${name} too, so T${first} wrote it before T${second}`,
  };
}

function readsFrom({ readStart, readFrom }: WeakHistory, node: number, source: number): boolean {
  for (let r = readStart[node]!; r < readStart[node + 1]!; r++) if (readFrom[r] === source) return true;
  return false;
}

function hasEdge({ start, to, type }: Graph, from: number, target: number, mask: number): boolean {
  for (let e = start[from]!; e < start[from + 1]!; e++) if (to[e] === target && (type[e]! & mask) !== 0) return true;
  return false;
}

/** How many edges may be looked at to find a shorter cycle: from as many nodes as that allows, and from one in any case. */
const effort = 4_000_000;

/** A short cycle within the strongly connected `nodes` of `graph`. */
export function shortCycle(graph: Graph, nodes: Int32Array): number[] {
  const part = subgraph(graph, nodes, ~0, new Int32Array(graph.size).fill(none));
  let best: number[] | undefined;
  const starts = Math.min(nodes.length, 1 + Math.floor(effort / part.to.length));
  for (let node = 0; node < starts; node++) {
    const found = way(part, node, node, ~0);
    if (found && (best === undefined || found.length < best.length)) best = found;
  }
  return (best ?? []).slice(0, -1).map((node) => nodes[node]!);
}

/** The nodes of a shortest way with at least one edge, both ends included. */
function way({ size, start, to, type }: Graph, from: number, target: number, mask: number): number[] | undefined {
  const cameFrom = new Int32Array(size).fill(initial);
  const queue = [from];
  for (const node of queue) {
    for (let e = start[node]!; e < start[node + 1]!; e++) {
      const next = to[e]!;
      if ((type[e]! & mask) === 0) continue;
      if (next === target) {
        const back = [target, node];
        for (let at = node; at !== from; at = cameFrom[at]!) back.push(cameFrom[at]!);
        return back.reverse();
      }
      if (cameFrom[next] !== initial || next === from) continue;
      cameFrom[next] = node;
      queue.push(next);
    }
  }
  return undefined;
}
