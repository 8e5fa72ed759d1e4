// Registers, with or without compare-and-set, decided by clusters (Gibbons and Korach, "Testing shared memories", 1997).
// Where a value is made once, its *cluster*, the operation that made it and all that found it, is one stretch of every
// legal order, and a compare-and-set ties its cluster to the one before: they are one *block*. A block must precede
// another if one of its operations returned before one of the other's was called. The surprise is that no longer
// cycle of this relation has to be looked for: if there is any, two blocks precede each other.
import { gapsByCall, insert, moments, toArray } from './insert.ts';
import { ascending, sortBy } from './sort.ts';
import { type Conviction, findSources, type Sources } from './sources.ts';

/**
 * What operations do to the cell, with values as numbers (0 is the initial one) and -1 for none. The last entry of each
 * array is the initial write: it makes 0, and its call and return are at minus infinity.
 */
export interface Cells {
  readonly call: Float64Array;
  /** Infinity for a lost operation. */
  readonly return: Float64Array;
  /** The value that it found. Lost reads, which say nothing, have found none. */
  readonly finds: Int32Array;
  /** The value that it left, if that was not the one that it found. A lost compare-and-set leaves its new value if it took effect. */
  readonly makes: Int32Array;
  /** The value that it would have left if it were lost, although it is known to have left none (a failed compare-and-set). */
  readonly mightMake?: Int32Array;
  readonly values: number;
}

/** Clusters by number. */
export interface Clusters {
  /** By operation; -1 where it belongs to none, because it says nothing, or because it is lost and nobody needs it. */
  readonly of: Int32Array;
  /** The one that made the value. */
  readonly maker: Int32Array;
  /** The one that returned first: by then the value was there. */
  readonly first: Int32Array;
  /** The one that was called last: the value was still to come, or still there. */
  readonly last: Int32Array;
  /** The clusters that compare-and-sets made of these, and of which they made these; -1 for none. `undefined`: no links at all. */
  readonly next: Int32Array | undefined;
  readonly previous: Int32Array | undefined;
}

export interface Arrangement {
  readonly verdict: 'valid';
  /** Of the operations that belong to clusters; the initial write is left out. */
  readonly order: Int32Array;
  readonly clusters: Clusters;
  readonly blocks: Blocks;
  readonly sources: Sources;
}

/** Blocks by the number of their first cluster; `first` and `last` as of clusters. */
export interface Blocks {
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Their numbers, in an order that is right if any is. */
  readonly heads: Int32Array;
}

/**
 * Precondition: no value that was read, or that a compare-and-set found, was made by two operations, the initial write
 * and the lost ones among them. An operation that was called after the last read of its value returned does not count,
 * unless a compare-and-set found the value.
 *
 * A lost operation whose value nobody needed is left out. One whose value was needed did happen, at any time after its call.
 */
export function decideCells(cells: Cells): Arrangement | Conviction | undefined {
  const sources = findSources(cells);
  if (sources === undefined || 'core' in sources) return sources;
  const clusters = formClusters(cells, sources);
  if ('core' in clusters) return clusters;
  const blocks = formBlocks(cells, clusters, sources);
  if ('core' in blocks) return blocks;

  const { heads, first, last } = blocks;
  let latest = Number.NEGATIVE_INFINITY;
  let latestHead = -1;
  for (let i = 0; i < heads.length; i++) {
    const head = heads[i] as number;
    if ((cells.return[first[head] as number] as number) < latest) {
      const ends = [latestHead, head].flatMap((one) => [first[one] as number, last[one] as number]);
      return sources.convict(ends, valuesOf(cells, clusters, [latestHead, head]));
    }
    const lastCall = cells.call[last[head] as number] as number;
    if (lastCall > latest) {
      latest = lastCall;
      latestHead = head;
    }
  }
  return { verdict: 'valid', order: lineUp(cells, clusters, heads), clusters, blocks, sources };
}

function formClusters(cells: Cells, sources: Sources): Clusters | Conviction {
  const { call, return: returns, finds, makes } = cells;
  const count = call.length;
  const of = new Int32Array(count).fill(-1);
  let size = 0;
  let linked = false;
  for (let op = 0; op < count; op++) {
    if ((makes[op] as number) < 0 || !sources.happened(op)) continue;
    of[op] = size++;
    if ((finds[op] as number) >= 0) linked = true;
  }
  const maker = new Int32Array(size);
  for (let op = 0; op < count; op++) if ((of[op] as number) >= 0) maker[of[op] as number] = op;
  const first = maker.slice();
  const last = maker.slice();
  const next = linked ? new Int32Array(size).fill(-1) : undefined;
  const previous = linked ? new Int32Array(size).fill(-1) : undefined;
  for (let op = 0; op < count; op++) {
    const value = finds[op] as number;
    if (value < 0) continue;
    const source = sources.maker[value] as number;
    const found = of[source] as number;
    if ((makes[op] as number) < 0) {
      if ((returns[op] as number) < (call[source] as number)) return sources.convict([op, source], [value]);
      of[op] = found;
      if ((returns[op] as number) < (returns[first[found] as number] as number)) first[found] = op;
      if ((call[op] as number) > (call[last[found] as number] as number)) last[found] = op;
    } else if (next && previous && (of[op] as number) >= 0) {
      const rival = next[found] as number;
      if (rival >= 0) return sources.convict([maker[rival] as number, op], [value]);
      next[found] = of[op] as number;
      previous[of[op] as number] = found;
    }
  }
  return { of, maker, first, last, next, previous };
}

