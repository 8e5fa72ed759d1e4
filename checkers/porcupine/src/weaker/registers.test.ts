// Regular, safe, k-atomic and delta-atomic registers: each against its definition, tried by brute force, each with a history that
// convicts and a near twin, and all in their order of strength.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RegisterInput } from '../models/register.ts';
import { register } from '../models/register.ts';
import { isLinearizable } from '../testing/brute-force.ts';
import { histories } from '../testing/histories.ts';
import { kinds } from '../testing/kinds.ts';
import type { Operation } from '../types.ts';
import { checkDeltaAtomic, smallestDelta } from './delta-atomic.ts';
import { checkKAtomic, smallestK } from './k-atomic.ts';
import { checkRegular, checkSafe } from './regular.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 200);
type Cell = Operation<RegisterInput<number | null>, number | null>;
const initial: number | null = null;
const write = (value: number, call: number, returned: number | undefined = call + 1): Cell => ({
  process: 'w',
  input: { action: 'write', value },
  call,
  return: returned,
});
const read = (output: number | null, call: number, returned = call + 1): Cell => ({
  process: 'r',
  input: { action: 'read' },
  output,
  call,
  return: returned,
});
const lost = (value: number, call: number): Cell => ({ process: 'w', input: { action: 'write', value }, call });

describe('a regular register', () => {
  const verdict = (...operations: Cell[]) => checkRegular(operations, { initial }).verdict;

  it('returns the last value or one that is being written, even the new and then the old', () => {
    const both = [write(1, 0), write(2, 2, 9), read(2, 3), read(1, 5)];
    expect(verdict(...both)).toBe('valid');
    expect(isLinearizable(register<number | null>({ initial }), both)).toBe(false);
    expect(verdict(write(1, 0), write(2, 2, 4), read(2, 3), read(1, 5))).toBe('invalid');
    expect(verdict(write(1, 0), write(2, 2, 9), read(3, 5))).toBe('invalid');
    expect(verdict(write(1, 0), read(null, 2))).toBe('invalid');
    expect(verdict(write(1, 0, 2), read(null, 2))).toBe('valid');
  });

  it('lets any of several concurrent last writes be the last', () => {
    expect(verdict(write(1, 0, 5), write(2, 1, 4), read(1, 6), read(2, 8), read(1, 10))).toBe('valid');
    expect(verdict(write(1, 0, 5), write(2, 6, 7), read(1, 8))).toBe('invalid');
  });

  it('may find a lost write at any time, and a value again if it was written again', () => {
    expect(verdict(lost(1, 0), write(2, 2), read(1, 9), read(2, 11), read(1, 13))).toBe('valid');
    expect(verdict(read(1, -2), lost(1, 0))).toBe('invalid');
    expect(verdict(write(1, 0), write(2, 2), write(1, 4), read(1, 6))).toBe('valid');
    expect(verdict(write(1, 0), write(1, 2), write(2, 4), read(1, 6))).toBe('invalid');
  });

  it('says which write is in the way', () => {
    const { violations } = checkRegular([write(1, 0), write(2, 2), read(1, 4), read(7, 6)], { initial });
    expect(violations.map(({ read: op, overwrittenBy }) => [op, overwrittenBy])).toEqual([
      [2, 1],
      [3, undefined],
    ]);
    expect(violations[0]?.message).toBe(
      'read() → 1 by process r cannot be explained: before it was called, write(2) by process w had replaced the value',
    );
    expect(violations[1]?.message).toMatch(/nobody had asked to write this/);
  });
});

describe('a safe register', () => {
  const verdict = (...operations: Cell[]) => checkSafe(operations, { initial }).verdict;
  it('returns anything while a write is under way, and the last value otherwise', () => {
    expect(verdict(write(1, 0), write(2, 2, 9), read(7, 5))).toBe('valid');
    expect(verdict(write(1, 0), write(2, 2, 4), read(7, 5))).toBe('invalid');
    expect(verdict(write(1, 0), write(2, 2, 4), read(1, 5))).toBe('invalid');
    expect(verdict(write(1, 0), write(2, 2, 4), read(2, 5))).toBe('valid');
    expect(verdict(lost(1, 0), read(7, 5))).toBe('valid');
  });
});

