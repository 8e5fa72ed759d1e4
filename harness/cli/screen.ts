/**
 * The two screens: the product goes to standard output, the chatter to standard error. Values that are passed in, so that
 * nothing below asks the process what it is connected to.
 */
import type { Screen } from '../../reports/reporter.ts';

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

export const createScreen = (stream: Stream, variables: Variables): Screen => ({
  write: (text) => void stream.write(text),
  live: stream.isTTY === true && variables.TERM !== 'dumb' && !isSet(variables.CI),
  columns: stream.columns ?? 100,
  colors: wantsColours(stream, variables) ? 1 : 0,
  now: () => performance.now(),
});

/** NO_COLOR over FORCE_COLOR over what the stream is (no-color.org, force-color.org). */
function wantsColours(stream: Stream, variables: Variables): boolean {
  if (isSet(variables.NO_COLOR)) return false;
  if (variables.FORCE_COLOR !== undefined) return variables.FORCE_COLOR !== '0' && variables.FORCE_COLOR !== 'false';
  return stream.isTTY === true && variables.TERM !== 'dumb';
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';
