// The smallest value leaves first, whoever came first. The state is sorted, so that equal contents are equal JSON: unlike in
// a queue, the order of concurrent insertions is soon forgotten.
import { decidePriorityQueue } from '../decide/priority-queue.ts';
import { isSmaller } from '../decide/smaller.ts';
import { defineModel } from '../model.ts';

export type PriorityQueueInput<V extends number | string> =
  | { readonly action: 'insert'; readonly value: V }
  | { readonly action: 'extract' };

/**
 * Numbers are ordered by size, strings by code units; a number is smaller than a string. Outputs: an extract's is the
 * smallest value, null if there was none, `undefined` if it was not seen.
 */
export function priorityQueue<V extends number | string>() {
  return defineModel<readonly V[], PriorityQueueInput<V>, V | null>({
    name: 'priority-queue',
    init: [],
    step(state, input, output) {
      if (input.action === 'insert') {
        const at = state.findIndex((value) => isSmaller(input.value, value));
        return at < 0 ? [...state, input.value] : state.toSpliced(at, 0, input.value);
      }
      if (output === undefined) return state.slice(1);
      if (output === null || state.length === 0) return output === null && state.length === 0 ? state : undefined;
      return state[0] === output ? state.slice(1) : undefined;
    },
    readOnly: (input, output) => input.action === 'extract' && output === null,
    decide: decidePriorityQueue,
  });
}
