/**
 * Porcupine's key-value trace: `{:process 0, :type :invoke, :f :append, :key "1", :value "x 0 0 y"}`. It is EDN of one
 * shape, a map on each line, so it is read by a regular expression, which is many times faster than the EDN reader.
 */
import { type LogEvent, malformed, type ParsedHistory, pairEvents } from './pairing.ts';

const event =
  /^\{:process (\d+), :type :(invoke|ok|fail|info), :f :(get|put|append), :key "((?:[^"\\]|\\.)*)", :value (?:nil|"((?:[^"\\]|\\.)*)")\}$/;

/** Throws a HarnessError that names file, line and what was expected there. */
export function readKvLog(text: string, file: string): ParsedHistory {
  const events: LogEvent[] = [];
  text.split(/\r?\n/).forEach((content, i) => {
    if (content.trim() === '') return;
    const line = i + 1;
    const [, process, type, action, key, value] = event.exec(content.trim()) ?? [];
    if (process === undefined || type === undefined || action === undefined || key === undefined) {
      throw malformed(
        file,
        line,
        '`{:process 0, :type :invoke, :f :get|:put|:append, :key "…", :value nil|"…"}`',
        content,
      );
    }
    if (value === undefined && (type === 'ok' ? action === 'get' : type === 'invoke' && action !== 'get')) {
      throw malformed(file, line, `a string as the value of this ${action}`, content);
    }
    events.push({
      line,
      process: Number(process),
      type: type as LogEvent['type'],
      action,
      key: unescaped(key),
      value: value === undefined ? null : unescaped(value),
    });
  });
  if (events.length === 0) throw malformed(file, 1, 'at least one line `{:process 0, :type :invoke, …}`');
  return pairEvents(events, file);
}

function unescaped(text: string): string {
  const names: Record<string, string> = { n: '\n', t: '\t', r: '\r' };
  return text.includes('\\') ? text.replace(/\\(.)/g, (_, it: string) => names[it] ?? it) : text;
}
