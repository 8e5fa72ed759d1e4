/**
 * How errors reach a person: one sentence with the value, then the remedy. The stack is for whoever asks for it with
 * PITCHPOLE_DEBUG.
 */
import { CommanderError } from 'commander';
import { exitCodes, HarnessError } from '../core/errors.ts';
import type { Context } from './context.ts';

/** Tells the error and returns the exit code. */
export function complain(error: unknown, { stderr, variables }: Pick<Context, 'stderr' | 'variables'>): number {
  // Help and version are asked for, not errors; commander has printed them.
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const told = inWords(error);
  if (told.message !== '') stderr.write(`pitchpole: ${told.message} ${told.hint}\n`);
  if (variables.PITCHPOLE_DEBUG) stderr.write(`${stackOf(error)}\n`);
  return exitCodes[told.code];
}

function inWords(error: unknown): Pick<HarnessError, 'code' | 'message' | 'hint'> {
  if (error instanceof HarnessError) return error;
  if (error instanceof CommanderError) return commanderInWords(error);
  return {
    code: 'broken',
    message: `Something in pitchpole itself broke: ${error instanceof Error ? error.message : String(error)}.`,
    hint: 'Run it again with PITCHPOLE_DEBUG=1 to see where, and please report that.',
  };
}

/** `error: unknown option '--sede'\n(Did you mean --seed?)` is cut into the sentence and the remedy. */
function commanderInWords({ code, message }: CommanderError): Pick<HarnessError, 'code' | 'message' | 'hint'> {
  // Without a command: the help has been printed and says it all.
  if (code === 'commander.help') return { code: 'bad-usage', message: '', hint: '' };
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1).replaceAll("'", '`')}.`;
  const hint = suggestion?.replace(/^\(Did you mean (.*)\?\)$/, 'Did you mean `$1`?') ?? 'See `pitchpole --help`.';
  return { code: 'bad-usage', message: sentence, hint };
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error.stack) : `${error.stack}\ncaused by: ${stackOf(error.cause)}`;
}
