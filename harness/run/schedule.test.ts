import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createRandom } from '../core/random.ts';
import type { FaultRule, Range, Span, Weather } from '../core/target.ts';
import { at, during, every, fault, mix, nemesesOf, parallel, sequence, swarm } from '../core/weather.ts';
import { drawSchedule } from './schedule.ts';

const range = fc.tuple(fc.nat(5000), fc.nat(5000)).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
/** A rule of ranges: the oldest kind of weather, and the one whose promises are easiest to say. */
interface RangedRule extends FaultRule {
  readonly first: Range;
  readonly lasts: Range;
  readonly gap?: Range;
}
const rule: fc.Arbitrary<RangedRule> = fc
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

const drawn = (weather: Weather, seed = 1, duration = 10_000) => drawSchedule([weather], duration, createRandom(seed));
const names = (weather: Weather, seed?: number) => drawn(weather, seed).map(({ nemesis }) => nemesis);
const times = (weather: Weather) => drawn(weather).map(({ at: time, lasts }) => [time, time + lasts]);

describe('weather', () => {
  it('a sequence begins each part when the one before is over', () => {
    expect(times(sequence(fault('a', 100), at(50, fault('b', 10)), fault('c', 1)))).toEqual([
      [0, 100],
      [150, 160],
      [160, 161],
    ]);
  });

  it('parallel parts begin together, and are over when the last is', () => {
    const both = parallel(fault('a', 100), fault('b', 30));
    expect(times(sequence(both, fault('c', 1)))).toEqual([
      [0, 100],
      [0, 30],
      [100, 101],
    ]);
  });

  it('every begins again after its time, or when what it began is over if that is later', () => {
    expect(times(every(1000, fault('a', 10), 3))).toEqual([
      [0, 10],
      [1000, 1010],
      [2000, 2010],
    ]);
    expect(times(every(10, fault('a', 4000)))).toEqual([
      [0, 4000],
      [4000, 8000],
      [8000, 10_000],
    ]);
  });

  it('during ends what it began', () => {
    expect(times(during(200, 500, every(100, fault('a', 150))))).toEqual([
      [200, 350],
      [350, 500],
    ]);
    expect(times(during(200, 500, fault('a', 1000)))).toEqual([[200, 500]]);
  });

  it('a share is of the whole run, wherever it stands', () => {
    const tenth: Span = { share: [0.1, 0.1] };
    expect(times(at(500, during(0, 4000, fault('a', tenth))))).toEqual([[500, 1500]]);
  });

  it('a mix keeps to its weights', () => {
    const all = names(every(1, mix([9, fault('often', 0)], [1, fault('seldom', 0)])));
    const share = all.filter((name) => name === 'seldom').length / all.length;
    expect(all.length).toBeGreaterThan(5000);
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.12);
  });

  it('a swarm leaves whole classes out, each in about half of the seeds', () => {
    const storm = swarm(...['a', 'b', 'c', 'd'].map((name) => every(100, fault(name, 10))));
    const seen = Array.from({ length: 400 }, (_, seed) => new Set(names(storm, seed)));
    for (const name of ['a', 'b', 'c', 'd']) {
      const count = seen.filter((kept) => kept.has(name)).length;
      expect([name, count > 150 && count < 250]).toEqual([name, true]);
    }
    expect(seen.some((kept) => kept.size === 0)).toBe(true);
    expect(seen.some((kept) => kept.size === 4)).toBe(true);
  });

  it('a time of nothing after a fault of nothing does not go on for ever', () => {
    expect(drawn(every(0, fault('a', 0)), 1, 1e12).length).toBeLessThanOrEqual(10_000);
  });

  it('never leaves the run, whatever it is made of, and is the same for the same seed', () => {
    const span = fc.oneof(
      fc.nat(8000),
      range,
      fc
        .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
        .map(([a, b]): Span => ({ share: [Math.min(a, b), Math.max(a, b)] })),
    );
    const { weather } = fc.letrec<{ weather: Weather }>((tie) => ({
      weather: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.record({ nemesis: fc.constantFrom('a', 'b'), lasts: span }),
        fc.record({ at: span, of: tie('weather') }),
        fc.record({ every: span, of: tie('weather'), times: fc.integer({ min: 1, max: 5 }) }),
        fc.record({ sequence: fc.array(tie('weather'), { maxLength: 3 }) }),
        fc.record({ parallel: fc.array(tie('weather'), { maxLength: 3 }) }),
        fc.record({ mix: fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), tie('weather')), { maxLength: 3 }) }),
        fc.record({ during: fc.tuple(span, span), of: tie('weather') }),
        fc.record({ swarm: fc.array(tie('weather'), { maxLength: 3 }) }),
      ),
    }));
    fc.assert(
      fc.property(weather, fc.integer(), (one, seed) => {
        const faults = drawn(one, seed);
        expect(faults).toEqual(drawn(one, seed));
        for (const { at: time, lasts, nemesis } of faults) {
          expect(time).toBeGreaterThanOrEqual(0);
          expect(lasts).toBeGreaterThanOrEqual(0);
          expect(time + lasts).toBeLessThanOrEqual(10_000);
          expect(nemesesOf(one)).toContain(nemesis);
        }
      }),
      { numRuns: 300 },
    );
  });
});
