/**
 * Every knob of the simulator, each one documented field with a default. Patterns and tests turn them; left alone, the
 * world is a healthy rack with an honest tail.
 */
import type { Nanos } from '../core/types.ts';
import type { DelayOptions } from './delay.ts';
import type { Trace } from './fingerprint.ts';

export interface NetworkOptions {
  /** Of each link, client links included; the median is drawn once per link and direction. */
  readonly delay: DelayOptions;
  /** Probability that a message between two nodes is lost. Clients' connections are TCP: theirs are not. */
  readonly loss: number;
  /** Probability that a message arrives twice, the second time after a delay of its own. */
  readonly duplication: number;
  /** True: delays are independent, so messages overtake each other. False: each link keeps its order, as one TCP connection. */
  readonly reordering: boolean;
  /** What a node takes to reach itself. */
  readonly loopback: Nanos;
}

export interface DiskOptions {
  /** Of a sync; the median is drawn once per disk. */
  readonly sync: DelayOptions;
  /** Of the sectors (512 bytes) that were not synced when the power failed: the share that survives whole. */
  readonly survive: number;
  /** And the share that is torn; the rest vanishes. */
  readonly tear: number;
}

export interface ClockOptions {
  /** Wall clocks start off by at most this much, either way. */
  readonly offset: Nanos;
  /** Rates are off by at most so many parts per million, either way. */
  readonly driftPpm: number;
}

export interface SimOptions {
  readonly network?: Partial<NetworkOptions>;
  readonly disk?: Partial<DiskOptions>;
  readonly clock?: Partial<ClockOptions>;
  /** Nodes start within this time of each other. */
  readonly startJitter?: Nanos;
  /** Told of every event. */
  readonly trace?: Trace;
}

export const networkDefaults: NetworkOptions = {
  delay: { median: [250_000, 700_000], spread: 0.25, tailChance: 0.004, tailShape: 1.1, max: 80_000_000 },
  loss: 0,
  duplication: 0,
  reordering: true,
  loopback: 20_000,
};

export const diskDefaults: DiskOptions = {
  sync: { median: [300_000, 900_000], spread: 0.35, tailChance: 0.005, tailShape: 1.1, max: 60_000_000 },
  survive: 0.35,
  tear: 0.3,
};

export const clockDefaults: ClockOptions = { offset: 2_000_000, driftPpm: 50 };

export const startJitterDefault: Nanos = 5_000_000;
