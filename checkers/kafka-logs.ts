/**
 * What a history of sends and polls says of the logs: which message was seen at which offset, by which operation.
 */
import type { Json, Operation } from '../harness/core/types.ts';

/** A message at an offset, as an acknowledged send or a poll told it. */
export interface Sighting {
  readonly offset: number;
  /** The message, as JSON. */
  readonly id: string;
  readonly operation: Operation;
}

export interface Log {
  readonly at: ReadonlyMap<number, readonly Sighting[]>;
  readonly of: ReadonlyMap<string, readonly Sighting[]>;
  /** Every send, whatever became of it. */
  readonly asked: ReadonlyMap<string, Operation>;
  /** Those that were acknowledged. */
  readonly sent: ReadonlyMap<string, Sighting>;
  /** Messages that were polled. */
  readonly seen: ReadonlySet<string>;
  /** The highest offset that was polled. */
  readonly last: Sighting | undefined;
  /** All offsets that are known to hold something, ascending. */
  readonly offsets: readonly number[];
}

/** What one poll brought of one key. */
export interface Poll {
  readonly operation: Operation;
  readonly key: string;
  readonly offsets: readonly number[];
  readonly ids: readonly string[];
  /** Where it was asked to begin, where the operation says so. */
  readonly from: number | undefined;
}

export function pollsOf(operations: readonly Operation[]): Poll[] {
  return operations.flatMap((operation): Poll[] => {
    const { action, completion, input } = operation;
    if (action !== 'poll' || completion.type !== 'ok') return [];
    const messages = completion.output as Readonly<Record<string, readonly (readonly [number, Json])[]>>;
    const starts = Array.isArray(input) ? {} : ((input ?? {}) as Readonly<Record<string, number>>);
    return Object.entries(messages).map(([key, pairs]) => ({
      operation,
      key,
      offsets: pairs.map(([offset]) => offset),
      ids: pairs.map(([, message]) => JSON.stringify(message)),
      from: starts[key],
    }));
  });
}

interface Growing {
  readonly at: Map<number, Sighting[]>;
  readonly of: Map<string, Sighting[]>;
  readonly asked: Map<string, Operation>;
  readonly sent: Map<string, Sighting>;
  readonly seen: Set<string>;
  last: Sighting | undefined;
  offsets: number[];
}

export function readLogs(operations: readonly Operation[], polls: readonly Poll[]): ReadonlyMap<string, Log> {
  const logs = new Map<string, Growing>();
  const logOf = (key: string): Growing => {
    let log = logs.get(key);
    if (log === undefined) {
      log = {
        ...{ at: new Map(), of: new Map(), asked: new Map(), sent: new Map(), seen: new Set() },
        last: undefined,
        offsets: [],
      };
      logs.set(key, log);
    }
    return log;
  };
  const see = (log: Growing, sighting: Sighting): void => {
    grow(log.at, sighting.offset, sighting);
    grow(log.of, sighting.id, sighting);
  };
  for (const operation of operations) {
    const { action, completion, input, key = '' } = operation;
    if (action !== 'send') continue;
    const log = logOf(key);
    const id = JSON.stringify(input);
    log.asked.set(id, operation);
    if (completion.type !== 'ok') continue;
    const sighting = { offset: completion.output as number, id, operation };
    log.sent.set(id, sighting);
    see(log, sighting);
  }
  for (const { operation, key, offsets, ids } of polls) {
    const log = logOf(key);
    for (const [place, offset] of offsets.entries()) {
      const sighting = { offset, id: ids[place] as string, operation };
      log.seen.add(sighting.id);
      if (log.last === undefined || offset > log.last.offset) log.last = sighting;
      // Polls repeat each other without end: only what is new is kept.
      const known = log.at.get(offset);
      if (known?.some(({ id, operation: by }) => id === sighting.id && by.action === 'poll') !== true) {
        see(log, sighting);
      }
    }
  }
  for (const log of logs.values()) log.offsets = [...log.at.keys()].sort((a, b) => a - b);
  return logs;
}

function grow<K>(map: Map<K, Sighting[]>, key: K, sighting: Sighting): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [sighting]);
  else known.push(sighting);
}
