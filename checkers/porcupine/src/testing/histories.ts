// Random histories for any model: clients that call, take effect and return at random on one real object, so that most
// are legal, and some outputs are then replaced, so that many are not. Times are small integers: equal ones are common.
import fc from 'fast-check';
import type { Model, Operation } from '../types.ts';

export interface Kind<S, I, O> {
  readonly model: Model<S, I, O>;
  readonly input: fc.Arbitrary<I>;
  /** What a client asks that knows the state: to compare with the value that is there, to remove what is in the set. */
  choose?(state: S, input: I): I;
  /** What the real object answers; `undefined` for nothing. */
  answer(state: S, input: I): O | undefined;
  /** Outputs to put in the place of the right one. */
  readonly lie: fc.Arbitrary<O | undefined>;
}

/** From `least` to `most` operations by up to four clients. */
export function histories<S, I, O>(kind: Kind<S, I, O>, most = 8, least = 1): fc.Arbitrary<Operation<I, O>[]> {
  const one = fc.record({
    input: kind.input,
    process: fc.integer({ min: 0, max: 3 }),
    wait: fc.integer({ min: 0, max: 3 }),
    before: fc.integer({ min: 0, max: 4 }),
    after: fc.integer({ min: 0, max: 4 }),
    fate: fc.constantFrom('right', 'right', 'right', 'right', 'lie', 'lost', 'lost without effect', 'unseen'),
    lie: kind.lie,
  });
  return fc.array(one, { minLength: least, maxLength: most, size: 'max' }).map((plans) => build(kind, plans));
}

export interface Plan<I, O> {
  input: I;
  process: number;
  wait: number;
  before: number;
  after: number;
  fate: string;
  lie: O | undefined;
}

export function build<S, I, O>(kind: Kind<S, I, O>, plans: readonly Plan<I, O>[]): Operation<I, O>[] {
  const { model } = kind;
  const free = [0, 0, 0, 0];
  const timed = plans.map((plan, index) => {
    const call = (free[plan.process] as number) + plan.wait;
    const effect = call + plan.before;
    free[plan.process] = effect + plan.after;
    return { plan, index, call, effect, end: effect + plan.after, output: undefined as O | undefined, effected: true };
  });
  const states = new Map<string | undefined, S>();
  for (const one of timed.toSorted((a, b) => a.effect - b.effect)) {
    const partition = model.partition?.(one.plan.input);
    const state = states.has(partition) ? (states.get(partition) as S) : model.init;
    if (kind.choose) one.plan = { ...one.plan, input: kind.choose(state, one.plan.input) };
    if (one.plan.fate === 'lost without effect') continue;
    one.output = kind.answer(state, one.plan.input);
    const after = model.step(state, one.plan.input, one.output);
    if (after === undefined) one.effected = false;
    else states.set(partition, after);
  }
  return timed.flatMap(({ plan, call, end, output, effected }) => {
    const base = { process: plan.process, input: plan.input, call };
    if (plan.fate.startsWith('lost')) return [base];
    // What was not possible for the real object (to acquire a held lock) blocked, and so never returned.
    if (!effected) return plan.fate === 'lie' ? [{ ...base, return: end }] : [base];
    if (plan.fate === 'unseen') return [{ ...base, return: end }];
    return [{ ...base, return: end, output: plan.fate === 'lie' ? plan.lie : output }];
  });
}
