/**
 * dbcop's histories (Biswas & Enea, OOPSLA 2019): sessions of transactions of reads and writes. Its text (`[x:=1 y==2]! …`, a
 * `!` for a transaction that was not committed, a line of `-` between sessions) and its JSON, both as rnbguy/dbcop has them
 * (docs/history-format.md, crates/core/src/history/raw), the JSON also with the fields of 2019 (amnore/dbcop
 * src/db/history.rs). Its bincode is in `dbcop-binary.ts`.
 *
 * The surprise: a single write of a committed transaction may be marked as failed. AWDIT takes it as an aborted write (a read
 * of it is a G1a), and so do we: it goes into a failed transaction of its own.
 */
import type { Json } from '../../core/types.ts';
import { jsonElements, type Surveyed } from './json-survey.ts';
import { malformed, type ParsedHistory } from './pairing.ts';
import { exactNumber, fromSessions, type SessionStep, type SessionTransaction } from './sessions.ts';

/** A step, and whether it was carried out. */
export interface DbcopEvent extends SessionStep {
  readonly success: boolean;
}

/** What one transaction of dbcop comes to. */
export function transactionsOf(events: readonly DbcopEvent[], committed: boolean): SessionTransaction[] {
  if (!committed) return [{ committed, steps: events }];
  const done = events.filter(({ success }) => success);
  const lost = events.filter(({ success, write }) => write && !success);
  return [{ committed, steps: done }, ...(lost.length === 0 ? [] : [{ committed: false, steps: lost }])];
}

/** Throws a HarnessError that names file, line and what was expected there. */
export function readDbcopText(text: string, file: string): ParsedHistory {
  const sessions: SessionTransaction[][] = [[]];
  text.split(/\r?\n/).forEach((content, at) => {
    const trimmed = content.trim();
    if (trimmed === '' || trimmed.startsWith('//')) return;
    if (/^-+$/.test(trimmed)) {
      sessions.push([]);
      return;
    }
    for (const part of trimmed.match(/\[[^[\]]*\]!?|\S/g) ?? []) {
      const [, inside, bang] = /^\[([^[\]]*)\](!?)$/.exec(part) ?? [];
      if (inside === undefined) throw malformed(file, at + 1, 'transactions `[x:=1 y==2]`, or a line of `-`', content);
      const steps = inside
        .trim()
        .split(/\s+/)
        .map((word): SessionStep => {
          const [, key, sign, value] = /^([\p{L}\p{N}_]+)(:=|==)(\d+|\?)$/u.exec(word) ?? [];
          if (key === undefined || value === undefined || (sign === ':=' && value === '?')) {
            throw malformed(file, at + 1, '`x:=1`, `x==1` or `x==?`', word);
          }
          return { write: sign === ':=', key, value: value === '?' ? null : exactNumber(value) };
        });
      sessions.at(-1)?.push({ committed: bang === '', steps });
    }
  });
  if (sessions.every(({ length }) => length === 0)) throw malformed(file, 1, 'at least one transaction `[x:=1]`');
  return fromSessions(sessions);
}

/** Throws a HarnessError that names file, line and what was expected there. */
export function readDbcopJson(text: string, file: string): ParsedHistory {
  const elements = jsonElements(text, file);
  const only = elements[0];
  const wrapped = elements.length === 1 && isObject(only?.value) && 'data' in only.value;
  const sessions = wrapped ? (only.value as { data: Json }).data : elements.map(({ value }) => value);
  if (!Array.isArray(sessions)) throw malformed(file, only?.line ?? 1, 'an array of sessions as `data`');
  const lineOf = (at: number): number => (wrapped ? only.line : ((elements[at] as Surveyed | undefined)?.line ?? 1));
  return fromSessions(
    sessions.map((session: Json, at) => {
      const expect = (what: string, found: Json | undefined): never => {
        throw malformed(file, lineOf(at), `${what} in session ${at}`, JSON.stringify(found));
      };
      if (!Array.isArray(session)) return expect('an array of transactions', session);
      return session.flatMap((transaction: Json): SessionTransaction[] => {
        if (!isObject(transaction) || !Array.isArray(transaction.events))
          return expect('`{"events": […]}`', transaction);
        const committed = transaction.committed ?? transaction.success;
        if (typeof committed !== 'boolean') return expect('`committed` or `success`', transaction);
        return transactionsOf(
          transaction.events.map((one: Json) => eventOf(one) ?? expect('a read or a write', one)),
          committed,
        );
      });
    }),
  );
}

function eventOf(event: Json): DbcopEvent | undefined {
  if (Array.isArray(event)) {
    const [kind, key, value] = event as readonly Json[];
    if (event.length !== 3 || (kind !== 'r' && kind !== 'w')) return undefined;
    return step(kind === 'w', key, value, true);
  }
  if (!isObject(event)) return undefined;
  const { Read: read, Write: write } = event;
  if (isObject(read)) return step(false, read.variable, read.version, true);
  if (isObject(write)) return step(true, write.variable, write.version, true);
  if (typeof event.write !== 'boolean' || typeof event.success !== 'boolean') return undefined;
  return step(event.write, event.variable, event.value, event.success);
}

function step(
  write: boolean,
  key: Json | undefined,
  value: Json | undefined,
  success: boolean,
): DbcopEvent | undefined {
  if (!isScalar(key) || !(isScalar(value) || (value === null && !write))) return undefined;
  return { write, key, value, success };
}

const isScalar = (value: Json | undefined): value is number | string =>
  typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
