// One partition's operations laid out in time, in typed arrays. Time is counted in *levels*: level i lasts until the i-th
// return. The surprise: calls do not matter by themselves. An operation has to take effect before its own return, so the
// search only ever acts at a return, and asks which of the operations under way there were first (Lowe 2017, "just in time").
import { grown, ints } from './ints.ts';

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
  /** By level, `words` each: the slots of the due operations under way that overwrite. `undefined` where none does. */
  readonly overwriters: Int32Array | undefined;
}

/** One list for each level, end to end: `items[from[level]]` up to `items[from[level + 1]]`. */
export interface Lists {
  readonly from: Int32Array;
  items: Int32Array<ArrayBuffer>;
}

/**
 * Lays out the operations. A call and a return at the same number are concurrent: calls are taken first.
 *
 * @param isCut operations to take for lost although they returned
 * @param isReader operations that are read-only
 * @param isOverwriter operations that overwrite
 */
export function layOut(
  operations: readonly { readonly call: number; readonly return?: number | undefined }[],
  isCut: ((op: number) => boolean) | undefined,
  isReader: (op: number) => boolean,
  isOverwriter: (op: number) => boolean,
): Timeline {
  const count = operations.length;
  const calls: number[] = new Array(count);
  const callAt: number[] = new Array(count);
  const returnAt: number[] = new Array(count);
  const returns: number[] = [];
  for (let op = 0; op < count; op++) {
    const operation = operations[op] as { call: number; return?: number | undefined };
    const returned = isCut?.(op) ? undefined : operation.return;
    calls[op] = op;
    callAt[op] = operation.call;
    returnAt[op] = returned ?? 0;
    if (returned !== undefined) returns.push(op);
  }
  sortBy(calls, callAt);
  sortBy(returns, returnAt);

  const levels = returns.length;
  const target = ints(levels);
  const callLevel = ints(count);
  const returnLevel = ints(count).fill(-1);
  const slot = ints(count).fill(-1);
  for (let level = 0; level < levels; level++) {
    target[level] = returns[level] as number;
    returnLevel[returns[level] as number] = level;
  }

  const movers = makeLists(levels);
  const readers = makeLists(levels);
  // Due operations under way, earliest return first.
  const moving: number[] = [];
  const reading: number[] = [];
  const freeSlots: number[] = [];
  let slots = 0;
  let called = 0;
  for (let level = 0; level < levels; level++) {
    const due = returns[level] as number;
    const returnTime = returnAt[due] as number;
    for (; called < count; called++) {
      const op = calls[called] as number;
      if ((callAt[op] as number) > returnTime) break;
      callLevel[op] = level;
      if ((returnLevel[op] as number) < 0) continue;
      slot[op] = freeSlots.pop() ?? slots++;
      insert(isReader(op) ? reading : moving, op, returnLevel);
    }
    putList(movers, level, moving);
    putList(readers, level, reading);
    // The earliest return is this one.
    if (moving[0] === due) moving.shift();
    else reading.shift();
    freeSlots.push(slot[due] as number);
  }
  for (; called < count; called++) callLevel[calls[called] as number] = levels;

  const words = Math.max(1, (slots + 31) >>> 5);
  const overwriters = markSlots(levels, words, slot, movers, isOverwriter);
  return { levels, target, callLevel, returnLevel, slot, words, movers, readers, overwriters };
}

function markSlots(
  levels: number,
  words: number,
  slot: Int32Array,
  movers: Lists,
  isMarked: (op: number) => boolean,
): Int32Array | undefined {
  let marks: Int32Array | undefined;
  for (let level = 0; level < levels; level++) {
    const end = movers.from[level + 1] as number;
    for (let i = movers.from[level] as number; i < end; i++) {
      const op = movers.items[i] as number;
      if (!isMarked(op)) continue;
      marks ??= ints((levels + 1) * words);
      const its = slot[op] as number;
      const at = level * words + (its >>> 5);
      marks[at] = (marks[at] as number) | (1 << (its & 31));
    }
  }
  return marks;
}

function insert(sorted: number[], op: number, returnLevel: Int32Array): void {
  const due = returnLevel[op] as number;
  let at = sorted.length;
  sorted.push(op);
  for (; at > 0 && (returnLevel[sorted[at - 1] as number] as number) > due; at--) {
    sorted[at] = sorted[at - 1] as number;
  }
  sorted[at] = op;
}

function makeLists(levels: number): Lists {
  return { from: ints(levels + 1), items: ints(2 * levels + 16) };
}

function putList(lists: Lists, level: number, ops: readonly number[]): void {
  const size = lists.from[level] as number;
  const end = size + ops.length;
  if (end > lists.items.length) lists.items = grown(lists.items, end);
  for (let i = 0; i < ops.length; i++) lists.items[size + i] = ops[i] as number;
  lists.from[level + 1] = end;
}

/** Stable, so that equal numbers keep the input's order and the answer is the same every time. */
function sortBy(ops: number[], at: readonly number[]): void {
  // Returns are nearly in the order of the calls: each has to pass those that were under way with it.
  let moves = 16 * ops.length + 64;
  for (let i = 1; i < ops.length; i++) {
    const op = ops[i] as number;
    const time = at[op] as number;
    let to = i;
    for (; to > 0 && (at[ops[to - 1] as number] as number) > time; to--) ops[to] = ops[to - 1] as number;
    ops[to] = op;
    moves -= i - to;
    if (moves < 0) {
      ops.sort((a, b) => (at[a] as number) - (at[b] as number) || a - b);
      return;
    }
  }
}
