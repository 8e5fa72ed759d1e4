// A set of values. The state is a list without duplicates, sorted by key, so that equal sets are equal JSON.
import { decideSet } from '../decide/set.ts';
import { canonicalKey } from '../key.ts';
import { defineModel } from '../model.ts';

export type SetInput<V> =
  | { readonly action: 'add' | 'remove' | 'contains'; readonly value: V }
  | { readonly action: 'read' };

/**
 * Outputs: a read's is all elements, in any order; those of `add` and `remove` may be whether the set changed; that of
 * `contains` is a boolean. `undefined`: not seen.
 */
export function set<V>() {
  return defineModel<readonly V[], SetInput<V>, readonly V[] | boolean>({
    name: 'set',
    init: [],
    step(state, input, output) {
      if (input.action === 'read') return output === undefined || sameSet(state, output) ? state : undefined;
      const key = canonicalKey(input.value);
      const has = state.some((value) => canonicalKey(value) === key);
      const expected = input.action === 'add' ? !has : has;
      if (output !== undefined && output !== expected) return undefined;
      if (input.action === 'add' && !has) return sorted([...state, input.value]);
      if (input.action === 'remove' && has) return state.filter((value) => canonicalKey(value) !== key);
      return state;
    },
    readOnly: (input) => input.action === 'read' || input.action === 'contains',
    decide: decideSet,
    growth: {
      leadsTo(state, input, output) {
        if (output === undefined) return true;
        const [has, sees] = [keysOf(state), keysOf(Array.isArray(output) ? output : [])];
        if (input.action === 'contains') return output === true || !has.has(canonicalKey(input.value));
        return [...has].every((key) => sees.has(key));
      },
      shrinks: (input) => input.action === 'remove',
    },
  });
}

function keysOf(values: readonly unknown[]): Set<string> {
  return new Set(values.map(canonicalKey));
}

function sameSet<V>(state: readonly V[], output: readonly V[] | boolean): boolean {
  if (typeof output === 'boolean') return false;
  const seen = keysOf(output);
  return seen.size === state.length && output.length === seen.size && state.every((v) => seen.has(canonicalKey(v)));
}

function sorted<V>(values: readonly V[]): readonly V[] {
  const keyed = values.map((value) => ({ value, key: canonicalKey(value) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ value }) => value);
}
