// A string that only grows, and has grown past all that was ever read, is of no more use, and it does not matter what it is.
// Without this, appends of which nothing is known could go on making new strings for ever. Only for stories in which much is
// forgotten: the search has its own ways to see that a state is hopeless.
import type { Model, Operation } from './types.ts';

/** The model, with all states from which none of the reads among `given` can be reached made one. See `Growth.outgrown`. */
export function withoutOutgrown<S, I, O>(model: Model<S, I, O>, given: readonly Operation<I, O>[]): Model<S, I, O> {
  const { growth } = model;
  const outgrown = growth?.outgrown;
  if (growth === undefined || outgrown === undefined) return model;
  const reads = given.filter(
    ({ input, output, return: returned }) => returned !== undefined && model.readOnly?.(input, output),
  );
  const isUseful = (state: S): boolean => reads.some(({ input, output }) => growth.leadsTo(state, input, output));
  if (isUseful(outgrown)) return model;
  return {
    ...model,
    step(state, input, output) {
      const after = model.step(state, input, output);
      return after === undefined || isUseful(after) ? after : outgrown;
    },
  };
}
