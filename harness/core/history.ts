/**
 * The history as it grows: a recorder that keeps it in memory and, where a sink is given, hands out each line as it
 * happens, so that a killed controller leaves a readable file.
 *
 * One line is one thing that happened. The first line is the header, the last one says that the run ended; a file
 * without it is a run that was cut short, and still worth checking.
 */
import type {
  Completion,
  Fault,
  History,
  HistoryHeader,
  Invocation,
  Message,
  Nanos,
  NodeEvent,
  NodeId,
  Observation,
  Operation,
} from './types.ts';

export type HistoryLine =
  | ({ readonly t: 'header' } & HistoryHeader)
  | ({ readonly t: 'invoke' } & Pick<Operation, 'index' | 'process' | 'node' | 'action' | 'key' | 'input' | 'phase'> & {
        readonly at: Nanos;
      })
  | { readonly t: 'return'; readonly index: number; readonly at: Nanos; readonly completion: Completion }
  | ({ readonly t: 'strike' } & Omit<Fault, 'healed' | 'until'>)
  | { readonly t: 'heal'; readonly id: number; readonly until: Nanos; readonly healed: Fault['healed'] }
  | ({ readonly t: 'observe' } & Observation)
  | ({ readonly t: 'event' } & NodeEvent)
  | ({ readonly t: 'message' } & Message)
  | { readonly t: 'end'; readonly at: Nanos };

export interface Recorder {
  readonly header: HistoryHeader;
  /** Returns the operation's index. */
  invoke(invocation: Invocation, process: number, node: NodeId, at: Nanos, phase: 'main' | 'final'): number;
  complete(index: number, completion: Completion, at: Nanos): void;
  /** Returns the fault's id. */
  strike(fault: Omit<Fault, 'id' | 'healed' | 'until'>): number;
  heal(id: number, until: Nanos, healed: Fault['healed']): void;
  observe(observation: Observation): void;
  event(event: NodeEvent): void;
  message(message: Message): void;
  /** Ends the recording; nothing may be recorded afterwards. */
  end(at: Nanos): History;
}

/** @param sink gets each line, without the newline, as it is recorded. */
export function createRecorder(header: HistoryHeader, sink?: (line: string) => void): Recorder {
  const build = createBuilder(header);
  let operations = 0;
  let faults = 0;
  const add = (line: HistoryLine): void => {
    build.add(line);
    sink?.(JSON.stringify(line));
  };
  sink?.(JSON.stringify({ t: 'header', ...header }));
  return {
    header,
    invoke(invocation, process, node, at, phase) {
      const { action, input, key } = invocation;
      const index = operations++;
      add({ t: 'invoke', index, process, node, action, ...(key === undefined ? {} : { key }), input, phase, at });
      return index;
    },
    complete: (index, completion, at) => add({ t: 'return', index, at, completion }),
    strike(fault) {
      const id = faults++;
      add({ t: 'strike', id, ...fault });
      return id;
    },
    heal: (id, until, healed) => add({ t: 'heal', id, until, healed }),
    observe: (observation) => add({ t: 'observe', ...observation }),
    event: (event) => add({ t: 'event', ...event }),
    message: (message) => add({ t: 'message', ...message }),
    end(at) {
      add({ t: 'end', at });
      return build.history();
    },
  };
}

/** The lines of a finished history, as they would have been recorded: written again they give the same history. */
export function* linesOf(history: History): Generator<string> {
  yield JSON.stringify({ t: 'header', ...history.header });
  const lines: { at: Nanos; order: number; line: HistoryLine }[] = [];
  const put = (at: Nanos, order: number, line: HistoryLine): void => {
    lines.push({ at, order, line });
  };
  for (const operation of history.operations) {
    const { index, process, node, action, key, input, calledAt, returnedAt, completion, phase } = operation;
    put(calledAt, 1, {
      t: 'invoke',
      index,
      process,
      node,
      action,
      ...(key === undefined ? {} : { key }),
      input,
      ...(phase === undefined ? {} : { phase }),
      at: calledAt,
    });
    if (returnedAt !== undefined) put(returnedAt, 2, { t: 'return', index, at: returnedAt, completion });
  }
  for (const { healed, until, ...fault } of history.faults) {
    put(fault.from, 0, { t: 'strike', ...fault });
    if (until !== undefined) put(until, 0, { t: 'heal', id: fault.id, until, healed });
  }
  for (const observation of history.observations) put(observation.at, 3, { t: 'observe', ...observation });
  for (const event of history.events) put(event.at, 3, { t: 'event', ...event });
  for (const message of history.messages) put(message.sentAt, 4, { t: 'message', ...message });
  lines.sort((a, b) => a.at - b.at || a.order - b.order);
  for (const { line } of lines) yield JSON.stringify(line);
  if (history.complete) yield JSON.stringify({ t: 'end', at: history.endedAt });
}

/** Puts a history together from its lines; the reader of files validates them first. */
export function createBuilder(header: HistoryHeader): { add(line: HistoryLine): void; history(): History } {
  const operations: Operation[] = [];
  const faults: Fault[] = [];
  const observations: Observation[] = [];
  const events: NodeEvent[] = [];
  const messages: Message[] = [];
  let latest: Nanos = 0;
  let complete = false;
  const seen = (at: Nanos): void => {
    if (at > latest) latest = at;
  };
  return {
    add(line) {
      switch (line.t) {
        case 'header':
          break;
        case 'invoke': {
          const { t: _, at, ...rest } = line;
          seen(at);
          operations[line.index] = { ...rest, calledAt: at, completion: { type: 'info', error: 'still open when the run ended' } };
          break;
        }
        case 'return': {
          const open = operations[line.index];
          if (open === undefined) throw new Error(`operation ${line.index} returned before it was invoked`);
          seen(line.at);
          operations[line.index] = { ...open, returnedAt: line.at, completion: line.completion };
          break;
        }
        case 'strike': {
          const { t: _, ...fault } = line;
          seen(fault.from);
          faults[fault.id] = { ...fault, healed: [] };
          break;
        }
        case 'heal': {
          const open = faults[line.id];
          if (open === undefined) throw new Error(`fault ${line.id} healed before it struck`);
          seen(line.until);
          faults[line.id] = { ...open, until: line.until, healed: line.healed };
          break;
        }
        case 'observe': {
          const { t: _, ...observation } = line;
          seen(observation.at);
          observations.push(observation);
          break;
        }
        case 'event': {
          const { t: _, ...event } = line;
          seen(event.at);
          events.push(event);
          break;
        }
        case 'message': {
          const { t: _, ...message } = line;
          messages.push(message);
          break;
        }
        case 'end':
          seen(line.at);
          complete = true;
          break;
      }
    },
    history: () => ({ header, operations, faults, observations, events, messages, endedAt: latest, complete }),
  };
}
