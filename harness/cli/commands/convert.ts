/**
 * `pitchpole convert`: a history of any format that we read, written as Jepsen's EDN or as our JSON lines.
 *
 * The surprise: a last line that was cut off is left out of what `check` judges, and that is told; but a conversion would
 * hide it, so such a history is refused.
 */
import { HarnessError } from '../../core/errors.ts';
import { linesOf } from '../../core/history.ts';
import { ednLinesOf } from '../../run/formats/write-edn.ts';
import type { Context } from '../context.ts';
import { formatNamed, readBytes, writeText } from '../files.ts';
import { readAny } from '../judge.ts';
import { choice } from '../values.ts';

interface Flags {
  readonly to: string;
  readonly output?: string;
  readonly format?: string;
  readonly independent?: boolean;
}

export async function convert(context: Context, file: string, flags: Flags): Promise<number> {
  const to = choice('edn', 'jsonl')(flags.to, '--to');
  const { history, torn } = readAny(readBytes(context.folder, file), file, {
    ...(flags.format === undefined ? {} : { format: formatNamed(flags.format) }),
    independent: flags.independent === true,
  });
  if (torn !== undefined) {
    const hint = 'Remove that line, and the rest is converted.';
    throw new HarnessError({ code: 'bad-input', message: `${file}: ${torn}.`, hint });
  }
  const lines = to === 'edn' ? ednLinesOf(history) : linesOf(history);
  const text = `${[...lines].join('\n')}\n`;
  if (flags.output === undefined) context.stdout.write(text);
  else writeText(context.folder, flags.output, text);
  return 0;
}
