// The search itself: from the empty configuration to one in which every operation that returned has taken effect.
// The surprise: depth first and breadth first are the same search over the same configurations, and differ only in which
// comes next. Depth first finds an order quickly where there is one; breadth first meets the smallest use of lost
// operations first, and so is far quicker to see that there is none. Neither alone is enough.
import { begin, listMoves, make, makeCore } from './moves.ts';
import type { Problem } from './problem.ts';
import { isCovered, LEVEL, LINK, LOST, type Space } from './space.ts';

export interface Search<S, I, O> {
  readonly problem: Problem<S, I, O>;
  readonly space: Space;
  /** The configuration in which all is done, or -1. */
  found: number;
  /** Goes on until an order is found (true), none can be (false), or the space holds `limit` configurations (undefined). */
  run(limit: number): boolean | undefined;
}

export function depthFirst<S, I, O>(problem: Problem<S, I, O>): Search<S, I, O> {
  const core = makeCore(problem);
  const { space, moves, ends } = core;
  const search: Search<S, I, O> = { problem, space, found: begin(core), run };
  // Moves not yet made: a configuration and a move from it. To make them only when their turn comes saves most of them.
  const stack: number[] = [];
  if (space.size > 0 && search.found < 0) push(0);
  return search;

  function run(limit: number): boolean | undefined {
    if (search.found >= 0) return true;
    while (stack.length > 0) {
      if (space.size >= limit) return undefined;
      const move = stack.pop() as number;
      const from = stack.pop() as number;
      const id = space.size;
      search.found = make(core, from, move);
      if (search.found >= 0) return true;
      for (let child = id; child < space.size; child++) push(child);
    }
    return false;
  }

  function push(id: number): void {
    listMoves(core, id);
    // Last in, first out: on top what ends this level, and of these what uses the operation that is due first.
    for (let i = moves.length - 1; i >= 0; i--) if (!ends[i]) stack.push(id, moves[i] as number);
    for (let i = moves.length - 1; i >= 0; i--) if (ends[i]) stack.push(id, moves[i] as number);
  }
}

export function breadthFirst<S, I, O>(problem: Problem<S, I, O>): Search<S, I, O> {
  const core = makeCore(problem);
  const { space, moves } = core;
  const { levels } = problem.timeline;
  const search: Search<S, I, O> = { problem, space, found: begin(core), run };
  const heads = new Int32Array(levels + 1).fill(-1); // by level: its configurations, linked
  let level = -1;
  // Of the present level: its configurations by how many lost operations they used. Taking the fewest first means that a
  // configuration is met after all that could make it needless.
  let buckets: number[][] = [];
  let bucket = 0;
  let fewest = 0; // what the first bucket stands for
  let cursor = 0;
  if (space.size > 0) enqueue(0);
  return search;

  function run(limit: number): boolean | undefined {
    if (search.found >= 0) return true;
    for (;;) {
      for (; bucket < buckets.length; bucket++, cursor = 0) {
        const ids = buckets[bucket];
        while (ids !== undefined && cursor < ids.length) {
          if (space.size >= limit) return undefined;
          const id = ids[cursor++] as number;
          if (space.stride > space.freeAt && isCovered(space, id)) continue;
          listMoves(core, id);
          for (const move of moves) {
            let child = space.size;
            search.found = make(core, id, move);
            if (search.found >= 0) return true;
            for (; child < space.size; child++) enqueue(child);
          }
        }
      }
      if (!nextLevel()) return false;
    }
  }

  function enqueue(id: number): void {
    const { words, stride } = space;
    const at = id * stride;
    const its = words[at + LEVEL] as number;
    if (its === level) {
      putInBucket(id, words[at + LOST] as number);
    } else {
      words[at + LINK] = heads[its] as number;
      heads[its] = id;
    }
  }

  function putInBucket(id: number, lost: number): void {
    while (buckets.length <= lost - fewest) buckets.push([]);
    (buckets[lost - fewest] as number[]).push(id);
  }

  function nextLevel(): boolean {
    do level++;
    while (level < levels && heads[level] === -1);
    if (level >= levels) return false;
    buckets = [];
    bucket = 0;
    cursor = 0;
    const { words, stride } = space;
    fewest = Number.POSITIVE_INFINITY;
    for (let id = heads[level] as number; id >= 0; id = words[id * stride + LINK] as number) {
      fewest = Math.min(fewest, words[id * stride + LOST] as number);
    }
    for (let id = heads[level] as number; id >= 0; id = words[id * stride + LINK] as number) {
      putInBucket(id, words[id * stride + LOST] as number);
    }
    return true;
  }
}
