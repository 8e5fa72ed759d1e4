import { describe, expect, test } from 'vitest';
import { type Draft, fail, historyOf, ok, open } from './history.fixture.ts';
import { linearizable } from './linearizable.ts';

const verdict = (model: string, operations: readonly Draft[]) =>
  linearizable({ model }).check(historyOf({ operations })).valid;

describe.each([
  ['queue', 'enqueue', 'dequeue', [2, 3, 1]],
  ['stack', 'push', 'pop', [1, 3, 2]],
  ['priority-queue', 'insert', 'extract', [1, 2, 3]],
])('a %s', (model, insert, remove, rightOrder) => {
  const put = [2, 3, 1].map((value, i) => ok(insert, value, null, 20 * i, 20 * i + 10));
  const take = (values: readonly (number | null)[]) =>
    values.map((value, i) => ok(remove, null, value, 100 + 20 * i, 110 + 20 * i));

  test('gives its values in its own order, and then null', () => {
    expect(verdict(model, [...put, ...take([...rightOrder, null])])).toBe('valid');
    expect(verdict(model, [...put, ...take([...rightOrder.toReversed(), null])])).toBe('invalid');
    expect(verdict(model, [...put, ...take([...rightOrder.slice(1), null])])).toBe('invalid');
  });

  test('says nothing to whom it failed, and may have lost a value to whom nobody heard of again', () => {
    const rest = take(rightOrder.slice(1));
    expect(verdict(model, [...put, fail(remove, null, 80, 90), ...rest])).toBe('invalid');
    expect(verdict(model, [...put, open(remove, null, 80, { process: 1 }), ...rest])).toBe('valid');
  });
});
