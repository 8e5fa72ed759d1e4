// Last in, first out. The state's last value is the top. Where pushed values repeat the search has to try every order of
// concurrent pushes; only what was popped in between tells them apart.
import { decideStack } from '../decide/stack.ts';
import { sameJson } from '../key.ts';
import { defineModel } from '../model.ts';

export type StackInput<V> = { readonly action: 'push'; readonly value: V } | { readonly action: 'pop' };

/** Outputs: a pop's is the value, null if the stack was empty, `undefined` if it was not seen. So null is no value. */
export function stack<V>() {
  return defineModel<readonly V[], StackInput<V>, V | null>({
    name: 'stack',
    init: [],
    step(state, input, output) {
      if (input.action === 'push') return [...state, input.value];
      if (output === undefined) return state.slice(0, -1);
      if (output === null || state.length === 0) return output === null && state.length === 0 ? state : undefined;
      return sameJson(state[state.length - 1], output) ? state.slice(0, -1) : undefined;
    },
    readOnly: (input, output) => input.action === 'pop' && output === null,
    decide: decideStack,
  });
}
