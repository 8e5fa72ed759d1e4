// A number that is added to. All additions of one amount are alike to the checker, so even hundreds of lost ones are cheap.
import { decideCounter } from '../decide/counter.ts';
import { defineModel } from '../model.ts';

export type CounterInput = { readonly action: 'add'; readonly by: number } | { readonly action: 'read' };

/** Outputs: a read's is the number; an addition's may be the number after it. `undefined`: not seen. */
export function counter(options: { readonly initial?: number | undefined } = {}) {
  const initial = options.initial ?? 0;
  return defineModel<number, CounterInput, number>({
    name: 'counter',
    init: initial,
    step(state, input, output) {
      const after = input.action === 'add' ? state + input.by : state;
      return output === undefined || output === after ? after : undefined;
    },
    readOnly: (input) => input.action === 'read',
    decide: (operations) => decideCounter(initial, operations),
    key: (state) => state,
    growth: {
      leadsTo: (state, _, output) => output === undefined || state <= output,
      shrinks: (input) => input.action === 'add' && input.by < 0,
    },
  });
}
