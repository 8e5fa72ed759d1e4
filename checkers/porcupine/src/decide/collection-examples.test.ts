// Histories that convict a queue, a stack or a priority queue, each beside a twin that differs in one number and acquits. And
// how large the core is: it is what a person will read.
import { describe, expect, it } from 'vitest';
import { collections, told } from '../testing/stays.ts';

/** What is wrong; the history; the size of its core; the twin. */
type Example = readonly [wrong: string, history: string, core: number, twin: string];

const always: readonly Example[] = [
  ['a value that nobody inserted', '+1@0-1 -2@2-3', 1, '+1@0-1 -1@2-3'],
  ['a value removed twice', '+1@0-1 -1@2-3 -1@4-5', 2, '+1@0-1 -1@2-3 -@4-5'],
  ['a value removed before it came', '+1@4-5 -1@2-3', 2, '+1@3-5 -1@2-3'],
  ['a value removed before a lost insertion of it', '+1@4- -1@2-3', 2, '+1@3- -1@2-3'],
  ['nothing found beside a value', '+1@0-1 -@2-4 -1@5-6', 3, '+1@0-1 -@2-4 -1@4-6'],
  ['nothing found beside a value that never left', '+1@0-1 -@2-4', 2, '+1@0-2 -@2-4'],
  ['nothing found before a lost removal', '+1@0-1 -@2-3 -?@4-', 3, '+1@0-1 -@2-3 -?@3-'],
];

const inTurn: Example = [
  'nothing found beside two values in turn',
  '+1@0-1 +2@2-3 -@2-7 -1@4-5 -2@8-9',
  5,
  '+1@0-1 +2@2-3 -@2-7 -1@4-5 -2@7-9',
];

const examples: Record<keyof typeof collections, readonly Example[]> = {
  queue: [
    ['the second out first', '+1@0-1 +2@2-3 -2@4-5 -1@6-7', 4, '+1@0-2 +2@2-3 -2@4-5 -1@6-7'],
    ['the first never out', '+1@0-1 +2@2-3 -2@4-5', 3, '+1@0-2 +2@2-3 -2@4-5'],
    ['the first out by a lost dequeue, too late', '+1@0-1 +2@2-3 -2@4-5 -?@6-', 4, '+1@0-1 +2@2-3 -2@4-5 -?@5-'],
    inTurn,
  ],
  stack: [
    ['the lower one out first', '+1@0-1 +2@2-3 -1@4-5 -2@6-7', 4, '+1@0-1 +2@2-3 -1@4-6 -2@6-7'],
    ['a value below one that never left', '+1@0-1 +2@2-3 -1@4-5', 3, '+1@0-2 +2@2-3 -1@4-5'],
    ['the upper one out by a lost pop, too late', '+1@0-1 +2@2-3 -1@4-5 -?@6-', 4, '+1@0-1 +2@2-3 -1@4-5 -?@5-'],
    [
      'three values of which any two would do',
      '+1@3-6 +2@0-4 +3@1-2 -1@10-11 -2@8-9 -3@5-7',
      6,
      '+1@3-6 +2@0-4 +3@1-2 -1@9-11 -2@8-9 -3@5-7',
    ],
  ],
  'priority-queue': [
    ['the larger one out first', '+1@0-1 +2@2-3 -2@4-5 -1@6-7', 4, '+1@0-1 +2@2-3 -2@4-6 -1@6-7'],
    inTurn,
    ['a value larger than one that never left', '+1@0-1 +2@2-3 -2@4-5', 3, '+1@0-4 +2@2-3 -2@4-5'],
    ['the smaller one out by a lost extract, too late', '+1@0-1 +2@2-3 -2@4-5 -?@6-', 4, '+1@0-1 +2@2-3 -2@4-5 -?@5-'],
    [
      'three values of which any two would do',
      '+1@3-4 +2@2-6 +3@0-1 -1@7-9 -2@10-11 -3@5-8',
      6,
      '+1@3-4 +2@2-7 +3@0-1 -1@7-9 -2@10-11 -3@5-8',
    ],
  ],
};

describe.each(Object.entries(collections))('a %s', (name, collection) => {
  const { decide } = collection.model;
  it.each([...always, ...examples[name as keyof typeof examples]])(
    'is convicted of %s, and its twin is not',
    (_, history, core, twin) => {
      const decision = decide?.(told(collection, history));
      expect(decision).toMatchObject({ verdict: 'invalid' });
      expect(decision?.verdict === 'invalid' && decision.core).toHaveLength(core);
      expect(decide?.(told(collection, twin))).toMatchObject({ verdict: 'valid' });
    },
  );

  it('is not blocked by a lost insertion of what nobody removed', () => {
    expect(decide?.(told(collection, '+1@0- +2@1-2 -2@3-4 -@5-6'))).toEqual({ verdict: 'valid', order: [1, 2, 3] });
  });

  it('gives an order with the lost removal that must have been', () => {
    expect(decide?.(told(collection, '+1@0-1 -?@2- -@4-5'))).toEqual({ verdict: 'valid', order: [0, 1, 2] });
  });

  it('has values of any kind', () => {
    const values = ['1', 1, { b: [1], a: '1' }];
    const operations = values.flatMap((value, i) => [
      { process: 0, input: { ...(collection.insert(0) as object), value }, call: 4 * i, return: 4 * i + 1 },
      {
        process: 0,
        input: collection.remove,
        output: structuredClone(value) as never,
        call: 4 * i + 2,
        return: 4 * i + 3,
      },
    ]);
    const given = name === 'priority-queue' ? operations.slice(0, 4) : operations;
    expect(decide?.(given)).toEqual({ verdict: 'valid', order: given.map((_, op) => op) });
  });
});
