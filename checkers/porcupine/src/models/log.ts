// An ordered log, as of Kafka's partitions or etcd's revisions: an append is told its offset, and any offset can be read. The
// surprise is the read beyond the end: it returns null, which is an observation, that the log was no longer than that.
import { decideLog } from '../decide/log.ts';
import { canonicalKey, sameJson } from '../key.ts';
import { defineModel } from '../model.ts';

export type LogInput<V> =
  | { readonly action: 'append'; readonly value: V }
  | { readonly action: 'read'; readonly at: number };

/**
 * Offsets count from 0 and have no gaps; `initial` has the first ones. Outputs: an append's is the offset of its value, a
 * read's is the value at the offset, null if the log had not got so far. `undefined`: not seen. So no value should be null.
 */
export function log<V>(options: { readonly initial?: readonly V[] | undefined } = {}) {
  const initial = options.initial ?? [];
  return defineModel<readonly V[], LogInput<V>, V | number | null>({
    name: 'log',
    init: initial,
    step(state, input, output) {
      if (input.action === 'append') {
        return output === undefined || output === state.length ? [...state, input.value] : undefined;
      }
      return output === undefined || sameJson(output, state[input.at] ?? null) ? state : undefined;
    },
    readOnly: (input) => input.action === 'read',
    decide: (operations) => decideLog(initial, operations),
    growth: {
      leadsTo(state, input, output) {
        if (input.action !== 'read' || output === undefined) return true;
        if (output === null) return !(input.at < state.length);
        return !(input.at < state.length) || sameJson(output, state[input.at] ?? null);
      },
      shrinks: () => false,
    },
    restrict(operations) {
      // What the reads say, by offset; an append to an offset whose value is known must be of this value.
      const known = new Map<number, string>();
      for (const { input, output, return: returned } of operations) {
        if (input.action !== 'read' || returned === undefined || output === undefined || output === null) continue;
        known.set(input.at, canonicalKey(output));
      }
      return (state, input) => {
        const key = input.action === 'append' ? known.get(state.length) : undefined;
        return key === undefined || (input.action === 'append' && canonicalKey(input.value) === key);
      };
    },
  });
}
