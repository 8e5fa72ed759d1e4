// Histories of a simulated database, too long for brute force: what each isolation promises holds, what it allows is found
// sooner or later, and names, order and repetition do not matter. The surprise: seeds are fixed where something must be
// found, since a random database may well behave.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkListAppend } from './list-append.ts';
import { checkRegister } from './register.ts';
import { randomBelow, type Simulation, simulateLists, simulateRegisters } from './testing/database.ts';
import type { AppendOp, Result, Step, Transaction, Value } from './types.ts';

const numRuns = Number(process.env.PORCUPINE_RUNS ?? 800) / 20;

const simulation = (...isolations: Simulation['isolation'][]): fc.Arbitrary<Simulation> =>
  fc.record({
    seed: fc.integer(),
    transactions: fc.integer({ min: 20, max: 200 }),
    processes: fc.integer({ min: 2, max: 10 }),
    keys: fc.integer({ min: 1, max: 10 }),
    operations: fc.integer({ min: 1, max: 8 }),
    isolation: fc.constantFrom(...isolations),
    fail: fc.constantFrom(0, 10),
    info: fc.constantFrom(0, 10),
    writesPerKey: fc.constantFrom(4, 32),
  });

describe('a serial database', () => {
  test('is strict serializable, on lists', () => {
    fc.assert(
      fc.property(simulation('serial'), (options) => {
        expect(checkListAppend(simulateLists(options))).toMatchObject({ anomalyTypes: [], verdict: 'valid' });
      }),
      { numRuns },
    );
  });

  test.each([
    {},
    { wfr: true },
    { sequentialKeys: true },
    { linearizableKeys: true },
    { wfr: true, sequentialKeys: true, linearizableKeys: true },
  ])('is strict serializable, on registers with %j', (options) => {
    fc.assert(
      fc.property(simulation('serial'), (how) => {
        expect(checkRegister(simulateRegisters(how), options)).toMatchObject({ anomalyTypes: [], verdict: 'valid' });
      }),
      { numRuns },
    );
  });
});

describe('a database of snapshots', () => {
  test('keeps strong snapshot isolation', () => {
    fc.assert(
      fc.property(simulation('snapshot'), (options) => {
        const consistency = ['strong-snapshot-isolation'];
        expect(checkListAppend(simulateLists(options), { consistency }).verdict).toBe('valid');
        expect(checkRegister(simulateRegisters(options), { consistency, wfr: true }).verdict).toBe('valid');
      }),
      { numRuns },
    );
  });

  test('shows write skew, and no worse', () => {
    const result = checkListAppend(simulateLists(busy('snapshot')));
    expect(result.anomalyTypes).toEqual(expect.arrayContaining(['G2-item', 'G2-item-process']));
    expect(result.anomalyTypes.every((type) => type.startsWith('G2-item'))).toBe(true);
    expect(result.anomalies.some(({ pattern }) => pattern === 'write-skew')).toBe(true);
    expect(checkRegister(simulateRegisters(busy('snapshot')), { wfr: true }).anomalyTypes).toContain('G2-item');
  });
});

describe('a database that reads what is committed', () => {
  // Of registers only: a list that a transaction has appended to and not committed has no place for the others' appends.
  test('keeps strong read committed', () => {
    fc.assert(
      fc.property(simulation('read-committed'), (options) => {
        const consistency = ['strong-read-committed'];
        expect(checkRegister(simulateRegisters(options), { consistency, wfr: true }).verdict).toBe('valid');
      }),
      { numRuns },
    );
  });

  test('loses updates and shows read skew', () => {
    const expected = ['G-single-item', 'G2-item', 'internal', 'lost-update'];
    const result = checkListAppend(simulateLists(busy('read-committed')));
    expect(result.anomalyTypes).toEqual(expect.arrayContaining(expected));
  });
});

test('a database without any isolation shows nearly every anomaly of lists', () => {
  const found = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const options = { ...busy('chaos'), seed, transactions: 4 + (seed % 12), keys: 2 + (seed % 3) };
    for (const type of checkListAppend(simulateLists(options)).anomalyTypes) found.add(type);
  }
  expect([...found]).toEqual(
    expect.arrayContaining([
      'G-single-item',
      'G1a',
      'G1b',
      'G0',
      'G1c',
      'G2-item',
      'dirty-update',
      'incompatible-order',
      'internal',
      'lost-update',
    ]),
  );
});

