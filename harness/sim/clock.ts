/**
 * A node's clocks. The wall clock is off, drifts and can be bent; the monotonic one only drifts, and starts anywhere,
 * so that a node which compares it with another's is soon found out.
 */
import type { Clock } from '../core/node.ts';
import type { Random } from '../core/random.ts';
import type { Nanos } from '../core/types.ts';
import type { ClockOptions } from './options.ts';
import type { Scheduler } from './scheduler.ts';

export interface SimClock extends Clock {
  /** Adds to the wall clock. */
  bend(offset: Nanos): void;
  /** Makes the wall clock run fast by so many parts per million more, from now on. */
  drift(ppm: number): void;
  /** How far the wall clock is off now, all told. */
  error(): Nanos;
  /** The first moment of true time at which the monotonic clock has advanced by `after`. */
  due(after: Nanos): Nanos;
  /** The machine was dark: the monotonic clock starts anew, the wall clock runs on. */
  reboot(): void;
}

export function createClock(scheduler: Scheduler, random: Random, options: ClockOptions): SimClock {
  const rate = 1 + (random.unit() * 2 - 1) * options.driftPpm * 1e-6;
  let offset = Math.round((random.unit() * 2 - 1) * options.offset);
  const anywhere = (): Nanos => random.int(1, 1_000_000) * 1_000_000;
  let base = anywhere();
  const elapsed = (): Nanos => Math.floor(scheduler.now * rate);
  let drift = 0;
  let driftingSince = 0;
  const drifted = (): Nanos => (drift === 0 ? 0 : Math.floor((scheduler.now - driftingSince) * drift * 1e-6));
  return {
    now: () => elapsed() + offset + drifted(),
    monotonic: () => base + elapsed(),
    bend(by) {
      offset += by;
    },
    drift(ppm) {
      offset += drifted();
      drift += ppm;
      driftingSince = scheduler.now;
    },
    error: () => elapsed() + offset + drifted() - scheduler.now,
    due(after) {
      const target = elapsed() + (after > 0 ? Math.ceil(after) : 0);
      const guess = Math.ceil(target / rate);
      return Math.floor(guess * rate) >= target ? guess : guess + 1;
    },
    reboot() {
      base = anywhere() - elapsed();
    },
  };
}
