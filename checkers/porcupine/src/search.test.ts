// The strategies one by one: in `checkOperations` the first that answers hides the other, and short histories never get
// to the second. And histories too long for brute force, on which they must at least agree with each other.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boldSearch } from './bold.ts';
import { checkOperations } from './check.ts';
import { freedomOf } from './freedom.ts';
import { casRegister, counter, register } from './index.ts';
import { pose } from './problem.ts';
import { retrace } from './retrace.ts';
import { breadthFirst, depthFirst, type Search } from './search.ts';
import { histories, type Kind } from './testing/histories.ts';
import { kinds } from './testing/kinds.ts';
import type { Model, Operation } from './types.ts';
import { verifyLinearization } from './verify.ts';

const strategies = { depthFirst, breadthFirst };
const combinations = Object.entries(strategies).flatMap(([name, strategy]) =>
  [true, false].map((pruned) => ({ name: `${name}, ${pruned ? 'pruned' : 'plain'}`, strategy, pruned })),
);

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  agree(kind as Kind<unknown, unknown, unknown>);
});

function agree<S, I, O>(kind: Kind<S, I, O>): void {
  it('gets one verdict from every strategy, with and without foresight', () => {
    fc.assert(
      fc.property(histories(kind, 16), (all) => {
        const partition = kind.model.partition?.(all[0]?.input as I);
        const operations = all.filter(({ input }) => kind.model.partition?.(input) === partition);
        const verdicts = combinations.map(({ strategy, pruned }) => {
          const indices = operations.map((_, index) => index);
          const search = strategy(pose(kind.model, partition, indices, operations, { pruned }));
          const verdict = stepwise(search);
          if (verdict) {
            const { order } = retrace(search.problem, search.space, search.found);
            expect(verifyLinearization(kind.model, operations, [{ partition, order }])).toBeUndefined();
          }
          return verdict;
        });
        for (const pruned of [true, false]) {
          const problem = pose(kind.model, partition, [...operations.keys()], operations, { pruned, unnoticed: true });
          const freedom = freedomOf(problem);
          if (freedom === undefined) continue;
          // That an order is found there means nothing.
          if (freedom.stuck >= 0 || stepwise(boldSearch(problem, freedom)) === false) verdicts.push(false);
        }
        const decided = new Set(verdicts.filter((verdict) => verdict !== undefined));
        expect(decided.size).toBeLessThanOrEqual(1);
      }),
      { numRuns: 250 },
    );
  });
}

/** Stops and goes on, as the turns of `checkOperations` do; gives up where many lost enqueues make too many states. */
function stepwise<S, I, O>(search: Search<S, I, O>): boolean | undefined {
  for (let limit = 2; limit < 10_000; limit += 3) {
    const outcome = search.run(limit);
    if (outcome !== undefined) return outcome;
    limit += search.space.size >> 1;
  }
  return undefined;
}

describe('many operations under way', () => {
  const crowd = (size: number) =>
    Array.from({ length: size }, (_, i) => ({
      process: i,
      input: { action: 'write' as const, value: i },
      call: 0,
      return: 10,
    }));
  const read = (output: number, call: number) => ({
    process: -1,
    input: { action: 'read' as const },
    call,
    return: call + 1,
    output,
  });
  const model = register<number | null>({ initial: null });

  it.each([31, 32, 33, 64, 100])('%i writes at once, and a read of one of them', (size) => {
    const operations = [...crowd(size), read(size - 1, 11), read(size - 1, 13)];
    const result = checkOperations(model, operations);
    expect(result.verdict).toBe('valid');
    if (result.verdict === 'valid')
      expect(verifyLinearization(model, operations, result.linearizations)).toBeUndefined();
  });

  it.each([33, 64])('%i increments at once are one class, so a wrong sum is seen at once', (size) => {
    const operations = Array.from({ length: size }, (_, i) => ({
      process: i,
      input: { action: 'add' as const, by: 1 },
      call: 0,
      return: 10,
    }));
    const sum = (output: number) => [
      ...operations,
      { process: -1, input: { action: 'read' as const }, call: 11, return: 12, output },
    ];
    expect(checkOperations(counter(), sum(size)).verdict).toBe('valid');
    expect(checkOperations(counter(), sum(size - 1)).verdict).toBe('invalid');
    expect(checkOperations(counter(), sum(size + 1)).verdict).toBe('invalid');
  });

  it('300 lost writes of 40 values, and a read of one that nobody wrote', () => {
    const lost = Array.from({ length: 300 }, (_, i) => ({
      process: i,
      input: { action: 'write' as const, value: i % 40 },
      call: i,
    }));
    expect(checkOperations(model, [...lost, read(7, 400), read(39, 402)]).verdict).toBe('valid');
    expect(checkOperations(model, [...lost, read(7, 400), read(40, 402)]).verdict).toBe('invalid');
  });

  it('a lost write can be read once it was overwritten only if there is another one', () => {
    const write = (value: number, call: number) => ({
      process: call,
      input: { action: 'write' as const, value },
      call,
    });
    const acknowledged = { ...write(1, 5), return: 6 };
    const twice = [read(7, 3), acknowledged, read(1, 7), read(7, 9)];
    expect(checkOperations(model, [write(7, 1), ...twice]).verdict).toBe('invalid');
    expect(checkOperations(model, [write(7, 1), write(7, 2), ...twice]).verdict).toBe('valid');
  });
});