test('each cycle says what the transactions did', () => {
  fc.assert(
    fc.property(simulation('chaos', 'snapshot', 'read-committed', 'serial'), (options) => {
      const history = simulateLists(options);
      for (const { cycle = [], transactions } of checkListAppend(history).anomalies) {
        expect(cycle.every(({ to }, i) => to === cycle[(i + 1) % cycle.length]?.from)).toBe(true);
        expect(new Set(transactions).size).toBe(transactions.length);
        for (const step of cycle) expect(holds(step, history), step.because).toBe(true);
      }
    }),
    { numRuns },
  );
});

describe('an answer does not depend on', () => {
  const chaos = simulation('chaos', 'snapshot', 'read-committed');

  test('being asked for again', () => {
    fc.assert(
      fc.property(chaos, (options) => {
        expect(checkListAppend(simulateLists(options))).toEqual(checkListAppend(simulateLists(options)));
      }),
      { numRuns },
    );
  });

  test('the names of keys, values and processes, or the clock', () => {
    fc.assert(
      fc.property(chaos, (options) => {
        const history = simulateLists(options);
        const renamed = history.map((t) => ({
          ...t,
          process: `client ${t.process}`,
          call: t.call * 7.5 - 1e6,
          return: t.return === undefined ? undefined : t.return * 7.5 - 1e6,
          ops: t.ops.map(rename),
        }));
        expect(shape(checkListAppend(renamed))).toEqual(shape(checkListAppend(history)));
      }),
      { numRuns },
    );
  });

  test('the order in which transactions are listed', () => {
    fc.assert(
      fc.property(chaos, fc.integer(), (options, seed) => {
        const history = simulateLists(options);
        const below = randomBelow(seed);
        const shuffled = [...history].map((t) => ({ t, at: below(1e9) })).sort((a, b) => a.at - b.at);
        // Two reads of one length that contradict each other make either the order: then the rest may differ.
        const before = checkListAppend(history);
        if (before.anomalyTypes.includes('incompatible-order')) return;
        const after = checkListAppend(shuffled.map(({ t }) => t));
        expect({ not: after.not, verdict: after.verdict }).toEqual({ not: before.not, verdict: before.verdict });
      }),
      { numRuns },
    );
  });
});

function busy(isolation: Simulation['isolation']): Simulation {
  return {
    seed: 5,
    transactions: 400,
    processes: 8,
    keys: 6,
    operations: 6,
    isolation,
    fail: 5,
    info: 5,
    writesPerKey: 20,
  };
}

function rename(op: AppendOp): AppendOp {
  const value = (v: Value) => `value ${v}`;
  return op[0] === 'append'
    ? ['append', `key ${op[1]}`, value(op[2])]
    : ['r', `key ${op[1]}`, op[2] === null ? null : op[2].map(value)];
}

function shape({ anomalies, ...rest }: Result) {
  const told = anomalies.map(({ type, transactions, cycle, pattern }) => ({
    type,
    transactions,
    steps: cycle?.map(({ from, to, type: kind }) => [from, to, kind]),
    pattern,
  }));
  return { ...rest, told };
}

/** The step by its definition, from the two transactions alone. */
function holds({ from, to, type, key, value, next }: Step, history: readonly Transaction<AppendOp>[]): boolean {
  const a = history[from];
  const b = history[to];
  if (a === undefined || b === undefined) return false;
  const appended = ({ ops }: Transaction<AppendOp>, v: unknown) =>
    ops.some((op) => op[0] === 'append' && op[1] === key && op[2] === v);
  const read = ({ ops }: Transaction<AppendOp>, holding: unknown, not?: unknown) =>
    ops.some((op) => {
      const list: readonly unknown[] = op[0] === 'r' && op[1] === key ? (op[2] ?? []) : [not];
      return (holding === null || list.includes(holding)) && !list.includes(not);
    });
  if (type === 'ww') return appended(a, value) && appended(b, next);
  if (type === 'wr') return appended(a, value) && read(b, value);
  if (type === 'rw') return read(a, value, next) && appended(b, next);
  if (a.return === undefined) return false;
  return type === 'process' ? a.process === b.process && a.return <= b.call : a.return < b.call;
}
