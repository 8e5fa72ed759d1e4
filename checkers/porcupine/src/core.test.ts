// Cores against brute force: a core has no order, whatever is forgotten, and to forget any one more of it leaves one. The
// first oracle is the one of `check.test.ts`, which knows nothing of forgetting: a forgotten operation is a lost one that was
// called before all others. The second is `verifyCore`, which is thereby tested too.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOperations } from './check.ts';
import { minimalCore } from './core.ts';
import { register } from './models/register.ts';
import { isLinearizable } from './testing/brute-force.ts';
import { histories, type Kind } from './testing/histories.ts';
import { kinds } from './testing/kinds.ts';
import type { Model, Operation } from './types.ts';
import { verifyCore } from './verify-core.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 800) / 25;

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  cores(kind as Kind<unknown, unknown, unknown>);
});

function cores<S, I, O>(kind: Kind<S, I, O>): void {
  const { model } = kind;
  it('every invalid history has a core that is minimal', () => {
    fc.assert(
      fc.property(histories(kind, 9), (operations) => {
        const result = checkOperations(model, operations);
        if (result.verdict !== 'invalid') return;
        const { core, minimal, partition } = result.counterexample;
        expect(minimal).toBe(true);
        expect(core.every((index) => model.partition?.(operations[index]?.input as I) === partition)).toBe(true);
        expect(isLinearizable(model, forgetAllBut(operations, core))).toBe(false);
        for (const index of core) {
          const rest = core.filter((one) => one !== index);
          const own = operations
            .map((one, i) => ({ one, i }))
            .filter(({ one }) => model.partition?.(one.input) === partition);
          const numbers = own.flatMap(({ i }, at) => (rest.includes(i) ? [at] : []));
          expect(
            isLinearizable(
              model,
              forgetAllBut(
                own.map(({ one }) => one),
                numbers,
              ),
            ),
          ).toBe(true);
        }
        expect(verifyCore(model, operations, core)).toBeUndefined();
      }),
      { numRuns: runs },
    );
  });

  it('starts from any hint, also from a wrong one', () => {
    fc.assert(
      fc.property(histories(kind, 9), fc.array(fc.nat(8)), (all, some) => {
        const partition = model.partition?.(all[0]?.input as I);
        const operations = all.filter(({ input }) => model.partition?.(input) === partition);
        const result = checkOperations(model, operations, { explain: 'brief' });
        if (result.verdict !== 'invalid') return;
        const hint = [...new Set(some)].filter((op) => op < operations.length);
        const core = minimalCore(model, operations, result.counterexample.stuck, hint);
        expect(core.minimal).toBe(true);
        expect(verifyCore(model, operations, core.operations)).toBeUndefined();
      }),
      { numRuns: runs },
    );
  });
}

function forgetAllBut<I, O>(operations: readonly Operation<I, O>[], known: readonly number[]): Operation<I, O>[] {
  const early = Math.min(...operations.map(({ call }) => call));
  return operations.map((operation, i) =>
    known.includes(i) ? operation : { process: operation.process, input: operation.input, call: early },
  );
}

describe('verifyCore', () => {
  const model = register<number>({ initial: 0 });
  const write = (value: number, call: number) => ({
    process: 1,
    input: { action: 'write' as const, value },
    call,
    return: call + 1,
  });
  const read = (output: number, call: number) => ({
    process: 2,
    input: { action: 'read' as const },
    output,
    call,
    return: call + 1,
  });
  // The second read is stale; the first operation and the last do not matter.
  const operations = [write(7, 0), write(1, 2), read(1, 4), write(2, 6), read(1, 8), read(2, 10)];

  it('accepts what is minimal', () => {
    expect(verifyCore(model, operations, [1, 3, 4])).toBeUndefined();
    expect(verifyCore(model, operations, [2, 3, 4])).toBeUndefined();
  });

  it('refuses what has an order once the rest is forgotten', () => {
    expect(verifyCore(model, operations, [3, 4])).toBe('the core has an order');
    expect(verifyCore(model, operations, [2, 4])).toBe('the core has an order');
  });

  it('refuses what is not needed, unless asked not to', () => {
    expect(verifyCore(model, operations, [0, 1, 3, 4])).toBe('operation 0 is not needed');
    expect(verifyCore(model, operations, [0, 1, 3, 4], { minimal: false })).toBeUndefined();
  });

  it('refuses what is no core at all', () => {
    expect(verifyCore(model, operations, [])).toBe('the core is empty');
    expect(verifyCore(model, operations, [9])).toBe('there is no operation 9');
    expect(verifyCore(model, operations, [1, 1])).toBe('an operation is in the core twice');
    const keyed: Model<number, { key: string }, number> = {
      name: 'keyed',
      init: 0,
      step: () => undefined,
      partition: ({ key }) => key,
    };
    const two = ['a', 'b'].map((key) => ({ process: 0, input: { key }, call: 0, return: 1 }));
    expect(verifyCore(keyed, two, [0, 1])).toBe('operation 1 is of another partition than operation 0');
  });
});

describe('a core of a long history', () => {
  it('is the few operations that matter, wherever they are', () => {
    const model = register<number>({ initial: 0 });
    // One writer whose values repeat, and a reader that always sees the last; then one stale read.
    const operations = Array.from({ length: 2000 }, (_, i) => {
      const value = (i >> 1) % 9;
      return i % 2 === 0
        ? { process: 0, input: { action: 'write' as const, value }, call: 3 * i, return: 3 * i + 4 }
        : { process: 1, input: { action: 'read' as const }, output: value, call: 3 * i, return: 3 * i + 2 };
    });
    const stale = 1501;
    const broken = operations.map((one, i) => (i === stale ? { ...one, output: 11 } : one)) as Operation<
      { action: 'read' } | { action: 'write'; value: number },
      number
    >[];
    const result = checkOperations(model, broken);
    expect(result).toMatchObject({ verdict: 'invalid', counterexample: { core: [stale], minimal: true } });
  });
});
