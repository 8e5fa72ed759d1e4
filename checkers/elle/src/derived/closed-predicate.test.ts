import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Key, Transaction, Value } from '../types.ts';
import { checkClosedPredicate } from './closed-predicate.ts';
import { matches, type Predicate, type PredicateOp } from './closed-universe.ts';

let processes = 0;
/** All at once, each by another process. */
const txn = (ops: readonly PredicateOp[], more: Partial<Transaction<PredicateOp>> = {}): Transaction<PredicateOp> => ({
  process: processes++,
  type: 'ok',
  ops,
  call: 0,
  return: 0,
  ...more,
});
const serializable = { consistency: ['serializable'] };
const types = (...history: Transaction<PredicateOp>[]) => checkClosedPredicate(history, serializable).anomalyTypes;
const zeros = txn([
  ['init', 'x', 0],
  ['init', 'y', 0],
]);
const none: PredicateOp = ['rp', 'true', []];

// The histories of Elle's closed_predicate_test.clj, each with a near twin.
describe('predicate reads', () => {
  it('that saw each other’s writes are a G1c', () => {
    const one = txn([
      ['w', 'x', 1],
      ['rp', 'true', [['y', 2]]],
    ]);
    expect(
      types(
        one,
        txn([
          ['w', 'y', 2],
          ['rp', 'true', [['x', 1]]],
        ]),
      ),
    ).toEqual(['G1c']);
    expect(types(one, txn([['w', 'y', 2], none]))).toEqual([]);
  });

  it('that missed each other’s new objects are a G2, which no anomaly of items is', () => {
    const one = txn([['w', 'x', 1], none]);
    const result = checkClosedPredicate([one, txn([['w', 'y', 2], none])], serializable);
    expect(result).toMatchObject({ verdict: 'invalid', anomalyTypes: ['G2'], not: ['serializable'] });
    expect(result.anomalies[0]?.cycle?.map(({ type }) => type)).toEqual(['rw', 'rw']);
    expect(result.anomalies[0]?.cycle?.[0]?.because).toBe(
      'T0 asked for "true" and met y not yet there, before T1 made y = 2 of it, which changes the answer',
    );
    expect(
      types(
        one,
        txn([
          ['w', 'y', 2],
          ['rp', 'true', [['x', 1]]],
        ]),
      ),
    ).toEqual([]);
  });

  it('that missed each other’s deleted objects have seen them deleted: a G1c', () => {
    expect(types(zeros, txn([['delete', 'x'], none]), txn([['delete', 'y'], none]))).toEqual(['G1c']);
    const kept = txn([
      ['delete', 'y'],
      ['rp', 'true', [['x', 0]]],
    ]);
    expect(types(zeros, txn([['delete', 'x'], none]), kept)).toEqual([]);
  });

  it('that are of a value tell which objects have another', () => {
    const reads = (key: Key, writes: Key) =>
      txn([
        ['rp', ['=', 0], [[key, 0]]],
        ['w', writes, 1],
      ]);
    expect(types(zeros, reads('x', 'x'), reads('y', 'y'))).toEqual(['G1c']);
    const ones = (writes: Key) =>
      txn([
        ['rp', ['=', 1], []],
        ['w', writes, 1],
      ]);
    expect(types(zeros, ones('x'), ones('y'))).toEqual(['G2']);
    expect(
      types(
        zeros,
        ones('x'),
        txn([
          ['rp', ['=', 1], [['x', 1]]],
          ['w', 'y', 1],
        ]),
      ),
    ).toEqual([]);
  });

  it('that miss an object all of whose versions match are told apart', () => {
    const result = checkClosedPredicate([
      txn([['init', 5, 3]]),
      txn([
        ['rp', ['mod', 2, 1], []],
        ['rp', ['=', 3], []],
      ]),
    ]);
    expect(result).toMatchObject({ verdict: 'invalid', anomalyTypes: ['predicate-read-miss'], not: ['serializable'] });
    expect(result.anomalies).toHaveLength(2);
    expect(types(txn([['init', 5, 3]]), txn([['rp', ['mod', 2, 0], []]]))).toEqual([]);
  });
});

