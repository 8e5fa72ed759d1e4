/**
 * Which format a history file has, from its content: names lie, and `check` takes files from anywhere.
 */
import { HarnessError } from '../../core/errors.ts';
import { readDbcopJson, readDbcopText } from './dbcop.ts';
import { readDbcopBinary } from './dbcop-binary.ts';
import { readEdn } from './edn.ts';
import { readJepsenLog } from './jepsen-log.ts';
import { readJson } from './json.ts';
import { readKvLog } from './kv-log.ts';
import type { Reading } from './op-maps.ts';
import type { ParsedHistory } from './pairing.ts';
import { readAwdit, readPlume } from './plume.ts';
import type { Source } from './source.ts';

/** The readers of the text formats that are not ours. Ours, `pitchpole`, is read by the store. */
export const readers = {
  'jepsen-log': readJepsenLog,
  'kv-log': readKvLog,
  edn: readEdn,
  json: readJson,
  plume: readPlume,
  awdit: readAwdit,
  'dbcop-json': readDbcopJson,
  'dbcop-text': readDbcopText,
} as const satisfies Record<string, (text: string, file: string, reading?: Reading) => ParsedHistory>;

export type ForeignFormat = keyof typeof readers;
export type Format = ForeignFormat | 'pitchpole' | 'dbcop-binary';

/** All formats, by the names that `--format` takes. */
export const formats: readonly Format[] = ['pitchpole', ...(Object.keys(readers) as ForeignFormat[]), 'dbcop-binary'];

/** Reads a history that is not ours. Throws a HarnessError (`bad-input`) that says where it is wrong. */
export function readForeign(source: Source, format: Format, file: string, reading?: Reading): ParsedHistory {
  if (source.kind === 'dbcop-binary' && format === source.kind) return readDbcopBinary(source.bytes, file);
  if (source.kind === 'dbcop-binary' || format === 'dbcop-binary' || format === 'pitchpole') {
    throw unfit(file, 1, source.kind === 'text' ? firstLine(source.text).first : "dbcop's history.bincode");
  }
  return readers[format](source.text, file, reading);
}

/** Throws a HarnessError (`bad-input`) if it is none of them. */
export function detectFormat(text: string, file: string): ForeignFormat | 'pitchpole' {
  const { first, line } = firstLine(text);
  if (first.startsWith('{') && isOurHeader(first)) return 'pitchpole';
  if (text.includes('jepsen.util') && /^INFO\s+jepsen\.util\s+-\s/m.test(text)) return 'jepsen-log';
  if (/^\{:process \d+, :type :\w+, :f :(get|put|append), :key "/.test(first)) return 'kv-log';
  if (/^[rw]\(\d+,\d+,\d+,-?\d+\)$/.test(first)) return 'plume';
  if (/^[rw]\s+\d+\s+\d+$/.test(first)) return 'awdit';
  if (/^\[\s*[\p{L}\p{N}_]+(:=|==)/u.test(first)) return 'dbcop-text';
  const start = text.slice(0, 20_000);
  if (/^[[{]/.test(first)) {
    if (/"(events|data)"\s*:/.test(start) && /"(committed|success|params|events)"\s*:/.test(start)) return 'dbcop-json';
    if (/"(process|type)"\s*:/.test(start)) return 'json';
  }
  if (/^(#[\w.]+\s*)?[[({]/.test(first) && /:(process|type)\b/.test(text)) return 'edn';
  throw unfit(file, line, first);
}

/** The first line that says something: comments of EDN and of dbcop are passed over, and dbcop's line between sessions. */
function firstLine(text: string): { readonly first: string; readonly line: number } {
  let from = 0;
  for (let line = 1; ; line++) {
    const end = text.indexOf('\n', from);
    const content = text.slice(from, end < 0 ? undefined : end).trim();
    const says = content !== '' && !content.startsWith(';') && !content.startsWith('//') && !/^-+$/.test(content);
    if (says || end < 0) return { first: says ? content : '', line };
    from = end + 1;
  }
}

const unfit = (file: string, line: number, found: string): HarnessError => {
  const shown = found.length > 80 ? `${found.slice(0, 80)}…` : found;
  return new HarnessError({
    code: 'bad-input',
    message: `${file}:${line}: expected a history, found ${shown === '' ? 'nothing' : JSON.stringify(shown)}.`,
    hint: 'A history is one of ours (JSON lines, the first with "pitchpole"), Jepsen\'s (history.edn, or a log `INFO  jepsen.util - …`), elle-cli\'s JSON, a Porcupine key-value trace, or transactions of Plume, AWDIT or dbcop. `--format` says which.',
  });
};

function isOurHeader(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'pitchpole' in value;
  } catch {
    return false;
  }
}
