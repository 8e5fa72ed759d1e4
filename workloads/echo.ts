/**
 * Says something to a node and expects to hear the same: the first workload of Maelstrom, which finds out whether a
 * program speaks the protocol at all.
 *
 * Action: `echo` (input: a text that is used once; output: what came back).
 */
import { echoes } from '../checkers/echoes.ts';
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator } from '../harness/core/generator.ts';
import { stagger } from '../harness/core/generators.ts';

export const echo = defineWorkload({
  name: 'echo',
  about: 'says something to a node, which must say the same',
  generator: ({ rate }) => stagger(rate, saying(1)),
  checkers: () => [echoes()],
});

const saying = (number: number): Generator => ({
  next: ({ random, free }) => ({
    kind: 'invoke',
    invocation: { action: 'echo', input: `Please echo ${number}` },
    // Any free thread, not the first: threads are bound to nodes, and all nodes must be asked.
    thread: random.pick(free),
    next: saying(number + 1),
  }),
});
