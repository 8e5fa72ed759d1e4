/**
 * Jepsen's plain log, as the etcd test of 2014 wrote it and Porcupine tests with it:
 * `INFO  jepsen.util - 3  :invoke  :cas  [1 2]`, with tabs or spaces. Lines of other loggers are passed over.
 *
 * What a failed compare-and-set means is not decided here: its completion is `fail`, and the checker is told how to take it.
 */
import type { Json } from '../../core/types.ts';
import { type LogEvent, malformed, type ParsedHistory, pairEvents } from './pairing.ts';

const ours = /^INFO\s+jepsen\.util\s+-\s+(.*)$/;
const event = /^(\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(.+)$/;

/** Throws a HarnessError that names file, line and what was expected there. */
export function readJepsenLog(text: string, file: string): ParsedHistory {
  const events: LogEvent[] = [];
  text.split(/\r?\n/).forEach((content, i) => {
    const rest = ours.exec(content)?.[1];
    if (rest === undefined || rest.startsWith(':nemesis')) return;
    const line = i + 1;
    const [, process, type, action, written] = event.exec(rest.trimEnd()) ?? [];
    if (process === undefined || type === undefined || action === undefined || written === undefined) {
      throw malformed(file, line, '`<process> :invoke|:ok|:fail|:info :read|:write|:cas <value>`', rest);
    }
    const common = { line, process: Number(process), type: type as LogEvent['type'], action };
    if (written.startsWith(':')) {
      if (type === 'invoke' || type === 'ok') throw malformed(file, line, `the value of an ${type}`, written);
      events.push({ ...common, value: null, error: written.slice(1) });
      return;
    }
    const value = jsonOf(written);
    const fits =
      action === 'cas' ? Array.isArray(value) : action === 'write' ? typeof value === 'number' : !Array.isArray(value);
    if (value === undefined || !fits) {
      throw malformed(file, line, action === 'cas' ? '`[from to]`' : 'an integer or `nil`', written);
    }
    events.push({ ...common, value });
  });
  if (events.length === 0) throw malformed(file, 1, 'at least one line `INFO  jepsen.util - <process> :invoke …`');
  return pairEvents(events, file);
}

function jsonOf(written: string): Json | undefined {
  if (written === 'nil') return null;
  if (/^-?\d+$/.test(written)) return Number(written);
  const [, from, to] = /^\[(-?\d+|nil)\s+(-?\d+|nil)\]$/.exec(written) ?? [];
  if (from === undefined || to === undefined) return undefined;
  return [from, to].map((one) => (one === 'nil' ? null : Number(one)));
}
