/**
 * Exact tails of the binomial distribution, for tests of rates. No normal approximation: samples of twenty are common here,
 * and at their tails the approximation is off by orders of magnitude.
 */
import { gammaln } from 'simple-statistics';

/** Probability of at most `events` in `trials`, each of probability `rate`. */
export function atMostProbability(events: number, trials: number, rate: number): number {
  if (events >= trials) return 1;
  if (events < 0) return 0;
  if (rate <= 0) return 1;
  if (rate >= 1) return 0;
  // Of the two tails the shorter sum is taken, and the terms run away from the mode, so that none overflows.
  if (events > trials * rate) return 1 - tail(events + 1, trials, rate, 1);
  return tail(events, trials, rate, -1);
}

/** Probability of at least `events` in `trials`, each of probability `rate`. */
export function atLeastProbability(events: number, trials: number, rate: number): number {
  return atMostProbability(trials - events, trials, 1 - rate);
}

/** Sum of the terms from `start` on, away from the mode. */
function tail(start: number, trials: number, rate: number, step: 1 | -1): number {
  let term = Math.exp(
    gammaln(trials + 1) -
      gammaln(start + 1) -
      gammaln(trials - start + 1) +
      start * Math.log(rate) +
      (trials - start) * Math.log1p(-rate),
  );
  const odds = rate / (1 - rate);
  let sum = 0;
  for (let k = start; k >= 0 && k <= trials; k += step) {
    sum += term;
    if (term < sum * 1e-17) break;
    term *= step === 1 ? ((trials - k) / (k + 1)) * odds : k / (trials - k + 1) / odds;
  }
  return Math.min(1, sum);
}
