// Histories by hand, each beside a near-twin that is acquitted, so that it is seen which operation convicts.
import { describe, expect, it } from 'vitest';
import { casRegister, register } from '../index.ts';
import { decide } from '../testing/decisions.ts';

const read = { action: 'read' } as const;
const write = (value: number) => ({ action: 'write', value }) as const;
const cas = (from: number, to: number) => ({ action: 'cas', from, to }) as const;

describe('register', () => {
  const model = register<number>({ initial: 0 });

  it('a value that is read again after another was surely written', () => {
    const before = [
      [write(1), 0, 1],
      [read, 2, 3, 1],
      [write(2), 4, 5],
    ] as const;
    expect(decide(model, [...before, [read, 6, 7, 1]])).toEqual([0, 2, 3]);
    expect(decide(model, [...before, [read, 5, 7, 1]])).toBe('valid');
  });

  it('two values that each have to be there while the other is', () => {
    const writes = [
      [write(1), 0, 9],
      [write(2), 0, 9],
      [read, 1, 2, 1],
      [read, 3, 4, 2],
    ] as const;
    expect(decide(model, [...writes, [read, 5, 6, 1]])).toEqual([2, 3, 4]);
    expect(decide(model, [...writes, [read, 5, 6, 2]])).toBe('valid');
  });

  it('the initial value is as if it had been written at the start', () => {
    expect(
      decide(model, [
        [write(1), 0, 1],
        [read, 2, 3, 0],
      ]),
    ).toEqual([0, 1]);
    expect(
      decide(model, [
        [write(1), 0, 2],
        [read, 2, 3, 0],
      ]),
    ).toBe('valid');
    expect(decide(model, [[read, 2, 3, 7]])).toEqual([0]);
  });

  it('a lost write is there if it was read, from its call on, and needs no return', () => {
    expect(
      decide(model, [
        [write(1), 2],
        [write(2), 3, 4],
        [read, 8, 9, 1],
      ]),
    ).toBe('valid');
    expect(
      decide(model, [
        [write(1), 5],
        [read, 3, 4, 1],
      ]),
    ).toEqual([0, 1]);
  });

  it('values are compared as JSON, and NaN, which is unequal to itself, is left to the search', () => {
    const json = register<unknown>({ initial: null });
    const put = (value: unknown) => ({ action: 'write', value }) as const;
    const writes = [
      [put({ a: [1], b: 2 }), 0, 1],
      [put('1'), 2, 3],
      [put(1), 4, 5],
    ] as const;
    expect(decide(json, [...writes, [read, 0, 9, { b: 2, a: [1] }], [read, 2, 3, '1'], [read, 6, 7, 1]])).toBe('valid');
    expect(decide(json, [...writes, [read, 6, 7, '1']])).toEqual([1, 2, 3]);
    expect(decide(json, [...writes, [read, 0, 9, '{"a":[1],"b":2,}']])).toEqual([3]);
    expect(
      decide(json, [
        [put(-0), 0, 1],
        [read, 2, 3, 0],
      ]),
    ).toBe('valid');
    expect(
      decide(json, [
        [put(Number.NaN), 0, 1],
        [read, 2, 3, Number.NaN],
      ]),
    ).toBe('undecided');
  });

  it('two writes of a value that was read are left to the search, unless one came too late to be it', () => {
    expect(
      decide(model, [
        [write(1), 0, 1],
        [write(1), 0, 1],
        [read, 2, 3, 1],
      ]),
    ).toBe('undecided');
    expect(
      decide(model, [
        [write(1), 0, 1],
        [write(1), 0, 1],
        [read, 2, 3, 0],
      ]),
    ).toEqual([0, 2]);
    expect(
      decide(model, [
        [write(1), 0, 1],
        [read, 2, 3, 1],
        [write(1), 4, 5],
      ]),
    ).toBe('valid');
  });
});

describe('cas-register', () => {
  const model = casRegister<number>({ initial: 0 });

  it('a value can be swapped once', () => {
    expect(
      decide(model, [
        [cas(0, 1), 0, 9, true],
        [cas(0, 2), 0, 9, true],
      ]),
    ).toEqual([0, 1]);
    expect(
      decide(model, [
        [cas(0, 1), 0, 9, true],
        [cas(1, 2), 0, 9, true],
      ]),
    ).toBe('valid');
  });

  it('a write cannot come between a value and its swap', () => {
    const swap = [
      [write(1), 0, 1],
      [cas(1, 2), 6, 7, true],
    ] as const;
    expect(decide(model, [...swap, [write(3), 3, 4]])).toEqual([0, 1, 2]);
    expect(decide(model, [...swap, [write(3), 3, 6]])).toBe('valid');
  });

  it('values that come from each other never come', () => {
    expect(
      decide(model, [
        [cas(1, 2), 0, 9, true],
        [cas(2, 1), 0, 9, true],
      ]),
    ).toHaveLength(1);
  });

  it('a lost swap took effect if its value was read, even by way of another lost one', () => {
    const lost = [
      [cas(0, 1), 0],
      [cas(1, 2), 0],
    ] as const;
    expect(decide(model, [...lost, [read, 4, 5, 2]])).toBe('valid');
    expect(decide(model, [...lost, [read, 4, 5, 2], [read, 6, 7, 1]])).toEqual([2, 3]);
    expect(
      decide(model, [
        [cas(0, 1), 0],
        [read, 6, 7, 0],
      ]),
    ).toBe('valid');
  });

  it('a failed one says nothing, or that another value was there', () => {
    const observed = casRegister<number>({ initial: 0, failedCas: 'observation' });
    const lines = [
      [write(1), 0, 1],
      [cas(1, 2), 2, 3, false],
      [read, 4, 5, 1],
    ] as const;
    expect(decide(model, lines)).toBe('valid');
    expect(decide(observed, lines)).toEqual([0, 1, 2]);
    expect(decide(observed, [[write(1), 0, 2], lines[1], lines[2]])).toBe('valid');
    // Only the lost write can have come between.
    expect(
      decide(observed, [
        [write(7), 0],
        [write(1), 0, 1],
        [cas(1, 2), 2, 3, false],
      ]),
    ).toBe('valid');
  });
});