describe('reads of items beside them', () => {
  it('of a deleted object are of who deleted it', () => {
    const universe = txn([
      ['init', 'x', 0],
      ['init', 'z', 0],
    ]);
    const deleter = txn([
      ['r', 'z', 3],
      ['delete', 'x'],
    ]);
    const reader = txn([
      ['r', 'x', null],
      ['insert', 'y', 2],
    ]);
    expect(
      types(
        universe,
        deleter,
        reader,
        txn([
          ['r', 'y', 2],
          ['w', 'z', 3],
        ]),
      ),
    ).toEqual(['G1c']);
    expect(
      types(
        universe,
        txn([
          ['r', 'z', 0],
          ['delete', 'x'],
        ]),
        reader,
        txn([
          ['r', 'y', 2],
          ['w', 'z', 3],
        ]),
      ),
    ).toEqual([]);
  });

  it('of an object before the universe was made are a G-single of items', () => {
    const universe = txn([
      ['init', 'x', 0],
      ['init', 'z', 0],
    ]);
    const changed = txn([
      ['delete', 'x'],
      ['insert', 'y', 1],
    ]);
    expect(
      types(
        universe,
        changed,
        txn([
          ['r', 'y', 1],
          ['r', 'z', null],
        ]),
      ),
    ).toEqual(['G-single-item']);
    expect(
      types(
        universe,
        changed,
        txn([
          ['r', 'y', 1],
          ['r', 'z', 0],
        ]),
      ),
    ).toEqual([]);
    const both = txn([
      ['rp', ['mod', 2, 0], []],
      ['r', 7, null],
    ]);
    expect(types(txn([['init', 7, 1]]), both)).toEqual(['G-single-item']);
  });

  it('that a predicate read contradicts are a G-single, without `-item` if the predicate read was first', () => {
    const writer = txn([
      ['insert', 'x', 1],
      ['insert', 'y', 1],
    ]);
    expect(types(writer, txn([['rp', ['=', 1], [['x', 1]]]]))).toEqual(['G-single']);
    expect(
      types(
        writer,
        txn([
          [
            'rp',
            'true',
            [
              ['x', 1],
              ['y', 1],
            ],
          ],
        ]),
      ),
    ).toEqual([]);
    expect(
      types(
        writer,
        txn([
          ['r', 'x', 1],
          ['r', 'y', null],
        ]),
      ),
    ).toEqual(['G-single-item']);
  });

  it('of what was aborted, or never written, are told', () => {
    const failed = txn([['insert', 'x', 1]], { type: 'fail' });
    expect(types(failed, txn([['rp', 'true', [['x', 1]]]]))).toEqual(['G1a']);
    expect(types(failed, txn([['r', 'x', 2]]))).toEqual(['garbage-read']);
    expect(types(failed, txn([['r', 'x', null], none]))).toEqual([]);
  });
});

describe('what is not known', () => {
  it('a transaction of unknown outcome counts once it was seen', () => {
    const lost = txn(
      [
        ['insert', 'x', 1],
        ['insert', 'y', 1],
      ],
      { type: 'info', return: undefined },
    );
    expect(
      types(
        lost,
        txn([
          ['r', 'x', 1],
          ['r', 'y', null],
        ]),
      ),
    ).toEqual(['G-single-item']);
    expect(types(lost, txn([['r', 'x', null], none]))).toEqual([]);
  });

  it('objects that were changed twice have no known order', () => {
    const verdict = (...history: Transaction<PredicateOp>[]) => checkClosedPredicate(history);
    expect(verdict(zeros, txn([['w', 'x', 1]]), txn([['delete', 'x']]))).toMatchObject({
      verdict: 'unknown',
      reason: 'x was changed more than once',
    });
    expect(verdict(zeros, txn([['w', 'x', 0]])).verdict).toBe('unknown');
    expect(verdict(zeros, txn([['w', 'x', 1]]), txn([['delete', 'x']], { type: 'fail' })).verdict).toBe('valid');
  });

  it('predicates are of numbers as in mathematics', () => {
    expect(matches(['mod', 3, 2], 5) && matches(['mod', 3, 2], -1)).toBe(true);
    expect(matches(['mod', 3, 2], 6) || matches(['mod', 3, 2], 'b') || matches(['=', 5], '5')).toBe(false);
  });
});

