// Breadth-first search for the shortest cycle through a given edge. The one surprise: a step over auxiliary nodes counts as
// one, and a cycle without adjacent anti-dependencies is searched over pairs of a node and "was the last step an rw".
import { type Graph, rw, through } from './graph.ts';

/** Steps around a cycle: `types[i]` leads from `nodes[i]` to `nodes[i + 1]`, the last to `nodes[0]`. All are transactions. */
export interface Cycle {
  readonly nodes: readonly number[];
  readonly types: readonly number[];
}

export interface CycleQuery {
  /** A transaction, where the cycle begins and ends, and those of its edges that may be the first. */
  readonly origin: number;
  readonly firstEdge: number;
  readonly endEdge: number;
  readonly firstMask: number;
  /** Types of all other edges. */
  readonly mask: number;
  /** Types of the edge that closes the cycle. */
  readonly lastMask: number;
  /** No two rw steps in a row, the last and the first included. */
  readonly nonadjacent: boolean;
  /** Longer cycles are not of interest. */
  readonly atMost: number;
}

export interface PathFinder {
  shortest(graph: Graph, query: CycleQuery): Cycle | undefined;
  /** How many edges were looked at so far. */
  looks(): number;
}

/** Searches graphs of up to `size` nodes, one after another, in the same memory. */
export function pathFinder(size: number): PathFinder {
  const stamp = new Int32Array(2 * size);
  const parent = new Int32Array(2 * size);
  const parentEdge = new Int32Array(2 * size);
  let frontier = new Int32Array(2 * size);
  let following = new Int32Array(2 * size);
  const stack = new Int32Array(2 * size);
  let round = 0;
  let looked = 0;

  function shortest(graph: Graph, query: CycleQuery): Cycle | undefined {
    const { transactions, start, to, type } = graph;
    const { origin, mask, lastMask, nonadjacent, atMost } = query;
    round++;
    let next = 0;
    let depth = 1;
    let goal = -1;

    /** Follows the edges of one state, and those of the auxiliary nodes that it reaches. */
    const expand = (state: number, firstEdge: number, endEdge: number, allowed: number) => {
      let height = 0;
      let from = state;
      let edge = firstEdge;
      let end = endEdge;
      let follow = allowed;
      for (;;) {
        looked += end - edge;
        for (; edge < end; edge++) {
          const kind = type[edge]!;
          if ((kind & follow) === 0) continue;
          // Through an auxiliary node the kind of the step remains that of the edge which led to it.
          const isRw = kind === through ? from & 1 : kind === rw ? 1 : 0;
          const v = to[edge]!;
          if (v === origin) {
            const arrived = kind === through ? typeInto(from) : kind;
            if ((arrived & lastMask) !== 0) {
              goal = from;
              goalType = arrived;
              return;
            }
            continue;
          }
          const reached = 2 * v + isRw;
          // Only where adjacency matters the two states of a node differ.
          if (stamp[reached] === round || (!nonadjacent && stamp[reached ^ 1] === round)) continue;
          stamp[reached] = round;
          parent[reached] = from;
          parentEdge[reached] = edge;
          if (v < transactions) following[next++] = reached;
          else stack[height++] = reached;
        }
        if (height === 0) return;
        from = stack[--height]!;
        edge = start[from >> 1]!;
        end = start[(from >> 1) + 1]!;
        follow = through;
      }
    };
    let goalType = 0;
    const typeInto = (state: number): number => {
      let at = state;
      while (type[parentEdge[at]!] === through) at = parent[at]!;
      return type[parentEdge[at]!]!;
    };

    expand(2 * origin, query.firstEdge, query.endEdge, query.firstMask);
    while (goal === -1 && next > 0 && depth < atMost) {
      const count = next;
      [frontier, following] = [following, frontier];
      next = 0;
      depth++;
      for (let i = 0; i < count && goal === -1; i++) {
        const state = frontier[i]!;
        const allowed = nonadjacent && (state & 1) === 1 ? mask & ~rw : mask;
        expand(state, start[state >> 1]!, start[(state >> 1) + 1]!, allowed);
      }
    }
    if (goal === -1) return undefined;

    const nodes: number[] = [];
    const types: number[] = [goalType];
    for (let state = goal; state !== 2 * origin; state = parent[state]!) {
      if (state >> 1 >= transactions) continue;
      nodes.push(state >> 1);
      types.push(typeInto(state));
    }
    nodes.push(origin);
    return { nodes: nodes.reverse(), types: types.reverse() };
  }
  return { shortest, looks: () => looked };
}

/**
 * A cycle that passes a node twice, cut down to one that does not. Without adjacent rw steps a node is passed twice only
 * once after an rw step and once before one: what lies between them, from the former to the latter, is a cycle by itself.
 */
export function simplify(cycle: Cycle): Cycle {
  let { nodes, types } = cycle;
  for (;;) {
    const at = new Map<number, number>();
    let cut: [number, number] | undefined;
    for (let i = 0; i < nodes.length && cut === undefined; i++) {
      const earlier = at.get(nodes[i]!);
      if (earlier === undefined) at.set(nodes[i]!, i);
      else cut = [earlier, i];
    }
    if (cut === undefined) return { nodes, types };
    const [i, j] = cut;
    const inner = { nodes: nodes.slice(i, j), types: types.slice(i, j) };
    const outer = {
      nodes: [...nodes.slice(0, i), ...nodes.slice(j)],
      types: [...types.slice(0, i), ...types.slice(j)],
    };
    const sound = hasAdjacentRw(inner.types) ? outer : inner;
    nodes = sound.nodes;
    types = sound.types;
  }
}

export function hasAdjacentRw(types: readonly number[]): boolean {
  return types.some((type, i) => type === rw && types[(i + 1) % types.length] === rw);
}
