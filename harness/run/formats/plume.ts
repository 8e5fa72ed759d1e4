/**
 * The two text formats of weak isolation checkers. Plume's and PolySI's, a line an event: `w(key,value,session,transaction)`,
 * where transaction -1 is aborted (`TextHistoryLoader.java` of Plume and of PolySI; `parse_plume_history` of AWDIT,
 * src/formats.rs). And AWDIT's own for tests (`parse_test_history`): `w 0 1` a line, transactions parted by a line of `-`,
 * sessions by a line of `=`.
 *
 * The surprise: Plume keeps of an aborted transaction only what it wrote, and not which writes belonged together.
 */
import { malformed, type ParsedHistory } from './pairing.ts';
import { exactNumber, fromSessions, type SessionStep, type SessionTransaction } from './sessions.ts';

const event = /^([rw])\((\d+),(\d+),(\d+),(-1|\d+)\)$/;

/** Throws a HarnessError that names file, line and what was expected there. */
export function readPlume(text: string, file: string): ParsedHistory {
  const sessions = new Map<string, SessionTransaction[]>();
  const transactions = new Map<string, { session: string; steps: SessionStep[] }>();
  const lines = text.split(/\r?\n/);
  lines.forEach((content, at) => {
    if (content === '') return;
    const [, kind, key, value, session, transaction] = event.exec(content) ?? [];
    if (kind === undefined || key === undefined || value === undefined || session === undefined || !transaction) {
      throw malformed(file, at + 1, '`r(key,value,session,transaction)` or `w(…)`, in whole numbers', content);
    }
    const step = { write: kind === 'w', key: exactNumber(key), value: exactNumber(value) };
    const its = sessions.get(session) ?? [];
    sessions.set(session, its);
    if (transaction === '-1') {
      if (step.write) its.push({ committed: false, steps: [step] });
      return;
    }
    const known = transactions.get(transaction);
    if (known === undefined) {
      const steps = [step];
      transactions.set(transaction, { session, steps });
      its.push({ committed: true, steps });
    } else {
      if (known.session !== session) {
        throw malformed(file, at + 1, `session ${known.session}, where transaction ${transaction} began`, content);
      }
      known.steps.push(step);
    }
  });
  if (sessions.size === 0) throw malformed(file, 1, 'at least one line `w(key,value,session,transaction)`');
  return fromSessions([...sessions.values()]);
}

/** Throws a HarnessError that names file, line and what was expected there. */
export function readAwdit(text: string, file: string): ParsedHistory {
  const sessions: SessionTransaction[][] = [];
  let session: SessionTransaction[] | undefined;
  let steps: SessionStep[] | undefined;
  text.split(/\r?\n/).forEach((content, at) => {
    const trimmed = content.trim();
    if (trimmed === '') return;
    if (/^-+$/.test(trimmed)) {
      steps = undefined;
      return;
    }
    if (/^=+$/.test(trimmed)) {
      steps = undefined;
      session = undefined;
      return;
    }
    const [, kind, key, value] = /^([rw])\s+(\d+)\s+(\d+)$/.exec(trimmed) ?? [];
    if (kind === undefined || key === undefined || value === undefined) {
      throw malformed(file, at + 1, '`r <key> <value>`, `w <key> <value>`, or a line of `-` or `=`', content);
    }
    if (session === undefined) {
      session = [];
      sessions.push(session);
    }
    if (steps === undefined) {
      steps = [];
      session.push({ committed: true, steps });
    }
    steps.push({ write: kind === 'w', key: exactNumber(key), value: exactNumber(value) });
  });
  if (sessions.length === 0) throw malformed(file, 1, 'at least one line `w <key> <value>`');
  return fromSessions(sessions);
}
