// The names of cycles. A cycle's kind is decided by its dependencies alone, its suffix by the other orders that it uses.
// The one surprise: `-item` says that no predicate is involved, which is true of everything that appends and registers show.
import { process, realtime, rw, wr } from './graph.ts';
import { hasAdjacentRw } from './paths.ts';

/** From the worst to the mildest. */
export const kinds = ['G0', 'G1c', 'G-single-item', 'G-nonadjacent-item', 'G2-item'] as const;
/** A cycle of one layer is, trivially, one of each later layer too. */
export const layers = ['', '-process', '-realtime'] as const;

export const G0 = 0;
export const G1c = 1;
export const GSingle = 2;
export const GNonadjacent = 3;
export const G2 = 4;

/** The number of a cycle's name: `kinds[id % 5] + layers[floor(id / 5)]`. */
export function cycleType(types: readonly number[]): number {
  const anti = types.filter((type) => type === rw).length;
  const kind =
    anti === 0 ? (types.includes(wr) ? G1c : G0) : anti === 1 ? GSingle : hasAdjacentRw(types) ? G2 : GNonadjacent;
  const layer = types.includes(realtime) ? 2 : types.includes(process) ? 1 : 0;
  return layer * kinds.length + kind;
}

export function cycleName(id: number): string {
  return `${kinds[id % kinds.length]}${layers[Math.floor(id / kinds.length)]}`;
}

/** As bits: the types that a cycle of this one implies (consistency/lattice.ts says the same by name). */
export function impliedTypes(id: number): number {
  const kind = id % kinds.length;
  const implied = kind <= G1c ? range(kind, G1c) : range(kind, G2);
  let bits = 0;
  for (let layer = Math.floor(id / kinds.length); layer < layers.length; layer++)
    bits |= implied << (layer * kinds.length);
  return bits;
}

function range(first: number, last: number): number {
  return (1 << (last + 1)) - (1 << first);
}
