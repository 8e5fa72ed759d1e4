// What a check may spend: configurations, bytes, and minutes if it must be. The surprise: bytes are counted by what the arrays and
// the keys of states hold, not asked of the machine, so that the answer is the same on every machine.
import type { Search } from './search.ts';
import { type Space, spaceBytes } from './space.ts';
import type { CheckOptions } from './types.ts';

export const DEFAULT_CONFIGURATIONS = 4_000_000;
const DEFAULT_MEGABYTES = 1_000;
/** Configurations between two looks at the clock and at the bytes. */
const SLICE = 512;

export interface Meter {
  /** Lets the search go on for `turn` more configurations, or until something runs out (`undefined`). */
  run<S, I, O>(search: Search<S, I, O>, turn: number): boolean | undefined;
  /** Its memory no longer counts. */
  release<S, I, O>(search: Search<S, I, O>): void;
  /** Configurations that are left: none, too, when the time or the memory is used up. */
  left(): number;
  used(): number;
  /** What ran out. */
  reason(): string;
}

export function makeMeter({ budget = {} }: CheckOptions): Meter {
  const most = budget.configurations ?? DEFAULT_CONFIGURATIONS;
  const megabytes = budget.megabytes ?? DEFAULT_MEGABYTES;
  const deadline = budget.milliseconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + budget.milliseconds;
  const bytesOf = new Map<Space, number>();
  let bytes = 0;
  let used = 0;
  let ranOut: 'time' | 'memory' | undefined;
  const left = (): number => (ranOut === undefined ? most - used : 0);

  function run<S, I, O>(search: Search<S, I, O>, turn: number): boolean | undefined {
    const { space } = search;
    const end = space.size + turn;
    for (;;) {
      const before = space.size;
      const now = Math.min(end - before, left(), SLICE);
      if (now <= 0) return undefined;
      const outcome = search.run(before + now);
      used += space.size - before;
      if (outcome !== undefined) return outcome;
      look(search);
    }
  }

  function look<S, I, O>({ space, problem }: Search<S, I, O>): void {
    const its = spaceBytes(space) + problem.transitions.bytes;
    bytes += its - (bytesOf.get(space) ?? 0);
    bytesOf.set(space, its);
    // The next time that the largest array grows, both the old and the new one are there.
    if (bytes + 2 * space.words.byteLength > 1e6 * megabytes) ranOut = 'memory';
    else if (Date.now() > deadline) ranOut = 'time';
  }

  function release<S, I, O>({ space }: Search<S, I, O>): void {
    bytes -= bytesOf.get(space) ?? 0;
    bytesOf.delete(space);
  }

  const reason = (): string => {
    if (ranOut === 'time') return `no verdict within ${budget.milliseconds} ms`;
    if (ranOut === 'memory') return `no verdict within ${megabytes} MB`;
    return `no verdict within the budget of ${most} configurations`;
  };
  return { run, release, left, used: () => used, reason };
}
