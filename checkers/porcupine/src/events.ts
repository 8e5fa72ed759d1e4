// Logs often have an order and no times. Here the position of an event is its time: no two are equal, so nothing is taken
// as concurrent that the log has in order.
import type { Operation } from './types.ts';

/** A process does one thing at a time, so a return belongs to the last call of its process. */
export type Event<I, O> =
  | { readonly type: 'call'; readonly process: number | string; readonly input: I }
  | { readonly type: 'return'; readonly process: number | string; readonly output?: O | undefined };

/**
 * The operations of a list of events, in the order of their calls. A call without a return, or followed by another call
 * of the same process, never returned. Throws a TypeError for a return without a call.
 */
export function operationsFromEvents<I, O>(events: readonly Event<I, O>[]): Operation<I, O>[] {
  const operations: Operation<I, O>[] = [];
  const openByProcess = new Map<number | string, number>();
  events.forEach((event, position) => {
    const { process } = event;
    if (event.type === 'call') {
      openByProcess.set(process, operations.length);
      operations.push({ process, input: event.input, call: position });
      return;
    }
    const open = openByProcess.get(process);
    if (open === undefined) throw new TypeError(`event ${position}: process ${process} returns without a call`);
    openByProcess.delete(process);
    operations[open] = { ...(operations[open] as Operation<I, O>), output: event.output, return: position };
  });
  return operations;
}
