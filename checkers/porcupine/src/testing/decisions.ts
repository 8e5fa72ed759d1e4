// What a decision must stand up to. The surprise is the core: it must convict when the others are *forgotten*, so that they may
// have taken effect at any time or never, which is more than to convict by itself or among them.
import type { Decision, Model, Operation } from '../types.ts';
import { verifyLinearization } from '../verify.ts';
import { isLinearizable } from './brute-force.ts';

/** `[input, call, return, output]`; without a return it was lost. */
export type Line<I, O> = readonly [input: I, call: number, end?: number, output?: O];

/** What the model decides about the lines: the core in their order, or the verdict. Throws where the evidence does not hold. */
export function decide<S, I, O>(model: Model<S, I, O>, lines: readonly Line<I, O>[]): readonly number[] | string {
  const operations: Operation<I, O>[] = lines.map(([input, call, end, output], process) => ({
    process,
    input,
    call,
    return: end,
    output,
  }));
  const decision = model.decide?.(operations);
  if (decision === undefined) return 'undecided';
  const fault = faultOf(model, operations, decision);
  if (fault !== undefined) throw new Error(fault);
  return decision.verdict === 'valid' ? 'valid' : [...decision.core].sort((a, b) => a - b);
}

/** What is wrong with the decision, in words, by brute force; `undefined` if nothing is. All of one partition. */
export function faultOf<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  decision: Decision,
): string | undefined {
  const verdict = isLinearizable(model, operations) ? 'valid' : 'invalid';
  if (decision.verdict !== verdict) return `it is ${verdict}, not ${decision.verdict}`;
  if (decision.verdict === 'valid') return faultOfOrder(model, operations, decision.order);
  if (new Set(decision.core).size !== decision.core.length) return 'the core has an operation twice';
  if (decision.core.length === 0) return 'the core is empty';
  const core = new Set(decision.core);
  if (
    isLinearizable(
      model,
      decision.core.map((op) => operations[op] as Operation<I, O>),
    )
  )
    return 'the core has an order';
  const others = operations.map((operation, op) =>
    core.has(op) ? operation : { process: operation.process, input: operation.input, call: Number.NEGATIVE_INFINITY },
  );
  return isLinearizable(model, others) ? 'the core has an order once the others are forgotten' : undefined;
}

/** What is wrong with the order; for histories of any length. */
export function faultOfOrder<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  order: readonly number[],
): string | undefined {
  const input = operations[0]?.input;
  const partition = input === undefined ? undefined : model.partition?.(input);
  return verifyLinearization(model, operations, [{ partition, order }]);
}
