// Bounded staleness, counted in writes: a read may return one of the last k values. The surprise: it is linearizability of
// another object, one that remembers k values, so the same search decides it; only the cost grows with k.
import { checkOperations } from '../check.ts';
import { canonicalKey, sameJson } from '../key.ts';
import { defineModel } from '../model.ts';
import type { RegisterInput } from '../models/register.ts';
import { register } from '../models/register.ts';
import type { CheckOptions, Operation, Result } from '../types.ts';
import { findLinearOrder } from './linear-order.ts';

export interface KAtomicOptions<V> extends CheckOptions {
  readonly initial: V;
  /** From 1, which is linearizability. */
  readonly k: number;
}

/** A register that a read finds in any of its last k values, the initial one counted as written before all. The latest is last. */
export function kAtomicRegister<V>({ initial, k }: { readonly initial: V; readonly k: number }) {
  if (!(Number.isInteger(k) && k >= 1)) throw new RangeError(`k is ${k}, and should be an integer from 1`);
  return defineModel<readonly V[], RegisterInput<V>, V>({
    name: `${k}-atomic register`,
    init: [initial],
    step(state, input, output) {
      if (input.action === 'write') return [...state, input.value].slice(-k);
      return output === undefined || state.some((value) => sameJson(value, output)) ? state : undefined;
    },
    readOnly: (input) => input.action === 'read',
  });
}

/**
 * Decides whether the operations are k-atomic (Aiyer, Alvisi and Bazzi 2005, "On the availability of non-strict quorum
 * systems"; Golab, Li and Shah 2011): whether there is an order which agrees with real time and in which each read returns one
 * of the last k values written before it.
 */
export function checkKAtomic<V>(
  operations: readonly Operation<RegisterInput<V>, V>[],
  { initial, k, ...options }: KAtomicOptions<V>,
): Result<unknown> {
  if (k === 1) return checkOperations(register<V>({ initial }), operations, options);
  return checkOperations(kAtomicRegister({ initial, k }), operations, options);
}

/** `least` and `most` are equal where the budget did. Infinite: a read returned what nobody had asked to write. */
export interface Smallest {
  /** With less the history is wrong. */
  readonly least: number;
  /** With this it is right. */
  readonly most: number;
  readonly configurations: number;
}

const DEFAULT_CONFIGURATIONS = 1_000_000;

/** The smallest k for which the operations are k-atomic. */
export function smallestK<V>(
  operations: readonly Operation<RegisterInput<V>, V>[],
  { initial, budget = {} }: CheckOptions & { readonly initial: V },
): Smallest {
  let left = budget.configurations ?? DEFAULT_CONFIGURATIONS;
  const all = left;
  let most = staleness(operations, initial);
  let least = 1;
  if (most === Number.POSITIVE_INFINITY) return { least: most, most, configurations: 0 };
  // Small values are by far the cheapest, and the likeliest: double, then halve.
  for (let k = 1; least < most; k = Math.min(2 * k, (least + most) >> 1)) {
    k = Math.max(k, least);
    const model = k === 1 ? undefined : kAtomicRegister({ initial, k });
    const { order, configurations } = model
      ? findLinearOrder(model, operations, left)
      : findLinearOrder(register<V>({ initial }), operations, left);
    left -= configurations;
    if (order === undefined || left <= 0) break;
    if (order) most = k;
    else least = k + 1;
  }
  return { least, most, configurations: all - left };
}

/**
 * How stale reads are in one order that always agrees with real time: each write at its call, each read at its return. So there
 * is a smallest k unless some read returned what nobody had asked to write.
 */
function staleness<V>(operations: readonly Operation<RegisterInput<V>, V>[], initial: V): number {
  const points = operations.flatMap(({ input, output, call, return: returned }) => {
    if (input.action === 'write') return [{ at: call, isRead: false, key: canonicalKey(input.value) }];
    return returned === undefined || output === undefined
      ? []
      : [{ at: returned, isRead: true, key: canonicalKey(output) }];
  });
  points.sort((a, b) => a.at - b.at || Number(a.isRead) - Number(b.isRead));
  let writes = 0;
  let most = 1;
  const lastWrite = new Map([[canonicalKey(initial), 0]]);
  for (const { isRead, key } of points) {
    if (!isRead) lastWrite.set(key, ++writes);
    else most = Math.max(most, writes - (lastWrite.get(key) ?? Number.NEGATIVE_INFINITY) + 1);
  }
  return most;
}
