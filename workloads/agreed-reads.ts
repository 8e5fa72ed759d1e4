/**
 * The last reads of what converges in the end: every node is read until all of them say the same, or until they have had
 * time enough. What is still on its way is not lost, and what never arrives is.
 *
 * Option: `convergeWithinMs` (10000), counted from the first of these reads.
 */
import type { Generator } from '../harness/core/generator.ts';
import type { WorkloadPlan } from '../harness/core/target.ts';
import type { Json, Nanos, NodeId } from '../harness/core/types.ts';
import { numberOption } from './options.ts';

/** Between two rounds. */
const pause: Nanos = 250_000_000;

/** Reads (`read`, no input) of each node, round by round. */
export function agreedReads(plan: WorkloadPlan): Generator {
  const patience = numberOption(plan.options, 'convergeWithinMs', 10_000) * 1e6;
  return { next: (context) => round(plan.nodes, context.now + patience, 0).next(context) };
}

const round = (nodes: readonly NodeId[], deadline: Nanos, notBefore: Nanos): Generator =>
  asking({ nodes, deadline, notBefore }, nodes, new Map());

interface Round {
  readonly nodes: readonly NodeId[];
  readonly deadline: Nanos;
  readonly notBefore: Nanos;
}

/** @param said what each node has answered in this round; `undefined` where it gave no answer */
function asking(plan: Round, left: readonly NodeId[], said: ReadonlyMap<NodeId, string | undefined>): Generator {
  const { nodes, deadline, notBefore } = plan;
  return {
    next(context) {
      if (context.now < notBefore) return { kind: 'wait', until: notBefore, next: this };
      const [node, ...others] = left;
      if (node !== undefined) {
        const invocation = { action: 'read', input: null, node };
        return { kind: 'invoke', invocation, next: asking(plan, others, said) };
      }
      if (said.size < nodes.length) return { kind: 'wait', next: this };
      const answers = new Set(said.values());
      const agreed = answers.size === 1 && !answers.has(undefined);
      if (agreed || context.now >= deadline) return { kind: 'done' };
      return round(nodes, deadline, context.now + pause).next(context);
    },
    update({ invocation, completion }) {
      if (invocation.node === undefined) return this;
      const answer = completion.type === 'ok' ? textOf(completion.output) : undefined;
      return asking(plan, left, new Map(said).set(invocation.node, answer));
    },
  };
}

/** The same for the same members, whatever their order. */
const textOf = (output: Json): string =>
  Array.isArray(output) ? JSON.stringify(output.map((value) => JSON.stringify(value)).sort()) : JSON.stringify(output);
