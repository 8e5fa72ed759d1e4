// The dependency graph in compressed sparse rows: nodes are numbers, edges carry one type bit. The one surprise: behind
// the transactions there are auxiliary nodes, which stand for "everything that follows here" so that n·m edges become
// n + m. An edge into such a node has the type; the edges that leave it (`through`) continue the same step.
export const ww = 1;
export const wr = 2;
export const rw = 4;
export const process = 8;
export const realtime = 16;
/** Out of an auxiliary node: not a step of its own. */
export const through = 32;

export interface Graph {
  /** Nodes from 0 to `transactions - 1` are transactions, those up to `size - 1` auxiliary. */
  readonly transactions: number;
  readonly size: number;
  /** The edges of node v are at `start[v]` to `start[v + 1] - 1`. */
  readonly start: Int32Array;
  readonly to: Int32Array;
  readonly type: Uint8Array;
}

/** Edges while they are being collected. `from`, `to` and `type` are replaced by longer ones as they fill up. */
export interface Edges {
  count: number;
  /** The number of nodes so far: an auxiliary node is made by counting it up. */
  nodes: number;
  from: Int32Array;
  to: Int32Array;
  type: Uint8Array;
}

export function collectEdges(nodes: number, capacity: number): Edges {
  const room = Math.max(16, capacity);
  return { count: 0, nodes, from: new Int32Array(room), to: new Int32Array(room), type: new Uint8Array(room) };
}

export function addEdge(edges: Edges, from: number, to: number, type: number): void {
  if (edges.count === edges.from.length) grow(edges);
  const at = edges.count++;
  edges.from[at] = from;
  edges.to[at] = to;
  edges.type[at] = type;
}

/** Sorts the edges by their origin, in linear time; edges of one origin stay in the order in which they were added. */
export function toGraph(edges: Edges, transactions: number): Graph {
  const { count, nodes: size, from } = edges;
  const start = new Int32Array(size + 1);
  for (let e = 0; e < count; e++) start[from[e]! + 1]!++;
  for (let v = 0; v < size; v++) start[v + 1]! += start[v]!;
  const next = start.slice(0, size);
  const to = new Int32Array(count);
  const type = new Uint8Array(count);
  for (let e = 0; e < count; e++) {
    const at = next[from[e]!]!++;
    to[at] = edges.to[e]!;
    type[at] = edges.type[e]!;
  }
  return { transactions, size, start, to, type };
}

/**
 * The part of `graph` that lies within `nodes` (transactions first, then auxiliary ones), with only the edges whose type is
 * in `mask`. Node i of the result is `nodes[i]` of `graph`. `local` is scratch: as long as `graph`, and -1 everywhere.
 */
export function subgraph(graph: Graph, nodes: Int32Array, mask: number, local: Int32Array): Graph {
  let transactions = 0;
  for (let i = 0; i < nodes.length; i++) {
    local[nodes[i]!] = i;
    if (nodes[i]! < graph.transactions) transactions++;
  }
  const start = new Int32Array(nodes.length + 1);
  let count = 0;
  for (let i = 0; i < nodes.length; i++) {
    const end = graph.start[nodes[i]! + 1]!;
    for (let e = graph.start[nodes[i]!]!; e < end; e++) {
      if ((graph.type[e]! & mask) !== 0 && local[graph.to[e]!]! >= 0) count++;
    }
    start[i + 1] = count;
  }
  const to = new Int32Array(count);
  const type = new Uint8Array(count);
  let at = 0;
  for (let i = 0; i < nodes.length; i++) {
    const end = graph.start[nodes[i]! + 1]!;
    for (let e = graph.start[nodes[i]!]!; e < end; e++) {
      if ((graph.type[e]! & mask) === 0 || local[graph.to[e]!]! < 0) continue;
      to[at] = local[graph.to[e]!]!;
      type[at++] = graph.type[e]!;
    }
  }
  for (let i = 0; i < nodes.length; i++) local[nodes[i]!] = -1;
  return { transactions, size: nodes.length, start, to, type };
}

function grow(edges: Edges): void {
  const room = edges.from.length * 2;
  const from = new Int32Array(room);
  const to = new Int32Array(room);
  const type = new Uint8Array(room);
  from.set(edges.from);
  to.set(edges.to);
  type.set(edges.type);
  edges.from = from;
  edges.to = to;
  edges.type = type;
}
