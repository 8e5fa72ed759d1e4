/**
 * What one incarnation of a node sees of the simulated world; the twin of what `docker/entry.ts` builds from sockets and
 * files. Whatever a dead process left behind (a timer, a sync that completes, a late reply) finds it dead and does nothing.
 */
import type { Recorder } from '../core/history.ts';
import type { Environment } from '../core/node.ts';
import type { Random } from '../core/random.ts';
import type { Json, NodeId } from '../core/types.ts';
import type { SimClock } from './clock.ts';
import type { SimDisk } from './disk.ts';
import { checksumJson, checksumText, eventCode, type Fingerprint } from './fingerprint.ts';
import { outside } from './guard.ts';
import type { Host, Process } from './host.ts';
import { type Alarm, createAlarm, type Scheduler } from './scheduler.ts';
import { copyJson } from './seal.ts';

export interface EnvironmentParts {
  readonly id: NodeId;
  readonly index: number;
  readonly nodes: readonly NodeId[];
  readonly roles: Readonly<Record<NodeId, string>>;
  readonly scheduler: Scheduler;
  readonly fingerprint: Fingerprint;
  readonly recorder: Recorder;
  readonly clock: SimClock;
  readonly disk: SimDisk;
  readonly random: Random;
  readonly process: Process;
  send(from: number, to: NodeId, body: Json): void;
  mark(name: string): void;
  readonly take: Host['take'];
}

interface Timer {
  handler: () => unknown;
  readonly alarm: Alarm;
  /** It rang while the process was paused, and nobody has moved it since. */
  late: boolean;
}

export function createEnvironment(parts: EnvironmentParts): Environment {
  const { id, index, nodes, roles, scheduler, fingerprint, recorder, clock, disk, random, process, send, take } = parts;
  const { metrics } = process;
  return {
    self: id,
    nodes,
    roles,
    clock: { now: clock.now, monotonic: clock.monotonic },
    timers: createTimers(parts),
    network: { send: (to, body) => send(index, to, body) },
    disk: {
      read: disk.read,
      append: disk.append,
      write: disk.write,
      truncate: disk.truncate,
      rename: disk.rename,
      remove: disk.remove,
      list: disk.list,
      sync: (file, done) => disk.sync(file, completion(done)),
      syncDirectory: (done) => disk.syncDirectory(completion(done)),
    },
    random,
    metrics: {
      add: (name, by = 1) => metrics.set(name, (metrics.get(name) ?? 0) + by),
      set: (name, value) => metrics.set(name, value),
    },
    note(name, data) {
      outside(() => {
        fingerprint.fold(eventCode.note, scheduler.now, index, checksumText(name), checksumJson(data));
        recorder.event({ at: scheduler.now, node: id, kind: 'note', name, data: copyJson(data) });
      });
    },
    mark: parts.mark,
  };

  function completion(done: (error?: Error) => void): (error: Error | undefined) => void {
    return (error) => {
      if (!process.alive) return;
      fingerprint.fold(eventCode.sync, scheduler.now, index, process.incarnation, error === undefined ? 0 : 1);
      take(done, error);
    };
  }
}

function createTimers(parts: EnvironmentParts): Environment['timers'] {
  const { index, scheduler, fingerprint, clock, process, take } = parts;
  const timers = new Map<string, Timer>();

  const ring = (timer: Timer): void => {
    if (!process.alive) return;
    fingerprint.fold(eventCode.timer, scheduler.now, index, process.incarnation, 0);
    timer.late = true;
    take(handle, timer);
  };
  const handle = (timer: Timer): unknown => {
    if (!timer.late) return undefined;
    timer.late = false;
    return timer.handler();
  };
  const create = (name: string): Timer => {
    const timer: Timer = {
      handler: () => {},
      late: false,
      alarm: createAlarm(
        scheduler,
        () => ring(timer),
        // Names may be made up as the node goes along, such as one for each call: they must not pile up.
        () => {
          if (!timer.late && timers.get(name) === timer) timers.delete(name);
        },
      ),
    };
    timers.set(name, timer);
    return timer;
  };

  return {
    set(name, after, handler) {
      if (!(after < Number.POSITIVE_INFINITY)) throw new RangeError(`timer ${name} cannot ring after ${after} ns`);
      const timer = timers.get(name) ?? create(name);
      timer.handler = handler;
      timer.late = false;
      timer.alarm.set(clock.due(after));
    },
    cancel(name) {
      const timer = timers.get(name);
      if (timer === undefined) return;
      timer.late = false;
      timer.alarm.cancel();
    },
  };
}
