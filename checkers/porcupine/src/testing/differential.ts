// One random history, judged by all that can judge it, each by its own means. What disagrees is a bug in one of them. The
// tests take a sample of these, `bench/differential.ts` a million.

import fc from 'fast-check';
import { checkOperations } from '../check.ts';
import type { Operation } from '../types.ts';
import { verifyLinearization } from '../verify.ts';
import { findLinearOrder } from '../weaker/linear-order.ts';
import { isLinearizable } from './brute-force.ts';
import type { Kind } from './histories.ts';
import { kinds } from './kinds.ts';
import { decidableKinds } from './kinds-cells.ts';
import { makeSource, type Source } from './random-histories.ts';
import { collections } from './stays.ts';

export type AnyKind = Kind<unknown, unknown, unknown>;

export interface Subject {
  readonly name: string;
  readonly kind: AnyKind;
  readonly source: Source<unknown, unknown>;
}

export interface Outcome {
  readonly verdict: 'valid' | 'invalid';
  /** Whether the model decided by itself. */
  readonly isDecided: boolean;
  /** Whether all whom it was to be compared with came to a verdict. */
  readonly isCompared: boolean;
  /** What disagrees, in words. */
  readonly fault: string | undefined;
}

const subject = ([name, kind]: [string, unknown]): Subject => ({
  name,
  kind: kind as AnyKind,
  source: makeSource(kind as AnyKind),
});

/** Every model, with values that repeat and with values that hardly do. */
export function smallSubjects(): readonly Subject[] {
  const few = [...Object.entries(decidableKinds(8)), ...Object.entries(collectionKinds(8))];
  return [
    ...Object.entries(kinds),
    ...few.map(([name, kind]) => [`${name}, decidable`, kind] as [string, unknown]),
  ].map(subject);
}

/** The models that can decide by themselves, with values that hardly ever repeat. */
export function largeSubjects(): readonly Subject[] {
  const most = 10_000_000;
  return [...Object.entries(decidableKinds(most)), ...Object.entries(collectionKinds(most))].map(subject);
}

/** Brute force against the search, against the model's own decision, and all their evidence. */
export function judgeSmall({ kind: { model } }: Subject, operations: readonly Operation[]): Outcome {
  const verdict = isLinearizable(model, operations) ? 'valid' : 'invalid';
  const decision = model.partition ? undefined : model.decide?.(operations);
  const end = (fault?: string): Outcome => ({ verdict, isDecided: decision !== undefined, isCompared: true, fault });

  if (decision && decision.verdict !== verdict)
    return end(`brute force says ${verdict}, the model ${decision.verdict}`);
  if (decision?.verdict === 'valid') {
    const fault = verifyLinearization(model, operations, [{ partition: undefined, order: decision.order }]);
    if (fault !== undefined) return end(`the model's order is wrong: ${fault}`);
  }
  if (decision?.verdict === 'invalid' && hasOrderOf(model, operations, decision.core))
    return end("the model's core has an order");

  const result = checkOperations(model, operations);
  if (result.verdict !== verdict) return end(`brute force says ${verdict}, the checker ${result.verdict}`);
  if (result.verdict === 'valid') {
    const fault = verifyLinearization(model, operations, result.linearizations);
    if (fault !== undefined) return end(`the checker's order is wrong: ${fault}`);
  } else if (result.verdict === 'invalid') {
    if (hasOrderOf(model, operations, result.counterexample.core)) return end("the checker's core has an order");
    const searched = findLinearOrder(searchOnly(model), operations, 1_000_000).order;
    if (searched !== false) return end('brute force says invalid, the search alone does not');
  }
  return end();
}

/** The model's own decision against the search. */
export function judgeLarge(
  { kind: { model } }: Subject,
  operations: readonly Operation[],
  configurations = 20_000,
): Outcome | undefined {
  const decision = model.decide?.(operations);
  if (decision === undefined) return undefined;
  const searched = findLinearOrder(searchOnly(model), operations, configurations).order;
  const { verdict } = decision;
  const end = (fault?: string): Outcome => ({ verdict, isDecided: true, isCompared: searched !== undefined, fault });
  if (searched !== undefined && (searched === false) !== (verdict === 'invalid')) {
    return end(`the model says ${verdict}, the search ${searched === false ? 'invalid' : 'valid'}`);
  }
  if (decision.verdict === 'valid') {
    const fault = verifyLinearization(model, operations, [{ partition: undefined, order: decision.order }]);
    return end(fault === undefined ? undefined : `the model's order is wrong: ${fault}`);
  }
  const core = decision.core.map((op) => operations[op] as Operation);
  if (core.length <= 8 && isLinearizable(model, core)) return end("the model's core has an order");
  return end();
}

/** The model without its own decision. */
function searchOnly({ decide: _, ...model }: AnyKind['model']): AnyKind['model'] {
  return model;
}

/** Whether the core has an order if of all others of its partition no more is known than that they were asked for. */
function hasOrderOf(model: AnyKind['model'], operations: readonly Operation[], core: readonly number[]): boolean {
  const partition = model.partition?.(operations[core[0] as number]?.input);
  const known = operations.flatMap((one, op) => {
    if (core.includes(op)) return [one];
    const { process, input } = one;
    return model.partition?.(input) === partition ? [{ process, input, call: Number.NEGATIVE_INFINITY }] : [];
  });
  return isLinearizable(model, known);
}

/** The queue, the stack and the priority queue, each value put in about once. */
function collectionKinds(most: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(collections).map(([name, { model, insert, remove, next }]) => [
      name,
      {
        model,
        input: fc.oneof(fc.constant(remove), fc.noBias(fc.integer({ min: 1, max: most })).map(insert)),
        answer: (state: readonly number[], input: unknown) => (input === remove ? next(state) : undefined),
        lie: fc.constantFrom(1, 2, 3, null, undefined),
      },
    ]),
  );
}
