/**
 * A claim about a rate, judged by the exact binomial test: "at least half of the calls failed before it opened", "at most
 * one rejection in twenty was slow".
 *
 * The one surprise: it says `unknown` where the sample could not have convicted, or could not have shown the rate that it
 * is on the lookout for. A sample of three that looks fine is no pass.
 */
import type { History, Nanos } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';
import { atLeastProbability, atMostProbability } from './binomial.ts';

export interface Sample {
  /** Of what, such as `c1 d1 opening at 2310 ms`. */
  readonly what: string;
  readonly events: number;
  readonly trials: number;
  readonly at?: Nanos;
  /** The operations to show for it. */
  readonly operations?: readonly number[];
}

export interface RatesOptions {
  readonly name: string;
  /** The anomaly's name where the claim is refuted. */
  readonly anomaly: string;
  /** What is counted, as a plural: `failed or slow calls`. */
  readonly events: string;
  /** Why a refuted claim is wrong, as the end of a sentence. */
  readonly because: string;
  /** The claim about the true rate. */
  readonly claim: { readonly atLeast: number } | { readonly atMost: number };
  /** Probability of a false conviction, over all samples of the history together (Bonferroni). */
  readonly alpha?: number;
  /**
   * The rate that a sample must be able to show, with a probability of 0.9, to count as large enough. Where absent, it must
   * be able to convict at all.
   */
  readonly detects?: number;
  /**
   * The claim holds of each sample, so it must hold of all together: that is tested too, with half of alpha. It finds what
   * shows everywhere a little.
   */
  readonly pooled?: boolean;
  samples(history: History): readonly Sample[];
}

const power = 0.9;

export const rates = (options: RatesOptions): Checker => ({
  name: options.name,
  check: (history) => judge(options, options.samples(history)),
});

function judge(options: RatesOptions, samples: readonly Sample[]): Verdict {
  const { name, anomaly, events, because, claim, alpha = 1e-4 } = options;
  const text = 'atLeast' in claim ? `at least ${percent(claim.atLeast)}` : `at most ${percent(claim.atMost)}`;
  const test = `exact binomial test, α = ${alpha}${samples.length > 1 ? ` over ${samples.length} samples` : ''}`;
  if (samples.length === 0) return valid(name, `nothing to judge: ${events} should be ${text}`);
  const pooled = options.pooled === true && samples.length > 1;
  const level = (pooled ? alpha / 2 : alpha) / samples.length;
  const anomalies: Anomaly[] = [];
  let small = 0;
  for (const sample of samples) {
    const { what, at, operations = [] } = sample;
    const p = pValue(claim, sample.events, sample.trials);
    if (p < level) {
      anomalies.push({
        name: anomaly,
        because: `${what}: ${sample.events} ${events} of ${sample.trials} (${percent(sample.events / sample.trials)}), ${because} (${text}; p = ${p.toExponential(1)}).`,
        operations,
        ...(at === undefined ? {} : { at }),
      });
    } else if (!largeEnough(claim, sample.trials, level, options.detects)) {
      small++;
    }
  }
  const trials = samples.reduce((sum, sample) => sum + sample.trials, 0);
  const total = samples.reduce((sum, sample) => sum + sample.events, 0);
  const together = pValue(claim, total, trials);
  if (pooled && anomalies.length === 0 && together < alpha / 2) {
    anomalies.push({
      name: anomaly,
      because: `All ${samples.length} samples together, such as ${samples[0]?.what}: ${total} ${events} of ${trials} (${percent(total / trials)}), ${because} (${text}; p = ${together.toExponential(1)}).`,
      operations: samples.flatMap(({ operations = [] }) => operations).slice(0, 10),
      ...(samples[0]?.at === undefined ? {} : { at: samples[0].at }),
    });
  }
  const only = samples.length === 1 ? samples[0] : undefined;
  const seen = only === undefined ? `${samples.length} samples: ` : `${only.what}: `;
  const counted = `${seen}${total} ${events} of ${trials}, should be ${text} (${test})`;
  const details = { samples: samples.length, trials, refuted: anomalies.length, small, alpha };
  if (anomalies.length > 0) return invalid(name, anomalies, `${anomalies[0]?.because} ${counted}`, details);
  if (small > 0) return unknown(name, `${small} samples are too small to judge. ${counted}`, details);
  return valid(name, counted, details);
}

/** How probable it is to see this or worse although the claim holds. */
const pValue = (claim: RatesOptions['claim'], events: number, trials: number): number =>
  'atLeast' in claim
    ? atMostProbability(events, trials, claim.atLeast)
    : atLeastProbability(events, trials, claim.atMost);

function largeEnough(
  claim: RatesOptions['claim'],
  trials: number,
  level: number,
  detects: number | undefined,
): boolean {
  const low = 'atLeast' in claim;
  if (detects === undefined) return pValue(claim, low ? 0 : trials, trials) < level;
  // The count from which on the test convicts; what remains is how probable such a count is at the rate to be shown.
  if (low) {
    let convicting = -1;
    while (convicting < trials && pValue(claim, convicting + 1, trials) < level) convicting++;
    return atMostProbability(convicting, trials, detects) >= power;
  }
  let convicting = trials + 1;
  while (convicting > 0 && pValue(claim, convicting - 1, trials) < level) convicting--;
  return atLeastProbability(convicting, trials, detects) >= power;
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
