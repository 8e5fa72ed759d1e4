// The checker against an oracle that tries everything, over every model. A wrong verdict is the worst bug there is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOperations } from './check.ts';
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
