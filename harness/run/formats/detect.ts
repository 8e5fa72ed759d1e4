/**
 * Which format a history file has, from its content: names lie, and `check` takes files from anywhere.
 */
import { HarnessError } from '../../core/errors.ts';
import { readEdn } from './edn.ts';
import { readJepsenLog } from './jepsen-log.ts';
import { readKvLog } from './kv-log.ts';
import type { ParsedHistory } from './pairing.ts';

/** The readers of the formats that are not ours. Ours, `pitchpole`, is read by the store. */
export const readers = {
  'jepsen-log': readJepsenLog,
  'kv-log': readKvLog,
  edn: readEdn,
} as const satisfies Record<string, (text: string, file: string) => ParsedHistory>;

export type ForeignFormat = keyof typeof readers;
export type Format = ForeignFormat | 'pitchpole';

/** Throws a HarnessError (`bad-input`) if it is none of them. */
export function detectFormat(text: string, file: string): Format {
  const lines = text.split(/\r?\n/);
  const at = lines.findIndex((line) => line.trim() !== '' && !line.trimStart().startsWith(';'));
  const first = lines[at]?.trim() ?? '';
  if (first.startsWith('{') && isOurHeader(first)) return 'pitchpole';
  if (/^INFO\s+jepsen\.util\s+-\s/m.test(text)) return 'jepsen-log';
  if (/^\{:process \d+, :type :\w+, :f :(get|put|append), :key "/.test(first)) return 'kv-log';
  if (/^(#[\w.]+\s*)?[[({]/.test(first) && /:(process|type)\b/.test(text)) return 'edn';
  const shown = first.length > 80 ? `${first.slice(0, 80)}…` : first;
  throw new HarnessError({
    code: 'bad-input',
    message: `${file}:${at + 1}: expected a history, found ${shown === '' ? 'nothing' : JSON.stringify(shown)}.`,
    hint: 'A history is one of ours (JSON lines, the first with "pitchpole"), a Jepsen log (`INFO  jepsen.util - …`), a Porcupine key-value trace, or EDN (`{:process 0, :type :invoke, …}`).',
  });
}

function isOurHeader(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'pitchpole' in value;
  } catch {
    return false;
  }
}
