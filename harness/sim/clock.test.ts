import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRandom } from '../core/random.ts';
import { createClock } from './clock.ts';
import { createScheduler } from './scheduler.ts';

it('a timer is due when its own monotonic clock says so: never early, and not a nanosecond late', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.integer({ min: 0, max: 2 ** 35 }),
      (seed, start, after) => {
        const scheduler = createScheduler();
        const clock = createClock(scheduler, createRandom(seed), { offset: 1000, driftPpm: 500 });
        const at = (time: number): number => {
          let seen = 0;
          scheduler.at(time, () => (seen = clock.monotonic()), undefined);
          scheduler.step();
          return seen;
        };
        const from = at(start);
        const due = clock.due(after);
        if (due - 1 > start) expect(at(due - 1) - from).toBeLessThan(after);
        expect(at(due) - from).toBeGreaterThanOrEqual(after);
      },
    ),
  );
});

it('the wall clock jumps both ways and back; the monotonic one does not notice', () => {
  const scheduler = createScheduler();
  const clock = createClock(scheduler, createRandom(1), { offset: 0, driftPpm: 0 });
  const before = clock.monotonic();
  clock.bend(-5000);
  expect([clock.now(), clock.error(), clock.monotonic()]).toEqual([-5000, -5000, before]);
  clock.bend(5000);
  expect(clock.now()).toBe(0);
});

it('clocks differ: in offset, rate and where the monotonic one began', () => {
  const scheduler = createScheduler();
  const clocks = [1, 2, 3].map((seed) => createClock(scheduler, createRandom(seed), { offset: 2e6, driftPpm: 50 }));
  expect(new Set(clocks.map((clock) => clock.monotonic())).size).toBe(3);
  expect(new Set(clocks.map((clock) => clock.error())).size).toBe(3);
  scheduler.at(1e12, () => {}, undefined);
  const before = clocks.map((clock) => clock.error());
  scheduler.step();
  clocks.forEach((clock, i) => {
    const drifted = Math.abs(clock.error() - (before[i] as number));
    expect(drifted).toBeGreaterThan(0);
    expect(drifted).toBeLessThanOrEqual(50e6 + 1);
  });
});
