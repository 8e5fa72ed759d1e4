import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Generator } from './generator.ts';
import * as g from './generators.ts';
import { told } from './generators.ts';
import * as apart from './generators-apart.ts';
import { createRandom } from './random.ts';
import type { Completion, Invocation, Nanos } from './types.ts';

const op = (action: string): Invocation => ({ action, input: null });
const actions = (generator: Generator, options = {}) =>
  drive(generator, options).operations.map(({ invocation }) => invocation.action);
const second = 1_000_000_000;

describe('operations and order', () => {
  test('a list is given in its order, and then there is no more', () => {
    const { operations, doneAt } = drive(g.fromList([op('a'), op('b'), op('c')]));
    expect(operations.map(({ invocation }) => invocation.action)).toEqual(['a', 'b', 'c']);
    expect(doneAt).toBe(0);
  });

  test('a limit counts operations, not questions', () => {
    expect(
      actions(
        g.limit(
          3,
          g.stagger(
            10,
            g.repeat(() => op('a')),
          ),
        ),
      ),
    ).toEqual(['a', 'a', 'a']);
  });

  test('concat goes on while the last operations of the former are under way', () => {
    const { operations } = drive(g.concat(g.once(op('a')), g.once(op('b'))), { latency: () => second });
    expect(operations.map(({ at }) => at)).toEqual([0, 0]);
  });

  test('phases begin only when every thread is free', () => {
    const { operations } = drive(g.phases(g.fromList([op('a'), op('a')]), g.once(op('b')), g.once(op('c'))), {
      latency: (_, thread) => second * (thread + 1),
      threads: 2,
    });
    expect(operations.map(({ at, invocation }) => [invocation.action, at / second])).toEqual([
      ['a', 0],
      ['a', 0],
      ['b', 2],
      ['c', expect.toSatisfy((at: number) => at > 2)],
    ]);
  });

  test('a time limit ends the load, and a pause between phases lasts as long as it says', () => {
    const load = g.timeLimit(
      second,
      g.stagger(
        20,
        g.repeat(() => op('a')),
      ),
    );
    const { operations, doneAt } = drive(g.phases(load, g.sleep(2 * second), g.once(op('z'))));
    const last = operations.at(-1);
    expect(last?.invocation.action).toBe('z');
    expect(last?.at).toBe(3 * second);
    expect(operations.slice(0, -1).every(({ at }) => at < second)).toBe(true);
    expect(doneAt).toBe(3 * second);
  });
});

describe('rates', () => {
  test.each([
    ['stagger', g.stagger],
    ['openLoop', g.openLoop],
  ])('%s gives its rate within 3 % over 10 000 operations, for each of five seeds', (_, paced) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { operations } = drive(
        paced(
          100,
          g.repeat(() => op('a')),
        ),
        { seed },
      );
      const rate = (operations.length * second) / (operations.at(-1)?.at ?? 0);
      expect(rate).toBeGreaterThan(97);
      expect(rate).toBeLessThan(103);
    }
  });

  test('the gaps of an open loop are exponential: their deviation is their mean', () => {
    const { operations } = drive(
      g.openLoop(
        100,
        g.repeat(() => op('a')),
      ),
    );
    const gaps = operations.slice(1).map(({ at }, index) => at - (operations[index]?.at ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeGreaterThan(0.95);
    expect(deviation / mean).toBeLessThan(1.05);
  });

  test('slow answers do not slow an open loop down as long as a thread is free', () => {
    const slow = { latency: () => second, threads: 400, most: 2000 };
    const times = (options: object) =>
      drive(
        g.openLoop(
          100,
          g.repeat(() => op('a')),
        ),
        { ...options, most: 2000 },
      ).operations.map(({ at }) => at);
    expect(times(slow)).toEqual(times({ threads: 400 }));
  });

  test('stagger does not make up for time in which every thread was busy, an open loop does', () => {
    const stuck = { latency: (_: Invocation, thread: number) => (thread === 0 ? second : 1), threads: 1, most: 200 };
    const rate = (generator: Generator) => {
      const { operations } = drive(generator, {
        ...stuck,
        latency: (i: Invocation) => (i.action === 'slow' ? second : 1),
      });
      return operations.filter(({ at }) => at > second && at < second + second / 50).length;
    };
    const load = () =>
      g.concat(
        g.once(op('slow')),
        g.repeat(() => op('a')),
      );
    expect(rate(g.openLoop(100, load()))).toBeGreaterThan(80);
    expect(rate(g.stagger(100, load()))).toBeLessThan(10);
  });

  test('delay keeps exact intervals', () => {
    const { operations } = drive(g.delay(second, g.fromList([op('a'), op('b'), op('c')])));
    expect(operations.map(({ at }) => at / second)).toEqual([0, 1, 2]);
  });
});