describe('a k-atomic register', () => {
  const stale = [write(1, 0), write(2, 2), write(3, 4), read(1, 6)];
  it('returns one of the last k values', () => {
    expect(checkKAtomic(stale, { initial, k: 2 }).verdict).toBe('invalid');
    expect(checkKAtomic(stale, { initial, k: 3 }).verdict).toBe('valid');
    expect(checkKAtomic([write(1, 0), read(null, 2)], { initial, k: 2 }).verdict).toBe('valid');
    expect(checkKAtomic([write(1, 0), write(2, 2), read(null, 4)], { initial, k: 2 }).verdict).toBe('invalid');
    expect(() => checkKAtomic([], { initial, k: 0 })).toThrow(RangeError);
  });

  it('has a smallest k, unless a read is of nothing that was written', () => {
    expect(smallestK(stale, { initial })).toMatchObject({ least: 3, most: 3 });
    expect(smallestK([...stale, read(3, 8)], { initial })).toMatchObject({ least: 3, most: 3 });
    expect(smallestK([...stale, read(9, 8)], { initial })).toMatchObject({ least: Number.POSITIVE_INFINITY });
    expect(smallestK([...stale, write(9, 10), read(9, 12)], { initial })).toMatchObject({ least: 3, most: 3 });
    expect(smallestK(stale, { initial, budget: { configurations: 0 } })).toMatchObject({ least: 1, most: 3 });
  });
});

describe('a delta-atomic register', () => {
  const stale = [write(1, 0), write(2, 10, 20), read(1, 25)];
  it('returns what was right up to delta earlier', () => {
    expect(checkDeltaAtomic(stale, { initial, delta: 4 }).verdict).toBe('invalid');
    expect(checkDeltaAtomic(stale, { initial, delta: 5 }).verdict).toBe('valid');
    expect(() => checkDeltaAtomic([], { initial, delta: -1 })).toThrow(RangeError);
  });

  it('has a smallest delta, unless a read is of what was written later or never', () => {
    expect(smallestDelta(stale, { initial })).toMatchObject({ least: 5, most: 5 });
    expect(smallestDelta([...stale, read(1, 30.5)], { initial })).toMatchObject({ least: 10.5, most: 10.5 });
    expect(smallestDelta([read(1, 0), write(1, 5)], { initial })).toMatchObject({ least: Number.POSITIVE_INFINITY });
    expect(smallestDelta([write(1, 5), read(1, 7)], { initial })).toMatchObject({ least: 0, most: 0 });
  });

  it('is not shaken by rounding', () => {
    const thirds = [write(1, 0), write(2, 1.1, 1.3), read(1, 100 / 3)];
    const { least } = smallestDelta(thirds, { initial });
    expect(least).toBe(100 / 3 - 1.3);
    expect(checkDeltaAtomic(thirds, { initial, delta: least }).verdict).toBe('valid');
  });
});

