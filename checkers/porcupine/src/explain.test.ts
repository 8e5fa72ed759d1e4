// Explanations of verdicts that `Model.decide` gave. Short histories are asked directly, since in `checkOperations` the search
// may be asked first; long ones, since there only a decision is quick enough, and the explanation must not be slower.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOperations } from './check.ts';
import { explainDecision } from './explain.ts';
import { type QueueInput, queue } from './models/queue.ts';
import { type RegisterInput, register } from './models/register.ts';
import { expectTrue } from './testing/counterexample.ts';
import { histories, type Kind } from './testing/histories.ts';
import { kinds } from './testing/kinds.ts';
import type { Model, Operation } from './types.ts';
import { verifyCore } from './verify-core.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 800) / 16;

const deciding = Object.entries(kinds).filter(([, { model }]) => (model as Model<unknown, unknown, unknown>).decide);

describe.each(deciding)('%s', (_, kind) => {
  explained(kind as Kind<unknown, unknown, unknown>);
});

function explained<S, I, O>({ model, ...kind }: Kind<S, I, O>): void {
  it('every statement about a decision is true, and its core is minimal', () => {
    fc.assert(
      fc.property(histories({ model, ...kind }, 8), (all) => {
        const partition = model.partition?.(all[0]?.input as I);
        const operations = all.filter(({ input }) => model.partition?.(input) === partition);
        const indices = [...operations.keys()];
        const decision = model.decide?.(operations);
        if (decision?.verdict !== 'invalid') return;
        const told = explainDecision(model, partition, indices, operations, decision.core);
        expectTrue(model, operations, told);
        expect(told.minimal).toBe(true);
        expect(verifyCore(model, operations, told.core)).toBeUndefined();
      }),
      { numRuns: runs },
    );
  });
}

/** Ten clients, each operation under way while nine others are called; every operation takes effect in the order of calls. */
function overlapping<I, O>(
  steps: readonly { readonly input: I; readonly output?: O | undefined }[],
): Operation<I, O>[] {
  return steps.map(({ input, output }, i) => ({ process: i % 10, input, output, call: 10 * i, return: 10 * i + 95 }));
}

describe('a long history', () => {
  it('of a register has the three operations that are wrong, and the order of all before', () => {
    const model = register<number>({ initial: -1 });
    const stale = 20_001;
    const operations = overlapping<RegisterInput<number>, number>(
      Array.from({ length: 30_000 }, (_, i) =>
        i % 2 === 0
          ? { input: { action: 'write' as const, value: i } }
          : { input: { action: 'read' as const }, output: i === stale ? i - 81 : i - 1 },
      ),
    );
    const result = checkOperations(model, operations);
    if (result.verdict !== 'invalid') throw new Error(result.verdict);
    const { stuck, core, minimal, linearization, state, states } = result.counterexample;
    expect({ stuck, minimal, core: core.length }).toEqual({ stuck: stale, minimal: true, core: 3 });
    expect(core).toContain(stale);
    expect(linearization.length).toBeGreaterThanOrEqual(stale);
    expect(linearization.at(-1)?.state).toBe(state);
    expect(linearization[5000]?.state).toBe(
      linearization.slice(0, 5001).findLast(({ operation }) => operation % 2 === 0)?.operation,
    );
    expect(states).not.toContain(stale - 81);
  });

  it('of a queue has the two that were dequeued in the wrong order, though its states are long', () => {
    let head = 0;
    let tail = 0;
    const early = 3002;
    const operations = overlapping<QueueInput<number>, number>(
      Array.from({ length: 6000 }, (_, i) =>
        i % 3 < 2
          ? { input: { action: 'enqueue' as const, value: tail++ } }
          : { input: { action: 'dequeue' as const }, output: head++ + (i === early ? 20 : 0) },
      ),
    );
    const result = checkOperations(queue<number>(), operations);
    if (result.verdict !== 'invalid') throw new Error(result.verdict);
    const { core, minimal } = result.counterexample;
    expect({ minimal, core: core.length }).toEqual({ minimal: true, core: 2 });
  });

  it('keeps the core of the verdict where no more was asked for', () => {
    const model = register<number>({ initial: 0 });
    const read = (output: number, call: number) => ({
      process: 0,
      input: { action: 'read' as const },
      output,
      call,
      return: call + 1,
    });
    const operations = [read(0, 0), read(7, 2), read(0, 4)];
    const brief = checkOperations(model, operations, { explain: 'brief' });
    expect(brief).toMatchObject({ verdict: 'invalid', counterexample: { stuck: 1, minimal: false } });
    expect(checkOperations(model, operations)).toMatchObject({
      counterexample: { stuck: 1, minimal: true, core: [1] },
    });
  });
});