describe('against every order', () => {
  const key = fc.constantFrom('x', 'y', 'z');
  const predicate = fc.constantFrom<Predicate>('true', ['=', 1], ['mod', 2, 0]);
  const step = fc.oneof(
    fc.record({ f: fc.constant('change' as const), key }),
    fc.record({ f: fc.constant('r' as const), key }),
    fc.record({ f: fc.constant('rp' as const), predicate }),
  );
  const drawn = fc.record({
    transactions: fc.array(fc.array(step, { minLength: 2, maxLength: 4 }), { minLength: 3, maxLength: 4 }),
    /** Which of the orders is run, and in which each transaction's reads are of another run. */
    runs: fc.tuple(fc.nat(), fc.nat()),
    torn: fc.array(fc.nat(1), { minLength: 4, maxLength: 4 }),
  });

  it('a history that some order explains is never convicted, and many others are', () => {
    const seen = { explained: 0, convicted: 0 };
    const numRuns = Number(process.env.PORCUPINE_RUNS ?? 800) / 4;
    fc.assert(
      fc.property(drawn, ({ transactions, runs, torn }) => {
        const history = play(transactions, runs, torn);
        const orders = permutations(history.slice(1));
        const explained = orders.some((order) => sameReads([history[0] as PredicateOp[], ...order]));
        const verdict = checkClosedPredicate(
          history.map((ops) => txn(ops)),
          serializable,
        ).verdict;
        if (explained) {
          seen.explained += 1;
          expect(verdict).toBe('valid');
        } else if (verdict === 'invalid') seen.convicted += 1;
      }),
      { numRuns },
    );
    expect(seen.explained).toBeGreaterThan(numRuns / 10);
    expect(seen.convicted).toBeGreaterThan(numRuns / 20);
  });
});

type Drawn = readonly (readonly ({ f: 'change' | 'r'; key: string } | { f: 'rp'; predicate: Predicate })[])[];

/** Runs the transactions in one order, or in two, and takes each transaction's reads from one of them. */
function play(
  transactions: Drawn,
  [first, second]: readonly [number, number],
  torn: readonly number[],
): PredicateOp[][] {
  const changed = new Set<string>();
  const asked = transactions.map((steps) =>
    steps.flatMap((step): PredicateOp[] => {
      if (step.f === 'rp') return [['rp', step.predicate, null]];
      if (step.f === 'r') return [['r', step.key, null]];
      if (changed.has(step.key)) return [];
      changed.add(step.key);
      return [step.key === 'x' ? ['w', 'x', 1] : step.key === 'y' ? ['delete', 'y'] : ['insert', 'z', 2]];
    }),
  );
  const init: PredicateOp[] = [
    ['init', 'x', 0],
    ['init', 'y', 1],
  ];
  const orders = permutations(asked.map((_, index) => index));
  const runIn = (order: readonly number[]): PredicateOp[][] => {
    const all = run([init, ...order.map((index) => asked[index] ?? [])]).slice(1);
    return asked.map((_, index) => all[order.indexOf(index)] ?? []);
  };
  const one = runIn(orders[first % orders.length] ?? []);
  const other = runIn(orders[second % orders.length] ?? []);
  return [init, ...one.map((ops, index) => (torn[index] === 0 ? (other[index] ?? []) : ops))];
}

/** What each transaction reads if they run one after the other. */
function run(order: readonly (readonly PredicateOp[])[]): PredicateOp[][] {
  const state = new Map<Key, Value>();
  return order.map((ops) =>
    ops.map((op): PredicateOp => {
      if (op[0] === 'r') return ['r', op[1], state.get(op[1]) ?? null];
      if (op[0] === 'rp') return ['rp', op[1], [...state].filter(([, value]) => matches(op[1], value)).sort()];
      if (op[0] === 'delete') state.delete(op[1]);
      else state.set(op[1], op[2]);
      return op;
    }),
  );
}

const sameReads = (order: readonly (readonly PredicateOp[])[]): boolean =>
  JSON.stringify(run(order)) === JSON.stringify(order);

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, place) => permutations(items.toSpliced(place, 1)).map((rest) => [item, ...rest]));
}
