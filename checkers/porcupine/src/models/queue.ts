// First in, first out, so the order in which values left tells much about the order in which they came, and this model
// looks ahead at it: else every order of concurrent enqueues would have to be tried. A lost dequeue may have taken the
// head, whatever it was: nobody saw it.
import { decideQueue } from '../decide/queue.ts';
import { canonicalKey, sameJson } from '../key.ts';
import { defineModel } from '../model.ts';
import type { Operation } from '../types.ts';

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
      return sameJson(state[0], output) ? state.slice(1) : undefined;
    },
    restrict(operations) {
      const exits = exitsOf(operations);
      return (state, input) => {
        const own = input.action === 'enqueue' ? exits.of.get(canonicalKey(input.value)) : undefined;
        if (own === undefined) return true;
        // Whatever is ahead must leave before: not so if it never left, or only after this had left.
        return state.every((value) => {
          const key = canonicalKey(value);
          const other = exits.of.get(key);
          return other ? own.return >= other.call : !exits.never.has(key);
        });
      };
    },
    readOnly: (input, output) => input.action === 'dequeue' && output === null,
    decide: decideQueue,
  });
}

interface Exit {
  readonly call: number;
  readonly return: number;
}

/** For values that were enqueued once: the one dequeue that returned it, or that certainly none did. */
function exitsOf<V>(operations: readonly Operation<QueueInput<V>, V | null>[]) {
  const enqueued = new Map<string, number>();
  const dequeued = new Map<string, Exit[]>();
  let isAllSeen = true;
  for (const { input, output, call, return: returned } of operations) {
    if (input.action === 'enqueue') {
      const key = canonicalKey(input.value);
      enqueued.set(key, (enqueued.get(key) ?? 0) + 1);
    } else if (returned === undefined || output === undefined) {
      isAllSeen = false;
    } else if (output !== null) {
      const key = canonicalKey(output);
      const exits = dequeued.get(key);
      if (exits) exits.push({ call, return: returned });
      else dequeued.set(key, [{ call, return: returned }]);
    }
  }
  const of = new Map<string, Exit>();
  const never = new Set<string>();
  for (const [key, times] of enqueued) {
    const [exit, ...more] = dequeued.get(key) ?? [];
    if (times !== 1 || more.length > 0) continue;
    if (exit) of.set(key, exit);
    else if (isAllSeen) never.add(key);
  }
  return { of, never };
}
