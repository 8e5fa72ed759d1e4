// Strings under keys, with append: the object of Porcupine's kv histories. Each key is a partition. Appends of unique
// strings make as many states as there are orders, so this model looks ahead: what a later read shows of them tells
// where each one went.
import { defineModel } from '../model.ts';
import { placesOfUnique } from './places.ts';

export type KeyValueInput =
  | { readonly action: 'get'; readonly key: string }
  | { readonly action: 'put'; readonly key: string; readonly value: string }
  | { readonly action: 'append'; readonly key: string; readonly value: string };

/** Outputs: a get's is the string (`''` where nothing was put), `undefined` if it was not seen; the others have none. */
export function keyValue() {
  return defineModel<string, KeyValueInput, string>({
    name: 'key-value',
    init: '',
    step(state, input, output) {
      if (input.action === 'put') return input.value;
      if (input.action === 'append') return state + input.value;
      return output === undefined || output === state ? state : undefined;
    },
    readOnly: (input) => input.action === 'get',
    overwrites: (input) => input.action === 'put',
    key: (state) => state,
    classKey(input, output) {
      if (input.action === 'get') return output ?? 0;
      return output === undefined ? `${input.action === 'put' ? '!' : '+'}${input.value}` : undefined;
    },
    partition: (input) => input.key,
    growth: {
      leadsTo: (state, _, output) => output === undefined || output.startsWith(state),
      shrinks: (input) => input.action === 'put',
      outgrown: '\u0000',
    },
    restrict(operations) {
      const written: string[] = [];
      const seen: string[] = [];
      for (const { input, output, return: returned } of operations) {
        if (input.action !== 'get') written.push(input.value);
        else if (returned !== undefined && output !== undefined) seen.push(output);
      }
      const places = placesOfUnique(written, seen);
      if (places === undefined) return undefined;
      return (state, input) => {
        if (input.action === 'get') return true;
        const before = places.get(input.value);
        if (before === undefined) return true;
        // A put makes its value the first, whatever was there; an append leaves before it what was there.
        return before === (input.action === 'put' ? '' : state);
      };
    },
  });
}
