import { describe, expect, test } from 'vitest';
import { HarnessError } from '../harness/core/errors.ts';
import type { Completion, Invocation, Json } from '../harness/core/types.ts';
import { drive, planOf } from './drive.fixture.ts';
import { workloads } from './index.ts';

const { append, calls, lock, register, set } = workloads;

/** A register for each key, as a correct target would keep it. */
function registers(): (invocation: Invocation) => Completion {
  const values = new Map<string, Json>();
  return ({ action, input, key = '' }) => {
    const value = values.get(key) ?? null;
    if (action === 'read') return { type: 'ok', output: value };
    if (action === 'cas') {
      const [expected, replacement] = input as [Json, Json];
      if (expected !== value) return { type: 'fail', error: 'precondition' };
      values.set(key, replacement);
    } else {
      values.set(key, input);
    }
    return { type: 'ok', output: null };
  };
}

describe('every workload', () => {
  test.each(Object.values(workloads))(
    '$name asks the same for the same seed, and other things for another',
    (workload) => {
      const play = (seed: number) => drive(workload.generator(planOf()), { seed, count: 200 });
      expect(play(7)).toEqual(play(7));
      expect(play(7)).not.toEqual(play(8));
    },
  );

  test.each(Object.values(workloads))('$name keeps its rate', (workload) => {
    const driven = drive(workload.generator(planOf()), { count: 2000 });
    const lasted = (driven.at(-1)?.at ?? 0) / 1e9;
    expect(2000 / lasted).toBeGreaterThan(85);
    expect(2000 / lasted).toBeLessThan(115);
  });

  test.each(Object.values(workloads))('$name uses every thread', (workload) => {
    const driven = drive(workload.generator(planOf()), { count: 200 });
    expect(new Set(driven.map(({ thread }) => thread))).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe('register', () => {
  test('keeps few keys alive and gives each its number of operations', () => {
    const options = { keys: 2, operationsPerKey: 50 };
    const driven = drive(register.generator(planOf(options)), { count: 1000 });
    const perKey = new Map<string, number>();
    for (const { invocation } of driven) perKey.set(invocation.key ?? '', (perKey.get(invocation.key ?? '') ?? 0) + 1);
    expect(perKey.size).toBeGreaterThanOrEqual(20);
    const total = 2 + 1000 / 50;
    expect(perKey.size).toBeLessThanOrEqual(total);
    const retired = [...perKey.values()].filter((count) => count === 50);
    expect(retired.length).toBeGreaterThanOrEqual(18);
  });

  test('writes every value of a key once', () => {
    const driven = drive(register.generator(planOf()), { count: 900 });
    const written = driven.flatMap(({ invocation: { action, input, key } }) => {
      if (action === 'read') return [];
      return [`${key} ${JSON.stringify(action === 'cas' ? (input as [Json, Json])[1] : input)}`];
    });
    expect(new Set(written).size).toBe(written.length);
  });

  test('draws values from a range where one is given', () => {
    const driven = drive(register.generator(planOf({ valueRange: 3, casShare: 0, readShare: 0 })), { count: 100 });
    expect(new Set(driven.map(({ invocation }) => invocation.input))).toEqual(new Set([1, 2, 3]));
  });

  test('aims its compare-and-sets well enough that many swap', () => {
    const answer = registers();
    let swapped = 0;
    let tried = 0;
    drive(register.generator(planOf()), {
      count: 1000,
      answer(invocation) {
        const completion = answer(invocation);
        if (invocation.action === 'cas') {
          tried++;
          if (completion.type === 'ok') swapped++;
        }
        return completion;
      },
    });
    expect(tried).toBeGreaterThan(150);
    expect(swapped / tried).toBeGreaterThan(0.9);
  });

  test('finally reads every key that the load can touch through every node', () => {
    const plan = planOf({ operationsPerKey: 50 });
    const touched = new Set(drive(register.generator(plan), { count: 5000 }).map(({ invocation }) => invocation.key));
    const reads = drive(register.final(plan), { count: 10_000 });
    for (const node of plan.nodes) {
      const read = new Set(
        reads.filter(({ invocation }) => invocation.node === node).map(({ invocation }) => invocation.key),
      );
      expect([...touched].filter((key) => !read.has(key))).toEqual([]);
    }
    expect(new Set(reads.map(({ invocation }) => invocation.action))).toEqual(new Set(['read']));
  });
});

describe('final reads', () => {
  const plan = planOf({ operationsPerKey: 1000 });
  const refused: Completion = { type: 'fail', error: 'no leader' };

  test('are asked again, later, when they got no answer, and end when they have one', () => {
    const seen = new Map<string, number>();
    const reads = drive(register.final(plan), {
      count: 10_000,
      answer({ key, node }) {
        const times = (seen.get(`${key} ${node}`) ?? 0) + 1;
        seen.set(`${key} ${node}`, times);
        return node === 'n2' && times < 3 ? refused : { type: 'ok', output: null };
      },
    });
    const of = (node: string) => reads.filter(({ invocation }) => invocation.node === node);
    expect(of('n2').length).toBe(3 * of('n1').length);
    const [first, second] = of('n2').filter(({ invocation }) => invocation.key === 'k0');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(200e6);
  });

  test('give up on a node that never answers', () => {
    const reads = drive(register.final(plan), { count: 10_000, answer: () => refused });
    const keys = new Set(reads.map(({ invocation }) => invocation.key)).size;
    expect(reads.length).toBe(keys * 3 * 5);
  });
});

describe('append and set', () => {
  test.each([
    [append, 'append'],
    [set, 'add'],
  ] as const)('%o writes every number once, and reads in between', (workload, action) => {
    const driven = drive(workload.generator(planOf()), { count: 1000 });
    const written = driven
      .filter(({ invocation }) => invocation.action === action)
      .map(({ invocation }) => invocation.input);
    expect(new Set(written).size).toBe(written.length);
    const reads = driven.filter(({ invocation }) => invocation.action === 'read').length;
    expect(reads).toBeGreaterThan(60);
    expect(reads + written.length).toBe(1000);
  });

  test('check for data loss, and for order where that is promised', () => {
    expect(append.checkers({}).map(({ name }) => name)).toEqual(['data-loss', 'linearizable']);
    expect(append.checkers({ linearizable: false }).map(({ name }) => name)).toEqual(['data-loss']);
    expect(set.checkers({}).map(({ name }) => name)).toEqual(['data-loss']);
    expect(set.checkers({ linearizable: true }).map(({ name }) => name)).toEqual(['data-loss', 'linearizable']);
  });
});

describe('calls', () => {
  const roles = {
    nodes: ['c1', 'c2', 'd1', 'd2'],
    roles: { c1: 'caller', c2: 'caller', d1: 'dependency', d2: 'dependency' },
  };

  test('are asked of callers, for instances, with the share of bad ones that was asked for', () => {
    const driven = drive(calls.generator(planOf({ badShare: 0.3 }, roles)), { count: 2000 });
    expect(new Set(driven.map(({ invocation }) => invocation.node))).toEqual(new Set(['c1', 'c2']));
    const inputs = driven.map(({ invocation }) => invocation.input as { to: string; kind: string });
    expect(new Set(inputs.map(({ to }) => to))).toEqual(new Set(['d1', 'd2']));
    const bad = inputs.filter(({ kind }) => kind === 'bad').length / inputs.length;
    expect(bad).toBeGreaterThan(0.26);
    expect(bad).toBeLessThan(0.34);
  });

  test('go to anybody where nobody has the role', () => {
    const driven = drive(calls.generator(planOf()), { count: 100 });
    expect(new Set(driven.map(({ invocation }) => invocation.node))).toEqual(new Set(['n1', 'n2', 'n3']));
  });
});

describe('lock', () => {
  const roles = {
    nodes: ['l1', 'r1', 'h1', 'h2'],
    roles: { l1: 'lock', r1: 'resource', h1: 'holder', h2: 'holder' },
  };
  const play = (answer: (invocation: Invocation) => Completion, threads = 1) =>
    drive(lock.generator(planOf({}, roles)), { count: 400, threads, answer }).map(({ invocation, thread }) => ({
      ...invocation,
      thread,
    }));

  test('writes a few times under each lease and gives it back, always through the same holder', () => {
    const asked = play(() => ({ type: 'ok', output: null }));
    const sections = asked.map(({ action }) => action[0]).join('');
    expect(sections).toMatch(/^(aw{1,3}r)+(aw{0,3})?$/);
    for (const length of ['awr', 'awwr', 'awwwr']) expect(sections).toContain(length);
    expect(new Set(asked.map(({ node }) => node))).toEqual(new Set(['h1']));
    expect(new Set(play(() => ({ type: 'ok', output: null }), 4).map(({ node }) => node))).toEqual(
      new Set(['h1', 'h2']),
    );
  });

  test('writes nothing without a lease, and begins anew when one is over', () => {
    const refused = play(({ action }) =>
      action === 'acquire' ? { type: 'fail', error: 'no' } : { type: 'ok', output: 0 },
    );
    expect(new Set(refused.map(({ action }) => action))).toEqual(new Set(['acquire']));
    const over = play(({ action }) => (action === 'write' ? { type: 'fail', error: 'no' } : { type: 'ok', output: 0 }));
    expect(over.map(({ action }) => action[0]).join('')).toMatch(/^(aw)+a?$/);
  });

  test('reads at the end what every lock guarded, at the resource', () => {
    const reads = drive(lock.final(planOf({ keys: 2 }, roles)), {
      count: 100,
      answer: () => ({ type: 'ok', output: [] }),
    }).map(({ invocation: { action, key, node } }) => [action, key, node]);
    expect(reads).toEqual([
      ['read', 'k0', 'r1'],
      ['read', 'k1', 'r1'],
    ]);
  });
});

test.each([
  [register, { keys: 0 }],
  [register, { readShare: 'half' }],
  [append, { operationsPerKey: null }],
  [calls, { from: 7 }],
  [lock, { ttlMs: 'long' }],
] as const)('a wrong option is refused by name: %o %o', (workload, options) => {
  const [name] = Object.keys(options);
  expect(() => drive(workload.generator(planOf(options)), { count: 1 })).toThrow(HarnessError);
  expect(() => drive(workload.generator(planOf(options)), { count: 1 })).toThrow(`\`${name}\``);
});
