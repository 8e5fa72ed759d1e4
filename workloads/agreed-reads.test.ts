import { describe, expect, test } from 'vitest';
import type { Completion, Invocation, Json } from '../harness/core/types.ts';
import { agreedReads } from './agreed-reads.ts';
import { drive, planOf } from './drive.fixture.ts';
import { kafka } from './kafka.ts';

const read = (output: Json): Completion => ({ type: 'ok', output });

describe('the last reads', () => {
  const nodes = planOf().nodes;
  const asked = (answer: (invocation: Invocation, count: number) => Completion, options = {}) => {
    let count = 0;
    return drive(agreedReads(planOf(options)), { count: 500, answer: (invocation) => answer(invocation, count++) });
  };

  test('are one of each node where all say the same, in whatever order', () => {
    const driven = asked(({ node }) => read(node === nodes[0] ? [1, 2] : [2, 1]));
    expect(driven.map(({ invocation }) => invocation.node)).toEqual(nodes);
  });

  test('are repeated until all say the same', () => {
    const driven = asked(({ node }, count) => read(node === nodes[0] || count >= 3 * nodes.length ? [1] : []));
    expect(driven).toHaveLength(4 * nodes.length);
  });

  test('are repeated while a node does not answer, and given up in the end', () => {
    const driven = asked(() => ({ type: 'fail', error: 'down' }), { convergeWithinMs: 1000 });
    expect(driven.length).toBeGreaterThan(nodes.length);
    expect(driven.at(-1)?.at).toBeLessThan(1.5e9);
  });
});

test('the last polls of kafka go on from where the answer ended, to the end of every log, on every node', () => {
  const log = Array.from({ length: 7 }, (_, offset) => [offset, 100 + offset]);
  const plan = planOf({ keys: 1 });
  const driven = drive(kafka.final?.(plan) as NonNullable<ReturnType<NonNullable<typeof kafka.final>>>, {
    count: 500,
    answer: ({ input }) => {
      const from = (input as { k0: number }).k0;
      return read({ k0: log.slice(from, from + 3) });
    },
  });
  for (const node of plan.nodes) {
    const starts = driven
      .filter(({ invocation }) => invocation.node === node)
      .map(({ invocation }) => invocation.input);
    expect(starts).toEqual([{ k0: 0 }, { k0: 3 }, { k0: 6 }, { k0: 7 }]);
  }
});
