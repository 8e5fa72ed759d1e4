// Several registers that transactions read and write at once (Knossos' multi-register). Within one transaction a read
// sees the writes before it. The surprise: a transaction that failed did not happen and is to be left out, reads and all,
// while of one that was lost only the writes count, and those may come later.
import { sameJson } from '../key.ts';
import { defineModel } from '../model.ts';

export interface MultiRegisterInput<V> {
  readonly action: 'transaction';
  readonly steps: readonly (
    | { readonly action: 'read'; readonly key: string }
    | { readonly action: 'write'; readonly key: string; readonly value: V }
  )[];
}

export interface MultiRegisterOptions<V> {
  readonly initial: Readonly<Record<string, V>>;
  /** What a register that is not in `initial` holds at first. Default: nothing, so that no read of it can have returned a value. */
  readonly otherwise?: V | undefined;
}

/**
 * Outputs: for each step the value that it read; `undefined` where none was seen, and for writes. (In Knossos' histories a read
 * of nil is one that was not seen; where `null` is a value like others, it is a value here too.)
 */
export function multiRegister<V>({ initial, otherwise }: MultiRegisterOptions<V>) {
  return defineModel<Readonly<Record<string, V>>, MultiRegisterInput<V>, readonly (V | undefined)[]>({
    name: 'multi-register',
    init: initial,
    step(state, { steps }, output) {
      let after = state;
      for (const [i, step] of steps.entries()) {
        if (step.action === 'write') {
          after = { ...after, [step.key]: step.value };
        } else {
          const seen = output?.[i];
          const held = Object.hasOwn(after, step.key) ? after[step.key] : otherwise;
          if (seen !== undefined && !sameJson(seen, held)) return undefined;
        }
      }
      return after;
    },
    readOnly: ({ steps }) => steps.every(({ action }) => action === 'read'),
  });
}
