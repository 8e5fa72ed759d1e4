/**
 * How long things take: log-normal around a median, as measured networks and disks are, and once in a while a long tail
 * (Pareto, cut off), because the interesting executions begin there.
 */
import type { Random } from '../core/random.ts';
import type { Nanos } from '../core/types.ts';

export interface DelayOptions {
  /** Half of all delays are shorter. Drawn once per link or disk from this range. */
  readonly median: readonly [min: Nanos, max: Nanos];
  /** Sigma of the log-normal: 0.25 puts 95 % within a factor of 1.6 either way. */
  readonly spread: number;
  /** Probability that a delay falls into the tail. */
  readonly tailChance: number;
  /** Pareto's exponent: the smaller, the heavier. */
  readonly tailShape: number;
  /** No delay is longer. */
  readonly max: Nanos;
}

/** Draws one delay around the given median. */
export type DrawDelay = (median: Nanos) => Nanos;

const steps = 4096;

export function createDelay(options: DelayOptions, random: Random): DrawDelay {
  const { tailChance, max } = options;
  const factors = factorsOf(options.spread);
  const exponent = -1 / options.tailShape;
  return (median) => {
    // One draw serves twice: its upper bits choose the quantile, the rest decides on the tail.
    const drawn = random.unit() * steps;
    const step = drawn | 0;
    const rest = drawn - step;
    let delay = median * (factors[step] as number);
    if (rest < tailChance) delay *= (rest / tailChance + 1e-6) ** exponent;
    return delay < max ? Math.ceil(delay) : max;
  };
}

const known = new Map<number, Float64Array>();

/** The log-normal's quantiles, as factors upon the median. A table: drawing is one multiplication. */
function factorsOf(spread: number): Float64Array {
  let factors = known.get(spread);
  if (factors === undefined) {
    factors = new Float64Array(steps);
    for (let i = 0; i < steps; i++) factors[i] = Math.exp(spread * normalQuantile((i + 0.5) / steps));
    known.set(spread, factors);
  }
  return factors;
}

/** Quantile of the standard normal distribution, within 4.5e-4 (Abramowitz and Stegun 1964, 26.2.23). */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  return -(
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3)
  );
}
