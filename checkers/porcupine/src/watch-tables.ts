// States and operations as small integers, for a history without an end. Like `transitions.ts`, but what is in no use any more
// can be forgotten: after a million unique values, only those are kept which the object may still hold.
import { canonicalKey } from './key.ts';
import { describeOperation } from './model.ts';
import type { Model } from './types.ts';

export interface Tables<S, I, O> {
  readonly model: Model<S, I, O>;
  readonly states: S[];
  readonly stateIds: Map<string | number, number>;
  readonly classes: WatchedClass<I, O>[];
  readonly classIds: Map<string, number>;
}

/** All operations with this input and output. */
interface WatchedClass<I, O> {
  readonly input: I;
  readonly output: O | undefined;
  readonly readOnly: boolean;
  /** By state: the state after. */
  readonly next: Map<number, number>;
}

export const NOT_POSSIBLE = -1;

export function makeTables<S, I, O>(model: Model<S, I, O>): Tables<S, I, O> {
  return { model, states: [], stateIds: new Map(), classes: [], classIds: new Map() };
}

export function idOfState<S, I, O>({ model, states, stateIds }: Tables<S, I, O>, state: S): number {
  const key = model.key ? model.key(state) : canonicalKey(state);
  let id = stateIds.get(key);
  if (id === undefined) {
    id = states.length;
    states.push(state);
    stateIds.set(key, id);
  }
  return id;
}

export function idOfClass<S, I, O>(
  { model, classes, classIds }: Tables<S, I, O>,
  input: I,
  output: O | undefined,
): number {
  const key = `${canonicalKey(input)}→${canonicalKey(output)}`;
  let id = classIds.get(key);
  if (id === undefined) {
    id = classes.length;
    classes.push({ input, output, readOnly: model.readOnly?.(input, output) === true, next: new Map() });
    classIds.set(key, id);
  }
  return id;
}

export function isReadOnly<S, I, O>({ classes }: Tables<S, I, O>, classId: number): boolean {
  return classes[classId]?.readOnly === true;
}

/** The state after an operation of the class, or NOT_POSSIBLE. */
export function stateAfter<S, I, O>(tables: Tables<S, I, O>, state: number, classId: number): number {
  const { input, output, readOnly, next } = tables.classes[classId] as WatchedClass<I, O>;
  let after = next.get(state);
  if (after !== undefined) return after;
  const result = tables.model.step(tables.states[state] as S, input, output);
  after = result === undefined ? NOT_POSSIBLE : idOfState(tables, result);
  if (readOnly && after !== NOT_POSSIBLE && after !== state) {
    const operation = tables.model.describe?.(input, output) ?? describeOperation(input, output);
    throw new Error(`model ${tables.model.name} declares ${operation} read-only, but its step changes the state`);
  }
  next.set(state, after);
  return after;
}
