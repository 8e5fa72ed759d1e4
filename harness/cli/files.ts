/** Files that a person names on the command line, and the sentence where one cannot be read or written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { HarnessError } from '../core/errors.ts';
import { type Format, formats } from '../run/formats/detect.ts';
import { suggestion } from './values.ts';

/** @throws HarnessError `bad-input`. */
export function readBytes(folder: string, file: string): Uint8Array {
  try {
    return readFileSync(resolve(folder, file));
  } catch (cause) {
    throw refusal(file, 'read', 'Give the path of a history.', cause);
  }
}

/** @throws HarnessError `bad-usage`. */
export function writeText(folder: string, file: string, text: string): void {
  try {
    writeFileSync(resolve(folder, file), text);
  } catch (cause) {
    const { message, hint } = refusal(file, 'written', 'Give the path of a file in a folder that exists.', cause);
    throw new HarnessError({ code: 'bad-usage', message, hint, cause });
  }
}

/** What `--format` takes. */
export function formatNamed(name: string): Format {
  const found = formats.find((format) => format === name);
  if (found !== undefined) return found;
  const near = suggestion(name, formats);
  throw new HarnessError({
    code: 'bad-usage',
    message: `There is no format \`${name}\`.`,
    hint: near === '' ? `There are ${formats.join(', ')}.` : near,
  });
}

function refusal(file: string, verb: string, hint: string, cause: unknown): HarnessError {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'it does not exist' : code === 'EISDIR' ? 'it is a folder' : code;
  return new HarnessError({ code: 'bad-input', message: `\`${file}\` cannot be ${verb}: ${why}.`, hint, cause });
}
