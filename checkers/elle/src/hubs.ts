// Many who read a version, and many who overwrote it: every reader is before every writer but itself. That is n·m edges, or
// two chains of auxiliary nodes and n + m edges. The one surprise is why there are two: a reader that is a writer too must
// reach all others and not itself, so it enters one chain just above its own place and the other just below.
import { addEdge, type Edges, rw, through } from './graph.ts';

/** With few writers there is an edge to each; with many, `up + i` leads to the writers from i on, `down + i` to those up to i. */
export interface Hub {
  readonly writers: readonly number[];
  readonly up: number;
  readonly down: number;
}

const fewWriters = 4;

/** A hub for writers that are distinct nodes, ascending. */
export function makeHub(edges: Edges, writers: readonly number[]): Hub {
  if (writers.length <= fewWriters) return { writers, up: -1, down: -1 };
  const up = edges.nodes;
  const down = up + writers.length;
  edges.nodes += 2 * writers.length;
  for (let i = 0; i < writers.length; i++) {
    addEdge(edges, up + i, writers[i]!, through);
    addEdge(edges, down + i, writers[i]!, through);
    if (i > 0) {
      addEdge(edges, up + i - 1, up + i, through);
      addEdge(edges, down + i, down + i - 1, through);
    }
  }
  return { writers, up, down };
}

/** Adds the edges from one who read what all of the hub's writers overwrote, except to itself. */
export function overwriteByAll(edges: Edges, node: number, { writers, up, down }: Hub): void {
  if (up < 0) {
    for (const writer of writers) if (writer !== node) addEdge(edges, node, writer, rw);
    return;
  }
  const at = placeIn(writers, node);
  if (writers[at] !== node) {
    addEdge(edges, node, up, rw);
    return;
  }
  if (at > 0) addEdge(edges, node, down + at - 1, rw);
  if (at + 1 < writers.length) addEdge(edges, node, up + at + 1, rw);
}

function placeIn(ascending: readonly number[], node: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < node) low = middle + 1;
    else high = middle;
  }
  return low;
}
