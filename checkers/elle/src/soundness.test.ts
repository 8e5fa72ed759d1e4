// The checker against brute force over orders, on histories of a simulated database that keeps no promise. What is ruled
// out must be impossible; and for lists, what is impossible must be ruled out. The surprise: that second half is exact
// only because a list read shows its whole past; of registers the checker knows less, and may let a violation pass.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkListAppend } from './list-append.ts';
import { checkRegister, type RegisterOptions } from './register.ts';
import { admits, type Level, levels } from './testing/brute-force.ts';
import { randomBelow, type Simulation, simulateLists, simulateRegisters } from './testing/database.ts';
import type { AppendOp, Result, Transaction } from './types.ts';

const numRuns = Number(process.env.PORCUPINE_RUNS ?? 800) / 4;

const simulation = (...isolations: Simulation['isolation'][]): fc.Arbitrary<Simulation> =>
  fc.record({
    seed: fc.integer(),
    transactions: fc.integer({ min: 1, max: 5 }),
    processes: fc.integer({ min: 1, max: 4 }),
    keys: fc.integer({ min: 1, max: 3 }),
    operations: fc.integer({ min: 1, max: 4 }),
    isolation: fc.constantFrom(...isolations),
    fail: fc.constantFrom(0, 20),
    info: fc.constantFrom(0, 20),
  });

const ruledOut = ({ not, alsoNot }: Result): Level[] => levels.filter((level) => [...not, ...alsoNot].includes(level));

/** The same with coarse clocks, so that answers and questions often fall on the same instant. */
const coarse = <Op>(history: readonly Transaction<Op>[], grain: number): Transaction<Op>[] =>
  history.map((t) => ({
    ...t,
    call: Math.floor(t.call / grain),
    return: t.return === undefined ? undefined : Math.floor(t.return / grain),
  }));

describe('lists', () => {
  test('what is ruled out is just what no order explains', () => {
    fc.assert(
      fc.property(simulation('chaos', 'snapshot', 'read-committed'), fc.constantFrom(1, 2), (options, grain) => {
        const history = coarse(simulateLists(options), grain);
        const result = checkListAppend(history);
        if (result.verdict === 'unknown') return;
        const impossible = levels.filter((level) => !admits(level, history));
        const claimed = ruledOut(result);
        // Sound: nothing is claimed that is not so.
        expect(impossible).toEqual(expect.arrayContaining(claimed));
        // Complete: for serializability always, for snapshots where reads fix the order of all writes.
        const decided = isTotal(history) ? levels : levels.filter((level) => level.endsWith('serializable'));
        expect(claimed).toEqual(expect.arrayContaining(impossible.filter((level) => decided.includes(level))));
      }),
      { numRuns },
    );
  });

  test('a spoiled read is ruled out just if no order explains it', () => {
    fc.assert(
      fc.property(simulation('serial'), fc.integer(), (options, seed) => {
        const history = spoil(simulateLists(options), randomBelow(seed));
        const result = checkListAppend(history);
        if (result.verdict === 'unknown') return;
        expect(ruledOut(result).filter((level) => level.endsWith('serializable'))).toEqual(
          levels.filter((level) => level.endsWith('serializable') && !admits(level, history)),
        );
      }),
      { numRuns },
    );
  });
});

describe('registers', () => {
  const cases: [string, RegisterOptions, readonly Level[]][] = [
    ['without assumptions', {}, levels],
    ['if writes follow reads', { wfr: true }, levels],
    // Where each key must be sequential or linearizable, only models that promise so may be judged by it.
    ['if keys are sequential', { sequentialKeys: true }, ['strong-session-serializable', 'strict-serializable']],
    ['if keys are linearizable', { linearizableKeys: true }, ['strict-serializable']],
    ['with all of these', { wfr: true, sequentialKeys: true, linearizableKeys: true }, ['strict-serializable']],
  ];
  test.each(cases)('what is ruled out is impossible, %s', (_, options, judged) => {
    fc.assert(
      fc.property(simulation('chaos', 'snapshot', 'read-committed', 'serial'), fc.constantFrom(1, 2), (how, grain) => {
        const history = coarse(simulateRegisters(how), grain);
        const claimed = ruledOut(checkRegister(history, options)).filter((level) => judged.includes(level));
        expect(levels.filter((level) => !admits(level, history))).toEqual(expect.arrayContaining(claimed));
      }),
      { numRuns: numRuns / 2 },
    );
  });
});

/** Whether every append of a transaction that is ok, or was seen, is in some read: then each key's versions are in order. */
function isTotal(history: readonly Transaction<AppendOp>[]): boolean {
  const read = new Set(
    history
      .filter(({ type }) => type === 'ok')
      .flatMap(({ ops }) => ops.flatMap((op) => (op[0] === 'r' ? (op[2] ?? []).map((v) => `${op[1]} ${v}`) : []))),
  );
  return history.every(({ type, ops }) => {
    const appends = ops.filter((op) => op[0] === 'append').map((op) => `${op[1]} ${op[2]}`);
    return (
      appends.every((append) => read.has(append)) || (type !== 'ok' && !appends.some((append) => read.has(append)))
    );
  });
}

/** Changes one read: an element less, one more, or two in the other order. */
function spoil(history: Transaction<AppendOp>[], below: (limit: number) => number): Transaction<AppendOp>[] {
  const victim = below(Math.max(1, history.length));
  return history.map((t, i) => {
    if (i !== victim) return t;
    const chosen = below(t.ops.length);
    return {
      ...t,
      ops: t.ops.map((op, at) => {
        if (at !== chosen || op[0] !== 'r' || op[2] === null) return op;
        const list = [...op[2]];
        const how = below(3);
        if (how === 0) list.pop();
        else if (how === 1) list.push(1 + below(4));
        else list.reverse();
        return ['r', op[1], list] as const;
      }),
    };
  });
}
