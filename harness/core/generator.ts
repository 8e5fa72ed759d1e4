/**
 * The pure generator of Jepsen: asked for the next operation, it answers with one, with "not yet" or with "no more",
 * and with the generator that stands in its place afterwards. The combinators are in `generators.ts`.
 */
import type { Random } from './random.ts';
import type { Completion, Invocation, Nanos, NodeId } from './types.ts';

export interface GeneratorContext {
  readonly now: Nanos;
  readonly random: Random;
  /** Threads (0 … concurrency-1) without an operation under way, ascending. Never empty when `next` is called. */
  readonly free: readonly number[];
  readonly threads: number;
  readonly nodes: readonly NodeId[];
}

/**
 * What a generator proposes. A `wait` is kept: its `next` stands in the old one's place from then on. An `invoke` in the
 * future is dropped when an operation completes before its time, and the old generator is asked again: what is drawn from
 * the seed and must not be drawn anew (a time of arrival) therefore belongs into the `next` of a `wait`.
 */
export type Step =
  /** Invoke at `at` (now where absent; never earlier than now), on `thread` (any free one where absent). */
  | {
      readonly kind: 'invoke';
      readonly invocation: Invocation;
      readonly at?: Nanos;
      readonly thread?: number;
      readonly next: Generator;
    }
  /** Nothing now: ask again at `until`, or when an operation completes. */
  | { readonly kind: 'wait'; readonly until?: Nanos; readonly next: Generator }
  | { readonly kind: 'done' };

export interface Generator {
  next(context: GeneratorContext): Step;
  /** Told of each completion; returns the generator to go on with. */
  update?(event: Completed): Generator;
}

/** An operation that came back: what was asked, what became of it, and which thread carried it. */
export interface Completed {
  readonly invocation: Invocation;
  readonly completion: Completion;
  readonly at: Nanos;
  readonly thread: number;
}
