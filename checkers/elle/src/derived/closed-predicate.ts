// Reads by predicate, and the phantoms that they miss: Adya's G2 and G-single over predicates. All objects are known and each
// is changed at most once, so that also a version that was not seen can be named (jepsen-io/elle, closed_predicate.clj). The
// surprise: cycles are looked for twice, first without anti-dependencies over predicates, since `-item` claims more.
import { cycleName } from '../classify.ts';
import { numberNodes } from '../cycles.ts';
import { explainCycle, type Language } from '../explain.ts';
import { addEdge, collectEdges, type Edges, rw, toGraph, wr, ww } from '../graph.ts';
import { addProcessOrder, addRealtimeOrder } from '../orders.ts';
import { type Findings, findings, toResult, unknown } from '../result.ts';
import { findCycles } from '../search.ts';
import type { CheckOptions, EdgeType, Key, Result, Transaction, Value } from '../types.ts';
import {
  dead,
  matches,
  type PredicateOp,
  resolved,
  type Universe,
  unborn,
  universeOf,
  type Version,
  versionSet,
} from './closed-universe.ts';

/**
 * Every object may be changed by one transaction at most, apart from the one that makes the universe (`init`); if more may
 * have committed, the answer is `unknown`. Beside cycles there are `predicate-read-miss` (whichever version was there, it
 * matched, and was not seen), `G1a` and `garbage-read`. Takes time in proportion to predicate reads times objects.
 *
 * @throws {RangeError} if `options.consistency` names no model.
 */
export function checkClosedPredicate(
  transactions: readonly Transaction<PredicateOp>[],
  options: CheckOptions = {},
): Result {
  const universe = universeOf(transactions);
  if (typeof universe === 'string') return unknown(universe, transactions.length);
  const found = findings(options);
  const dependencies: Dependency[] = [...writeOrders(universe)];
  for (const [index, { type, ops }] of transactions.entries()) {
    if (type !== 'ok') continue;
    for (const op of ops) {
      if (op[0] === 'r') itemRead(universe, index, op, dependencies, found);
      else if (op[0] === 'rp' && op[2] !== null) predicateRead(universe, index, [op[1], op[2]], dependencies, found);
    }
  }
  const committed = Uint8Array.from(transactions, ({ type }) => (type === 'ok' ? 1 : 0));
  for (const { from, type } of dependencies) if (type === 'wr') committed[from] = 1;
  const edges = findIn(transactions, committed, dependencies, found);
  return toResult(found.all(), options, {
    transactions: transactions.length,
    committed: committed.reduce((sum, one) => sum + one, 0),
    microOperations: transactions.reduce((sum, { ops }, t) => sum + (committed[t] === 1 ? ops.length : 0), 0),
    edges,
  });
}

interface Dependency {
  readonly from: number;
  readonly to: number;
  readonly type: EdgeType;
  /** An anti-dependency of a predicate read. */
  readonly predicate?: boolean;
  readonly key: Key;
  readonly value: Version;
  readonly next: Version;
  readonly because: string;
}

function* writeOrders({ versions, writer }: Universe): Generator<Dependency> {
  for (const [key, [value = unborn, next = unborn]] of versions) {
    const [from, to] = [writer(key, value), writer(key, next)];
    if (from === undefined || to === undefined || from === to) continue;
    const because = `T${to} made ${shown(key, next)} of ${shown(key, value)}, which T${from} had made`;
    yield { from, to, type: 'ww', key, value, next, because };
  }
}

function itemRead(
  universe: Universe,
  reader: number,
  [, key, value]: readonly ['r', Key, Value | null],
  dependencies: Dependency[],
  found: Findings,
): void {
  const version = resolved(universe, key, value);
  if (version === undefined) return;
  const all = universe.versions.get(key) ?? [];
  if (version !== unborn && !all.includes(version)) {
    strange(universe, reader, key, version, found);
    return;
  }
  const from = universe.writer(key, version);
  if (from !== undefined && from !== reader) {
    const because = `T${reader} read ${shown(key, version)}, which T${from} had made`;
    dependencies.push({ from, to: reader, type: 'wr', key, value: version, next: version, because });
  }
  // Not yet there, of an object that was always there: before the universe was made.
  const next = all[all.indexOf(version) + 1];
  const to = next === undefined ? undefined : universe.writer(key, next);
  if (next === undefined || to === undefined || to === reader) return;
  const because = `T${reader} read ${shown(key, version)}, before T${to} made ${shown(key, next)} of it`;
  dependencies.push({ from: reader, to, type: 'rw', key, value: version, next, because });
}

