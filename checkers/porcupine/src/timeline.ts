// One partition's operations laid out in time, in typed arrays. Time is counted in *levels*: level i lasts until the i-th
// return. The surprise: calls do not matter by themselves. An operation has to take effect before its own return, so the
// search only ever acts at a return, and asks which of the operations under way there were first (Lowe 2017, "just in time").

/** An operation as the timeline needs it, in input order. */
export interface Interval {
  readonly call: number;
  /** `undefined`: never returned. */
  readonly return: number | undefined;
  readonly readOnly: boolean;
}

/**
 * `levels` returns, each of a *due* operation (one that returned). Due operations have a *slot*, unique among those
 * under way at one time, so that a few bits say which of them took effect. Lost operations have none: they never leave.
 */
export interface Timeline {
  readonly levels: number;
  /** By level: the operation that returns. */
  readonly target: Int32Array;
  /** By operation: the first level at which it is under way; `levels` if it was called after the last return. */
  readonly callLevel: Int32Array;
  /** By operation: the level that its return ends, or -1 if it was lost. */
  readonly returnLevel: Int32Array;
  /** By operation: its slot, or -1 if it was lost. */
  readonly slot: Int32Array;
  /** How many 32-bit words hold all slots. */
  readonly words: number;
  /** The due operations under way at each level that may change the state, earliest return first. */
  readonly movers: Lists;
  /** The due operations under way at each level that are read-only. */
  readonly readers: Lists;
}

/** One list for each level, end to end: `items[from[level]]` up to `items[from[level + 1]]`. */
export interface Lists {
  readonly from: Int32Array;
  items: Int32Array<ArrayBuffer>;
}

/** Lays out the operations. A call and a return at the same number are concurrent: calls are taken first. */
export function layOut(intervals: readonly Interval[]): Timeline {
  const count = intervals.length;
  const calls = Array.from({ length: count }, (_, op) => op);
  const returns = calls.filter((op) => intervals[op]?.return !== undefined);
  const callAt = Float64Array.from(intervals, (interval) => interval.call);
  const returnAt = Float64Array.from(intervals, (interval) => interval.return ?? Number.POSITIVE_INFINITY);
  // Both are stable, so that equal numbers keep the input's order and the answer is the same every time.
  sortBy(calls, callAt);
  sortBy(returns, returnAt);

  const levels = returns.length;
  const callLevel = new Int32Array(count);
  const returnLevel = new Int32Array(count).fill(-1);
  const slot = new Int32Array(count).fill(-1);
  for (let level = 0; level < levels; level++) returnLevel[returns[level] as number] = level;

  const movers = makeLists(levels);
  const readers = makeLists(levels);
  const current: number[] = []; // due operations under way, earliest return first
  const freeSlots: number[] = [];
  let slots = 0;
  let called = 0;
  for (let level = 0; level < levels; level++) {
    const target = returns[level] as number;
    const returnTime = returnAt[target] as number;
    for (; called < count; called++) {
      const op = calls[called] as number;
      if ((callAt[op] as number) > returnTime) break;
      callLevel[op] = level;
      const due = returnLevel[op] as number;
      if (due < 0) continue;
      slot[op] = freeSlots.pop() ?? slots++;
      let at = current.length;
      while (at > 0 && (returnLevel[current[at - 1] as number] as number) > due) at--;
      current.splice(at, 0, op);
    }
    putList(movers, level, current, (op) => !intervals[op]?.readOnly);
    putList(readers, level, current, (op) => intervals[op]?.readOnly === true);
    current.shift(); // the earliest return is this one
    freeSlots.push(slot[target] as number);
  }
  for (; called < count; called++) callLevel[calls[called] as number] = levels;

  const target = Int32Array.from(returns);
  return { levels, target, callLevel, returnLevel, slot, words: Math.max(1, (slots + 31) >>> 5), movers, readers };
}

/** A copy with room for at least `least` numbers. */
export function grown(array: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(least, 2 * array.length));
  larger.set(array);
  return larger;
}

function makeLists(levels: number): Lists {
  return { from: new Int32Array(levels + 1), items: new Int32Array(2 * levels + 16) };
}

function putList(lists: Lists, level: number, ops: readonly number[], belongs: (op: number) => boolean): void {
  let size = lists.from[level] as number;
  if (size + ops.length > lists.items.length) lists.items = grown(lists.items, size + ops.length);
  for (const op of ops) if (belongs(op)) lists.items[size++] = op;
  lists.from[level + 1] = size;
}

function sortBy(ops: number[], at: Float64Array): void {
  for (let i = 1; i < ops.length; i++) {
    if ((at[ops[i - 1] as number] as number) > (at[ops[i] as number] as number)) {
      ops.sort((a, b) => (at[a] as number) - (at[b] as number));
      return;
    }
  }
}