describe('choice', () => {
  test('a mix holds its weights within three points in 10 000 draws', () => {
    const { operations } = drive(g.mix([3, g.repeat(() => op('a'))], [1, g.repeat(() => op('b'))]));
    const share = operations.filter(({ invocation }) => invocation.action === 'a').length / operations.length;
    expect(share).toBeGreaterThan(0.72);
    expect(share).toBeLessThan(0.78);
  });

  test('a part of a mix that is done drops out', () => {
    const given = actions(
      g.mix(
        [1, g.once(op('a'))],
        [
          1,
          g.limit(
            3,
            g.repeat(() => op('b')),
          ),
        ],
      ),
    );
    expect(given.toSorted()).toEqual(['a', 'b', 'b', 'b']);
  });

  test('any takes whichever can go first', () => {
    const late = g.concat(g.sleep(second), g.once(op('late')));
    const { operations } = drive(
      apart.any(
        late,
        g.limit(
          3,
          g.delay(
            second / 4,
            g.repeat(() => op('early')),
          ),
        ),
      ),
    );
    expect(operations.map(({ invocation }) => invocation.action)).toEqual(['early', 'early', 'early', 'late']);
    expect(operations.at(-1)?.at).toBe(second);
  });
});

describe('threads, keys and nodes', () => {
  test('reserved threads do nothing else, and the others nothing of theirs', () => {
    const generator = apart.reserve(
      [[2, g.repeat(() => op('read'))]],
      g.repeat(() => op('write')),
    );
    const { operations } = drive(generator, { threads: 5, latency: () => second, most: 100 });
    expect(operations.every(({ thread, invocation }) => thread < 2 === (invocation.action === 'read'))).toBe(true);
    expect(new Set(operations.map(({ thread }) => thread))).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  test('each thread has a generator of its own', () => {
    const generator = apart.eachThread((thread) => g.fromList([op(`a${thread}`), op(`b${thread}`)]));
    const { operations, doneAt } = drive(generator, { latency: () => second });
    expect(operations.length).toBe(6);
    expect(doneAt).toBe(2 * second);
    expect(operations.every(({ thread, invocation }) => invocation.action.endsWith(String(thread)))).toBe(true);
  });

  test('every node is asked, and asked again until it answers', () => {
    const generator = apart.eachNode(() => apart.untilOk(op('read'), { attempts: 3, pause: second }));
    const seen = new Map<string, number>();
    const { operations, doneAt } = drive(generator, {
      latency: () => second / 10,
      completion: ({ node }) => {
        const times = (seen.get(node ?? '') ?? 0) + 1;
        seen.set(node ?? '', times);
        if (node === 'n1' || (node === 'n2' && times === 2)) return { type: 'ok', output: null };
        return { type: 'fail', error: 'no leader' };
      },
    });
    const count = (node: string) => operations.filter(({ invocation }) => invocation.node === node).length;
    expect([count('n1'), count('n2'), count('n3')]).toEqual([1, 2, 3]);
    expect(doneAt).toBeGreaterThan(2 * second);
  });

  test('independent keys are worked on in groups of threads, each key once', () => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const generator = apart.independent({ keys, threadsPerKey: 2 }, () =>
      g.limit(
        10,
        g.repeat(() => op('w')),
      ),
    );
    const { operations, doneAt } = drive(generator, { threads: 4, latency: (_, thread) => second + thread });
    expect(doneAt).toBeDefined();
    for (const key of keys) {
      const mine = operations.filter(({ invocation }) => invocation.key === key);
      expect(mine.length).toBe(10);
      expect(new Set(mine.map(({ thread }) => Math.floor(thread / 2))).size).toBe(1);
    }
  });

  test('without groups all threads work on all keys', () => {
    const generator = apart.independent({ keys: ['a', 'b'] }, () =>
      g.limit(
        5,
        g.repeat(() => op('w')),
      ),
    );
    expect(actions(generator).length).toBe(10);
  });

  test('a generator hears of its own operations, whatever was done to them on the way', () => {
    const heard: (string | undefined)[] = [];
    const listener: Generator = {
      next: () => ({ kind: 'invoke', invocation: op('mine'), next: listener }),
      update: ({ invocation }) => {
        heard.push(`${invocation.action} ${invocation.key}`);
        return listener;
      },
    };
    const marked = g.transform((invocation) => ({ ...invocation, key: 'k' }), g.limit(2, listener));
    drive(
      g.limit(
        4,
        apart.any(
          marked,
          g.repeat(() => op('other')),
        ),
      ),
      { latency: () => 1 },
    );
    expect(heard.every((what) => what === 'mine undefined')).toBe(true);
  });
});

/** Any tree of combinators, bounded so that it ends. */
const trees: fc.Arbitrary<Generator> = fc.letrec<{ tree: Generator; leaf: Generator }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('a', 'b', 'c').map((action) => g.once(op(action))),
    fc.integer({ min: 0, max: 9 }).map((n) =>
      g.limit(
        n,
        g.repeat(({ random }) => op(`r${random.int(0, 99)}`)),
      ),
    ),
  ),
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('leaf'),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => g.mix([1, a], [2, b])),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => apart.any(a, b)),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => g.concat(a, b)),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => g.phases(a, b)),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => apart.reserve([[1, a]], b)),
    tie('tree').map((a) => g.stagger(50, a)),
    tie('tree').map((a) => g.openLoop(50, a)),
    tie('tree').map((a) => g.delay(second / 100, a)),
    tie('tree').map((a) => g.timeLimit(second, a)),
    tie('tree').map((a) => apart.eachThread(() => g.limit(3, a))),
    tie('tree').map((a) => apart.eachNode(() => g.limit(3, a))),
    tie('tree').map((a) => apart.independent({ keys: ['k1', 'k2', 'k3'], threadsPerKey: 2 }, () => g.limit(4, a))),
    tie('tree').map((a) => g.transform((i) => ({ ...i, key: 'x' }), a)),
  ),
})).tree;

