// The last operations of a partition that is watched, so that a conviction can be explained. They begin with the history, or
// at a moment when no operation was under way and none had been lost: then the states of that moment say all about the past.
import type { Operation } from './types.ts';

/** An operation and its number in the whole history. */
export interface Record<I, O> {
  readonly index: number;
  operation: Operation<I, O>;
}

export interface Kept<S, I, O> {
  /** The states in which the object may have been before the first of them. */
  readonly from: readonly S[];
  /** In the order of their calls. */
  readonly records: readonly Record<I, O>[];
}

export interface Keeper<S, I, O> {
  add(record: Record<I, O>): void;
  /** Nothing is under way or lost, and the object is in one of these states. */
  mark(states: readonly S[]): void;
  /** `undefined`: there were too many since such a moment. */
  kept(): Kept<S, I, O> | undefined;
}

export function makeKeeper<S, I, O>(init: S, most: number): Keeper<S, I, O> {
  let from: readonly S[] = [init];
  let records: Record<I, O>[] | undefined = [];
  let marked: { from: readonly S[]; at: number } | undefined;
  return {
    add(record) {
      if (records === undefined) return;
      records.push(record);
      if (records.length <= most) return;
      if (marked === undefined || marked.at === 0) {
        records = undefined;
        marked = undefined;
      } else {
        records = records.slice(marked.at);
        from = marked.from;
        marked = { from, at: 0 };
      }
    },
    mark(states) {
      if (records === undefined) {
        records = [];
        from = states;
      }
      marked = { from: states, at: records.length };
    },
    kept: () => (records === undefined ? undefined : { from, records }),
  };
}
