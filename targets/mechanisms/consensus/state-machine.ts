/**
 * The replicated state machine: values by key, lists among them, and the session table by which a command that a
 * client sent twice is performed once.
 *
 * The one surprise: the table is as much a part of the state as the values are. A snapshot without it looks complete
 * until the next retry.
 */
import type { Json } from '../../../harness/core/types.ts';
import type { Answer, Command, Entry, MachineImage } from './messages.ts';

export interface StateMachine {
  readonly sessions: number;
  /** Fingerprint of the sequence of entries applied: equal on all replicas at the same index. */
  readonly digest: number;
  read(key: string): Json;
  apply(entry: Entry): Answer;
  /** The answer that this very command has already had; undefined when it is new. */
  remembered(command: Command): Answer | undefined;
  save(withSessions: boolean): MachineImage;
  restore(image: MachineImage): void;
}

interface Session {
  readonly seq: number;
  readonly value: Json;
}

export const emptyImage: MachineImage = { values: [], sessions: [], digest: 0 };

export function createStateMachine(sessionLimit: number): StateMachine {
  const values = new Map<string, Json>();
  // In order of last use, so that the first one is the one to drop.
  const sessions = new Map<string, Session>();
  const machine = {
    digest: 0,
    get sessions() {
      return sessions.size;
    },
    read: (key: string) => values.get(key) ?? null,
    remembered({ session, seq }: Command): Answer | undefined {
      const known = sessions.get(session);
      if (known === undefined || known.seq < seq) return undefined;
      return known.seq === seq ? { ok: true, value: known.value } : { ok: false, error: 'stale-session' };
    },
    apply({ index, term, command }: Entry): Answer {
      machine.digest = (Math.imul(machine.digest ^ index, 0x01000193) ^ Math.imul(term, 0x85ebca6b)) | 0;
      if (command === null) return { ok: true, value: null };
      const before = machine.remembered(command);
      if (before !== undefined) return before;
      const value = perform(command);
      sessions.delete(command.session);
      sessions.set(command.session, { seq: command.seq, value });
      if (sessions.size > sessionLimit) sessions.delete(sessions.keys().next().value as string);
      return { ok: true, value };
    },
    save: (withSessions: boolean): MachineImage => ({
      values: [...values],
      sessions: withSessions ? [...sessions].map(([id, { seq, value }]) => [id, seq, value] as const) : [],
      digest: machine.digest,
    }),
    restore(image: MachineImage) {
      values.clear();
      sessions.clear();
      for (const [key, value] of image.values) values.set(key, value);
      for (const [id, seq, value] of image.sessions) sessions.set(id, { seq, value });
      machine.digest = image.digest;
    },
  };
  return machine;

  /** @returns for `cas` whether it swapped, else null. */
  function perform(command: Command): Json {
    const { key } = command;
    switch (command.op) {
      case 'write':
        values.set(key, command.value);
        return null;
      case 'cas':
        if (!same(machine.read(key), command.expected)) return false;
        values.set(key, command.value);
        return true;
      case 'append': {
        const list = values.get(key);
        // A new list each time: the old one may be in a snapshot or in an answer under way.
        values.set(key, Array.isArray(list) ? [...list, command.value] : [command.value]);
        return null;
      }
    }
  }
}

/** Values are compared as data: those of the workloads are scalars, for which the first test decides. */
const same = (a: Json, b: Json): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
