// First in, first out. A lost dequeue may have taken the head, whatever it was: nobody saw it.
import { canonicalKey } from '../key.ts';
import { defineModel } from '../model.ts';

export type QueueInput<V> = { readonly action: 'enqueue'; readonly value: V } | { readonly action: 'dequeue' };

/** Outputs: a dequeue's is the value, null if the queue was empty, `undefined` if it was not seen. So null is no value. */
export function queue<V>() {
  return defineModel<readonly V[], QueueInput<V>, V | null>({
    name: 'queue',
    init: [],
    step(state, input, output) {
      if (input.action === 'enqueue') return [...state, input.value];
      if (output === undefined) return state.slice(1);
      if (output === null || state.length === 0) return output === null && state.length === 0 ? state : undefined;
      return canonicalKey(state[0]) === canonicalKey(output) ? state.slice(1) : undefined;
    },
    readOnly: (input, output) => input.action === 'dequeue' && output === null,
  });
}
