// What a counterexample says, taken at its word and compared with brute force. For short histories.
import { expect } from 'vitest';
import type { Counterexample, Model, Operation } from '../types.ts';
import { isLinearizable } from './brute-force.ts';

/** Each statement of a counterexample, by the definition. */
export function expectTrue<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  { partition, linearization, state, stuck, blocked, states, message }: Counterexample<S>,
): void {
  const own = operations
    .map((operation, index) => ({ operation, index }))
    .filter(({ operation }) => model.partition?.(operation.input) === partition);
  const stuckReturn = operations[stuck]?.return as number;
  // With equal returns the order of input decides which was first.
  const isEarlier = (index: number): boolean => {
    const returned = operations[index]?.return ?? Number.POSITIVE_INFINITY;
    return returned < stuckReturn || (returned === stuckReturn && index < stuck);
  };
  const known = own.filter(({ operation }) => operation.call <= stuckReturn);
  const history = known.map(({ operation }) => operation);
  const optional = (with_: boolean) => (i: number) => {
    const index = known[i]?.index as number;
    return !(isEarlier(index) || (with_ && index === stuck));
  };
  expect(isLinearizable(model, history, optional(false))).toBe(true);
  expect(isLinearizable(model, history, optional(true))).toBe(false);

  let now = model.init;
  let latestCall = Number.NEGATIVE_INFINITY;
  for (const { operation: index, state: after } of linearization) {
    const operation = operations[index] as Operation<I, O>;
    const lost = operation.return === undefined;
    now = model.step(now, operation.input, lost ? model.supposeLost?.(operation.input) : operation.output) as S;
    expect(now).toEqual(after);
    expect(operation.return ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(latestCall);
    latestCall = Math.max(latestCall, operation.call);
  }
  expect(state).toEqual(now);
  const taken = new Set(linearization.map(({ operation }) => operation));
  expect(taken.size).toBe(linearization.length);
  for (const { index } of own) if (isEarlier(index)) expect(taken).toContain(index);

  expect(blocked[0]?.operation).toBe(stuck);
  for (const { operation: index, because } of blocked) {
    const operation = operations[index] as Operation<I, O>;
    expect(taken.has(index)).toBe(false);
    expect(model.step(state, operation.input, operation.output)).toBeUndefined();
    expect(because.length).toBeGreaterThan(0);
  }
  const { input, output } = operations[stuck] as Operation<I, O>;
  for (const one of states) expect(model.step(one, input, output)).toBeUndefined();
  expect(states.length).toBeGreaterThan(0);
  expect(message).toContain('cannot be explained');
}
