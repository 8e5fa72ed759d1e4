// Which anti-dependencies a → b are closed by a path from b back to a? That is the question of G-single, and the only one
// here that no component structure answers. Thirty-two targets are followed at once, as bits, along a topological order.
// The one surprise: an edge that points forward in that order cannot be closed, which leaves few of them to follow.
import type { Components } from './components.ts';
import { type Graph, rw, through } from './graph.ts';

/**
 * The rw edges (as edge numbers, with their origins) whose target reaches their origin over edges whose type is in `base`.
 * `components` are those of `graph` over `base`. At most `enough` are returned.
 */
export function closedAntiDependencies(
  graph: Graph,
  components: Components,
  base: number,
  enough: number,
): { origin: number; edge: number }[] {
  const { start, to, type } = graph;
  const found: { origin: number; edge: number }[] = [];
  const candidates: { origin: number; edge: number; from: number }[] = [];
  for (let v = 0; v < graph.transactions; v++) {
    for (let e = start[v]!; e < start[v + 1]!; e++) {
      if (type[e] !== rw) continue;
      // Components are numbered against the edges: whoever reaches the other has the higher number.
      const difference = components.of[to[e]!]! - components.of[v]!;
      if (difference === 0) found.push({ origin: v, edge: e });
      else if (difference > 0) candidates.push({ origin: v, edge: e, from: components.of[to[e]!]! });
      if (found.length >= enough) return found;
    }
  }
  candidates.sort((a, b) => b.from - a.from || a.edge - b.edge);
  const mask = new Int32Array(graph.size);
  for (let first = 0; first < candidates.length && found.length < enough; ) {
    let end = first;
    let bits = 0;
    let lowest = components.count;
    const bitOf = new Map<number, number>();
    for (; end < candidates.length; end++) {
      const { origin, edge } = candidates[end]!;
      const target = to[edge]!;
      if (!bitOf.has(target)) {
        if (bits === 32) break;
        bitOf.set(target, bits);
        mask[target]! |= 1 << bits++;
      }
      lowest = Math.min(lowest, components.of[origin]!);
    }
    const highest = candidates[first]!.from;
    spread(graph, components, base | through, mask, highest, lowest);
    for (let i = first; i < end; i++) {
      const { origin, edge } = candidates[i]!;
      if ((mask[origin]! & (1 << bitOf.get(to[edge]!)!)) !== 0) found.push({ origin, edge });
    }
    const { nodes, start: bounds } = components;
    for (let i = bounds[lowest]!; i < bounds[highest + 1]!; i++) mask[nodes[i]!] = 0;
    first = end;
  }
  return found.slice(0, enough);
}

/** Hands each node's bits on to whatever it reaches, from component `highest` down to `lowest`. */
function spread(
  { start, to, type }: Graph,
  { nodes, start: bounds, of }: Components,
  follow: number,
  mask: Int32Array,
  highest: number,
  lowest: number,
): void {
  for (let c = highest; c >= lowest; c--) {
    const first = bounds[c]!;
    const end = bounds[c + 1]!;
    let bits = 0;
    for (let i = first; i < end; i++) bits |= mask[nodes[i]!]!;
    if (bits === 0) continue;
    for (let i = first; i < end; i++) {
      const v = nodes[i]!;
      mask[v] = bits;
      for (let e = start[v]!; e < start[v + 1]!; e++) {
        if ((type[e]! & follow) !== 0 && of[to[e]!]! >= lowest) mask[to[e]!]! |= bits;
      }
    }
  }
}
