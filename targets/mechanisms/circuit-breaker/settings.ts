/**
 * Every setting of the breaker and of the dependency behind it, with the values that make the reference. The last five of
 * the breaker are its preventions: a flaw turns one of them off, so that all else is equal.
 */
import { readSettings, type SettingsOf } from '../../../harness/core/settings.ts';
import type { JsonObject, Variant } from '../../../harness/core/types.ts';

export const reference = {
  /** Rolling window over which calls are counted, in so many parts that fall out one by one. */
  windowMs: 2000,
  buckets: 10,
  /** Fewer calls than this in the window prove nothing. */
  minimumVolume: 20,
  /** Opens when a larger share of the window's calls has failed, or was slow. */
  failureRateThreshold: 0.5,
  slowRateThreshold: 0.5,
  /** A call that takes longer is slow. */
  slowCallMs: 150,
  /** The caller gives up on a call after this; it counts as failed and slow. */
  callTimeoutMs: 400,
  /** From Open to HalfOpen: the document's ResetTimeout. */
  resetMs: 1000,
  /** So many calls are let through in HalfOpen; all must succeed. */
  trialCalls: 3,
  /** After closing, the share of calls let through grows from `rampFrom` to 1 within this: the document's gradual re-enable. */
  rampMs: 1000,
  rampFrom: 0.25,

  /** Judges the share of failures at a minimum volume; without it the first failure opens. */
  judgesRate: true,
  /** Tries again after the reset time; without it an open breaker stays open. */
  halfOpens: true,
  /** Lets only `trialCalls` through in HalfOpen; without it everybody. */
  limitsTrials: true,
  /** Does not hold the caller's own mistakes (4xx) against the dependency. */
  ignoresCallerErrors: true,
  /** One breaker for each instance; without it one for all of them. */
  perInstance: true,

  /** What a healthy dependency is like: it fails now and then, as all do. */
  dependencyFailureRate: 0.02,
  dependencyLatencyMs: 6,
  dependencyJitterMs: 6,
} as const satisfies Variant;

export type Settings = SettingsOf<typeof reference>;

export const settingsOf = (variant: JsonObject): Settings => readSettings(reference, variant);
