// One cell, read and written as a whole. A write of the value that is there already is still a write: taken early, it
// might be missing later, so it is not read-only.
import { decideRegister } from '../decide/register.ts';
import { canonicalKey, sameJson } from '../key.ts';
import { defineModel } from '../model.ts';
import { readKey, writeKey } from './class-keys.ts';
import { singularValues } from './pins.ts';

export type RegisterInput<V> = { readonly action: 'read' } | { readonly action: 'write'; readonly value: V };

/** Outputs: a read's is the value, `undefined` if it was not seen; a write has none. Values are JSON, compared by value. */
export function register<V>(options: { readonly initial: V }) {
  return defineModel<V, RegisterInput<V>, V>({
    name: 'register',
    init: options.initial,
    step(state, input, output) {
      if (input.action === 'write') return input.value;
      return output === undefined || sameJson(output, state) ? state : undefined;
    },
    readOnly: (input) => input.action === 'read',
    decide: (operations) => decideRegister(options.initial, operations),
    classKey: (input, output) =>
      input.action === 'read' ? readKey(output) : output === undefined ? writeKey(input.value) : undefined,
    overwrites: (input) => input.action === 'write',
    pin(operations) {
      const written = operations.flatMap(({ input }) => (input.action === 'write' ? [input.value] : []));
      const singular = singularValues(options.initial, written);
      return (input, output) => {
        if (input.action === 'write' || output === undefined) return undefined;
        const key = canonicalKey(output);
        return singular.has(key) ? key : undefined;
      };
    },
  });
}
