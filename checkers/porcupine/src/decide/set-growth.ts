// A set that only grows, with reads of the whole. The larger read comes later and contains the smaller one, so that reads and
// additions follow each other in blocks: what is new in a read was added after all reads before it. The surprise: `contains`
// never has to be placed; what it saw is as if the addition itself had been called or had returned then.
import type { Decision } from '../types.ts';
import { ABSENT, PRESENT, type SetCalls, type SetOperation, SILENT } from './set.ts';
import { type Chain, gatherChain } from './set-chain.ts';
import { withReads } from './slots.ts';
import { sortBy } from './sort.ts';

/**
 * In O(n log n + the size of all reads). Nothing is removed, and no element is added twice.
 *
 * An addition's *start* is its call, or a later one of a `contains` that did not see the element; its *end* is its return, or an
 * earlier one of a `contains` that did. In the order of blocks, and by start within one, each operation takes effect at the latest
 * start so far. That is a legal order if no end is before that moment; and if one is, it contradicts the blocks.
 */
export function decideGrowth(calls: SetCalls, operations: readonly SetOperation[]): Decision {
  const chain = gatherChain(calls, operations);
  if ('core' in chain) return chain;
  const { start, end, silent, seers } = timesOfAdditions(calls);
  for (const op of seers) {
    if ((calls.adder[calls.element[op] as number] as number) < 0) return { verdict: 'invalid', core: [op] };
  }
  const order = inBlocks(calls, chain, start, end);
  const startTime = (op: number): number => calls.call[start[op] as number] as number;
  const endTime = (op: number): number => calls.return[end[op] as number] as number;
  const levelOf = (op: number): number => chain.level[calls.element[op] as number] as number;
  const moment = new Float64Array(order.length);
  const place = new Int32Array(calls.elements).fill(-1);
  let late = order[0] ?? -1; // the one with the latest start so far
  for (let i = 0; i < order.length; i++) {
    const op = order[i] as number;
    const isAddition = (calls.element[op] as number) >= 0;
    if (isAddition) place[calls.element[op] as number] = i;
    if (startTime(op) >= startTime(late)) late = op;
    moment[i] = startTime(late);
    if (endTime(op) >= startTime(late)) continue;
    const core = new Set([start[late] as number, end[op] as number]);
    // Of two additions, a read tells which was first: it has the one and not yet the other.
    const areAdditions = isAddition && late !== op && (calls.element[late] as number) >= 0;
    if (areAdditions) core.add(chain.firstReads[levelOf(late)] as number);
    return { verdict: 'invalid', core: [...core] };
  }
  const asides = [...silent, ...seers];
  const least = asides.map((op) =>
    calls.meaning[op] === PRESENT ? (place[calls.element[op] as number] as number) + 1 : 0,
  );
  return { verdict: 'valid', order: withReads({ order, moment }, calls.call, asides, least) };
}

/**
 * By operation: the one whose call is its start and the one whose return is its end. `seers` are those that saw an element by itself;
 * `silent` those that saw nothing, or no element.
 */
function timesOfAdditions({ call, return: returns, meaning, element, adder }: SetCalls) {
  const start = new Int32Array(meaning.length);
  for (let op = 0; op < meaning.length; op++) start[op] = op;
  const end = start.slice();
  const silent: number[] = [];
  const seers: number[] = [];
  for (let op = 0; op < meaning.length; op++) {
    if (meaning[op] === SILENT || meaning[op] === ABSENT) silent.push(op);
    if (meaning[op] === PRESENT) seers.push(op);
    const add = meaning[op] === ABSENT || meaning[op] === PRESENT ? (adder[element[op] as number] as number) : -1;
    if (add < 0) continue;
    if (meaning[op] === ABSENT) {
      if ((call[op] as number) > (call[start[add] as number] as number)) start[add] = op;
    } else if ((returns[op] as number) < (returns[end[add] as number] as number)) end[add] = op;
  }
  return { start, end, silent, seers };
}

/** Reads and additions block by block, each block by start. A lost addition that nobody saw is left out. */
function inBlocks(calls: SetCalls, chain: Chain, start: Int32Array, end: Int32Array): Int32Array {
  const { level, levels, reads, readLevels } = chain;
  const ops: number[] = [];
  const blocks: number[] = []; // additions that are new in a read come before it
  for (let its = 0; its < calls.elements; its++) {
    const add = calls.adder[its] as number;
    if (add < 0) continue;
    const unseen = (level[its] as number) < 0;
    if (unseen && calls.return[end[add] as number] === Number.POSITIVE_INFINITY) continue;
    ops.push(add);
    blocks.push(unseen ? 2 * levels : 2 * (level[its] as number));
  }
  for (let i = 0; i < reads.length; i++) {
    ops.push(reads[i] as number);
    blocks.push(2 * (readLevels[i] as number) + 1);
  }
  const starts = Float64Array.from(ops, (op) => calls.call[start[op] as number] as number);
  const sorted = sortBy(Float64Array.from(blocks), sortBy(starts, Int32Array.from(ops.keys())));
  return sorted.map((i) => ops[i] as number);
}
