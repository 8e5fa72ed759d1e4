/**
 * A history as Jepsen would have written it: `history.edn`, an operation map a line, the nemesis' among them.
 *
 * Two things are surprising. Jepsen repeats the argument in the `:ok` of a write, and so does this, whatever our client had
 * answered, since Knossos reads the value from there. And EDN has an order and no ties: where a call and a return of two
 * processes fall on the same nanosecond, and are therefore concurrent, the call is written first.
 */
import { HarnessError } from '../../core/errors.ts';
import { type History, type Json, type Operation, unknownNode } from '../../core/types.ts';

/** The lines, without newlines. Throws a HarnessError (`bad-input`) for a history that has no times to be ordered by. */
export function* ednLinesOf(history: History): Generator<string> {
  if (history.header.facts?.timeless === true) {
    throw new HarnessError({
      code: 'bad-input',
      message: 'This history has sessions and no times, and EDN orders everything in time.',
      hint: 'Write it as jsonl, which says that it has none.',
    });
  }
  let index = 0;
  for (const { fields, time } of [...inOrder(history)]) {
    yield `{:index ${index++}, :time ${number(time)}, ${fields}}`;
  }
}

interface Line {
  readonly time: number;
  readonly fields: string;
}

/** A call or a return, which must be told apart where they fall on one moment. */
interface Moment {
  readonly time: number;
  readonly operation: Operation;
  readonly returns: boolean;
}

function* inOrder(history: History): Generator<Line> {
  const faults = faultLines(history).sort((a, b) => a.time - b.time);
  const moments: Moment[] = history.operations.flatMap((operation) => {
    const call = { time: operation.calledAt, operation, returns: false };
    return operation.returnedAt === undefined
      ? [call]
      : [call, { time: operation.returnedAt, operation, returns: true }];
  });
  moments.sort(
    (a, b) => a.time - b.time || Number(a.returns) - Number(b.returns) || a.operation.index - b.operation.index,
  );
  const processes = createProcesses(history.operations);
  let fault = 0;
  for (let at = 0; at < moments.length; ) {
    const time = moments[at]?.time ?? 0;
    let end = at;
    while (end < moments.length && moments[end]?.time === time) end++;
    for (; (faults[fault]?.time ?? Number.POSITIVE_INFINITY) <= time; fault++) yield faults[fault] as Line;
    for (const moment of untied(moments.slice(at, end), processes)) {
      const process = moment.returns ? processes.returned(moment.operation) : processes.called(moment.operation);
      yield {
        time,
        fields: moment.returns ? returnFields(moment.operation, process) : callFields(moment.operation, process),
      };
    }
    at = end;
  }
  for (; fault < faults.length; fault++) yield faults[fault] as Line;
}

/**
 * What happened at one moment: calls, then returns, so that all of it is concurrent. A call of a process that has yet to
 * return comes after that return, if nobody else returns here; else it would seem to follow the others' operations, and
 * a process of its own makes it.
 */
function* untied(moments: readonly Moment[], processes: Processes): Generator<Moment> {
  const returning = new Set(moments.filter(({ returns }) => returns).map(({ operation }) => operation.process));
  const waits = ({ operation, returns }: Moment): boolean =>
    !returns && returning.size === 1 && processes.isOpen(operation.process);
  const late = new Set(moments.filter(waits).map(({ operation }) => operation));
  for (const moment of moments) if (!late.has(moment.operation)) yield moment;
  for (const one of late) yield* moments.filter(({ operation }) => operation === one);
}

interface Processes {
  isOpen(process: number): boolean;
  /** The number under which it is written. */
  called(operation: Operation): number;
  returned(operation: Operation): number;
}

function createProcesses(operations: readonly Operation[]): Processes {
  const writtenAs = new Map<number, number>(); // by index, while open
  const open = new Map<number, number>(); // how many are open, by process as it was
  const busy = new Set<number>();
  let fresh = operations.reduce((most, { process }) => Math.max(most, process), -1) + 1;
  return {
    isOpen: (process) => (open.get(process) ?? 0) > 0,
    called({ index, process }) {
      const name = busy.has(process) ? fresh++ : process;
      busy.add(name);
      writtenAs.set(index, name);
      open.set(process, (open.get(process) ?? 0) + 1);
      return name;
    },
    returned({ index, process }) {
      const name = writtenAs.get(index) ?? process;
      writtenAs.delete(index);
      busy.delete(name);
      open.set(process, (open.get(process) ?? 1) - 1);
      return name;
    },
  };
}

function faultLines({ faults }: History): Line[] {
  return faults
    .filter(({ skipped }) => skipped === undefined)
    .flatMap(({ nemesis, what, from, until }) => {
      const line = (time: number, verb: string): Line => ({
        time,
        fields: `:type :info, :process :nemesis, :f ${keyword(`${verb}-${nemesis}`)}, :value ${string(what)}`,
      });
      return until === undefined ? [line(from, 'start')] : [line(from, 'start'), line(until, 'stop')];
    });
}

const callFields = (operation: Operation, process: number): string =>
  fields(operation, process, 'invoke', operation.input);

/** What an `:ok` tells is the output of these, and of others if they have one. */
const observing: readonly string[] = ['read', 'get', 'dequeue', 'pop', 'peek', 'txn'];

function returnFields(operation: Operation, process: number): string {
  const { action, input, completion } = operation;
  if (completion.type !== 'ok') {
    return `${fields(operation, process, completion.type, input)}, :error ${string(completion.error)}`;
  }
  const tells = observing.includes(action) || (completion.output !== null && action !== 'cas');
  return fields(operation, process, 'ok', tells ? completion.output : input);
}

function fields({ action, key, node }: Operation, process: number, type: string, value: Json): string {
  const written = action === 'txn' && Array.isArray(value) ? `[${value.map(microOperation).join(' ')}]` : edn(value);
  const about = `:type :${type}, :process ${process}, :f ${keyword(action)}`;
  const of = node === unknownNode ? '' : `, :node ${string(node)}`;
  // Jepsen's independent keys: a pair as the value. That it is one is said too, for it might be a cas.
  return key === undefined
    ? `${about}, :value ${written}${of}`
    : `${about}, :value [${string(key)} ${written}], :independent true${of}`;
}

/** Its name is a keyword in Jepsen: `[:append 3 1]`. */
const microOperation = (step: Json): string =>
  Array.isArray(step) && typeof step[0] === 'string'
    ? `[${[keyword(step[0]), ...step.slice(1).map(edn)].join(' ')}]`
    : edn(step);

function edn(value: Json): string {
  if (value === null) return 'nil';
  if (typeof value === 'string') return string(value);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(edn).join(' ')}]`;
  return `{${Object.entries(value)
    .map(([name, its]) => `${string(name)} ${edn(its)}`)
    .join(', ')}}`;
}

/** A whole number that is not exact is written with an exponent, lest digits be invented. */
const number = (value: number): string =>
  Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);

/** `read` is `:read`; what is no keyword is written as a string, which means the same to our reader. */
const keyword = (name: string): string => (/^[A-Za-z*!_?<>=][\w*+!?<>=.-]*$/.test(name) ? `:${name}` : string(name));

/** Control characters and halves of surrogate pairs are escaped: neither would survive in UTF-8 text as they are. */
const string = (text: string): string =>
  `"${text.replace(/["\\]/g, '\\$&').replace(/[\p{Cc}\p{Cs}]/gu, (it) => {
    const named = { '\n': '\\n', '\t': '\\t', '\r': '\\r' }[it];
    return named ?? `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`;
  })}"`;
