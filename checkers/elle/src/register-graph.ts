// Dependencies between transactions on registers, from who read what and from what is known of the version order. The one
// surprise: whoever read the initial state of a key is before all who wrote it, which may be many; and so is, of every
// version, each reader before all writers of the versions that follow. Such edges go through a hub (hubs.ts).
import type { Evidence } from './explain.ts';
import { addEdge, collectEdges, type Edges, wr, ww } from './graph.ts';
import { type Hub, makeHub, overwriteByAll } from './hubs.ts';
import type { RegisterIndex } from './register-index.ts';
import type { VersionOrder } from './register-versions.ts';
import type { EdgeType } from './types.ts';

export function registerEdges(index: RegisterIndex, order: VersionOrder, nodeOf: Int32Array, nodes: number): Edges {
  const { accesses, versions, initial } = index;
  const edges = collectEdges(nodes, 2 * accesses.count + 3 * nodes);
  const writers = writersByKey(index, nodeOf);
  const hubs: (Hub | undefined)[] = new Array(versions.key.length);
  for (let a = 0; a < accesses.count; a++) {
    const node = nodeOf[accesses.transaction[a]!]!;
    if (node < 0) continue;
    const read = accesses.read[a]!;
    if (read >= 0) {
      const writer = finalWriter(index, nodeOf, read);
      if (writer >= 0 && writer !== node) addEdge(edges, writer, node, wr);
      hubs[read] ??= makeHub(
        edges,
        read === initial[accesses.key[a]!] ? writers[accesses.key[a]!]! : overwriters(index, order, nodeOf, read),
      );
      overwriteByAll(edges, node, hubs[read]);
    }
    const write = accesses.write[a]!;
    if (write < 0) continue;
    for (const writer of overwriters(index, order, nodeOf, write)) {
      if (writer !== node) addEdge(edges, node, writer, ww);
    }
  }
  return edges;
}

/** The node that left the version behind, or -1: nobody, one that did not commit, or one that overwrote it itself. */
function finalWriter({ versions }: RegisterIndex, nodeOf: Int32Array, version: number): number {
  const writer = versions.writer[version]!;
  return writer < 0 || versions.intermediate[version] === 1 ? -1 : nodeOf[writer]!;
}

function overwriters(index: RegisterIndex, order: VersionOrder, nodeOf: Int32Array, version: number): number[] {
  const nodes = new Set<number>();
  for (let e = order.start[version]!; e < order.start[version + 1]!; e++) {
    const writer = finalWriter(index, nodeOf, order.after[e]!);
    if (writer >= 0) nodes.add(writer);
  }
  return [...nodes].sort((a, b) => a - b);
}

function writersByKey({ accesses, keys }: RegisterIndex, nodeOf: Int32Array): number[][] {
  const writers: number[][] = keys.map(() => []);
  for (let a = 0; a < accesses.count; a++) {
    const node = nodeOf[accesses.transaction[a]!]!;
    if (node >= 0 && accesses.write[a]! >= 0) writers[accesses.key[a]!]!.push(node);
  }
  return writers;
}

/** Finds the versions behind an edge again. */
export function registerEvidence(
  index: RegisterIndex,
  order: VersionOrder,
): (from: number, to: number, type: EdgeType) => Evidence | undefined {
  const { accesses, versions, initial, keys } = index;
  return (from, to, type) => {
    for (let b = accesses.start[to]!; b < accesses.start[to + 1]!; b++) {
      const k = accesses.key[b]!;
      for (let a = accesses.start[from]!; a < accesses.start[from + 1]!; a++) {
        if (accesses.key[a] !== k) continue;
        const before = type === 'rw' ? accesses.read[a]! : accesses.write[a]!;
        const after = type === 'wr' ? accesses.read[b]! : accesses.write[b]!;
        if (before < 0 || after < 0) continue;
        const known = type === 'wr' ? before === after : before === initial[k] || follows(order, before, after);
        if (known) return { key: keys[k]!, value: versions.value[before]!, next: versions.value[after]! };
      }
    }
    return undefined;
  };
}

function follows({ start, after }: VersionOrder, before: number, version: number): boolean {
  for (let e = start[before]!; e < start[before + 1]!; e++) if (after[e] === version) return true;
  return false;
}
