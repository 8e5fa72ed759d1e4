import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../core/random.ts';
import type { FaultRule } from '../core/target.ts';
import { drawSchedule } from './schedule.ts';

const range = fc.tuple(fc.nat(5000), fc.nat(5000)).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
const rule: fc.Arbitrary<FaultRule> = fc
  .record({ first: range, lasts: range, gap: fc.option(range), times: fc.option(fc.integer({ min: 1, max: 5 })) })
  .map(({ first, lasts, gap, times }) => ({
    nemesis: 'kill',
    first,
    lasts,
    ...(gap === null ? {} : { gap }),
    ...(times === null ? {} : { times }),
  }));

test('faults keep to their rule: first within its range, never after the end, gaps between, at most so many', () => {
  fc.assert(
    fc.property(rule, fc.integer(), fc.integer({ min: 1, max: 20_000 }), (one, seed, duration) => {
      const faults = drawSchedule([one], duration, createRandom(seed));
      expect(faults.length).toBeLessThanOrEqual(one.times ?? (one.gap === undefined ? 1 : duration));
      const [first] = faults;
      if (first !== undefined) expect(first.at).toBeGreaterThanOrEqual(one.first[0]);
      faults.forEach(({ at, lasts }, index) => {
        expect(at).toBeLessThan(duration);
        expect(at + lasts).toBeLessThanOrEqual(duration);
        expect(lasts).toBeLessThanOrEqual(one.lasts[1]);
        const next = faults[index + 1];
        if (next !== undefined) expect(next.at - at - lasts).toBeGreaterThanOrEqual(one.gap?.[0] ?? 0);
      });
    }),
  );
});

test('the same seed gives the same schedule, and another rule does not move the faults of the first', () => {
  fc.assert(
    fc.property(rule, rule, fc.integer(), (one, other, seed) => {
      const draw = (rules: readonly FaultRule[]) => drawSchedule(rules, 10_000, createRandom(seed));
      expect(draw([one, other])).toEqual(draw([one, other]));
      const marked = { ...other, nemesis: 'pause' };
      expect(draw([one, marked]).filter(({ nemesis }) => nemesis === 'kill')).toEqual(draw([one]));
    }),
  );
});

test('all faults are in the order of their times', () => {
  const rules = [1, 2, 3].map(
    (index): FaultRule => ({ nemesis: `${index}`, first: [0, 99], lasts: [1, 9], gap: [0, 50] }),
  );
  const times = drawSchedule(rules, 10_000, createRandom(3)).map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.length).toBeGreaterThan(300);
});
