/**
 * Real time for what was written for virtual time: actions at their moments, in the order of their moments, and those of
 * one moment in the order in which they were put in.
 *
 * The one surprise: one timer for all. With a timer each, two messages of one link whose times differ by less than a
 * millisecond could overtake each other.
 */
import type { Nanos } from '../core/types.ts';

export interface Agenda {
  /** Since the agenda was made, by the machine's monotonic clock. */
  readonly now: Nanos;
  /** Runs `action(subject)` at `time` or as soon after as can be; never early. */
  at<T>(time: Nanos, action: (subject: T) => void, subject: T): void;
  /** Nothing more will be run. */
  clear(): void;
}

interface Entry {
  readonly time: Nanos;
  run(): void;
}

export function createAgenda(): Agenda {
  const zero = process.hrtime.bigint();
  const now = (): Nanos => Number(process.hrtime.bigint() - zero);
  /** Earliest last, so that taking it is cheap. */
  const entries: Entry[] = [];
  let timer: NodeJS.Timeout | undefined;
  let armedFor = Number.POSITIVE_INFINITY;
  let over = false;

  const arm = (): void => {
    const next = entries.at(-1);
    if (over || next === undefined || next.time >= armedFor) return;
    clearTimeout(timer);
    armedFor = next.time;
    timer = setTimeout(act, Math.max(0, Math.ceil((next.time - now()) / 1e6)));
  };
  const act = (): void => {
    armedFor = Number.POSITIVE_INFINITY;
    const moment = now();
    while (!over && entries.length > 0 && (entries.at(-1) as Entry).time <= moment) (entries.pop() as Entry).run();
    arm();
  };

  return {
    get now() {
      return now();
    },
    at(time, action, subject) {
      if (over) return;
      // Before those of the same time: what stands last is run first.
      let low = 0;
      let high = entries.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((entries[middle] as Entry).time <= time) high = middle;
        else low = middle + 1;
      }
      entries.splice(low, 0, { time, run: () => action(subject) });
      arm();
    },
    clear() {
      over = true;
      entries.length = 0;
      clearTimeout(timer);
    },
  };
}
