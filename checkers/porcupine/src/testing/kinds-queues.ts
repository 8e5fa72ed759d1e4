// The queue, the stack and the priority queue, each with values that often repeat and so are left to the search, and with
// values that hardly do, so that some histories are decided by the fast path.
import fc from 'fast-check';
import { type PriorityQueueInput, priorityQueue, type QueueInput, queue, type StackInput, stack } from '../index.ts';
import type { Kind } from './histories.ts';

interface Values {
  readonly value: fc.Arbitrary<number>;
  readonly lie: fc.Arbitrary<number | null | undefined>;
}

const few: Values = {
  value: fc.integer({ min: 0, max: 2 }),
  lie: fc.constantFrom(0, 1, 2, null, undefined),
};
const many: Values = {
  value: fc.integer({ min: 0, max: 5 }),
  lie: fc.constantFrom(0, 1, 2, 3, 4, 5, null, undefined),
};

export const queueKinds = {
  queue: queueKind(few),
  'queue, mostly unique': queueKind(many),
  stack: stackKind(few),
  'stack, mostly unique': stackKind(many),
  'priority-queue': priorityQueueKind(few),
  'priority-queue, mostly unique': priorityQueueKind(many),
};

function queueKind({ value, lie }: Values): Kind<readonly number[], QueueInput<number>, number | null> {
  return {
    model: queue<number>(),
    input: fc.oneof(
      fc.record({ action: fc.constant('dequeue' as const) }),
      fc.record({ action: fc.constant('enqueue' as const), value }),
    ),
    answer: (state, input) => (input.action === 'dequeue' ? (state[0] ?? null) : undefined),
    lie,
  };
}

function stackKind({ value, lie }: Values): Kind<readonly number[], StackInput<number>, number | null> {
  return {
    model: stack<number>(),
    input: fc.oneof(
      fc.record({ action: fc.constant('pop' as const) }),
      fc.record({ action: fc.constant('push' as const), value }),
    ),
    answer: (state, input) => (input.action === 'pop' ? (state.at(-1) ?? null) : undefined),
    lie,
  };
}

function priorityQueueKind({ value, lie }: Values): Kind<readonly number[], PriorityQueueInput<number>, number | null> {
  return {
    model: priorityQueue<number>(),
    input: fc.oneof(
      fc.record({ action: fc.constant('extract' as const) }),
      fc.record({ action: fc.constant('insert' as const), value }),
    ),
    answer: (state, input) => (input.action === 'extract' ? (state[0] ?? null) : undefined),
    lie,
  };
}
