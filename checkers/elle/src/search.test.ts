// The search against an enumeration of all simple cycles, on random graphs of a few nodes with every type of edge. What is
// found exists and has its name; of what exists, everything is found or implied by what was. The surprise: that
// G-nonadjacent and G2 may be passed over beside a G0 or G1c, which break every model that those would break.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cycleName, cycleType, GNonadjacent, impliedTypes, kinds } from './classify.ts';
import { cyclic, stronglyConnected } from './components.ts';
import { addEdge, collectEdges, type Edges, process, realtime, rw, through, toGraph, wr, ww } from './graph.ts';
import { makeHub, overwriteByAll } from './hubs.ts';
import { findCycles } from './search.ts';

const numRuns = Number(globalThis.process.env.PORCUPINE_RUNS ?? 800);
const size = 6;

interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly type: number;
}

const arrow: fc.Arbitrary<Arrow> = fc
  .record({
    from: fc.nat(size - 1),
    to: fc.nat(size - 1),
    type: fc.constantFrom(ww, wr, rw, rw, rw, process, realtime),
  })
  .filter(({ from, to }) => from !== to)
  // Sessions and clocks have no cycles of their own.
  .map(({ from, to, type }) => (type >= process && from > to ? { from: to, to: from, type } : { from, to, type }));

const arrows = fc.uniqueArray(arrow, {
  maxLength: 12,
  size: 'max',
  selector: ({ from, to, type }) => `${from} ${to} ${type}`,
});

test('every cycle that is found exists, and every one that exists is found or implied', () => {
  fc.assert(
    fc.property(arrows, fc.boolean(), (list, barriers) => {
      const found = findCycles(toGraph(encode(list, barriers), size));
      for (const { nodes, types, type } of found) {
        expect(new Set(nodes).size).toBe(nodes.length);
        expect(type).toBe(cycleType(types));
        nodes.forEach((from, i) => {
          const step = { from, to: nodes[(i + 1) % nodes.length], type: types[i] };
          // Over barriers there are also the steps in real time that follow from two.
          if (step.type !== realtime) expect(list).toContainEqual(step);
        });
      }
      let known = 0;
      for (const { type } of found) known |= impliedTypes(type);
      const present = cycleTypes(list);
      const names = (bits: number) => [...Array(15).keys()].filter((id) => (bits & (1 << id)) !== 0).map(cycleName);
      const missing = present & ~known;
      for (let id = 0; id < 15; id++) {
        if ((missing & (1 << id)) === 0) continue;
        const excused = id % kinds.length >= GNonadjacent && names(known).some((name) => /^G(0|1c)/.test(name));
        expect({ missing: excused ? [] : names(missing), found: names(known), list }).toMatchObject({ missing: [] });
      }
      // Nothing but what exists is claimed.
      const claimed = found.reduce((bits, { type }) => bits | (1 << type), 0);
      if (!barriers) expect(names(claimed & ~present)).toEqual([]);
    }),
    { numRuns },
  );
});

test('a hub leads from each reader to every writer but itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(19), { minLength: 1 }), fc.nat(19), (writers, reader) => {
      writers.sort((a, b) => a - b);
      const edges = collectEdges(20, 1);
      overwriteByAll(edges, reader, makeHub(edges, writers));
      const reached = reachable(edges, reader);
      expect([...reached].filter((v) => v < 20).sort((a, b) => a - b)).toEqual(writers.filter((w) => w !== reader));
    }),
    { numRuns },
  );
});

test('components are the sets of nodes that reach each other, numbered against the edges', () => {
  fc.assert(
    fc.property(arrows, (list) => {
      const edges = encode(list, false);
      const { of, ...components } = stronglyConnected(toGraph(edges, size), ~0);
      const reach = Array.from({ length: size }, (_, v) => reachable(edges, v));
      for (let a = 0; a < size; a++) {
        for (let b = 0; b < size; b++) {
          if (a === b) continue;
          expect(of[a] === of[b]).toBe(reach[a]?.has(b) === true && reach[b]?.has(a) === true);
          if (reach[a]?.has(b)) expect(of[a]).toBeGreaterThanOrEqual(of[b] ?? -1);
        }
      }
      for (const nodes of cyclic({ of, ...components })) expect(nodes.length).toBeGreaterThan(1);
    }),
    { numRuns },
  );
});

/** The arrows as a graph; if `barriers`, those in real time lead over an auxiliary node each. */
function encode(list: readonly Arrow[], barriers: boolean): Edges {
  const edges = collectEdges(size, 4);
  for (const { from, to, type } of list) {
    if (type !== realtime || !barriers) {
      addEdge(edges, from, to, type);
      continue;
    }
    const barrier = edges.nodes++;
    addEdge(edges, from, barrier, realtime);
    addEdge(edges, barrier, to, through);
  }
  return edges;
}

/** The types of all simple cycles, as bits. */
function cycleTypes(list: readonly Arrow[]): number {
  let bits = 0;
  const walk = (origin: number, at: number, visited: readonly number[], types: readonly number[]) => {
    for (const { from, to, type } of list) {
      if (from !== at || to < origin) continue;
      if (to === origin) bits |= 1 << cycleType([...types, type]);
      else if (!visited.includes(to)) walk(origin, to, [...visited, to], [...types, type]);
    }
  };
  for (let origin = 0; origin < size; origin++) walk(origin, origin, [origin], []);
  return bits;
}

function reachable({ from, to, count }: Edges, origin: number): Set<number> {
  const reached = new Set<number>();
  const open = [origin];
  for (let v = open.pop(); v !== undefined; v = open.pop()) {
    for (let e = 0; e < count; e++) {
      const next = to[e] ?? -1;
      if (from[e] !== v || reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}
