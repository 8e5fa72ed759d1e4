/**
 * Calls that arrive when they arrive (Poisson), whether or not earlier ones have returned: the only honest load for
 * latency and for herds, because a slow answer does not slow its questioners down.
 *
 * The one surprise: it stays open-loop only while a thread is free, so a scenario needs more threads than calls can be
 * under way at once (rate × longest latency).
 *
 * Action: `call`, with the input `{ to, kind }`: `to` is the instance to be called, `kind` is `good`, or `bad` for a
 * request that is the caller's own mistake (a 4xx), and the node that is asked is a caller.
 *
 * Options: `from` (role of the nodes that are asked, `caller`), `to` (role of the instances, `dependency`), `badShare` (0).
 */
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator } from '../harness/core/generator.ts';
import { openLoop } from '../harness/core/generators.ts';
import type { WorkloadPlan } from '../harness/core/target.ts';
import type { NodeId } from '../harness/core/types.ts';
import { numberOption, stringOption } from './options.ts';

export const calls = defineWorkload({
  name: 'calls',
  about: 'calls at random times, however long the answers take',
  generator: (plan) => openLoop(plan.rate, callOperations(plan)),
  checkers: () => [],
});

/** The calls without their times: as many as are asked for. */
function callOperations(plan: WorkloadPlan): Generator {
  const callers = nodesOf(plan, stringOption(plan.options, 'from', 'caller'));
  const instances = nodesOf(plan, stringOption(plan.options, 'to', 'dependency'));
  const badShare = numberOption(plan.options, 'badShare', 0);
  const generator: Generator = {
    next: ({ random, free }) => ({
      kind: 'invoke',
      invocation: {
        action: 'call',
        input: { to: random.pick(instances), kind: random.chance(badShare) ? 'bad' : 'good' },
        node: random.pick(callers),
      },
      thread: random.pick(free),
      next: generator,
    }),
  };
  return generator;
}

/** The nodes of a role; all of them where nobody has it, so that a target without roles can be called too. */
export function nodesOf(plan: WorkloadPlan, role: string): readonly NodeId[] {
  const found = plan.nodes.filter((node) => plan.roles[node] === role);
  return found.length > 0 ? found : plan.nodes;
}
