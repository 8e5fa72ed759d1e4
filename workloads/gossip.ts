/**
 * Sets that converge: a value that one node has taken must in the end be known to every node. `broadcast` and `g-set` are
 * the same promise in two vocabularies of Maelstrom.
 *
 * Actions: `broadcast` or `add` (input: a number that is used once), `read` (output: all values, in any order).
 *
 * Options: `readShare` (0.2), `convergeWithinMs` (10000): how long the last reads wait for all nodes to say the same.
 */
import { convergence } from '../checkers/convergence.ts';
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator } from '../harness/core/generator.ts';
import { stagger } from '../harness/core/generators.ts';
import type { Workload } from '../harness/core/target.ts';
import { agreedReads } from './agreed-reads.ts';
import { numberOption } from './options.ts';

const converging = (name: string, action: 'broadcast' | 'add', about: string): Workload =>
  defineWorkload({
    name,
    about,
    generator: ({ rate, options }) => stagger(rate, growing(action, numberOption(options, 'readShare', 0.2), 0)),
    final: agreedReads,
    checkers: () => [convergence()],
  });

export const broadcast = converging('broadcast', 'broadcast', 'tells one node a value, which all must know in the end');
export const growOnlySet = converging(
  'g-set',
  'add',
  'adds to a set that only grows, which all nodes must hold in the end',
);

const growing = (action: string, readShare: number, value: number): Generator => ({
  next({ random, free }) {
    const reads = random.chance(readShare);
    return {
      kind: 'invoke',
      invocation: reads ? { action: 'read', input: null } : { action, input: value },
      // Any free thread, not the first: threads are bound to nodes, and all nodes must be asked.
      thread: random.pick(free),
      next: growing(action, readShare, reads ? value : value + 1),
    };
  },
});
