// A register with compare-and-set. The surprise is the failed one: Porcupine's etcd model holds that the value was then
// not `from`, Jepsen and Knossos that the operation did not happen, which says nothing. Histories exist whose verdict
// depends on it, so it is a choice, and the second, which claims less, is the default.
import { decideCasRegister } from '../decide/cas-register.ts';
import { canonicalKey, sameJson } from '../key.ts';
import { defineModel } from '../model.ts';
import { casKey, readKey, writeKey } from './class-keys.ts';
import { singularValues } from './pins.ts';

export type CasRegisterInput<V> =
  | { readonly action: 'read' }
  | { readonly action: 'write'; readonly value: V }
  | { readonly action: 'cas'; readonly from: V; readonly to: V };

export interface CasRegisterOptions<V> {
  readonly initial: V;
  /** `observation`: a cas that returned false saw another value than `from`. `nothing` (default): it says nothing. */
  readonly failedCas?: 'observation' | 'nothing' | undefined;
}

/** Outputs: a read's is the value; a cas's is whether it swapped; `undefined` means not seen. */
export function casRegister<V>({ initial, failedCas = 'nothing' }: CasRegisterOptions<V>) {
  return defineModel<V, CasRegisterInput<V>, V | boolean>({
    name: 'cas-register',
    init: initial,
    step(state, input, output) {
      if (input.action === 'write') return input.value;
      if (input.action === 'read') return output === undefined || sameJson(output, state) ? state : undefined;
      const matches = sameJson(state, input.from);
      if (output === undefined) return matches ? input.to : state;
      if (output === true) return matches ? input.to : undefined;
      return matches && failedCas === 'observation' ? undefined : state;
    },
    readOnly: (input, output) => input.action === 'read' || (input.action === 'cas' && output === false),
    decide: (operations) => decideCasRegister({ initial, failedCas }, operations),
    overwrites: (input) => input.action === 'write',
    pin(operations) {
      const written = operations.flatMap(({ input, output, return: returned }) => {
        if (input.action === 'write') return [input.value];
        return input.action === 'cas' && (returned === undefined || output === undefined || output === true)
          ? [input.to]
          : [];
      });
      const singular = singularValues(initial, written);
      return (input, output) => {
        const needsState = input.action === 'read' ? output !== undefined : input.action === 'cas' && output === true;
        if (!needsState) return undefined;
        const key = canonicalKey(input.action === 'cas' ? input.from : output);
        return singular.has(key) ? key : undefined;
      };
    },
    classKey(input, output) {
      if (input.action === 'cas') return casKey(input.from, input.to, output);
      return input.action === 'read' ? readKey(output) : output === undefined ? writeKey(input.value) : undefined;
    },
    supposeLost: (input) => (input.action === 'cas' ? true : undefined),
  });
}
