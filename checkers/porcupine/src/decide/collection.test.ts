// The fast paths of the queue, the stack and the priority queue against brute force where that is possible, and against the
// search where it is not. What they answer is checked too: every order by the replayer, every core by brute force.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOperations, type Operation, verifyLinearization } from '../index.ts';
import { isLinearizable } from '../testing/brute-force.ts';
import { type Collection, collections, honest, mutated, scattered } from '../testing/stays.ts';
import type { Decision } from '../types.ts';

const scale = Number(process.env.PORCUPINE_RUNS ?? 800) / 800;
const numRuns = (runs: number): number => Math.max(20, Math.round(runs * scale));

type History = Operation<unknown, number | null>[];

describe.each(Object.entries(collections))('%s', (_, collection) => {
  const { model } = collection;
  const decide = (history: History) => model.decide?.(history);

  it('decides small histories of distinct values as brute force does', () => {
    const verdicts = { valid: 0, invalid: 0 };
    const property = fc.property(scattered(collection, true), (history) => {
      const decision = decide(history) as Decision;
      expect(decision.verdict).toBe(isLinearizable(model, history) ? 'valid' : 'invalid');
      expectEvidence(collection, history, decision);
      verdicts[decision.verdict]++;
    });
    fc.assert(property, { numRuns: numRuns(300) });
    expect(Math.min(verdicts.valid, verdicts.invalid)).toBeGreaterThan(0.2 * numRuns(300));
  });

  it('decides most of those in which removals are lost or unseen, and those it does as brute force does', () => {
    const verdicts = { valid: 0, invalid: 0, undecided: 0 };
    const property = fc.property(scattered(collection, false), (history) => {
      const decision = decide(history);
      verdicts[decision?.verdict ?? 'undecided']++;
      if (decision === undefined) return;
      expect(decision.verdict).toBe(isLinearizable(model, history) ? 'valid' : 'invalid');
      expectEvidence(collection, history, decision);
    });
    fc.assert(property, { numRuns: numRuns(300) });
    expect(Math.min(verdicts.valid, verdicts.invalid)).toBeGreaterThan(0.1 * numRuns(300));
    expect(verdicts.undecided).toBeLessThan(0.1 * numRuns(300));
  });

  it('leaves equal values, and what is not equal to itself, to the search', () => {
    const one = { process: 0, input: collection.insert(1), call: 0, return: 1 };
    expect(decide([one, { ...one, process: 1 }])).toBeUndefined();
    expect(decide([{ ...one, input: collection.insert(Number.NaN) }])).toBeUndefined();
  });

  it('finds an order for what a real object did', () => {
    const property = fc.property(honest(collection, 10, 200), (history) => {
      const decision = decide(history) as Decision;
      expect(decision.verdict).toBe('valid');
      expectEvidence(collection, history, decision);
    });
    fc.assert(property, { numRuns: numRuns(25) });
  });

  it('finds one, nearly always, where every tenth operation was lost', () => {
    let undecided = 0;
    const property = fc.property(honest(collection, 10, 200), fc.nat(9), (history, first) => {
      const lossy = history.map((one, op) =>
        op % 10 === first ? { ...one, return: undefined, output: undefined } : one,
      );
      const decision = decide(lossy);
      if (decision === undefined) undecided++;
      else expect(decision.verdict).toBe('valid');
      if (decision?.verdict === 'valid') expectEvidence(collection, lossy, decision);
    });
    fc.assert(property, { numRuns: numRuns(25) });
    expect(undecided).toBeLessThan(0.2 * numRuns(25));
  });

  it('agrees with the search about what a real object nearly did', () => {
    const { decide: _, ...searched } = model;
    const verdicts = { valid: 0, invalid: 0, unknown: 0 };
    const property = fc.property(mutated(honest(collection, 10, 60)), (history) => {
      const { verdict } = checkOperations(searched, history, { budget: { configurations: 20_000 } });
      verdicts[verdict]++;
      const decision = decide(history) as Decision;
      if (verdict !== 'unknown') expect(decision.verdict).toBe(verdict);
      if (decision.verdict === 'valid') expectEvidence(collection, history, decision);
      else expect(decide(decision.core.map((op) => history[op] as History[number]))?.verdict).toBe('invalid');
    });
    fc.assert(property, { numRuns: numRuns(40) });
    expect(Math.min(verdicts.valid, verdicts.invalid)).toBeGreaterThan(0.05 * numRuns(40));
    expect(verdicts.unknown).toBeLessThan(0.2 * numRuns(40));
  });
});

function expectEvidence({ model }: Collection<unknown>, history: History, decision: Decision): void {
  if (decision.verdict === 'valid') {
    const linearizations = [{ partition: undefined, order: decision.order }];
    expect(verifyLinearization(model, history, linearizations)).toBeUndefined();
    return;
  }
  const core = new Set(decision.core);
  expect(core.size).toBe(decision.core.length);
  // Of the others nothing is known but what was asked: when, whether, and what came of it is open.
  const forgetting = history.map((operation, op) =>
    core.has(op) ? operation : { process: 0, input: operation.input, call: Number.NEGATIVE_INFINITY },
  );
  expect(isLinearizable(model, forgetting)).toBe(false);
}
