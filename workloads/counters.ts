/**
 * Counters that converge: in the end every node must say the sum of all that was added. `g-counter` only grows,
 * `pn-counter` is also taken from.
 *
 * Actions: `add` (input: a whole number), `read` (output: the sum).
 *
 * Options: `readShare` (0.3), `largest` (5, the largest number that is added), `convergeWithinMs` (10000).
 */
import { counterSums } from '../checkers/counter-sums.ts';
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator } from '../harness/core/generator.ts';
import { stagger } from '../harness/core/generators.ts';
import type { Workload } from '../harness/core/target.ts';
import { agreedReads } from './agreed-reads.ts';
import { numberOption } from './options.ts';

const counting = (name: string, signed: boolean, about: string): Workload =>
  defineWorkload({
    name,
    about,
    generator({ rate, options }) {
      const largest = numberOption(options, 'largest', 5, 1);
      return stagger(rate, adding(numberOption(options, 'readShare', 0.3), signed ? -largest : 0, largest));
    },
    final: agreedReads,
    checkers: () => [counterSums()],
  });

export const growOnlyCounter = counting(
  'g-counter',
  false,
  'adds to a counter that only grows; in the end all nodes know the sum',
);
export const counter = counting(
  'pn-counter',
  true,
  'adds to a counter and takes from it; in the end all nodes know the sum',
);

function adding(readShare: number, least: number, most: number): Generator {
  const forever: Generator = {
    next: ({ random, free }) => ({
      kind: 'invoke',
      invocation: random.chance(readShare)
        ? { action: 'read', input: null }
        : { action: 'add', input: random.int(least, most) },
      // Any free thread, not the first: threads are bound to nodes, and all nodes must be asked.
      thread: random.pick(free),
      next: forever,
    }),
  };
  return forever;
}
