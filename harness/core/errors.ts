/**
 * The one error of the harness. Bugs throw `assert` errors, the world answers with completions; this is for all that a
 * user can mend: it says what happened, with the value, and then what to do.
 */

/** What went wrong, by who can mend it; each has one exit code. */
export type ErrorCode =
  /** A flag, a config file or an input file is wrong. */
  | 'bad-usage'
  | 'bad-input'
  /** Nothing matched the filter. */
  | 'no-match'
  /** Docker, an image, a privilege, a tool is missing. */
  | 'missing'
  | 'interrupted'
  /** The harness itself broke. */
  | 'broken';

export const exitCodes: Readonly<Record<ErrorCode, number>> = {
  'bad-usage': 64,
  'bad-input': 64,
  'no-match': 3,
  missing: 69,
  interrupted: 130,
  broken: 70,
};

export class HarnessError extends Error {
  readonly code: ErrorCode;
  /** What to do next, as a sentence, with the command where there is one. */
  readonly hint: string;

  constructor({ code, message, hint, cause }: { code: ErrorCode; message: string; hint: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HarnessError';
    this.code = code;
    this.hint = hint;
  }
}

/** A condition that only a bug of ours can break. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
