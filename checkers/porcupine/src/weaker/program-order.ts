// What each process did, in its own order, and nothing of what real time says about two of them. The surprise: a process may
// have several operations under way at once, and a lost one may take effect at any later time; neither precedes the other
// operations that it overlaps, so a process is not always a chain.
import type { Operation } from '../types.ts';

export interface ProgramOrder {
  /** By process: its operations that returned, by the time of their return. */
  readonly due: readonly Int32Array[];
  /** By process: whether each of its operations had returned before the next was called. */
  readonly isChain: readonly boolean[];
  /** By process and place in `due`: the least that any operation from there on `needs`. */
  readonly leastNeeds: readonly Int32Array[];
  /** By operation. */
  readonly processOf: Int32Array;
  /** By operation: so many of `due` of its process returned before it was called, and must come before it. */
  readonly needs: Int32Array;
}

export function programOrder(operations: readonly Operation[]): ProgramOrder {
  const ids = new Map<number | string, number>();
  const processOf = new Int32Array(operations.length);
  const byProcess: number[][] = [];
  operations.forEach(({ process, return: returned }, op) => {
    let id = ids.get(process);
    if (id === undefined) {
      id = ids.size;
      ids.set(process, id);
      byProcess.push([]);
    }
    processOf[op] = id;
    if (returned !== undefined) byProcess[id]?.push(op);
  });
  const returnOf = (op: number): number => operations[op]?.return as number;
  const due = byProcess.map((ops) => Int32Array.from(ops).sort((a, b) => returnOf(a) - returnOf(b) || a - b));
  const needs = Int32Array.from(operations, ({ call }, op) =>
    countBefore(due[processOf[op] as number] as Int32Array, returnOf, call),
  );
  const leastNeeds = due.map((ops) => {
    const least = Int32Array.from(ops, (op) => needs[op] as number);
    for (let i = least.length - 2; i >= 0; i--) least[i] = Math.min(least[i] as number, least[i + 1] as number);
    return least;
  });
  const isChain = due.map((ops) => ops.every((op, i) => needs[op] === i));
  return { due, isChain, leastNeeds, processOf, needs };
}

/** How many of `ops` returned before `time`. */
function countBefore(ops: Int32Array, returnOf: (op: number) => number, time: number): number {
  let low = 0;
  let high = ops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (returnOf(ops[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
