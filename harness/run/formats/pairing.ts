/**
 * From the lines of somebody else's log to operations. These logs are trusted for their order and not for their times
 * (some have none, others were written out of order): an operation's times here are the positions of its lines.
 */
import { HarnessError } from '../../core/errors.ts';
import { type Json, type Operation, unknownNode } from '../../core/types.ts';

/** What a reader of a foreign log returns. */
export interface ParsedHistory {
  readonly operations: Operation[];
  /** Why there is nothing to judge, where no operation is of a client. */
  readonly note?: string;
  /** The format has no times: what one session did is in order, and nothing else is known to have come before anything. */
  readonly timeless?: true;
}

/** One line of a log: a call, or what came of the last call of the same process. */
export interface LogEvent {
  /** For error messages, from 1. */
  readonly line: number;
  readonly process: number;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly action: string;
  readonly key?: string;
  /** The argument of an `invoke`, the output of an `ok`. */
  readonly value: Json;
  /** Of a `fail` or `info`. */
  readonly error?: string;
}

/** Pairs calls with returns. Throws a HarnessError (`bad-input`) for a return without a call, and for a call within a call. */
export function pairEvents(events: readonly LogEvent[], file: string): ParsedHistory {
  const operations: Operation[] = [];
  const openByProcess = new Map<number, { index: number; line: number }>();
  events.forEach(({ line, process, type, action, key, value, error }, position) => {
    const open = openByProcess.get(process);
    if (type === 'invoke') {
      if (open) {
        throw malformed(file, line, `a return of process ${process}, whose call on line ${open.line} is still open`);
      }
      const index = operations.length;
      openByProcess.set(process, { index, line });
      const completion = { type: 'info', error: 'the log ends before it returned' } as const;
      // The node that was asked is not in these logs.
      operations.push({
        index,
        process,
        node: unknownNode,
        action,
        input: value,
        calledAt: position,
        completion,
        ...keyed(key),
      });
      return;
    }
    if (!open) throw malformed(file, line, `a call of process ${process} before its ${type}`);
    openByProcess.delete(process);
    const operation = operations[open.index] as Operation;
    if (operation.action !== action) {
      throw malformed(
        file,
        line,
        `the ${type} of ${operation.action}, which process ${process} called on line ${open.line}`,
      );
    }
    const completion =
      type === 'ok' ? ({ type, output: value } as const) : ({ type, error: error ?? `:${type} in the log` } as const);
    operations[open.index] = { ...operation, returnedAt: position, completion };
  });
  return { operations };
}

/** The error for an input file that is not what it should be. */
export function malformed(file: string, line: number, expected: string, found?: string): HarnessError {
  const shown =
    found === undefined ? '' : `, found ${JSON.stringify(found.length > 80 ? `${found.slice(0, 80)}…` : found)}`;
  return new HarnessError({
    code: 'bad-input',
    message: `${file}:${line}: expected ${expected}${shown}.`,
    hint: 'Correct the line, or say with --format what the file is.',
  });
}

function keyed(key: string | undefined): { key?: string } {
  return key === undefined ? {} : { key };
}
