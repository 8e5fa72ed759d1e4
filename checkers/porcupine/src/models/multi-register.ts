// Several registers that transactions read and write at once (Knossos' multi-register). Within one transaction a read
// sees the writes before it.
import { sameJson } from '../key.ts';
import { defineModel } from '../model.ts';

export interface MultiRegisterInput<V> {
  readonly action: 'transaction';
  readonly steps: readonly (
    | { readonly action: 'read'; readonly key: string }
    | { readonly action: 'write'; readonly key: string; readonly value: V }
  )[];
}

/** Outputs: for each step the value that it read; `undefined` where none was seen, and for writes. */
export function multiRegister<V>(options: { readonly initial: Readonly<Record<string, V>> }) {
  return defineModel<Readonly<Record<string, V>>, MultiRegisterInput<V>, readonly (V | undefined)[]>({
    name: 'multi-register',
    init: options.initial,
    step(state, { steps }, output) {
      let after = state;
      for (const [i, step] of steps.entries()) {
        if (step.action === 'write') {
          after = { ...after, [step.key]: step.value };
        } else {
          const seen = output?.[i];
          if (seen !== undefined && !sameJson(seen, after[step.key])) return undefined;
        }
      }
      return after;
    },
    readOnly: ({ steps }) => steps.every(({ action }) => action === 'read'),
  });
}
