import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from './log.ts';
import type { Entry } from './messages.ts';

const entry = (index: number, term: number): Entry => ({ index, term, command: null });

test('a log behaves as a plain list from index 1 of which the beginning has been forgotten', () => {
  const step = fc.tuple(fc.constantFrom('push', 'cut', 'compact'), fc.nat(30), fc.nat(2));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const log = createLog();
      let terms: number[] = [];
      let base = 0;
      for (const [what, number, raise] of steps) {
        if (what === 'push') {
          const term = (terms.at(-1) ?? 1) + (raise === 2 ? 1 : 0);
          terms.push(term);
          log.push(entry(terms.length, term));
        } else if (what === 'cut') {
          const from = base + 1 + (number % (terms.length - base + 1));
          terms = terms.slice(0, from - 1);
          log.cut(from);
        } else {
          base += number % (terms.length - base + 1);
          log.compact(base);
        }
        expect(log.base).toBe(base);
        expect(log.last).toBe(terms.length);
        expect(log.lastTerm).toBe(terms.at(-1) ?? 0);
        expect(log.baseTerm).toBe(terms[base - 1] ?? 0);
        for (let index = 1; index <= terms.length + 1; index++) {
          expect(log.termAt(index)).toBe(index < base ? undefined : terms[index - 1]);
          expect(log.at(index)?.index).toBe(index <= base || index > terms.length ? undefined : index);
        }
      }
    }),
  );
});

test('a batch ends at its limit, at the end of the log, and at the border between two terms', () => {
  const log = createLog(0, 0, [entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 3)]);
  const indices = (from: number, limit: number) => log.batch(from, limit).map(({ index }) => index);
  expect(indices(1, 2)).toEqual([1, 2]);
  expect(indices(1, 9)).toEqual([1, 2, 3]);
  expect(indices(3, 9)).toEqual([3]);
  expect(indices(4, 9)).toEqual([4]);
  expect(indices(5, 9)).toEqual([]);
});

test('terms are found at both of their ends, for the backtracking of a leader', () => {
  const log = createLog(2, 1, [entry(3, 1), entry(4, 2), entry(5, 2), entry(6, 4)]);
  expect(log.firstOfTerm(5)).toBe(4);
  expect(log.firstOfTerm(3)).toBe(3);
  expect(log.lastOfTerm(2)).toBe(5);
  expect(log.lastOfTerm(1)).toBe(3);
  expect(log.lastOfTerm(3)).toBe(0);
});
