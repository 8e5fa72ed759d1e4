import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAlarm, createScheduler } from './scheduler.ts';

describe('the scheduler', () => {
  it('runs what it was given by time, and in the order given where times are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 700 }), (times) => {
        const scheduler = createScheduler();
        const ran: [number, number][] = [];
        for (const [i, time] of times.entries()) scheduler.at(time, (seen) => ran.push([scheduler.now, seen]), i);
        while (scheduler.step());
        const expected = times.map((time, i): [number, number] => [time, i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(ran).toEqual(expected);
      }),
    );
  });

  it('keeps that order while entries schedule others', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 9 }), { minLength: 1, maxLength: 500 }), (gaps) => {
        const scheduler = createScheduler();
        const pending: { time: number; sequence: number }[] = [];
        let given = 0;
        const put = (gap: number): void => {
          const entry = { time: Math.max(scheduler.now + gap, scheduler.now), sequence: given++ };
          pending.push(entry);
          scheduler.at(scheduler.now + gap, run, entry);
        };
        const run = (entry: { time: number; sequence: number }): void => {
          pending.sort((a, b) => a.time - b.time || a.sequence - b.sequence);
          expect(pending.shift()).toBe(entry);
          expect(scheduler.now).toBe(entry.time);
          for (let i = 0; i < 2 && gaps.length > 0; i++) put(gaps.pop() as number);
        };
        put(0);
        while (scheduler.step());
        expect(pending).toEqual([]);
      }),
    );
  });

  it('never lets time go backwards: what should have been earlier happens now', () => {
    const scheduler = createScheduler();
    const seen: number[] = [];
    scheduler.at(10, () => scheduler.at(5, () => seen.push(scheduler.now), undefined), undefined);
    while (scheduler.step());
    expect(seen).toEqual([10]);
  });
});

describe('an alarm', () => {
  it('rings exactly at its last deadline, however often it was moved or cancelled', () => {
    const move = fc.record({ at: fc.integer({ min: 0, max: 50 }), to: fc.option(fc.integer({ min: 0, max: 60 })) });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
        const scheduler = createScheduler();
        const rings: number[] = [];
        const alarm = createAlarm(scheduler, () => rings.push(scheduler.now));
        const ordered = moves.map((step, i) => ({ ...step, i })).sort((a, b) => a.at - b.at || a.i - b.i);
        // Moves come first at any moment, so that the oracle is simple: whoever stands when time moves on, rings.
        const expected: number[] = [];
        let deadline: number | undefined;
        for (let time = 0; time <= 60; time++) {
          for (const { at, to } of ordered) {
            if (at !== time) continue;
            deadline = to === null ? undefined : Math.max(to, time);
          }
          if (deadline === time) {
            expected.push(time);
            deadline = undefined;
          }
        }
        for (const { at, to } of ordered)
          scheduler.at(at, () => (to === null ? alarm.cancel() : alarm.set(to)), undefined);
        while (scheduler.step());
        expect(rings).toEqual(expected);
        expect(alarm.armed()).toBe(false);
      }),
    );
  });

  it('holds one entry in the heap while its deadline moves away', () => {
    const scheduler = createScheduler();
    const alarm = createAlarm(scheduler, () => {});
    for (let i = 1; i < 1000; i++) alarm.set(i);
    expect(scheduler.size()).toBe(1);
  });

  it('may be set again by its own ring', () => {
    const scheduler = createScheduler();
    const rings: number[] = [];
    const alarm = createAlarm(scheduler, () => {
      rings.push(scheduler.now);
      if (rings.length < 4) alarm.set(scheduler.now + 10);
    });
    alarm.set(10);
    while (scheduler.step());
    expect(rings).toEqual([10, 20, 30, 40]);
  });
});
