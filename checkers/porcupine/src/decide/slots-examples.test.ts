// Histories of what grows, by hand, each beside a near-twin that is acquitted.
import { describe, expect, it } from 'vitest';
import { appendList, counter, log, set } from '../index.ts';
import { decide } from '../testing/decisions.ts';
import { decideAppendList } from './append-list.ts';

const read = { action: 'read' } as const;
const add = { action: 'add', by: 1 } as const;

describe('counter', () => {
  it('has no more than what was begun, and no less than what was done', () => {
    const adds = [
      [add, 0, 1],
      [add, 0, 5],
      [add, 6, 7],
    ] as const;
    expect(decide(counter(), [...adds, [read, 2, 3, 2]])).toBe('valid');
    expect(decide(counter(), [...adds, [read, 2, 3, 0]])).toEqual([0, 3]);
    expect(decide(counter(), [...adds, [read, 2, 3, 3]])).toEqual([2, 3]);
    expect(decide(counter(), [...adds, [read, 2, 3, 4]])).toEqual([3]);
  });

  it('never falls', () => {
    const lost = [
      [add, 0],
      [add, 0],
    ] as const;
    expect(decide(counter(), [...lost, [read, 2, 3, 1], [read, 4, 5, 0]])).toEqual([2, 3]);
    expect(decide(counter(), [...lost, [read, 2, 4, 1], [read, 4, 5, 0]])).toBe('valid');
  });

  it('of different amounts is left to the search', () => {
    expect(
      decide(counter(), [
        [add, 0, 1],
        [{ action: 'add', by: 2 }, 0, 1],
        [read, 2, 3, 3],
      ]),
    ).toBe('undecided');
  });
});

describe('set', () => {
  const on = (action: 'add' | 'remove' | 'contains', value = 1) => ({ action, value }) as const;

  it('an element is there from its addition to its removal', () => {
    const added = [
      [on('add'), 0, 1],
      [on('contains'), 2, 3, false],
    ] as const;
    expect(decide(set<number>(), added)).toEqual([0, 1]);
    expect(decide(set<number>(), [...added, [on('remove'), 3, 9]])).toBe('valid');
    expect(decide(set<number>(), [...added, [on('remove'), 4, 9]])).toEqual([0, 1, 2]);
    expect(decide(set<number>(), [...added, [on('remove'), 2], [on('contains'), 5, 6, true]])).toEqual([0, 1, 3]);
  });

  it('reads of the whole contain each other', () => {
    const adds = [
      [on('add', 1), 0, 9],
      [on('add', 2), 0, 9],
    ] as const;
    expect(decide(set<number>(), [...adds, [read, 0, 9, [1]], [read, 0, 9, [2]]])).toEqual([2, 3]);
    expect(decide(set<number>(), [...adds, [read, 0, 9, [1]], [read, 0, 9, [2, 1]]])).toBe('valid');
    expect(decide(set<number>(), [...adds, [read, 0, 3, [2, 1]], [read, 4, 9, [1]]])).toEqual([2, 3]);
    expect(decide(set<number>(), [...adds, [read, 0, 9, [2, 2]]])).toEqual([2]);
  });
});

describe('log and list', () => {
  const append = (value: string) => ({ action: 'append', value }) as const;
  const at = (offset: number) => ({ action: 'read', at: offset }) as const;

  it('offsets are the order, and calls and returns must agree with it', () => {
    expect(
      decide(log<string>(), [
        [append('a'), 0, 1, 1],
        [append('b'), 2, 3, 0],
      ]),
    ).toEqual([0, 1]);
    expect(
      decide(log<string>(), [
        [append('a'), 0, 2, 1],
        [append('b'), 2, 3, 0],
      ]),
    ).toBe('valid');
    expect(
      decide(log<string>(), [
        [append('a'), 0, 1, 0],
        [append('b'), 0, 1, 0],
      ]),
    ).toEqual([0, 1]);
  });

  it('a read beyond the end says that the log was no longer', () => {
    expect(
      decide(log<string>(), [
        [append('a'), 0, 1],
        [at(0), 2, 3, null],
      ]),
    ).toEqual([0, 1]);
    expect(
      decide(log<string>(), [
        [append('a'), 0, 2],
        [at(0), 2, 3, null],
      ]),
    ).toBe('valid');
    expect(
      decide(log<string>(), [
        [append('a'), 0],
        [at(0), 2, 3, 'a'],
        [at(0), 4, 5, null],
      ]),
    ).toEqual([1, 2]);
  });

  it('a list is read as a beginning of what it becomes', () => {
    const model = { ...appendList<string>(), decide: (operations: never) => decideAppendList([], operations) };
    const appends = [
      [append('a'), 0, 9],
      [append('b'), 0, 9],
    ] as const;
    expect(decide(model, [...appends, [read, 1, 2, ['b']], [read, 3, 4, ['b', 'a']]])).toBe('valid');
    expect(decide(model, [...appends, [read, 1, 2, ['a']], [read, 3, 4, ['b', 'a']]])).toEqual([2, 3]);
    expect(
      decide(model, [
        [append('a'), 5, 9],
        [read, 1, 2, ['a']],
      ]),
    ).toEqual([0, 1]);
  });
});
