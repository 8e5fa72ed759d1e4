/**
 * dbcop's `history.bincode` of 2019, which AWDIT and PolySI read too. The layout is serde's of the structs in amnore/dbcop
 * `src/db/history.rs` under bincode 1, little-endian: five u64 of parameters; the strings info, start and end, each a u64
 * length and UTF-8; then the sessions, as u64 counts of what follows. An event is `write` u8, variable u64, value u64, success
 * u8; after the events of a transaction comes its success, u8. (`DBCopHistoryLoader.java` of PolySI reads the same.)
 *
 * The surprise: a binary file has no lines, so an error says at which byte.
 */
import { HarnessError } from '../../core/errors.ts';
import { type DbcopEvent, transactionsOf } from './dbcop.ts';
import type { ParsedHistory } from './pairing.ts';
import { exactNumber, fromSessions, type SessionTransaction } from './sessions.ts';

/** Whether these bytes begin as such a file does: with three strings, the last two of which are times. */
export function isDbcopBinary(bytes: Uint8Array): boolean {
  try {
    readHead(createCursor(bytes, ''));
    return true;
  } catch {
    return false;
  }
}

/** Throws a HarnessError that names file, byte and what was expected there. */
export function readDbcopBinary(bytes: Uint8Array, file: string): ParsedHistory {
  const cursor = createCursor(bytes, file);
  readHead(cursor);
  const sessions: SessionTransaction[][] = [];
  for (let left = cursor.count('sessions', 8); left > 0; left--) {
    const session: SessionTransaction[] = [];
    for (let transactions = cursor.count('transactions', 9); transactions > 0; transactions--) {
      const events: DbcopEvent[] = [];
      for (let steps = cursor.count('events', 18); steps > 0; steps--) {
        const write = cursor.flag('whether it is a write');
        const key = exactNumber(cursor.whole('the variable'));
        const value = exactNumber(cursor.whole('the value'));
        events.push({ write, key, value, success: cursor.flag('whether the event succeeded') });
      }
      session.push(...transactionsOf(events, cursor.flag('whether the transaction succeeded')));
    }
    sessions.push(session);
  }
  cursor.end();
  return fromSessions(sessions);
}

interface Cursor {
  whole(what: string): bigint;
  /** How many follow; refused if the file is too short for so many, each of at least `size` bytes. */
  count(what: string, size: number): number;
  flag(what: string): boolean;
  string(what: string): string;
  end(): void;
}

function readHead(cursor: Cursor): void {
  for (const name of ['id', 'nodes', 'variables', 'transactions', 'events']) cursor.whole(`the number of ${name}`);
  cursor.string('the info');
  for (const name of ['start', 'end']) {
    if (!/^\d{4}-\d\d-\d\dT/.test(cursor.string(`the ${name}`))) throw new Error(`${name} is no time`);
  }
}

function createCursor(bytes: Uint8Array, file: string): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (size: number, what: string): number => {
    if (at + size > bytes.byteLength) throw wrong(`${what}, and the file ends there`);
    at += size;
    return at - size;
  };
  const wrong = (what: string): HarnessError =>
    new HarnessError({
      code: 'bad-input',
      message: `${file}: at byte ${at}: expected ${what}.`,
      hint: 'Such a file is a history.bincode of dbcop 1; later versions write JSON, which is read too.',
    });
  const whole = (what: string): bigint => view.getBigUint64(take(8, what), true);
  const count = (what: string, size: number): number => {
    const number = whole(`how many ${what} follow`);
    if (number * BigInt(size) > BigInt(bytes.byteLength - at)) {
      throw wrong(`${number} ${what} to follow, and ${bytes.byteLength - at} bytes are left`);
    }
    return Number(number);
  };
  return {
    whole,
    count,
    flag(what) {
      const byte = view.getUint8(take(1, what));
      if (byte > 1) throw wrong(`0 or 1 for ${what} before here, not ${byte}`);
      return byte === 1;
    },
    string(what) {
      const size = count(`bytes of ${what}`, 1);
      const from = take(size, what);
      return new TextDecoder().decode(bytes.subarray(from, from + size));
    },
    end() {
      if (at < bytes.byteLength) throw wrong(`nothing after the history, and ${bytes.byteLength - at} bytes are left`);
    },
  };
}
