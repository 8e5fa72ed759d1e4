// The oracle of the tests: tries every order, remembers only (operations done, state), and knows none of the rules that
// make the checker fast. For at most a dozen operations.
import { canonicalKey } from '../key.ts';
import type { Model, Operation } from '../types.ts';

/**
 * @param isOptional operations that may, but need not, take effect; those without a return always are.
 */
export function isLinearizable<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  isOptional: (index: number) => boolean = () => false,
): boolean {
  const partitions = new Map<string | undefined, number[]>();
  operations.forEach(({ input }, index) => {
    const key = model.partition?.(input);
    partitions.set(key, [...(partitions.get(key) ?? []), index]);
  });
  return [...partitions.values()].every((indices) => hasOrder(model, operations, indices, isOptional));
}

function hasOrder<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  indices: readonly number[],
  isOptional: (index: number) => boolean,
): boolean {
  const seen = new Set<string>();
  return go(new Set(indices), model.init);

  function go(left: ReadonlySet<number>, state: S): boolean {
    const due = [...left].filter((index) => operations[index]?.return !== undefined && !isOptional(index));
    if (due.length === 0) return true;
    const key = `${[...left].join()}|${canonicalKey(state)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    const firstReturn = Math.min(...due.map((index) => operations[index]?.return as number));
    for (const index of left) {
      const operation = operations[index] as Operation<I, O>;
      if (operation.call > firstReturn) continue;
      // A lost operation is tried with no output, not with the one that the model supposes: that is under test as well.
      const output = operation.return === undefined ? undefined : operation.output;
      const after = model.step(state, operation.input, output);
      if (after !== undefined && go(new Set([...left].filter((other) => other !== index)), after)) return true;
    }
    return false;
  }
}
