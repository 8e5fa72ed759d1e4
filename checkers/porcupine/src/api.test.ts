// What the documentation promises besides the verdict: ties, budgets, errors, evidence that does not hold, events, keys.
import { describe, expect, it } from 'vitest';
import {
  canonicalKey,
  casRegister,
  checkOperations,
  defineModel,
  describeOperation,
  keyValue,
  type Operation,
  operationsFromEvents,
  queue,
  type RegisterInput,
  register,
  verifyLinearization,
} from './index.ts';

const model = register<number>({ initial: 0 });
type RegisterOperation = Operation<RegisterInput<number>, number>;
const write = (value: number, call: number, returned?: number): RegisterOperation => ({
  process: 0,
  input: { action: 'write', value },
  call,
  return: returned,
});
const read = (output: number, call: number, returned?: number): RegisterOperation => ({
  process: 1,
  input: { action: 'read' },
  output,
  call,
  return: returned,
});

describe('time', () => {
  it('a return and a call at the same time are concurrent', () => {
    expect(checkOperations(model, [write(1, 0, 5), read(0, 5, 6)]).verdict).toBe('valid');
    expect(checkOperations(model, [write(1, 0, 5), read(0, 5.5, 6)]).verdict).toBe('invalid');
  });

  it('two operations that took no time, at the same time, are concurrent', () => {
    expect(checkOperations(model, [write(1, 5, 5), read(0, 5, 5)]).verdict).toBe('valid');
  });

  it('events have an order even where times would not', () => {
    const operations = operationsFromEvents<RegisterInput<number>, number>([
      { type: 'call', process: 'a', input: { action: 'write', value: 1 } },
      { type: 'return', process: 'a' },
      { type: 'call', process: 'b', input: { action: 'read' } },
      { type: 'return', process: 'b', output: 0 },
      { type: 'call', process: 'c', input: { action: 'write', value: 2 } },
      { type: 'call', process: 'c', input: { action: 'read' } },
    ]);
    expect(operations.map(({ return: returned }) => returned)).toEqual([1, 3, undefined, undefined]);
    expect(checkOperations(model, operations).verdict).toBe('invalid');
    expect(() => operationsFromEvents([{ type: 'return', process: 'a' }])).toThrow(
      /event 0: process a returns without/,
    );
  });

  it('times that are not finite, or run backwards, are errors and not verdicts', () => {
    expect(() => checkOperations(model, [write(1, Number.NaN, 2)])).toThrow(/operation 0: its call is NaN/);
    expect(() => checkOperations(model, [write(1, 0, 1), write(1, 3, 2)])).toThrow(/operation 1: its return is 2/);
    expect(() => checkOperations(model, [write(1, 0, Number.POSITIVE_INFINITY)])).toThrow(/its return is Infinity/);
  });

  it('nothing at all is valid', () => {
    expect(checkOperations(model, [])).toEqual({ verdict: 'valid', linearizations: [], configurations: 0 });
    expect(checkOperations(model, [write(1, 0), read(7, 0)]).verdict).toBe('valid');
  });
});

describe('budgets', () => {
  // Twelve concurrent enqueues in an unknown order, then a dequeue of something else: many orders, none of them good.
  const hard = [
    ...Array.from({ length: 12 }, (_, i) => ({
      process: i,
      input: { action: 'enqueue' as const, value: i },
      call: 0,
      return: 10,
    })),
    { process: 99, input: { action: 'dequeue' as const }, call: 11, return: 12, output: 100 },
  ];

  const { decide: _, ...searched } = queue<number>();

  it('an exhausted budget is unknown, and says so, the same way each time', () => {
    const once = checkOperations(searched, hard, { budget: { configurations: 5000 } });
    expect(once).toMatchObject({ verdict: 'unknown', reason: 'no verdict within the budget of 5000 configurations' });
    expect(once.configurations).toBeLessThan(5100);
    expect(checkOperations(searched, hard, { budget: { configurations: 5000 } })).toEqual(once);
  });

  it('a limit of memory is kept', () => {
    const result = checkOperations(searched, hard, { budget: { megabytes: 4 } });
    expect(result).toMatchObject({ verdict: 'unknown', reason: 'no verdict within 4 MB' });
  });

  it('a time limit is kept', () => {
    const start = Date.now();
    const result = checkOperations(searched, hard, { budget: { milliseconds: 50 } });
    expect(result).toMatchObject({ verdict: 'unknown', reason: 'no verdict within 50 ms' });
    expect(Date.now() - start).toBeLessThan(1500);
  });

  it('a cheap partition is convicted although a dear one comes first', () => {
    const appends = (key: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        process: `${key}${i}`,
        input: { action: 'append' as const, key, value: i % 2 ? 'a' : 'aa' },
        call: 0,
        return: 10,
      }));
    const get = (key: string, output: string) => ({
      process: `${key}r`,
      input: { action: 'get' as const, key },
      call: 11,
      return: 12,
      output,
    });
    const operations = [
      ...appends('dear', 60),
      get('dear', 'a'.repeat(91)),
      ...appends('cheap', 2),
      get('cheap', 'aa'),
    ];
    const result = checkOperations(keyValue(), operations);
    expect(result).toMatchObject({ verdict: 'invalid', counterexample: { partition: 'cheap', stuck: 63 } });
  });
});

