// Strongly connected components (Tarjan 1972), without recursion, over the edges of some types only. The one surprise:
// components are numbered against the direction of the edges, so that an edge between two leads to the lower number.
import { type Graph, through } from './graph.ts';

export interface Components {
  readonly count: number;
  /** The component of each node. If the first of two nodes reaches the second, its number is not lower. */
  readonly of: Int32Array;
  /** The nodes by ascending component; those of component c are at `start[c]` to `start[c + 1] - 1`, ascending. */
  readonly nodes: Int32Array;
  readonly start: Int32Array;
}

/** Working memory for graphs of up to a certain size. One graph after another may use it. */
export interface TarjanMemory {
  /** 0: not seen; otherwise in which order nodes were seen, from 1. */
  readonly order: Int32Array;
  /** The earliest node, by `order`, that is known to be reachable. */
  readonly low: Int32Array;
  readonly cursor: Int32Array;
  readonly path: Int32Array;
  readonly open: Int32Array;
}

export function tarjanMemory(size: number): TarjanMemory {
  return {
    order: new Int32Array(size),
    low: new Int32Array(size),
    cursor: new Int32Array(size),
    path: new Int32Array(size),
    open: new Int32Array(size),
  };
}

/** The components of `graph` when only edges whose type is in `mask` are followed (`through` always is). */
export function stronglyConnected(graph: Graph, mask: number, memory = tarjanMemory(graph.size)): Components {
  const { size, start, to, type } = graph;
  const { order, low, cursor, path, open } = memory;
  const follow = mask | through;
  const of = new Int32Array(size).fill(-1);
  for (let v = 0; v < size; v++) order[v] = 0;
  let seen = 0;
  let count = 0;
  for (let root = 0; root < size; root++) {
    if (order[root] !== 0) continue;
    let depth = 0;
    let opened = 0;
    path[0] = root;
    open[opened++] = root;
    order[root] = low[root] = ++seen;
    cursor[root] = start[root]!;
    while (depth >= 0) {
      const v = path[depth]!;
      const end = start[v + 1]!;
      let e = cursor[v]!;
      let child = -1;
      let lowest = low[v]!;
      for (; e < end; e++) {
        if ((type[e]! & follow) === 0) continue;
        const w = to[e]!;
        if (order[w] === 0) {
          child = w;
          e++;
          break;
        }
        if (of[w] === -1 && order[w]! < lowest) lowest = order[w]!;
      }
      low[v] = lowest;
      cursor[v] = e;
      if (child >= 0) {
        path[++depth] = child;
        open[opened++] = child;
        order[child] = low[child] = ++seen;
        cursor[child] = start[child]!;
        continue;
      }
      if (lowest === order[v]) {
        let w: number;
        do {
          w = open[--opened]!;
          of[w] = count;
        } while (w !== v);
        count++;
      }
      depth--;
      if (depth >= 0 && lowest < low[path[depth]!]!) low[path[depth]!] = lowest;
    }
  }
  return { count, of, ...byComponent(of, count) };
}

/** The components that hold more than one node, each ascending: only they can hold a cycle, as no edge leads to its own origin. */
export function cyclic({ count, nodes, start }: Components): Int32Array[] {
  const found: Int32Array[] = [];
  for (let c = 0; c < count; c++) {
    if (start[c + 1]! - start[c]! > 1) found.push(nodes.subarray(start[c], start[c + 1]));
  }
  return found;
}

function byComponent(of: Int32Array, count: number): { nodes: Int32Array; start: Int32Array } {
  const start = new Int32Array(count + 1);
  for (let v = 0; v < of.length; v++) start[of[v]! + 1]!++;
  for (let c = 0; c < count; c++) start[c + 1]! += start[c]!;
  const next = start.slice(0, count);
  const nodes = new Int32Array(of.length);
  for (let v = 0; v < of.length; v++) nodes[next[of[v]!]!++] = v;
  return { nodes, start };
}
