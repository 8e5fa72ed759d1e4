// What convicts without looking at everything: the bold search, and the scan from where lost operations make every state. Both
// may only ever convict the guilty, and histories in which much is lost and many outcomes are unseen are where they could err.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boldSearch } from './bold.ts';
import { freedomOf } from './freedom.ts';
import { type CasRegisterInput, casRegister } from './models/cas-register.ts';
import { pose } from './problem.ts';
import { isLinearizable } from './testing/brute-force.ts';
import type { Operation } from './types.ts';

type Cell = number | null;
type Asked = Operation<CasRegisterInput<Cell>, Cell | boolean>;

const value = fc.integer({ min: 0, max: 2 });
const input: fc.Arbitrary<CasRegisterInput<Cell>> = fc.oneof(
  fc.record({ action: fc.constant('read' as const) }),
  fc.record({ action: fc.constant('write' as const), value }),
  fc.record({ action: fc.constant('cas' as const), from: value, to: value }),
);

/** Three in eight are lost, some outcomes are unseen. */
const operation: fc.Arbitrary<Asked> = fc
  .record({
    input,
    call: fc.nat(11),
    takes: fc.nat(6),
    isLost: fc.integer({ min: 0, max: 7 }).map((roll) => roll < 3),
    isSeen: fc.integer({ min: 0, max: 4 }).map((roll) => roll > 0),
    read: fc.option(value, { freq: 8 }),
    swapped: fc.boolean(),
  })
  .map(({ input: its, call, takes, isLost, isSeen, read, swapped }) => ({
    process: 0,
    input: its,
    call,
    ...(isLost ? {} : { return: call + takes }),
    ...(isLost || !isSeen || its.action === 'write' ? {} : { output: its.action === 'read' ? read : swapped }),
  }));

const runs = 20 * Number(process.env.PORCUPINE_RUNS ?? 50);

describe.each([
  ['a failed compare-and-set saw another value', 'observation'],
  ['a failed compare-and-set did not happen', 'nothing'],
] as const)('%s', (_, failedCas) => {
  const model = casRegister<Cell>({ initial: null, failedCas });

  it('convicts only what has no order', () => {
    const convicted = { bold: 0, free: 0 };
    fc.assert(
      fc.property(fc.array(operation, { minLength: 3, maxLength: 10, size: 'max' }), (operations) => {
        const indices = operations.map((_each, index) => index);
        const problem = pose(model, undefined, indices, operations, { pruned: true });
        const freedom = freedomOf(problem);
        if (freedom === undefined) return;
        const isBold = boldSearch(problem, freedom).run(5000) === false;
        const isFree = freedom.stuck >= 0;
        if (isBold) convicted.bold++;
        if (isFree) convicted.free++;
        if (isBold || isFree) expect(isLinearizable(model, operations)).toBe(false);
      }),
      { numRuns: runs },
    );
    expect(Math.min(convicted.bold, convicted.free)).toBeGreaterThan(runs / 100);
  });

  it('acquits a compare-and-set whose outcome nobody saw, and that alone makes a state', () => {
    const cas = (from: number, to: number, call: number, end?: number, output?: boolean): Asked => ({
      process: 0,
      input: { action: 'cas', from, to },
      call,
      ...(end === undefined ? {} : { return: end }),
      ...(output === undefined ? {} : { output }),
    });
    const write = (its: number, call: number): Asked => ({ process: 0, input: { action: 'write', value: its }, call });
    const read = (its: number, call: number, end: number): Asked => ({
      process: 0,
      input: { action: 'read' },
      output: its,
      call,
      return: end,
    });
    const stories: readonly Asked[][] = [
      [cas(0, 2, 9, 14, true), write(1, 7), read(2, 7, 11), cas(0, 1, 6), read(2, 1, 1), write(2, 1), cas(2, 0, 8, 13)],
      [cas(2, 1, 0), write(2, 0), cas(2, 0, 1, 2), read(0, 3, 4)],
    ];
    for (const operations of stories) {
      expect(isLinearizable(model, operations)).toBe(true);
      const problem = pose(model, undefined, [...operations.keys()], operations, { pruned: true });
      const freedom = freedomOf(problem);
      if (freedom === undefined) continue;
      expect(freedom.stuck).toBe(-1);
      expect(boldSearch(problem, freedom).run(5000)).not.toBe(false);
    }
  });
});
