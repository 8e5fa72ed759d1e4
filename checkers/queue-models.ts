/**
 * Queues, stacks and priority queues in the words of a history. What was taken is the output, null where nothing was.
 *
 * The one surprise: to take from an empty queue is a success here, with null for output. Whoever *failed* to take did not
 * look at the queue, and says nothing about it.
 */
import { type PriorityQueueInput, priorityQueue, type QueueInput, queue, type StackInput, stack } from 'porcupine-ts';
import type { Json, Operation } from '../harness/core/types.ts';
import { adapter, failed, type ModelAdapter } from './model-adapter.ts';

const taken = ({ completion }: Operation): { output?: Json } =>
  completion.type === 'ok' ? { output: completion.output } : {};

/** Only numbers and strings have an order that everybody agrees on. */
const ranked = (value: Json): number | string =>
  typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);

export const queueModels: Readonly<Record<string, ModelAdapter>> = {
  queue: adapter<readonly Json[], QueueInput<Json>, Json>({
    about: 'first in, first out; a dequeue of an empty queue returns null',
    actions: ['enqueue', 'dequeue'],
    model: queue<Json>(),
    say(operation) {
      const { action, input } = operation;
      if (failed(operation)) return undefined;
      return action === 'enqueue'
        ? { input: { action, value: input } }
        : { input: { action: 'dequeue' }, ...taken(operation) };
    },
  }),
  stack: adapter<readonly Json[], StackInput<Json>, Json>({
    about: 'last in, first out; a pop of an empty stack returns null',
    actions: ['push', 'pop'],
    model: stack<Json>(),
    say(operation) {
      const { action, input } = operation;
      if (failed(operation)) return undefined;
      return action === 'push'
        ? { input: { action, value: input } }
        : { input: { action: 'pop' }, ...taken(operation) };
    },
  }),
  'priority-queue': adapter<readonly (number | string)[], PriorityQueueInput<number | string>, number | string | null>({
    about: 'smallest first; an extract from an empty one returns null',
    actions: ['insert', 'extract'],
    model: priorityQueue<number | string>(),
    say(operation) {
      const { action, input } = operation;
      if (failed(operation)) return undefined;
      if (action === 'insert') return { input: { action, value: ranked(input) } };
      const { output } = taken(operation);
      return {
        input: { action: 'extract' },
        output: output === undefined || output === null ? output : ranked(output),
      };
    },
  }),
};
