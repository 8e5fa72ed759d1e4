/**
 * Asks for ids, of which no two may be the same, whoever made them and whatever went wrong meanwhile.
 *
 * Action: `generate` (no input; output: an id of any kind).
 */
import { uniqueIds as unique } from '../checkers/unique-ids.ts';
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator } from '../harness/core/generator.ts';
import { stagger } from '../harness/core/generators.ts';

export const uniqueIds = defineWorkload({
  name: 'unique-ids',
  about: 'asks every node for ids, of which no two may be the same',
  generator: ({ rate }) => stagger(rate, asking),
  checkers: () => [unique()],
});

const asking: Generator = {
  next: ({ random, free }) => ({
    kind: 'invoke',
    invocation: { action: 'generate', input: null },
    // Any free thread, not the first: threads are bound to nodes, and all nodes must be asked.
    thread: random.pick(free),
    next: asking,
  }),
};