const latencies = {
  threads: 5,
  latency: ({ action }: Invocation, thread: number) => (action.length + thread) * 1e7,
  most: 300,
};

test('purity: driving a generator leaves it as it was, and the same draws give the same operations', () => {
  fc.assert(
    fc.property(trees, fc.integer(), (tree, seed) => {
      const context = () => ({ now: 0, random: createRandom(seed), free: [0, 1, 2], threads: 3, nodes: ['n1', 'n2'] });
      const { next: _, ...before } = { next: undefined, ...tree.next(context()) };
      const first = drive(tree, { ...latencies, seed });
      const second = drive(tree, { ...latencies, seed });
      expect(second).toEqual(first);
      const { next: __, ...after } = { next: undefined, ...tree.next(context()) };
      expect(after).toEqual(before);
    }),
    { numRuns: 300 },
  );
});

test('every bounded generator ends: it is done once all its operations have completed', () => {
  fc.assert(
    fc.property(trees, fc.integer(), (tree, seed) => {
      const { operations, doneAt } = drive(tree, { ...latencies, most: 20_000, seed });
      expect(operations.length).toBeLessThan(20_000);
      expect(doneAt).toBeDefined();
    }),
    { numRuns: 300 },
  );
});

/**
 * The smallest interpreter there can be, for tests of generators: virtual time, threads that are busy for as long as the
 * test says, completions that the test chooses.
 */
interface Driven {
  readonly at: Nanos;
  readonly thread: number;
  readonly invocation: Invocation;
}

interface DriveOptions {
  readonly threads?: number;
  readonly nodes?: readonly string[];
  readonly seed?: number;
  /** How long an operation takes. */
  readonly latency?: (invocation: Invocation, thread: number) => Nanos;
  readonly completion?: (invocation: Invocation, thread: number) => Completion;
  /** Stops after so many operations or when this time is reached. */
  readonly most?: number;
  readonly end?: Nanos;
}

/** All operations that the generator asked for, and when it said that there are no more. */
function drive(generator: Generator, options: DriveOptions = {}): { operations: Driven[]; doneAt?: Nanos } {
  const { threads = 3, nodes = ['n1', 'n2', 'n3'], seed = 1, most = 10_000, end = Number.MAX_SAFE_INTEGER } = options;
  const random = createRandom(seed);
  const busy = new Map<number, { invocation: Invocation; until: Nanos }>();
  const operations: Driven[] = [];
  let now = 0;
  let current = generator;
  while (now <= end && operations.length < most) {
    const free = Array.from({ length: threads }, (_, thread) => thread).filter((thread) => !busy.has(thread));
    let wake = Number.POSITIVE_INFINITY;
    if (free.length > 0) {
      const step = current.next({ now, random, free, threads, nodes });
      if (step.kind === 'done') return { operations, doneAt: now };
      if (step.kind === 'wait') {
        current = step.next;
        wake = step.until ?? wake;
        if (step.until !== undefined && step.until <= now) throw new Error(`waits until ${wake} at ${now}`);
      } else if ((step.at ?? now) > now) {
        wake = step.at as Nanos;
      } else {
        const thread = step.thread ?? random.pick(free);
        if (!free.includes(thread)) throw new Error(`thread ${thread} is not free`);
        operations.push({ at: now, thread, invocation: step.invocation });
        busy.set(thread, {
          invocation: step.invocation,
          until: now + (options.latency?.(step.invocation, thread) ?? 0),
        });
        current = step.next;
        if (options.latency !== undefined) continue;
      }
    }
    const returning = [...busy].sort(([a, x], [b, y]) => x.until - y.until || a - b)[0];
    if (returning !== undefined && returning[1].until <= wake) {
      const [thread, { invocation, until }] = returning;
      now = Math.max(now, until);
      busy.delete(thread);
      const completion = options.completion?.(invocation, thread) ?? { type: 'ok', output: null };
      current = told(current, { invocation, completion, at: now, thread });
      continue;
    }
    if (wake === Number.POSITIVE_INFINITY) return { operations };
    now = wake;
  }
  return { operations };
}
