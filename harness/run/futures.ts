/**
 * The point of no return: a run that failed is led into other futures, from many of its moments, and what share of them
 * fails is told over time. Where it comes to nearly all, the failure had become inevitable.
 *
 * The one surprise: the faults and what the clients ask stay as they were told. What differs is luck alone: delays, drawn
 * timeouts, what survives of a sector.
 */
import type { FutureMoment } from '../core/finding.ts';
import type { Nanos } from '../core/types.ts';
import { runTale, type ShrinkOptions, type Tale } from './shrink.ts';

export interface FuturesOptions {
  /** How many moments, evenly over the run (40). */
  readonly moments?: number;
  /** How many futures of each (25). */
  readonly futures?: number;
  readonly signal?: AbortSignal;
  progress?(done: number, of: number): void;
}

/** @param until when the run failed, or ended; nothing is decided after that. */
export async function futuresOf(
  options: Omit<ShrinkOptions, 'history'>,
  tale: Tale,
  until: Nanos,
  { moments = 40, futures = 25, signal, progress }: FuturesOptions = {},
): Promise<readonly FutureMoment[]> {
  const told: FutureMoment[] = [];
  for (let place = 0; place < moments; place++) {
    const at = Math.round((until * place) / (moments - 1));
    let failed = 0;
    for (let salt = 1; salt <= futures; salt++) {
      if (signal?.aborted === true) return told;
      const run = await runTale({ ...options, fork: { at, salt } }, tale);
      if (run.valid === 'invalid' && run.anomalies.includes(options.anomaly)) failed++;
      progress?.(place * futures + salt, moments * futures);
    }
    told.push({ at, failed, of: futures });
  }
  return told;
}