describe('counterexamples', () => {
  it('names the read, what the state was, and what else was under way', () => {
    const operations = [write(1, 0, 1), write(2, 2, 20), read(1, 3, 4), read(2, 5, 6), read(1, 7, 8), write(3, 7, 30)];
    const result = checkOperations(model, operations);
    if (result.verdict !== 'invalid') throw new Error(result.verdict);
    const { stuck, blocked, state, linearization, message } = result.counterexample;
    expect(stuck).toBe(4);
    expect(message).toBe('read() → 1 by process 1 cannot be explained: before it returned, the state could be 2 or 3');
    expect(linearization.map(({ operation }) => operation)).toEqual([0, 2, 1, 3, 5]);
    expect(linearization.map(({ state: after }) => after)).toEqual([1, 1, 2, 2, 3]);
    expect(state).toBe(3);
    expect(blocked).toEqual([{ operation: 4, because: 'read() → 1 is not possible in the state 3' }]);
  });

  it('blames the read that misses an append, not the append', () => {
    const append = (value: string, call: number) => ({
      process: 0,
      input: { action: 'append' as const, key: 'k', value },
      call,
      return: call + 1,
    });
    const get = (output: string, call: number) => ({
      process: 1,
      input: { action: 'get' as const, key: 'k' },
      call,
      return: call + 1,
      output,
    });
    const result = checkOperations(keyValue(), [append('x;', 0), append('y;', 2), append('z;', 4), get('x;z;', 6)]);
    expect(result).toMatchObject({
      verdict: 'invalid',
      counterexample: { partition: 'k', stuck: 3, state: 'x;y;z;', states: ['x;y;z;'] },
    });
  });
});

describe('a model that contradicts itself', () => {
  it('is found out when a read-only operation changes the state', () => {
    const wrong = defineModel<number, 'tick', undefined>({
      name: 'clock',
      init: 0,
      step: (state) => state + 1,
      readOnly: () => true,
    });
    expect(() => checkOperations(wrong, [{ process: 0, input: 'tick', call: 0, return: 1 }])).toThrow(
      'model clock declares "tick" read-only, but its step changes the state',
    );
  });
});

describe('verifyLinearization', () => {
  const operations = [write(1, 0, 1), read(1, 2, 3), write(2, 2)];
  const verify = (...order: number[]) => verifyLinearization(model, operations, [{ partition: undefined, order }]);

  it('accepts an order that holds, with and without the lost write', () => {
    expect(verify(0, 1)).toBeUndefined();
    expect(verify(0, 1, 2)).toBeUndefined();
  });

  it('says what is wrong with others', () => {
    expect(verify(0)).toBe('operation 1 returned but is in no order');
    expect(verify(1, 0)).toBe('operation 1 is not possible where it is placed');
    expect(verify(2, 0, 1)).toBe('operation 0 returned before an operation was called that is placed before it');
    expect(verify(0, 0, 1)).toBe('operation 0 is in an order twice');
    expect(verify(0, 1, 5)).toBe('there is no operation 5');
    expect(verifyLinearization(model, operations, [{ partition: 'k', order: [0, 1] }])).toContain('does not belong');
  });
});

describe('the failed compare-and-set', () => {
  const operations = [
    { process: 0, input: { action: 'cas' as const, from: 0, to: 1 }, output: false, call: 0, return: 1 },
  ];
  it('says nothing, unless it is to be an observation', () => {
    expect(checkOperations(casRegister({ initial: 0 }), operations).verdict).toBe('valid');
    expect(checkOperations(casRegister({ initial: 0, failedCas: 'observation' }), operations).verdict).toBe('invalid');
  });
});

describe('keys and words', () => {
  it('equal JSON has equal keys, other JSON has others', () => {
    expect(canonicalKey({ b: [1, null], a: 'x', c: undefined })).toBe(canonicalKey({ a: 'x', b: [1, null] }));
    const values = [1, '1', true, 'true', null, 'null', undefined, [], [[]], {}, [1, 2], ['1,2'], { a: 1 }, [null], 1n];
    expect(new Set(values.map(canonicalKey)).size).toBe(values.length);
    expect(canonicalKey(-0)).toBe(canonicalKey(0));
  });

  it('what cannot be compared by value is an error', () => {
    for (const value of [new Map(), new Date(), () => 1, Symbol('s'), [new Set()]]) {
      expect(() => canonicalKey(value)).toThrow(/cannot compare a/);
    }
  });

  it('operations in words', () => {
    expect(describeOperation({ action: 'cas', from: 1, to: 2 }, false)).toBe('cas(1, 2) → false');
    expect(describeOperation({ action: 'write', value: { a: [1n] } }, undefined)).toBe('write({"a":["1n"]})');
    expect(describeOperation('tick', 3)).toBe('"tick" → 3');
  });
});