describe.each(['register', 'register, mostly unique'] as const)('%s', (name) => {
  const kind = kinds[name];
  const linearizable = register<number | null>({ initial });
  const isAtomic = (operations: readonly Cell[]) => isLinearizable(linearizable, operations);

  it('the definitions and their order of strength', () => {
    const seen = { atomic: 0, regular: 0, safe: 0, none: 0 };
    fc.assert(
      fc.property(histories(kind, 8), (operations) => {
        const atomic = isAtomic(operations);
        const regular = checkRegular(operations, { initial }).verdict === 'valid';
        const safe = checkSafe(operations, { initial }).verdict === 'valid';
        seen[atomic ? 'atomic' : regular ? 'regular' : safe ? 'safe' : 'none']++;
        expect(regular).toBe(operations.every((_, op) => isReadRegular(operations, op)));
        expect(safe).toBe(operations.every((_, op) => isUnderWrite(operations, op) || isReadRegular(operations, op)));
        if (atomic) expect(regular).toBe(true);
        if (regular) expect(safe).toBe(true);
      }),
      { numRuns: runs },
    );
    // What is regular and not atomic is rare among these, and has its histories above.
    expect(Math.min(seen.atomic, seen.safe, seen.none)).toBeGreaterThan(0);
  });

  it('k from 1 on, and the smallest', () => {
    fc.assert(
      fc.property(histories(kind, 7), (operations) => {
        const right = [1, 2, 3, 4, 5, 6, 7, 8].map((k) => isKAtomic(operations, k));
        expect(right[0]).toBe(isAtomic(operations));
        const first = right.indexOf(true);
        expect(right.slice(first < 0 ? 8 : first)).not.toContain(false);
        const k = first < 0 ? Number.POSITIVE_INFINITY : first + 1;
        expect(smallestK(operations, { initial })).toMatchObject({ least: k, most: k });
        for (const some of [1, 2, 3]) {
          expect(checkKAtomic(operations, { initial, k: some }).verdict).toBe(right[some - 1] ? 'valid' : 'invalid');
        }
      }),
      { numRuns: runs / 2 },
    );
  });

  it('delta from 0 on, and the smallest', () => {
    const most = 40; // the longest history of this generator is shorter
    fc.assert(
      fc.property(histories(kind, 6), (operations) => {
        const right = Array.from({ length: most + 1 }, (_, delta) =>
          isAtomic(operations.map((one) => (one.input.action === 'read' ? { ...one, call: one.call - delta } : one))),
        );
        expect(right[0]).toBe(isAtomic(operations));
        const first = right.indexOf(true);
        const delta = first < 0 ? Number.POSITIVE_INFINITY : first;
        expect(right.slice(first < 0 ? most + 1 : first)).not.toContain(false);
        expect(smallestDelta(operations, { initial })).toMatchObject({ least: delta, most: delta });
        for (const some of [0, 1, 3]) {
          expect(checkDeltaAtomic(operations, { initial, delta: some }).verdict).toBe(
            right[some] ? 'valid' : 'invalid',
          );
        }
      }),
      { numRuns: runs / 4 },
    );
  });
});

/** Any order of all writes and this read, and of the lost writes those that one likes: is it the last before the read? */
function isReadRegular(operations: readonly Cell[], read: number): boolean {
  const { input, output, return: returned } = operations[read] as Cell;
  if (input.action !== 'read' || returned === undefined || output === undefined) return true;
  const writes = operations.filter((one) => one.input.action === 'write');
  return isLinearizable(register<number | null>({ initial }), [operations[read] as Cell, ...writes]);
}

function isUnderWrite(operations: readonly Cell[], read: number): boolean {
  const { call, return: returned } = operations[read] as Cell;
  return operations.some(
    (one) => one.input.action === 'write' && one.call <= (returned ?? call) && (one.return ?? returned ?? call) >= call,
  );
}

/** By the definition: every order that agrees with real time, every read among the last k values. */
function isKAtomic(operations: readonly Cell[], k: number): boolean {
  const seen = new Set<string>();
  return go(new Set(operations.keys()), [initial]);

  function go(left: ReadonlySet<number>, values: readonly (number | null)[]): boolean {
    const returns = [...left].map((op) => operations[op]?.return ?? Number.POSITIVE_INFINITY);
    const first = Math.min(...returns);
    if (first === Number.POSITIVE_INFINITY) return true;
    const key = `${[...left].join()}|${values.join()}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return [...left].some((op) => {
      const { input, output, call, return: returned } = operations[op] as Cell;
      if (call > first) return false;
      const others = new Set([...left].filter((other) => other !== op));
      if (input.action === 'write') return go(others, [...values, input.value]);
      return (
        (returned === undefined || output === undefined || values.slice(-k).includes(output)) && go(others, values)
      );
    });
  }
}