function formBlocks(cells: Cells, clusters: Clusters, sources: Sources): Blocks | Conviction {
  const { call, return: returns } = cells;
  const { next, previous, maker } = clusters;
  const size = maker.length;
  if (!next || !previous) {
    const { first, last } = clusters;
    return { first, last, heads: inOrder(cells, ascending(size), first, last) };
  }
  const first = clusters.first.slice();
  const last = clusters.last.slice();
  const heads = new Int32Array(size);
  let count = 0;
  let reached = 0;
  for (let head = 0; head < size; head++) {
    if ((previous[head] as number) >= 0) continue;
    heads[count++] = head;
    reached++;
    for (let at = next[head] as number; at >= 0; at = next[at] as number) {
      reached++;
      const firstHere = clusters.first[at] as number;
      const lastHere = clusters.last[at] as number;
      if ((returns[firstHere] as number) < (call[last[head] as number] as number)) {
        return sources.convict([last[head] as number, firstHere], valuesOf(cells, clusters, [head]));
      }
      if ((returns[firstHere] as number) < (returns[first[head] as number] as number)) first[head] = firstHere;
      if ((call[lastHere] as number) > (call[last[head] as number] as number)) last[head] = lastHere;
    }
  }
  if (reached < size) return convictCircle(cells, clusters, sources);
  return { first, last, heads: inOrder(cells, heads.subarray(0, count), first, last) };
}

/** Each value of a circle of compare-and-sets comes only from the one before, so that none of them ever was there. */
function convictCircle(cells: Cells, clusters: Clusters, sources: Sources): Conviction {
  const { previous, maker } = clusters;
  const inCircle = new Uint8Array(maker.length).fill(1);
  for (let head = 0; head < maker.length; head++) {
    if ((previous?.[head] ?? -1) < 0) for (const cluster of chain(clusters, head)) inCircle[cluster] = 0;
  }
  const start = inCircle.indexOf(1);
  return sources.convict([maker[start] as number], valuesOf(cells, clusters, [start]));
}

/**
 * A block whose first return is before its last call holds the cell from the one to the other. Any other can be thought to
 * take effect all at once, at its last call. Sorted by the earlier of the two, the blocks follow each other as they must.
 */
function inOrder({ call, return: returns }: Cells, heads: Int32Array, first: Int32Array, last: Int32Array): Int32Array {
  const keys = new Float64Array(first.length);
  const sorted = new Int32Array(heads.length);
  // At the same moment those that need no time come first.
  let at = 0;
  for (const holding of [false, true]) {
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i] as number;
      const firstReturn = returns[first[head] as number] as number;
      const lastCall = call[last[head] as number] as number;
      if (firstReturn < lastCall !== holding) continue;
      keys[head] = Math.min(firstReturn, lastCall);
      sorted[at++] = head;
    }
  }
  return sortBy(keys, sorted);
}

/** Block by block, each cluster its maker first and then the others by call. */
export function lineUp({ call, makes }: Cells, { of, maker, next }: Clusters, heads: Int32Array): Int32Array {
  const initialWrite = call.length - 1;
  const sizes = new Int32Array(maker.length);
  for (let op = 0; op < call.length; op++) {
    const cluster = of[op] as number;
    if (cluster >= 0) sizes[cluster] = (sizes[cluster] as number) + 1;
  }
  const place = sizes;
  let at = 0;
  for (let i = 0; i < heads.length; i++) {
    for (let cluster = heads[i] as number; cluster >= 0; cluster = next ? (next[cluster] as number) : -1) {
      const size = sizes[cluster] as number;
      place[cluster] = at;
      at += size;
    }
  }
  // The initial write has a place too, the very first: it is cut off in the end.
  const order = new Int32Array(at);
  for (let cluster = 0; cluster < maker.length; cluster++) {
    order[place[cluster] as number] = maker[cluster] as number;
    place[cluster] = (place[cluster] as number) + 1;
  }
  const byCall = sortBy(call, ascending(initialWrite));
  for (let i = 0; i < initialWrite; i++) {
    const op = byCall[i] as number;
    const cluster = of[op] as number;
    if (cluster < 0 || (makes[op] as number) >= 0) continue;
    order[place[cluster] as number] = op;
    place[cluster] = (place[cluster] as number) + 1;
  }
  return order.subarray(1);
}

function* chain({ next }: Clusters, head: number): Generator<number> {
  let at = head;
  do {
    yield at;
    at = next ? (next[at] as number) : -1;
  } while (at >= 0 && at !== head);
}

function valuesOf({ makes }: Cells, clusters: Clusters, heads: readonly number[]): number[] {
  return heads.flatMap((head) =>
    Array.from(chain(clusters, head), (cluster) => makes[clusters.maker[cluster] as number] as number),
  );
}

/** Cells of which no operation says anything. */
export function emptyCells(count: number): Omit<Cells, 'values'> {
  const call = new Float64Array(count + 1);
  const returns = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY);
  call[count] = Number.NEGATIVE_INFINITY;
  returns[count] = Number.NEGATIVE_INFINITY;
  const none = (): Int32Array => new Int32Array(count + 1).fill(-1);
  return { call, return: returns, finds: none(), makes: none() };
}

/** The order with all operations that returned and are not in it yet: they said nothing. */
export function withSilent({ call, return: returns }: Omit<Cells, 'values'>, order: Int32Array): number[] {
  const present = new Uint8Array(call.length);
  for (let i = 0; i < order.length; i++) present[order[i] as number] = 1;
  const silent: number[] = [];
  for (let op = 0; op < call.length - 1; op++) {
    if (present[op] === 0 && (returns[op] as number) < Number.POSITIVE_INFINITY) silent.push(op);
  }
  if (silent.length === 0) return toArray(order);
  const extras = sortBy(call, Int32Array.from(silent));
  return toArray(insert(order, extras, gapsByCall(moments(order, call), extras, call)));
}
