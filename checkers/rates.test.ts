import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../harness/core/random.ts';
import { atLeastProbability, atMostProbability } from './binomial.ts';
import { historyOf, names } from './history.fixture.ts';
import { type RatesOptions, rates, type Sample } from './rates.ts';

/** By the definition, in exact integers. */
function exactAtMost(events: number, trials: number, rate: number): number {
  let sum = 0;
  for (let k = 0; k <= events; k++) {
    let choose = 1n;
    for (let i = 0; i < k; i++) choose = (choose * BigInt(trials - i)) / BigInt(i + 1);
    sum += Number(choose) * rate ** k * (1 - rate) ** (trials - k);
  }
  return sum;
}

describe('the binomial tails', () => {
  test('agree with the definition', () => {
    const rate = fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(60), rate, (trials, drawn, p) => {
        const events = Math.min(drawn, trials);
        const exact = exactAtMost(events, trials, p);
        expect(Math.abs(atMostProbability(events, trials, p) - exact)).toBeLessThanOrEqual(1e-10 + exact * 1e-9);
        const above = 1 - exactAtMost(events - 1, trials, p);
        expect(atLeastProbability(events, trials, p)).toBeCloseTo(above, 10);
      }),
    );
  });

  test('are exact at the ends', () => {
    expect(atMostProbability(-1, 10, 0.5)).toBe(0);
    expect(atMostProbability(10, 10, 0.5)).toBe(1);
    expect(atMostProbability(0, 10, 0)).toBe(1);
    expect(atMostProbability(3, 10, 1)).toBe(0);
    expect(atMostProbability(0, 0, 0.5)).toBe(1);
    expect(atLeastProbability(0, 10, 0.5)).toBe(1);
    expect(atMostProbability(0, 20, 0.5)).toBeCloseTo(0.5 ** 20, 15);
  });

  test('keep their relative accuracy far out, in samples of thousands', () => {
    // log10 of 0.3^4000
    expect(Math.log10(atLeastProbability(500, 500, 0.3))).toBeCloseTo(500 * Math.log10(0.3), 6);
    expect(atMostProbability(4990, 10_000, 0.5)).toBeCloseTo(0.4247, 3);
  });
});

const judge = (samples: readonly Omit<Sample, 'what'>[], options: Partial<RatesOptions> = {}) =>
  rates({
    name: 'test',
    anomaly: 'too-few',
    events: 'failures',
    because: 'and yet it opened',
    claim: { atLeast: 0.5 },
    samples: () => samples.map((sample, i) => ({ what: `sample ${i}`, ...sample })),
    ...options,
  }).check(historyOf({}));

describe('a claim of at least half', () => {
  test('with nothing to judge is valid', () => {
    expect(judge([]).valid).toBe('valid');
  });

  test('is refuted by one failure in forty, and not by eighteen', () => {
    const verdict = judge([{ events: 1, trials: 40, at: 7, operations: [3] }]);
    expect(names(verdict)).toEqual(['too-few']);
    expect(verdict.anomalies[0]).toMatchObject({ at: 7, operations: [3] });
    expect(judge([{ events: 18, trials: 40 }]).valid).toBe('valid');
  });

  test('is unknown where the sample could not have refuted it, even if all is as it should be', () => {
    expect(judge([{ events: 0, trials: 5 }]).valid).toBe('unknown');
    expect(judge([{ events: 5, trials: 5 }]).valid).toBe('unknown');
    expect(
      judge([
        { events: 20, trials: 40 },
        { events: 5, trials: 5 },
      ]).valid,
    ).toBe('unknown');
    expect(judge([{ events: 0, trials: 0 }]).valid).toBe('unknown');
  });

  test('one refutation outweighs any number of small samples', () => {
    expect(
      judge([
        { events: 1, trials: 40 },
        { events: 5, trials: 5 },
      ]).valid,
    ).toBe('invalid');
  });

  test('small samples that each prove nothing can prove it together', () => {
    const many = Array.from({ length: 6 }, () => ({ events: 0, trials: 6 }));
    expect(judge(many).valid).toBe('unknown');
    expect(judge(many, { pooled: true }).valid).toBe('invalid');
  });
});

describe('a claim of at most one in twenty', () => {
  const claim = { atMost: 0.05 } as const;
  test('is refuted by half, and not by one in twenty', () => {
    expect(judge([{ events: 20, trials: 40 }], { claim }).valid).toBe('invalid');
    expect(judge([{ events: 2, trials: 40 }], { claim }).valid).toBe('valid');
  });

  test('needs a larger sample when a smaller rate is to be found', () => {
    expect(judge([{ events: 1, trials: 40 }], { claim, detects: 0.5 }).valid).toBe('valid');
    expect(judge([{ events: 1, trials: 40 }], { claim, detects: 0.1 }).valid).toBe('unknown');
    expect(judge([{ events: 50, trials: 1000 }], { claim, detects: 0.1 }).valid).toBe('valid');
  });
});

test('acquits true claims at least as often as alpha says, and convicts gross lies nearly always', () => {
  const random = createRandom(1);
  const draw = (rate: number, trials: number): Omit<Sample, 'what'> => {
    let events = 0;
    for (let i = 0; i < trials; i++) if (random.chance(rate)) events++;
    return { events, trials };
  };
  const convicted = (rate: number): number => {
    let count = 0;
    for (let run = 0; run < 2000; run++)
      if (judge([draw(rate, 60), draw(rate, 60)], { alpha: 0.05, pooled: true }).valid === 'invalid') count++;
    return count / 2000;
  };
  expect(convicted(0.5)).toBeLessThan(0.05);
  expect(convicted(0.15)).toBeGreaterThan(0.99);
});
