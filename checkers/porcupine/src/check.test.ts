// The checker against an oracle that tries everything, over every model. A wrong verdict is the worst bug there is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOperations } from './check.ts';
import { queue } from './models/queue.ts';
import { isLinearizable } from './testing/brute-force.ts';
import { expectTrue } from './testing/counterexample.ts';
import { histories, type Kind } from './testing/histories.ts';
import { kinds } from './testing/kinds.ts';
import { verifyLinearization } from './verify.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 800);

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  check(kind as Kind<unknown, unknown, unknown>);
});

function check<S, I, O>(kind: Kind<S, I, O>): void {
  it('agrees with brute force, and its evidence holds', () => {
    const verdicts = { valid: 0, invalid: 0, unknown: 0 };
    fc.assert(
      fc.property(histories(kind), (operations) => {
        const result = checkOperations(kind.model, operations);
        verdicts[result.verdict]++;
        expect(result.verdict).toBe(isLinearizable(kind.model, operations) ? 'valid' : 'invalid');
        if (result.verdict === 'valid') {
          expect(verifyLinearization(kind.model, operations, result.linearizations)).toBeUndefined();
        } else if (result.verdict === 'invalid') {
          expectTrue(kind.model, operations, result.counterexample);
        }
      }),
      { numRuns: runs },
    );
    // Else the test tests nothing.
    expect(Math.min(verdicts.valid, verdicts.invalid)).toBeGreaterThan(runs / 20);
  });
}

it('finds the order of a queue that an unlimited supply of lost enqueues once led astray', () => {
  const enqueue = (process: number, value: number, call: number, end?: number) => ({
    process,
    input: { action: 'enqueue', value } as const,
    call,
    return: end,
  });
  const operations = [
    enqueue(3, 1, 2, 5),
    enqueue(0, 7, 1),
    { process: 0, input: { action: 'dequeue' } as const, call: 6, return: 7, output: 5 },
    enqueue(3, 5, 7),
    enqueue(0, 6, 7, 10),
    enqueue(2, 5, 3),
    enqueue(2, 7, 6, 9),
  ];
  const result = checkOperations(queue<number>(), operations);
  expect(result.verdict).toBe('valid');
  expect(result.configurations).toBeLessThan(5_000);
});
