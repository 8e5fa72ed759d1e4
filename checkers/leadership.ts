/**
 * Who was seen to lead, and when: from probes (observations with `leads`) and from the nodes' own word (`note('leader')`).
 *
 * The one surprise: a reign is only as long as it was attested. From the first sign of a node leading in a term to the
 * last one it led all along, because nobody wins the same term twice; what came after the last sign is not claimed. So
 * the overlap of two reigns is never overestimated.
 */
import type { History, Json, Nanos, NodeId } from '../harness/core/types.ts';

export interface Reign {
  readonly node: NodeId;
  readonly term: number;
  readonly from: Nanos;
  readonly until: Nanos;
  /** How often it was attested. */
  readonly signs: number;
}

/** One for each node and term, by time of the first sign. */
export function reignsOf(history: History): readonly Reign[] {
  const reigns = new Map<string, { node: NodeId; term: number; from: Nanos; until: Nanos; signs: number }>();
  const sign = (node: NodeId, term: number, at: Nanos): void => {
    const id = `${term} ${node}`;
    const reign = reigns.get(id);
    if (reign === undefined) {
      reigns.set(id, { node, term, from: at, until: at, signs: 1 });
      return;
    }
    reign.from = Math.min(reign.from, at);
    reign.until = Math.max(reign.until, at);
    reign.signs++;
  };
  for (const { at, node, leads } of history.observations) if (leads !== undefined) sign(node, leads.term, at);
  for (const { at, node, kind, name, data } of history.events) {
    if (kind !== 'note' || name !== 'leader') continue;
    const term = numberIn(data, 'term');
    if (term !== undefined) sign(node, term, at);
  }
  return [...reigns.values()].sort((a, b) => a.from - b.from);
}

export function numberIn(data: Json | undefined, field: string): number | undefined {
  if (typeof data !== 'object' || data === null || !(field in data)) return undefined;
  const value = (data as { readonly [key: string]: Json })[field];
  return typeof value === 'number' ? value : undefined;
}

/** When the node stood still: a paused leader leads nobody, and may not know yet that it was deposed. */
export function pausesOf(history: History, node: NodeId): readonly (readonly [from: Nanos, until: Nanos])[] {
  const pauses: [Nanos, Nanos][] = [];
  let since: Nanos | undefined;
  for (const { at, node: who, kind } of history.events) {
    if (who !== node) continue;
    if (kind === 'paused') since ??= at;
    else if (since !== undefined && kind !== 'note') {
      pauses.push([since, at]);
      since = undefined;
    }
  }
  if (since !== undefined) pauses.push([since, history.endedAt]);
  for (const { nemesis, nodes, from, until } of history.faults) {
    if (nemesis === 'pause' && nodes.includes(node)) pauses.push([from, until ?? history.endedAt]);
  }
  return pauses;
}

/** How much of [from, until] is in none of the spans. */
export function without(from: Nanos, until: Nanos, spans: readonly (readonly [Nanos, Nanos])[]): Nanos {
  let left = Math.max(0, until - from);
  let covered = from;
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const begin = Math.max(start, covered);
    const finish = Math.min(end, until);
    if (finish <= begin) continue;
    left -= finish - begin;
    covered = finish;
  }
  return left;
}
