// Read committed, read atomic and causal consistency of register histories in which every value is written once: decided, not
// searched, in polynomial time (Biswas & Enea, OOPSLA 2019; Møldrup & Pavlogiannis, PLDI 2025, "AWDIT"). The surprise is what
// these names mean there: sessions count at every level, and read committed is nearer to Adya's monotonic view than to PL-2,
// since whoever has read from a transaction may not read behind it afterwards. `not` says what that is in Elle's lattice.
import { cyclic, stronglyConnected } from '../components.ts';
import { addEdge, collectEdges, process, toGraph, wr, ww } from '../graph.ts';
import type { Anomaly, RegisterOp, Transaction } from '../types.ts';
import { type DerivedResult, resultOf, undecidable } from './result.ts';
import { contradiction, cycleAnomaly, type Proof, shortCycle } from './weak-cycle.ts';
import { indexWeakHistory, initial, type WeakHistory } from './weak-history.ts';
import { addVisible, type Infer, inferCausal, inferReadAtomic, inferReadCommitted } from './weak-orders.ts';

/** `causal` is causal consistency as Cerone has it: `causal-cerone` in the lattice. */
export type WeakLevel = 'read-committed' | 'read-atomic' | 'causal';

/**
 * A process is a session, in the order of its calls. The answer is exact: `valid` means that an order exists. It is `unknown`
 * if a key was set to one value by two transactions that may have committed, or if none committed.
 *
 * Anomalies: `garbage-read`, `G1a`, `G1b`, `internal` and `future-read` at every level; cycles of reads and sessions alone
 * (`G1c`, `G1c-process`); and those that need the level (`non-monotonic-read`, `fractured-read`, `causality-violation`),
 * each named for the weakest level that it breaks, with `-process` if it needs the order of a session.
 */
export function checkWeak(
  transactions: readonly Transaction<RegisterOp>[],
  level: WeakLevel,
  { most = 8 }: { readonly most?: number | undefined } = {},
): DerivedResult {
  const history = indexWeakHistory(transactions);
  if (typeof history === 'string') return undecidable(history);
  return resultOf([...history.anomalies, ...disorders(history, level, most)], history.size, most);
}

function disorders(history: WeakHistory, level: WeakLevel, most: number): Anomaly[] {
  const edges = collectEdges(history.size, history.size + history.readKey.length);
  addVisible(history, edges);
  const visible = toGraph(edges, history.size);
  const components = stronglyConnected(visible, process | wr);
  const loops = cyclic(components);
  if (loops.length > 0) {
    return loops.slice(0, most).map((nodes) => cycleAnomaly(history, visible, shortCycle(visible, nodes), []));
  }

  const infer = (found: Infer): void => {
    if (level === 'read-committed') inferReadCommitted(history, found);
    else if (level === 'read-atomic') inferReadAtomic(history, found);
    // Components are numbered against the edges, so backwards is from causes to effects.
    else inferCausal(history, components.nodes.toReversed(), found);
  };
  const contradictions: Proof[] = [];
  infer((earlier, later, reader, key) => {
    if (later !== initial) addEdge(edges, earlier, later, ww);
    else if (contradictions.length < most) contradictions.push({ earlier, later, reader, key });
  });
  const graph = toGraph(edges, history.size);
  const cycles = cyclic(stronglyConnected(graph, process | wr | ww))
    .slice(0, most)
    .map((nodes) => shortCycle(graph, nodes));
  // What proves an order is not kept, for there are many: it is inferred again for the few that are told.
  const proofs: Proof[] = [];
  const told = new Set(
    cycles.flatMap((cycle) => cycle.map((from, i) => pair(history, from, cycle[i + 1] ?? cycle[0]))),
  );
  if (cycles.length > 0) {
    infer((earlier, later, reader, key) => {
      if (told.has(pair(history, earlier, later))) proofs.push({ earlier, later, reader, key });
    });
  }
  return [
    ...contradictions.map((proof) => contradiction(history, visible, proof)),
    ...cycles.map((cycle) => cycleAnomaly(history, visible, cycle, proofs)),
  ];
}

const pair = ({ size }: WeakHistory, from: number, to = 0): number => from * size + to;
