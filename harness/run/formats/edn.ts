/**
 * Jepsen's and Knossos' histories in EDN: one vector of operation maps, or one map after the other. Only clients are read:
 * a process that is not a number (`:nemesis`) is passed over.
 *
 * Values become JSON: a keyword or symbol its name, a set a list. A read of `nil` stays null, and whether that means
 * "saw nothing" (an empty register) or "not known" (Knossos) is for the checker to be told.
 */
import { parseEDNString } from 'edn-data';
import type { Json } from '../../core/types.ts';
import { mapsIn } from './edn-forms.ts';
import { type LogEvent, malformed, type ParsedHistory, pairEvents } from './pairing.ts';

const types = ['invoke', 'ok', 'fail', 'info'] as const;

/** Throws a HarnessError that names file, line and what was expected there. */
export function readEdn(text: string, file: string): ParsedHistory {
  const maps = mapsIn(text, file);
  if (maps.length === 0) throw malformed(file, 1, 'at least one operation `{:process 0, :type :invoke, :f :read, …}`');
  const events: LogEvent[] = [];
  for (const { line, text: source } of maps) {
    const map = parsed(source, file, line);
    const { process, type, f: action, value, error } = map;
    if (process === undefined) throw malformed(file, line, 'a :process in the operation', source);
    if (typeof process !== 'number') continue;
    const known = types.find((one) => one === type);
    if (known === undefined) throw malformed(file, line, 'a :type of :invoke, :ok, :fail or :info', source);
    if (typeof action !== 'string') throw malformed(file, line, 'an :f that names the action, such as :read', source);
    const why = error ?? (typeof value === 'string' && known !== 'ok' && known !== 'invoke' ? value : undefined);
    events.push({
      line,
      process,
      type: known,
      action,
      value: value ?? null,
      ...(why === undefined ? {} : { error: typeof why === 'string' ? why : JSON.stringify(why) }),
    });
  }
  return pairEvents(events, file);
}

function parsed(source: string, file: string, line: number): Record<string, Json | undefined> {
  let value: unknown;
  try {
    value = parseEDNString(source, { mapAs: 'object', keywordAs: 'string', listAs: 'array', setAs: 'array' });
  } catch (cause) {
    throw malformed(file, line, `EDN (${cause instanceof Error ? cause.message : String(cause)})`, source);
  }
  const json = toJson(value);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw malformed(file, line, 'a map', source);
  return json as Record<string, Json>;
}

function toJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value);
  const [first] = entries;
  // What the library has no JSON for: {sym}, {char}, {tag, val}.
  if (entries.length === 1 && first && (first[0] === 'sym' || first[0] === 'char')) return toJson(first[1]);
  if (entries.length === 2 && 'tag' in value && 'val' in value) return toJson(value.val);
  return Object.fromEntries(entries.map(([name, its]) => [name, toJson(its)]));
}