function predicateRead(
  universe: Universe,
  reader: number,
  [predicate, seen]: readonly [predicate: Parameters<typeof matches>[0], seen: readonly (readonly [Key, Value])[]],
  dependencies: Dependency[],
  found: Findings,
): void {
  const asked = JSON.stringify(predicate);
  const keys = new Set(seen.map(([key]) => key));
  for (const [key, all] of universe.versions) {
    if (keys.has(key) || !all.every((version) => matches(predicate, version))) continue;
    found.add('predicate-read-miss', () => ({
      type: 'predicate-read-miss',
      transactions: [reader],
      key,
      message: `T${reader} asked for ${asked} and did not see ${key}, all of whose versions match: ${all.map(String).join(', ')}`,
    }));
  }
  for (const [key, version] of versionSet(universe, predicate, seen)) {
    const all = universe.versions.get(key) ?? [];
    if (!all.includes(version)) {
      strange(universe, reader, key, version, found);
      continue;
    }
    const from = universe.writer(key, version);
    if (from !== undefined && from !== reader) {
      const because = `T${reader} asked for ${asked} and met ${shown(key, version)}, which T${from} had made`;
      dependencies.push({ from, to: reader, type: 'wr', key, value: version, next: version, because });
    }
    for (const next of all.slice(all.indexOf(version) + 1)) {
      const to = universe.writer(key, next);
      if (to === undefined || to === reader || matches(predicate, version) === matches(predicate, next)) continue;
      const because = `T${reader} asked for ${asked} and met ${shown(key, version)}, before T${to} made ${shown(key, next)} of it, which changes the answer`;
      dependencies.push({ from: reader, to, type: 'rw', predicate: true, key, value: version, next, because });
    }
  }
}

/** A read of what nobody who may have committed has written. */
function strange(universe: Universe, reader: number, key: Key, version: Version, found: Findings): void {
  const by = universe.aborted(key, version);
  const type = by === undefined ? 'garbage-read' : 'G1a';
  const why = by === undefined ? 'which nobody wrote' : `which T${by} wrote before it was aborted`;
  found.add(type, () => ({
    type,
    transactions: by === undefined ? [reader] : [reader, by],
    key,
    message: `T${reader} read ${shown(key, version)}, ${why}`,
  }));
}

/** Returns the number of edges. */
function findIn(
  transactions: readonly Transaction<PredicateOp>[],
  committed: Uint8Array,
  dependencies: readonly Dependency[],
  found: Findings,
): number {
  const { nodeOf, transactionOf } = numberNodes(committed);
  const graphOf = (some: readonly Dependency[]): Edges => {
    const edges = collectEdges(transactionOf.length, some.length);
    for (const { from, to, type } of some) {
      const [a = -1, b = -1] = [nodeOf[from], nodeOf[to]];
      if (a >= 0 && b >= 0) addEdge(edges, a, b, type === 'ww' ? ww : type === 'wr' ? wr : rw);
    }
    addProcessOrder(edges, transactions, nodeOf);
    addRealtimeOrder(edges, transactions, nodeOf);
    return edges;
  };
  // Where an item says the same as a predicate, the item is the evidence.
  const evidence = new Map<string, Dependency>();
  for (const one of dependencies) {
    const name = `${one.from} ${one.to} ${one.type}`;
    const known = evidence.get(name);
    if (known === undefined || known.predicate === true) evidence.set(name, one);
  }
  const language: Language = {
    evidence(from, to, type) {
      const one = evidence.get(`${from} ${to} ${type}`);
      return one && { key: one.key, value: plain(one.value), next: plain(one.next) };
    },
    sentence: (from, to, type) => evidence.get(`${from} ${to} ${type}`)?.because ?? '',
  };
  const items = dependencies.filter(({ predicate }) => predicate !== true);
  for (const cycle of findCycles(toGraph(graphOf(items), transactionOf.length))) {
    found.add(cycleName(cycle.type), () => explainCycle(cycle, transactionOf, transactions, language));
  }
  const edges = graphOf(dependencies);
  if (items.length === dependencies.length) return edges.count;
  for (const cycle of findCycles(toGraph(edges, transactionOf.length))) {
    const anomaly = explainCycle(cycle, transactionOf, transactions, language);
    const ofPredicate = anomaly.cycle?.some(
      ({ from, to, type }) => evidence.get(`${from} ${to} ${type}`)?.predicate === true,
    );
    if (ofPredicate !== true) continue;
    const type = anomaly.type.replace('-item', '');
    found.add(type, () => ({ ...anomaly, type, message: anomaly.message.replace(anomaly.type, type) }));
  }
  return edges.count;
}

const plain = (version: Version): Value | null => (typeof version === 'symbol' ? null : version);

function shown(key: Key, version: Version): string {
  if (version === unborn) return `${key} not yet there`;
  return version === dead ? `${key} deleted` : `${key} = ${JSON.stringify(version)}`;
}