describe('what must not change a verdict', () => {
  const kind = kinds['cas-register, failure observed'];
  const model: Model<unknown, unknown, unknown> = kind.model as Model<unknown, unknown, unknown>;
  const property = (change: (operations: Operation[]) => Operation[], holds: (before: string, after: string) => void) =>
    fc.assert(
      fc.property(histories(kind, 14), (operations) => {
        const given = operations as Operation[];
        holds(checkOperations(model, given).verdict, checkOperations(model, change(given)).verdict);
      }),
      { numRuns: 400 },
    );
  const same = (before: string, after: string): void => expect(after).toBe(before);

  it('the names of processes', () =>
    property((operations) => operations.map((one, i) => ({ ...one, process: `p${i}` })), same));

  it('the order in which operations are given', () => property((operations) => operations.toReversed(), same));

  it('the unit and origin of time', () =>
    property(
      (operations) =>
        operations.map(({ call, return: returned, ...rest }) => ({
          ...rest,
          call: 0.25 * call - 9,
          return: returned === undefined ? undefined : 0.25 * returned - 9,
        })),
      same,
    ));

  it('the names of values', () => {
    const rename = (value: unknown): unknown => (typeof value === 'number' ? { n: [value] } : value);
    property(
      (operations) =>
        operations.map(({ input, output, ...rest }) => {
          const entries = Object.entries(input as object).map(([name, its]) => [name, rename(its)]);
          return { ...rest, input: Object.fromEntries(entries), output: rename(output) };
        }),
      same,
    );
  });

  it('a longer interval keeps a valid history valid', () =>
    property(
      (operations) =>
        operations.map((one, i) => ({
          ...one,
          call: one.call - (i % 3),
          return: one.return === undefined ? undefined : one.return + (i % 2),
        })),
      (before, after) => {
        if (before === 'valid') expect(after).toBe('valid');
      },
    ));

  it('an operation that is lost, or a read that was not seen, keeps a valid history valid', () =>
    property(
      (operations) =>
        operations.map((one, i) =>
          i % 4 === 1 ? { ...one, return: undefined } : i % 4 === 2 ? { ...one, output: undefined } : one,
        ),
      (before, after) => {
        if (before === 'valid') expect(after).toBe('valid');
      },
    ));
});

describe('long histories', () => {
  // One real register, so every history is valid by construction; a read of what was never written makes it invalid.
  const model = casRegister<number | null>({ initial: null, failedCas: 'observation' });
  it.each([1, 2, 3])('300 operations with crashes, seed %i', (seed) => {
    const honest = { ...kinds['cas-register, failure observed'], lie: fc.constant(undefined) };
    const [operations] = fc.sample(histories(honest, 300, 300), { seed, numRuns: 1 });
    const given = operations as Operation<Parameters<typeof model.step>[1], number | boolean | null>[];
    const result = checkOperations(model, given);
    expect(result.verdict).toBe('valid');
    if (result.verdict === 'valid') expect(verifyLinearization(model, given, result.linearizations)).toBeUndefined();
    const last = given.findLastIndex(
      ({ input, return: returned }) => input.action === 'read' && returned !== undefined,
    );
    const broken = given.map((one, i) => (i === last ? { ...one, output: 9 } : one));
    expect(checkOperations(model, broken).verdict).toBe('invalid');
  });
});
