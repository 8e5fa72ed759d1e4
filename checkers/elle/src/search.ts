// Finds the cycles that are anomalies. Whether one exists is decided exactly, by components, reachability and a product
// graph, each in time that does not depend on luck; only how short the reported example is depends on a budget, which is
// counted in edges and never in seconds. The one surprise: as in Elle, within one component of the whole graph a type that
// another found type implies is not looked for.
import { cycleType, G0, G1c, G2, GNonadjacent, GSingle, impliedTypes, kinds, layers } from './classify.ts';
import { type Components, cyclic, stronglyConnected, type TarjanMemory, tarjanMemory } from './components.ts';
import { type Graph, process, realtime, rw, subgraph, through, wr, ww } from './graph.ts';
import { type Cycle, hasAdjacentRw, type PathFinder, pathFinder, simplify } from './paths.ts';
import { closedAntiDependencies } from './reachability.ts';

export interface FoundCycle extends Cycle {
  /** See `cycleType`. */
  readonly type: number;
}

const dependencies = ww | wr | rw;
const layerMasks = [0, process, process | realtime];
/** Edges to look at in search of a shorter cycle than the one that is known. */
const budget = 1_000_000;

export function findCycles(graph: Graph): FoundCycle[] {
  const found: FoundCycle[] = [];
  const components = cyclic(stronglyConnected(graph, dependencies | process | realtime));
  if (components.length === 0) return found;
  const scratch = new Int32Array(graph.size).fill(-1);
  const largest = components.reduce((size, nodes) => Math.max(size, nodes.length), 0);
  const memory: Memory = {
    // The product graph of a part has two nodes for each of its own.
    tarjan: tarjanMemory(2 * largest),
    finder: pathFinder(largest),
    local: new Int32Array(largest).fill(-1),
  };
  for (const nodes of components) {
    const whole = subgraph(graph, nodes, ~0, scratch);
    for (const { nodes: local, types, type } of cyclesInComponent(whole, memory)) {
      found.push({ nodes: local.map((v) => nodes[v]!), types, type });
    }
  }
  return found;
}

interface Memory {
  readonly tarjan: TarjanMemory;
  readonly finder: PathFinder;
  readonly local: Int32Array;
}

function cyclesInComponent(whole: Graph, memory: Memory): FoundCycle[] {
  const found: FoundCycle[] = [];
  let present = 0;
  for (let e = 0; e < whole.type.length; e++) present |= whole.type[e]!;
  let known = 0;
  for (let layer = 0; layer < layers.length; layer++) {
    const extra = layerMasks[layer]!;
    if (layer > 0 && (present & (layer === 1 ? process : realtime)) === 0) continue;
    const mask = dependencies | extra;
    let implied = known;
    // With all edges that there are, the component is its only part.
    const parts =
      (present & ~(mask | through)) === 0 ? [undefined] : cyclic(stronglyConnected(whole, mask, memory.tarjan));
    for (const nodes of parts) {
      const part = nodes === undefined ? whole : subgraph(whole, nodes, ~0, memory.local);
      for (const cycle of cyclesInLayer(part, layer, known, memory)) {
        implied |= impliedTypes(cycle.type);
        found.push(nodes === undefined ? cycle : { ...cycle, nodes: cycle.nodes.map((v) => nodes[v]!) });
      }
    }
    known = implied;
  }
  return found;
}

/** The cycles of one strongly connected part, where types in `known` need not be looked for. */
function cyclesInLayer(part: Graph, layer: number, known: number, { tarjan, finder }: Memory): FoundCycle[] {
  const extra = layerMasks[layer]!;
  const base = ww | wr | extra;
  const found: FoundCycle[] = [];
  let skip = known;
  const wanted = (kind: number) => (skip & (1 << (layer * kinds.length + kind))) === 0;
  const take = (cycle: Cycle | undefined) => {
    if (cycle === undefined) return;
    const type = cycleType(cycle.types);
    if ((skip & (1 << type)) !== 0) return;
    skip |= impliedTypes(type);
    found.push({ ...cycle, type });
  };
  if (!wanted(G0) && !wanted(GSingle)) return found;

  const components = stronglyConnected(part, base, tarjan);
  const basic = cyclic(components);
  if (basic.length > 0) {
    if (wanted(G0)) take(shortestCycle(part, finder, cyclic(stronglyConnected(part, ww | extra, tarjan)), ww | extra));
    if (wanted(G1c)) take(shortestCycle(part, finder, basic, base));
  }
  if (wanted(GSingle)) take(singleCycle(part, finder, components, base));
  // Two rw edges and something after each: a cycle of four at least.
  if (wanted(GNonadjacent) && part.transactions >= 4) {
    take(nonadjacentCycle(part, finder, tarjan, base, basic.length === 0));
  }
  if (wanted(G2)) take(basic.length === 0 ? anyCycle(part, finder, base | rw) : adjacentCycle(part, finder, base));
  return found;
}

function anyCycle(part: Graph, finder: PathFinder, mask: number): Cycle | undefined {
  const nodes = new Int32Array(part.size);
  for (let v = 0; v < nodes.length; v++) nodes[v] = v;
  return shortestCycle(part, finder, [nodes], mask);
}

