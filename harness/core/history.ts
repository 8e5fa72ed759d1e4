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
  const ledger = createLedger(header);
  let operations = 0;
  let faults = 0;
  // Most runs are never stored: without a sink no line is made, and what is recorded is kept as it came.
  const write = sink === undefined ? undefined : (line: HistoryLine): void => sink(JSON.stringify(line));
  write?.({ t: 'header', ...header });
  return {
    header,
    invoke(invocation, process, node, at, phase) {
      const { action, input, key } = invocation;
      const index = operations++;
      ledger.invoke(index, process, node, action, key, input, phase, at);
      write?.({ t: 'invoke', index, process, node, action, ...(key === undefined ? {} : { key }), input, phase, at });
      return index;
    },
    complete(index, completion, at) {
      ledger.complete(index, completion, at);
      write?.({ t: 'return', index, at, completion });
    },
    strike(fault) {
      const id = faults++;
      ledger.strike({ id, ...fault });
      write?.({ t: 'strike', id, ...fault });
      return id;
    },
    heal(id, until, healed) {
      ledger.heal(id, until, healed);
      write?.({ t: 'heal', id, until, healed });
    },
    observe(observation) {
      ledger.observe(observation);
      write?.({ t: 'observe', ...observation });
    },
    event(event) {
      ledger.event(event);
      write?.({ t: 'event', ...event });
    },
    message(message) {
      ledger.message(message);
      write?.({ t: 'message', ...message });
    },
    end(at) {
      ledger.end(at);
      write?.({ t: 'end', at });
      return ledger.history();
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
  const ledger = createLedger(header);
  return {
    add(line) {
      switch (line.t) {
        case 'header':
          break;
        case 'invoke':
          ledger.invoke(line.index, line.process, line.node, line.action, line.key, line.input, line.phase, line.at);
          break;
        case 'return':
          ledger.complete(line.index, line.completion, line.at);
          break;
        case 'strike': {
          const { t: _, ...fault } = line;
          ledger.strike(fault);
          break;
        }
        case 'heal':
          ledger.heal(line.id, line.until, line.healed);
          break;
        case 'observe': {
          const { t: _, ...observation } = line;
          ledger.observe(observation);
          break;
        }
        case 'event': {
          const { t: _, ...event } = line;
          ledger.event(event);
          break;
        }
        case 'message': {
          const { t: _, ...message } = line;
          ledger.message(message);
          break;
        }
        case 'end':
          ledger.end(line.at);
          break;
      }
    },
    history: ledger.history,
  };
}

/** An operation while it may still return: the same object is completed in place, since a run makes thousands. */
type OpenOperation = { -readonly [Field in keyof Operation]: Operation[Field] };

const open: Completion = { type: 'info', error: 'still open when the run ended' };

function createLedger(header: HistoryHeader) {
  const operations: OpenOperation[] = [];
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
    invoke(
      index: number,
      process: number,
      node: NodeId,
      action: string,
      key: string | undefined,
      input: Operation['input'],
      phase: Operation['phase'],
      calledAt: Nanos,
    ): void {
      seen(calledAt);
      const operation: OpenOperation = { index, process, node, action, input, calledAt, completion: open };
      if (key !== undefined) operation.key = key;
      if (phase !== undefined) operation.phase = phase;
      operations[index] = operation;
    },
    complete(index: number, completion: Completion, at: Nanos): void {
      const operation = operations[index];
      if (operation === undefined) throw new Error(`operation ${index} returned before it was invoked`);
      seen(at);
      operation.returnedAt = at;
      operation.completion = completion;
    },
    strike(fault: Omit<Fault, 'healed' | 'until'>): void {
      seen(fault.from);
      faults[fault.id] = { ...fault, healed: [] };
    },
    heal(id: number, until: Nanos, healed: Fault['healed']): void {
      const fault = faults[id];
      if (fault === undefined) throw new Error(`fault ${id} healed before it struck`);
      seen(until);
      faults[id] = { ...fault, until, healed };
    },
    observe(observation: Observation): void {
      seen(observation.at);
      observations.push(observation);
    },
    event(event: NodeEvent): void {
      seen(event.at);
      events.push(event);
    },
    message(message: Message): void {
      messages.push(message);
    },
    end(at: Nanos): void {
      seen(at);
      complete = true;
    },
    history: (): History => ({
      header,
      operations,
      faults,
      observations,
      // What containers note arrives when it arrives; whoever reads a history reads it in the order of time.
      events: events.sort((a, b) => a.at - b.at),
      messages,
      endedAt: latest,
      complete,
    }),
  };
}
