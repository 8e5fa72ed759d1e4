// A log: append to its end, read all of it. Like key-value's strings, but the elements of a read are already apart.
import { decideAppendList } from '../decide/append-list.ts';
import { canonicalKey, sameJson } from '../key.ts';
import { defineModel } from '../model.ts';

export type AppendListInput<V> = { readonly action: 'append'; readonly value: V } | { readonly action: 'read' };

/**
 * Outputs: a read's is the whole list; an append's may be the index that its value got (an offset), `undefined` if there
 * is none to be seen.
 */
export function appendList<V>(options: { readonly initial?: readonly V[] | undefined } = {}) {
  const initial = options.initial ?? [];
  return defineModel<readonly V[], AppendListInput<V>, readonly V[] | number>({
    name: 'append-list',
    init: initial,
    step(state, input, output) {
      if (input.action === 'append') {
        return output === undefined || output === state.length ? [...state, input.value] : undefined;
      }
      if (output === undefined) return state;
      return Array.isArray(output) && output.length === state.length && isPrefix(state, output) ? state : undefined;
    },
    readOnly: (input) => input.action === 'read',
    decide: (operations) => decideAppendList(initial, operations),
    growth: {
      leadsTo: (state, _, output) => output === undefined || (Array.isArray(output) && isPrefix(state, output)),
      shrinks: () => false,
    },
    restrict(operations) {
      const times = new Map<string, number>();
      const count = (value: V): void => void times.set(canonicalKey(value), (times.get(canonicalKey(value)) ?? 0) + 1);
      for (const value of initial) count(value);
      for (const { input } of operations) if (input.action === 'append') count(input.value);
      // By unique element: its index in a read, which is the length of the list when it was appended.
      const places = new Map<string, number>();
      for (const { input, output, return: returned } of operations) {
        if (input.action !== 'read' || returned === undefined || !Array.isArray(output)) continue;
        output.forEach((value: V, index) => {
          const key = canonicalKey(value);
          if (times.get(key) === 1 && !places.has(key)) places.set(key, index);
        });
      }
      return (state, input) => {
        const place = input.action === 'append' ? places.get(canonicalKey(input.value)) : undefined;
        return place === undefined || place === state.length;
      };
    },
  });
}

function isPrefix<V>(short: readonly V[], long: readonly V[]): boolean {
  return short.length <= long.length && short.every((value, i) => sameJson(value, long[i]));
}
