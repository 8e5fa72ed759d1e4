/**
 * Weather with a name, for whoever does not want to write their own.
 *
 * The one surprise: times are shares of the run, so that the same name means as much weather in eight seconds of virtual
 * time as in ten minutes of containers.
 */
import type { Span, Weather } from '../harness/core/target.ts';
import { every, fault, mix, swarm } from '../harness/core/weather.ts';

/** From one `least`-th to one `most`-th of the run. */
const share = (least: number, most: number): Span => ({ share: [1 / least, 1 / most] });

/** Nothing goes wrong. What does not hold now will not hold later. */
const calm: readonly Weather[] = [];

/** One small thing at a time: a slow link, a short pause, one process restarted. */
const breeze: readonly Weather[] = [
  every(
    share(12, 6),
    mix(
      [3, fault('slow', share(40, 15), { meanMs: 20, jitterMs: 20 })],
      [2, fault('pause', share(100, 30))],
      [1, fault('kill', share(60, 20))],
    ),
  ),
];

/** What a bad week brings: partitions, processes that die and stall, slow links; one after the other. */
const gale: readonly Weather[] = [
  every(
    share(12, 6),
    mix(
      [4, fault('partition', share(25, 8), { shape: 'random' })],
      [2, fault('kill', share(40, 12), { target: 'minority' })],
      [2, fault('pause', share(40, 12), { target: 'minority' })],
      [1, fault('kill', share(40, 20), { target: 'primary' })],
      [1, fault('slow', share(25, 8), { target: 'all' })],
    ),
  ),
];

/**
 * Everything at once, and whole machines going dark. Each class of fault is there in half of the runs only: a fault that
 * is always there hides what would happen without it.
 */
const hurricane: readonly Weather[] = [
  swarm(
    every(share(20, 7), fault('partition', share(30, 8), { shape: 'random' })),
    every(
      share(20, 8),
      mix(
        [3, fault('kill', share(50, 12))],
        [2, fault('kill', share(50, 12), { target: 'primary' })],
        [2, fault('kill', share(50, 15), { target: 'majority' })],
        [1, fault('kill', share(50, 20), { target: 'all' })],
      ),
    ),
    every(
      share(20, 8),
      mix(
        [2, fault('pause', share(50, 12))],
        [2, fault('pause', share(50, 10), { target: 'primary' })],
        [1, fault('pause', share(50, 15), { target: 'majority' })],
      ),
    ),
    every(
      share(20, 8),
      mix(
        [2, fault('power', share(50, 15), { target: 'minority' })],
        [1, fault('power', share(50, 20), { target: 'all' })],
      ),
    ),
    every(
      share(20, 8),
      mix([1, fault('clock', share(30, 8))], [1, fault('clock', share(30, 8), { mode: 'strobe', target: 'minority' })]),
    ),
    every(share(15, 6), fault('slow', share(30, 8), { target: 'minority', meanMs: 100, jitterMs: 100 })),
    every(share(8, 4), fault('churn', share(15, 6))),
    every(
      share(20, 8),
      mix(
        [2, fault('loss', share(30, 8), { target: 'minority' })],
        [1, fault('loss', share(50, 15), { target: 'all', share: 0.4 })],
        [1, fault('duplicate', share(30, 8), { target: 'all' })],
        [1, fault('reorder', share(30, 8), { target: 'all' })],
      ),
    ),
    every(
      share(15, 6),
      mix(
        [2, fault('clog', share(30, 10), { target: 'minority' })],
        [1, fault('swizzle', share(20, 8))],
        [1, fault('reset', share(30, 10), { target: 'minority' })],
      ),
    ),
    every(share(12, 6), mix([2, fault('drift', share(20, 6))], [1, fault('disk-slow', share(30, 10))])),
    every(share(6, 3), mix([2, fault('stop', share(50, 20))], [1, fault('rolling-restart', share(8, 4))])),
  ),
];

export const presets = { calm, breeze, gale, hurricane } as const;
