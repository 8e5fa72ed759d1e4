// Which operation made each value of a cell, and what a conviction that argues with it must bring along. The surprise is
// the last part: "only this one could have made the value" is an argument about others, so where there were others, they
// are evidence too.
import type { Cells } from './cells.ts';

const NONE = -1;
const SEVERAL = -2;

export interface Sources {
  /** By value: the operation that made it; negative if nobody needs to know. */
  readonly maker: Int32Array;
  /** Whether it took effect for certain: it returned, or its value was needed. */
  happened(op: number): boolean;
  /** A core: `ops`, what shows that the lost ones among them happened, and the rivals of the makers of `values`. */
  convict(ops: readonly number[], values: readonly number[]): Conviction;
}

export interface Conviction {
  readonly verdict: 'invalid';
  readonly core: readonly number[];
}

/** `undefined`: a value that was needed may come from several operations. */
export function findSources(cells: Cells): Sources | Conviction | undefined {
  const { call, return: returns, finds, makes, values } = cells;
  const count = call.length;
  /** By value: an operation that returned and that would not have without the value. */
  const witness = new Int32Array(values).fill(-1);
  /** By value: when the last that could have found it returned. */
  const latest = new Float64Array(values).fill(Number.NEGATIVE_INFINITY);
  for (let op = 0; op < count; op++) {
    const value = finds[op] as number;
    if (value < 0) continue;
    const until = (makes[op] as number) < 0 ? (returns[op] as number) : Number.POSITIVE_INFINITY;
    if (until > (latest[value] as number)) latest[value] = until;
    if ((returns[op] as number) < Number.POSITIVE_INFINITY && (witness[value] as number) < 0) witness[value] = op;
  }
  const maker = new Int32Array(values).fill(NONE);
  for (let op = 0; op < count; op++) {
    const value = makes[op] as number;
    if (value < 0 || (call[op] as number) > (latest[value] as number)) continue;
    maker[value] = maker[value] === NONE ? op : SEVERAL;
  }

  const convict = (ops: readonly number[], about: readonly number[]): Conviction =>
    gather(cells, maker, witness, ops, about);
  const mayBeAbsent = (op: number): boolean =>
    (returns[op] as number) === Number.POSITIVE_INFINITY && (finds[op] as number) >= 0;
  for (let value = 0; value < values; value++) {
    const needed = witness[value] as number;
    if (needed < 0) continue;
    // A lost compare-and-set whose value was needed has itself found a value, and so on.
    for (let at = value; ; ) {
      const source = maker[at] as number;
      if (source === SEVERAL) return undefined;
      if (source === NONE) return convict([needed], path(cells, maker, finds[needed] as number));
      if (!mayBeAbsent(source)) break;
      at = finds[source] as number;
      if ((witness[at] as number) >= 0) break; // it has a turn of its own, or had
      witness[at] = needed;
    }
  }
  const happened = (op: number): boolean =>
    (returns[op] as number) < Number.POSITIVE_INFINITY ||
    (maker[makes[op] as number] === op && (witness[makes[op] as number] as number) >= 0);
  return { maker, happened, convict };
}

/** The value, the one that its maker found, and so on to one that nobody made. */
function path({ finds }: Cells, maker: Int32Array, value: number): number[] {
  const values = [value];
  for (let at = value; (maker[at] as number) >= 0; values.push(at)) at = finds[maker[at] as number] as number;
  return values;
}

function gather(
  { call, return: returns, finds, makes, mightMake, values }: Cells,
  maker: Int32Array,
  witness: Int32Array,
  ops: readonly number[],
  about: readonly number[],
): Conviction {
  const initialWrite = call.length - 1;
  const core = new Set<number>();
  const argued = new Uint8Array(values);
  for (const value of about) argued[value] = 1;
  for (const op of ops) {
    core.add(op);
    if ((returns[op] as number) < Number.POSITIVE_INFINITY) continue;
    // It happened because the witness needed its value, by way of lost compare-and-sets in between.
    const value = makes[op] as number;
    const because = witness[value] as number;
    core.add(because);
    let at = finds[because] as number;
    for (argued[at] = 1; at !== value; argued[at] = 1) at = finds[maker[at] as number] as number;
  }
  for (let op = 0; op < initialWrite; op++) {
    const value = (makes[op] as number) >= 0 ? (makes[op] as number) : (mightMake?.[op] ?? -1);
    if (value >= 0 && argued[value] && (witness[value] as number) >= 0 && maker[value] !== op) core.add(op);
  }
  core.delete(initialWrite);
  return { verdict: 'invalid', core: [...core].sort((a, b) => (call[a] as number) - (call[b] as number)) };
}
