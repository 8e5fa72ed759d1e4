// The reads of a set that only grows, the smallest first: each must contain the one before. What is new in a read got
// there between the two. The surprise: sizes are enough to sort them, since of two sets that contain each other in
// turn the smaller one is contained, or they are equal.
import type { Decision } from '../types.ts';
import { READS, type SetCalls, type SetOperation } from './set.ts';
import { ascending, sortBy } from './sort.ts';

export interface Chain {
  /** The reads, by size, and the *level* of each, which is how many smaller sizes were read. */
  readonly reads: Int32Array;
  readonly readLevels: Int32Array;
  readonly levels: number;
  /** By level: one of its reads. */
  readonly firstReads: readonly number[];
  /** By element: the level of the first reads that have it, -1 if none has. */
  readonly level: Int32Array;
}

/** Or what is wrong: a read that has an element twice, or one that nobody added; two reads that each have what the other has not. */
export function gatherChain(
  { meaning, elements, adder, intern }: SetCalls,
  operations: readonly SetOperation[],
): Chain | Extract<Decision, { verdict: 'invalid' }> {
  const found = Int32Array.from(meaning.keys()).filter((op) => meaning[op] === READS);
  const outputOf = (op: number): readonly unknown[] => operations[op]?.output as readonly unknown[];
  const sizes = Float64Array.from(found, (op) => outputOf(op).length);
  const reads = sortBy(sizes, ascending(found.length)).map((i) => found[i] as number);
  const readLevels = new Int32Array(reads.length);
  const firstReads: number[] = [];
  const level = new Int32Array(elements).fill(-1);
  const seenIn = new Int32Array(elements).fill(-1);
  let size = 0; // of the read before
  for (let i = 0; i < reads.length; i++) {
    const op = reads[i] as number;
    const output = outputOf(op);
    if (i === 0 || output.length > size) firstReads.push(op);
    readLevels[i] = firstReads.length - 1;
    let old = 0;
    for (const value of output) {
      const its = intern.of(value);
      if (its >= elements || (adder[its] as number) < 0 || seenIn[its] === i) return { verdict: 'invalid', core: [op] };
      seenIn[its] = i;
      if ((level[its] as number) < 0) level[its] = firstReads.length - 1;
      else if ((level[its] as number) < firstReads.length - 1 || output.length === size) old++;
    }
    if (old < size) return { verdict: 'invalid', core: [reads[i - 1] as number, op] };
    size = output.length;
  }
  return { reads, readLevels, levels: firstReads.length, firstReads, level };
}
