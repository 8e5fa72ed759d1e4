/** What every command is given: the outside world as values. */
import type { Screen } from '../../reports/reporter.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Context {
  readonly version: string;
  /** The product. */
  readonly stdout: Screen;
  /** The chatter. */
  readonly stderr: Screen;
  readonly variables: Variables;
  /** The folder in which the person stands; relative paths are relative to it. */
  readonly folder: string;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A command's work: it returns the exit code, or throws a HarnessError. */
export type Work<A extends readonly unknown[]> = (context: Context, ...given: A) => Promise<number>;
