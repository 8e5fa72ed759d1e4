// What any order that keeps each process's own must keep as well: where one operation of a stretch has to come before one of
// another stretch of the same object, all of the first stretch has to come before the second begins (Gibbons and Korach 1997,
// of registers whose writes are distinct). Drawn again and again until nothing new follows, or a circle closes, which convicts
// in polynomial time what the search could only exhaust.
import type { ProgramOrder } from './program-order.ts';
import type { Stretch } from './stretches.ts';

export type Forced =
  /** Each of these must come before the next, and the last before the first. */
  | { readonly circle: readonly number[] }
  /** By operation, and in it by process: so many of the operations of that process must come before it. */
  | { readonly circle: undefined; readonly before: readonly Int32Array[] };

/** Every process must be a chain. */
export function findForced(program: ProgramOrder, stretches: readonly Stretch[]): Forced {
  const { due, needs, processOf } = program;
  const count = processOf.length;
  const next: number[][] = Array.from({ length: count + stretches.length }, () => []);
  const link = (from: number, to: number): void => void next[from]?.push(to);
  const placeOf = new Int32Array(count).fill(-1);
  for (const ops of due) {
    ops.forEach((op, place) => {
      placeOf[op] = place;
    });
  }
  for (let op = 0; op < count; op++) {
    const before = due[processOf[op] as number]?.[(needs[op] as number) - 1];
    if (before !== undefined) link(before, op);
  }
  // A stretch has a node of its own, for the moment at which it is over.
  const stretchesOf: number[][] = Array.from({ length: count }, () => []);
  stretches.forEach(({ begin, within, end }, stretch) => {
    const over = count + stretch;
    for (const op of [begin, ...within, end]) if (op >= 0) stretchesOf[op]?.push(stretch);
    for (const op of within) {
      if (begin >= 0) link(begin, op);
      link(op, end >= 0 ? end : over);
    }
    if (begin >= 0) link(begin, end >= 0 ? end : over);
    if (end >= 0) link(end, over);
  });
  // Before any other stretch the object is in its first state, if it is that only once.
  stretches.forEach(({ partition, begin: first, end }, stretch) => {
    if (first >= 0) return;
    for (const { partition: other, begin } of stretches) {
      if (other === partition && begin >= 0 && begin !== end) link(count + stretch, begin);
    }
  });
  const related = byProcess(program, stretches, stretchesOf);
  const known = new Set<number>();

  for (;;) {
    const sorted = clocks(next, program, placeOf);
    if ('circle' in sorted) return { circle: sorted.circle.filter((node) => node < count) };
    const { before } = sorted;
    let isNew = false;
    for (let op = 0; op < count; op++) {
      for (const later of stretchesOf[op] as number[]) {
        const { partition } = stretches[later] as Stretch;
        for (let process = 0; process < due.length; process++) {
          const other = latest(related.get(process)?.get(partition), before[op]?.[process] as number, placeOf);
          if (other < 0) continue;
          for (const earlier of stretchesOf[other] as number[]) {
            if (precede(earlier, later)) isNew = true;
          }
        }
      }
    }
    if (!isNew) return { circle: undefined, before: before.slice(0, count) };
  }

  function precede(earlier: number, later: number): boolean {
    const { begin } = stretches[later] as Stretch;
    const key = earlier * stretches.length + later;
    // The operation that ends one stretch and begins the next stands between them already.
    // (And nothing comes before the first stretch: that is linked above, and so a circle at once.)
    if (earlier === later || begin < 0 || begin === stretches[earlier]?.end || known.has(key)) return false;
    known.add(key);
    link(count + earlier, begin);
    return true;
  }
}

/** By process and partition: the operations that returned and belong to a stretch of it, in order. */
function byProcess(program: ProgramOrder, stretches: readonly Stretch[], stretchesOf: readonly number[][]) {
  return new Map(
    program.due.map((ops, process) => {
      const byPartition = new Map<number, number[]>();
      for (const op of ops) {
        const [stretch] = stretchesOf[op] as number[];
        if (stretch === undefined) continue;
        const { partition } = stretches[stretch] as Stretch;
        const its = byPartition.get(partition);
        if (its) its.push(op);
        else byPartition.set(partition, [op]);
      }
      return [process, byPartition] as const;
    }),
  );
}

/** The last of `ops` at a place below `bound`, or -1. */
function latest(ops: readonly number[] | undefined, bound: number, placeOf: Int32Array): number {
  if (ops === undefined) return -1;
  let low = 0;
  let high = ops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placeOf[ops[middle] as number] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : (ops[low - 1] as number);
}

/** By node and process, how many operations come before it along the links; or a circle of nodes. */
function clocks(next: readonly number[][], { due, processOf }: ProgramOrder, placeOf: Int32Array) {
  const waits = new Int32Array(next.length);
  for (const targets of next) for (const to of targets) waits[to] = (waits[to] as number) + 1;
  const before = next.map(() => new Int32Array(due.length));
  const ready = [...next.keys()].filter((node) => waits[node] === 0);
  let done = 0;
  for (; done < ready.length; done++) {
    const node = ready[done] as number;
    const own = before[node] as Int32Array;
    const process = node < processOf.length ? (processOf[node] as number) : -1;
    const reached = node < processOf.length ? (placeOf[node] as number) + 1 : 0;
    for (const to of next[node] as number[]) {
      const its = before[to] as Int32Array;
      for (let i = 0; i < its.length; i++) if ((own[i] as number) > (its[i] as number)) its[i] = own[i] as number;
      if (process >= 0 && reached > (its[process] as number)) its[process] = reached;
      waits[to] = (waits[to] as number) - 1;
      if (waits[to] === 0) ready.push(to);
    }
  }
  return done === next.length ? { before } : { circle: circleAmong(next, waits) };
}

/** The shortest way from a node on some circle back to it. */
function circleAmong(next: readonly number[][], waits: Int32Array): number[] {
  // Whatever still waits is waited for by nodes that wait too: to go back from one to the other must lead in a circle.
  const earlier = new Int32Array(next.length).fill(-1);
  next.forEach((targets, node) => {
    if (waits[node] !== 0) for (const to of targets) earlier[to] = node;
  });
  let start = waits.findIndex((left) => left !== 0);
  for (const met = new Set<number>(); !met.has(start); start = earlier[start] as number) met.add(start);
  const from = new Map<number, number>();
  const queue = [start];
  for (const node of queue) {
    for (const to of next[node] as number[]) {
      if (waits[to] === 0 || from.has(to)) continue;
      from.set(to, node);
      queue.push(to);
    }
    if (from.has(start)) break;
  }
  const circle = [start];
  for (let node = from.get(start) as number; node !== start; node = from.get(node) as number) circle.push(node);
  return circle.reverse();
}
