// The model as a table that fills itself, for searches that have no timeline: states become small integers, the same over all
// partitions, and operations with equal input and output share their transitions.
import { canonicalKey } from '../key.ts';
import { describeOperation } from '../model.ts';
import type { Model, Operation } from '../types.ts';

export interface Steps<S> {
  readonly partitions: number;
  /** By operation. */
  readonly partitionOf: Int32Array;
  /** By operation: a number for its input and output. */
  readonly classOf: Int32Array;
  isReadOnly(op: number): boolean;
  /** The state after `op`, -1 where it is not possible. State 0 is the first. */
  next(state: number, op: number): number;
  /** The state of a partition, where `words` holds one for each from `at` on. */
  stateOf(partition: string | undefined, words: Int32Array, at: number): S;
}

export function makeSteps<S, I, O>(model: Model<S, I, O>, operations: readonly Operation<I, O>[]): Steps<S> {
  const partitionIds = new Map<string | undefined, number>();
  const partitionOf = Int32Array.from(operations, ({ input }) => idOf(partitionIds, model.partition?.(input)));
  const classIds = new Map<string, number>();
  const classOf = Int32Array.from(operations, (operation) =>
    idOf(classIds, `${canonicalKey(operation.input)}→${canonicalKey(outputOf(operation))}`),
  );
  const readOnly = operations.map((operation) => model.readOnly?.(operation.input, outputOf(operation)) === true);
  const states: S[] = [model.init];
  const stateIds = new Map([[keyOf(model.init), 0]]);
  const known = new Map<number, number>();
  return {
    partitions: partitionIds.size,
    partitionOf,
    classOf,
    isReadOnly: (op) => readOnly[op] as boolean,
    next(state, op) {
      const cell = state * classIds.size + (classOf[op] as number);
      let after = known.get(cell);
      if (after === undefined) {
        after = step(state, operations[op] as Operation<I, O>);
        if (readOnly[op] && after >= 0 && after !== state) throw contradiction(operations[op] as Operation<I, O>);
        known.set(cell, after);
      }
      return after;
    },
    stateOf(partition, words, at) {
      const id = partitionIds.get(partition);
      return states[id === undefined ? 0 : (words[at + id] as number)] as S;
    },
  };

  function outputOf({ input, output, return: returned }: Operation<I, O>): O | undefined {
    return returned === undefined ? model.supposeLost?.(input) : output;
  }

  function keyOf(state: S): string | number {
    return model.key ? model.key(state) : canonicalKey(state);
  }

  function step(state: number, operation: Operation<I, O>): number {
    const after = model.step(states[state] as S, operation.input, outputOf(operation));
    if (after === undefined) return -1;
    const id = idOf(stateIds, keyOf(after));
    if (id === states.length) states.push(after);
    return id;
  }

  function contradiction(operation: Operation<I, O>): Error {
    const name = describeOperation(operation.input, outputOf(operation));
    return new Error(`model ${model.name} declares ${name} read-only, but its step changes the state`);
  }
}

function idOf<K>(ids: Map<K, number>, key: K): number {
  let id = ids.get(key);
  if (id === undefined) {
    id = ids.size;
    ids.set(key, id);
  }
  return id;
}
