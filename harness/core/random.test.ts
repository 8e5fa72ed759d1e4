import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createForkingRandom, createRandom } from './random.ts';

describe('seeded randomness', () => {
  it('gives the same draws for the same seed, and others for its neighbour', () => {
    const draws = (seed: number): number[] => Array.from({ length: 50 }, createRandom(seed).unit);
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
  });

  it('splits into streams that do not depend on what was drawn before', () => {
    const parent = createRandom(42);
    const early = parent.split('network').int(0, 1_000_000);
    parent.unit();
    expect(parent.split('network').int(0, 1_000_000)).toBe(early);
    expect(parent.split('disk').int(0, 1_000_000)).not.toBe(early);
  });

  it('keeps integers within their bounds, both included', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -1000, max: 1000 }), fc.nat(50), (seed, min, width) => {
        const random = createRandom(seed);
        const drawn = Array.from({ length: 20 }, () => random.int(min, min + width));
        expect(drawn.every((value) => Number.isInteger(value) && value >= min && value <= min + width)).toBe(true);
      }),
    );
    const dice = new Set(Array.from({ length: 200 }, () => createRandom(1).split('dice').int(1, 6)));
    expect(dice.size).toBe(1);
    const one = createRandom(1);
    expect([...new Set(Array.from({ length: 200 }, () => one.int(1, 6)))].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('draws exponential gaps with the mean it was asked for', () => {
    const random = createRandom(3);
    const count = 20_000;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += random.exponential(10);
    // Standard error of the mean is 10 / sqrt(20 000) = 0.07; five of them.
    expect(Math.abs(sum / count - 10)).toBeLessThan(0.36);
  });

  it('shuffles into a permutation and leaves the original alone', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer()), (seed, items) => {
        const before = [...items];
        const shuffled = createRandom(seed).shuffle(items);
        expect(items).toEqual(before);
        expect([...shuffled].sort()).toEqual([...items].sort());
      }),
    );
  });

  it('refuses to pick from nothing', () => {
    expect(() => createRandom(1).pick([])).toThrow('empty');
  });

  it('forks: the same until then, another future for each salt, and the same one for the same salt', () => {
    const future = (salt: number | undefined) => {
      const { random, fork } = createForkingRandom(5);
      const early = random.split('early');
      const before = [random.unit(), early.unit()];
      if (salt !== undefined) fork(salt);
      return { before, after: [random.unit(), early.unit(), random.split('late').unit()] };
    };
    const plain = createRandom(5);
    const split = plain.split('early');
    expect(future(undefined).before).toEqual([plain.unit(), split.unit()]);
    expect(future(undefined).after).toEqual([plain.unit(), split.unit(), plain.split('late').unit()]);
    expect(future(1).before).toEqual(future(undefined).before);
    expect(future(1)).toEqual(future(1));
    const drawn = [undefined, 1, 2].map((salt) => future(salt).after);
    for (const place of [0, 1, 2]) expect(new Set(drawn.map((draws) => draws[place])).size).toBe(3);
  });
});
