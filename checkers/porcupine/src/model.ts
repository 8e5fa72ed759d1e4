// How a model is written down, and two ways to say things about one. A model is a plain object; `defineModel` only lets
// TypeScript find its three types.
import { canonicalKey } from './key.ts';
import type { Model } from './types.ts';

/** Returns the model as it is; for the inference of its types. */
export function defineModel<S, I, O>(model: Model<S, I, O>): Model<S, I, O> {
  return model;
}

/** A model of which one step may end in several states. See `nondeterministic`. */
export interface NondeterministicModel<S, I, O> {
  readonly name: string;
  readonly init: readonly S[];
  /** Every state that may follow; none when `input` could not have returned `output`. */
  step(state: S, input: I, output: O | undefined): readonly S[];
  key?(state: S): string | number;
  partition?(input: I): string;
  supposeLost?(input: I): O | undefined;
}

/**
 * A deterministic model whose state is the set of states in which the other may be (the power-set construction).
 * Nothing in it is read-only: what a read returns narrows the set.
 */
export function nondeterministic<S, I, O>(model: NondeterministicModel<S, I, O>): Model<readonly S[], I, O> {
  const key = (state: S): string => canonicalKey(model.key ? model.key(state) : state);
  const distinct = (states: Iterable<S>): readonly S[] => {
    const byKey = new Map<string, S>();
    for (const state of states) byKey.set(key(state), state);
    return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state);
  };
  const partition = model.partition?.bind(model);
  const supposeLost = model.supposeLost?.bind(model);
  return {
    name: model.name,
    init: distinct(model.init),
    step(states, input, output) {
      const next = distinct(states.flatMap((state) => model.step(state, input, output)));
      return next.length > 0 ? next : undefined;
    },
    key: (states) => states.map(key).join(),
    ...(partition ? { partition } : {}),
    ...(supposeLost ? { supposeLost } : {}),
  };
}

/** `cas(1, 2) → false` for `{ action: 'cas', from: 1, to: 2 }` and `false`; JSON for inputs of another shape. */
export function describeOperation(input: unknown, output: unknown): string {
  let text: string;
  if (typeof input === 'object' && input !== null && 'action' in input && typeof input.action === 'string') {
    const { action, ...rest } = input as { action: string } & Record<string, unknown>;
    text = `${action}(${Object.values(rest).map(describeValue).join(', ')})`;
  } else {
    text = describeValue(input);
  }
  return output === undefined ? text : `${text} → ${describeValue(output)}`;
}

/** JSON where there is any, cut to a length that a person reads. */
export function describeValue(value: unknown): string {
  const text = JSON.stringify(value, (_, its: unknown) => (typeof its === 'bigint' ? `${its}n` : its)) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 120)}…${text.slice(-60)}` : text;
}