/** A shortest cycle over edges in `mask`; `components` are those that hold any. */
function shortestCycle(
  part: Graph,
  finder: PathFinder,
  components: readonly Int32Array[],
  mask: number,
): Cycle | undefined {
  let best: Cycle | undefined;
  const end = finder.looks() + budget;
  for (const nodes of components) {
    for (const origin of nodes) {
      if (origin >= part.transactions) break;
      const cycle = finder.shortest(part, {
        origin,
        firstEdge: part.start[origin]!,
        endEdge: part.start[origin + 1]!,
        firstMask: mask,
        mask,
        lastMask: mask,
        nonadjacent: false,
        atMost: best === undefined ? part.transactions : best.nodes.length - 1,
      });
      best = cycle ?? best;
      if (best !== undefined && (best.nodes.length === 2 || finder.looks() > end)) return best;
    }
  }
  return best;
}

/** A cycle with exactly one rw edge: exact, however large the part is. */
function singleCycle(part: Graph, finder: PathFinder, components: Components, base: number): Cycle | undefined {
  const closed = closedAntiDependencies(part, components, base, 64);
  return shortestThrough(part, finder, closed, { mask: base, lastMask: base, nonadjacent: false });
}

/**
 * A cycle with several rw edges, no two of them adjacent. If `exact`, the part holds no cycle with fewer, and then it holds
 * one just if the product graph (see paths.ts) has a cycle. Otherwise it is only tried: the worse cycles, which are
 * reported, break every model that this one would break.
 */
function nonadjacentCycle(
  part: Graph,
  finder: PathFinder,
  tarjan: TarjanMemory,
  base: number,
  exact: boolean,
): Cycle | undefined {
  const seeds: { origin: number; edge: number }[] = [];
  const product = stronglyConnected(nonadjacentProduct(part, base), ~0, tarjan);
  for (let v = 0; v < part.transactions && seeds.length < 64; v++) {
    for (let e = part.start[v]!; e < part.start[v + 1]!; e++) {
      if (part.type[e] === rw && product.of[2 * v] === product.of[2 * part.to[e]! + 1])
        seeds.push({ origin: v, edge: e });
    }
  }
  const cycle = shortestThrough(part, finder, seeds, { mask: base | rw, lastMask: base, nonadjacent: true });
  if (cycle === undefined) return undefined;
  const simple = simplify(cycle);
  const anti = simple.types.filter((type) => type === rw).length;
  return exact || (anti > 1 && !hasAdjacentRw(simple.types)) ? simple : undefined;
}

/** Two rw edges in a row somewhere. Only tried, for parts that hold worse cycles anyway. */
function adjacentCycle(part: Graph, finder: PathFinder, base: number): Cycle | undefined {
  const seeds: { origin: number; edge: number }[] = [];
  for (let v = 0; v < part.transactions && seeds.length < 1024; v++) {
    for (let e = part.start[v]!; e < part.start[v + 1]!; e++)
      if (part.type[e] === rw) seeds.push({ origin: v, edge: e });
  }
  return shortestThrough(part, finder, seeds, { mask: base | rw, lastMask: rw, nonadjacent: false });
}

function shortestThrough(
  part: Graph,
  finder: PathFinder,
  seeds: readonly { origin: number; edge: number }[],
  rest: { mask: number; lastMask: number; nonadjacent: boolean },
): Cycle | undefined {
  let best: Cycle | undefined;
  const end = finder.looks() + budget;
  for (const { origin, edge } of seeds) {
    const cycle = finder.shortest(part, {
      origin,
      firstEdge: edge,
      endEdge: edge + 1,
      firstMask: rw,
      ...rest,
      // A cycle without adjacent rw edges may pass a node twice before it is cut.
      atMost: best === undefined ? 2 * part.transactions : best.nodes.length - 1,
    });
    best = cycle ?? best;
    if (best?.nodes.length === 2 || finder.looks() > end) break;
  }
  return best;
}

/** Node 2v: at v, not just after an rw edge; 2v + 1: just after one, whence no rw edge leads on. */
function nonadjacentProduct({ size, transactions, start, to, type }: Graph, base: number): Graph {
  const follow = base | rw;
  const rows = new Int32Array(2 * size + 1);
  const targets: number[] = [];
  for (let v = 0; v < size; v++) {
    for (let after = 0; after < 2; after++) {
      for (let e = start[v]!; e < start[v + 1]!; e++) {
        const kind = type[e]!;
        if (v >= transactions) targets.push(2 * to[e]! + after);
        else if (kind === rw) {
          if (after === 0) targets.push(2 * to[e]! + 1);
        } else if ((kind & follow) !== 0) targets.push(2 * to[e]!);
      }
      rows[2 * v + after + 1] = targets.length;
    }
  }
  const edgeTypes = new Uint8Array(targets.length).fill(ww);
  return { transactions: 2 * size, size: 2 * size, start: rows, to: Int32Array.from(targets), type: edgeTypes };
}
