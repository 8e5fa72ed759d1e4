/**
 * Virtual time: one binary heap on (integer time, sequence). What is scheduled for the same moment happens in the order
 * in which it was scheduled, so that a run depends on nothing but its seed.
 *
 * The heap is our own and not flatqueue: its priority is one number, and a time in nanoseconds leaves too few of a
 * double's 53 bits for the sequence. Keys live in typed arrays and an event is a function with its subject, so that
 * scheduling a message allocates no closure.
 */
import type { Nanos } from '../core/types.ts';

export interface Scheduler {
  /** The present moment. Only `step` moves it. */
  readonly now: Nanos;
  /** Runs `action(subject)` at `time`, or now where that has passed. */
  at<T>(time: Nanos, action: (subject: T) => void, subject: T): void;
  /** Moves time to the earliest entry and runs it; false when nothing is scheduled. */
  step(): boolean;
  /** Entries that wait; for tests and measurements. */
  size(): number;
}

export function createScheduler(): Scheduler {
  let capacity = 256;
  let times = new Float64Array(capacity);
  let sequences = new Float64Array(capacity);
  /** Where the entry's action and subject are: these stay put while the keys are sifted. */
  let slots = new Int32Array(capacity);
  let free = new Int32Array(capacity);
  for (let i = 0; i < capacity; i++) free[i] = i;
  const actions: (((subject: never) => void) | undefined)[] = [];
  const subjects: unknown[] = [];
  let size = 0;
  let sequence = 0;

  const grow = (): void => {
    const wider = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const doubled = capacity * 2;
    times = wider(times, new Float64Array(doubled));
    sequences = wider(sequences, new Float64Array(doubled));
    slots = wider(slots, new Int32Array(doubled));
    free = wider(free, new Int32Array(doubled));
    for (let i = capacity; i < doubled; i++) free[i] = i;
    capacity = doubled;
  };

  /** Puts the keys in at `hole`, moving later parents down. */
  const siftUp = (from: number, time: number, order: number, slot: number): void => {
    let hole = from;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = times[parent] as number;
      if (above < time || (above === time && (sequences[parent] as number) < order)) break;
      times[hole] = above;
      sequences[hole] = sequences[parent] as number;
      slots[hole] = slots[parent] as number;
      hole = parent;
    }
    times[hole] = time;
    sequences[hole] = order;
    slots[hole] = slot;
  };

  /** Puts the last entry's keys in at the root, moving earlier children up. */
  const siftDown = (time: number, order: number, slot: number): void => {
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      let earliest = times[child] as number;
      const right = child + 1;
      if (right < size) {
        const other = times[right] as number;
        if (other < earliest || (other === earliest && (sequences[right] as number) < (sequences[child] as number))) {
          child = right;
          earliest = other;
        }
      }
      if (time < earliest || (time === earliest && order < (sequences[child] as number))) break;
      times[hole] = earliest;
      sequences[hole] = sequences[child] as number;
      slots[hole] = slots[child] as number;
      hole = child;
    }
    times[hole] = time;
    sequences[hole] = order;
    slots[hole] = slot;
  };

  const scheduler = {
    now: 0,
    at<T>(time: Nanos, action: (subject: T) => void, subject: T): void {
      if (size === capacity) grow();
      const slot = free[size] as number;
      actions[slot] = action;
      subjects[slot] = subject;
      siftUp(size++, time > scheduler.now ? time : scheduler.now, sequence++, slot);
    },
    step(): boolean {
      if (size === 0) return false;
      const slot = slots[0] as number;
      scheduler.now = times[0] as number;
      size--;
      if (size > 0) siftDown(times[size] as number, sequences[size] as number, slots[size] as number);
      free[size] = slot;
      const action = actions[slot] as (subject: unknown) => void;
      const subject = subjects[slot];
      actions[slot] = undefined;
      subjects[slot] = undefined;
      action(subject);
      return true;
    },
    size: () => size,
  };
  return scheduler;
}

/**
 * A deadline that may be moved at will and costs one heap entry: an entry that comes up too early is put back at the
 * deadline, instead of leaving a cancelled entry behind with every move (an election timer moves with every heartbeat).
 */
export interface Alarm {
  set(deadline: Nanos): void;
  cancel(): void;
  /** True while the deadline stands. */
  armed(): boolean;
}

/** @param idle told when the alarm neither stands nor has an entry in the heap: nothing remembers it any more. */
export function createAlarm(scheduler: Scheduler, ring: () => void, idle?: () => void): Alarm {
  let deadline = Number.POSITIVE_INFINITY;
  /** When our one live entry comes up. Entries that come up at any other time are stale. */
  let entry = Number.POSITIVE_INFINITY;
  const wake = (): void => {
    if (entry !== scheduler.now) return;
    entry = Number.POSITIVE_INFINITY;
    if (deadline <= scheduler.now) {
      deadline = Number.POSITIVE_INFINITY;
      ring();
    }
    arm();
    if (entry === Number.POSITIVE_INFINITY) idle?.();
  };
  const arm = (): void => {
    if (deadline >= entry) return;
    entry = deadline;
    scheduler.at(entry, wake, undefined);
  };
  return {
    set(time) {
      deadline = Math.max(time, scheduler.now);
      arm();
    },
    cancel() {
      deadline = Number.POSITIVE_INFINITY;
    },
    armed: () => deadline !== Number.POSITIVE_INFINITY,
  };
}
