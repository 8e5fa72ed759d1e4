// Every decision that rests on clusters, slots or elements, against brute force and against the search, order and core
// included. Histories in which values repeat are among them: there it may also say that it cannot tell.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOperations } from '../check.ts';
import { faultOf, faultOfOrder } from '../testing/decisions.ts';
import { histories, type Kind } from '../testing/histories.ts';
import { decidableKinds } from '../testing/kinds-cells.ts';
import { mutated } from '../testing/mutations.ts';
import type { Model, Operation } from '../types.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 300);
/** Most operations of the long histories; 300 and 5000 runs take ten minutes. */
const length = Number(process.env.PORCUPINE_LENGTH ?? 30);

type AnyKind = Kind<unknown, { readonly action: string }, unknown>;

describe.each(Object.entries(decidableKinds(40)))('%s', (_, kind) => {
  const { model } = kind as AnyKind;

  it('is decided as brute force does, with an order or a core that holds', () => {
    const verdicts = { valid: 0, invalid: 0, open: 0 };
    fc.assert(
      fc.property(mutated(histories(kind as AnyKind, 7)), (operations) => {
        const decision = model.decide?.(operations);
        verdicts[decision?.verdict ?? 'open']++;
        if (decision) expect(faultOf(model, operations, decision)).toBeUndefined();
      }),
      { numRuns: runs },
    );
    expect(verdicts.valid).toBeGreaterThan(runs / 5);
    expect(verdicts.invalid).toBeGreaterThan(runs / 20);
  });
});

describe.each(Object.entries(decidableKinds(1_000_000)))('long: %s', (_, kind) => {
  const { model } = kind as AnyKind;
  const { decide: _decide, ...searched } = model;

  it('is decided as by the search', () => {
    let decided = 0;
    const numRuns = Math.ceil(runs / 25);
    const honest = { ...(kind as AnyKind), lie: fc.constant(undefined) };
    fc.assert(
      fc.property(mutated(histories(honest, length, length >> 2)).map(withoutUnseenSwaps), (operations) => {
        const decision = model.decide?.(operations);
        if (decision === undefined) return;
        const found = search(searched, operations);
        if (found === 'unknown') return;
        decided++;
        expect(decision.verdict).toBe(found);
        if (decision.verdict === 'valid') expect(faultOfOrder(model, operations, decision.order)).toBeUndefined();
        else expectCore(searched, operations, decision.core);
      }),
      { numRuns },
    );
    expect(decided).toBeGreaterThan(numRuns / 3);
  });
});

type AnyOperation = Operation<{ readonly action: string }, unknown>;

/** A compare-and-set that returned and did not say whether it swapped is for the search alone. Here it is lost instead. */
function withoutUnseenSwaps(operations: readonly AnyOperation[]): AnyOperation[] {
  return operations.map(({ process, input, output, call, return: returned }) =>
    input.action === 'cas' && output === undefined
      ? { process, input, call }
      : { process, input, output, call, return: returned },
  );
}

function search(
  model: Model<unknown, { readonly action: string }, unknown>,
  operations: readonly AnyOperation[],
): string {
  return checkOperations(model, operations, { budget: { configurations: 2_000 } }).verdict;
}

/** By itself, and with the others forgotten. */
function expectCore(
  model: Model<unknown, { readonly action: string }, unknown>,
  operations: readonly AnyOperation[],
  core: readonly number[],
): void {
  const chosen = new Set(core);
  const alone = operations.filter((_, op) => chosen.has(op));
  expect(alone.length).toBe(core.length);
  expect(search(model, alone)).not.toBe('valid');
  const start = Math.min(...operations.map(({ call }) => call)) - 1;
  const others = operations.map(({ process, input, ...rest }, op) =>
    chosen.has(op) ? { process, input, ...rest } : { process, input, call: start },
  );
  expect(search(model, others)).not.toBe('valid');
}
