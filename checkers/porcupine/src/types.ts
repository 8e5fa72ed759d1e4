// The words of the checker: what happened (operations), what should have happened (a model), and what is answered.
// The one surprise: an operation without a `return` is not an error. It is an operation whose outcome nobody knows, and
// it may take effect at any time after its call, or never.

/**
 * One call of a client and what came of it.
 *
 * `call` and `return` are finite numbers on one clock, in any unit. A return and a call at the same number are taken as
 * concurrent: nothing says which was first, and to assume an order could convict an innocent history. If you know the
 * order of events and not their times, number the events (see `operationsFromEvents`): then no two are equal.
 */
export interface Operation<I = unknown, O = unknown> {
  /** Who called. Only for reports: order within a process follows from the times. */
  readonly process: number | string;
  readonly input: I;
  /** What the client was told. `undefined`: it was told nothing, or nothing that matters (a write's acknowledgement). */
  readonly output?: O | undefined;
  readonly call: number;
  /** `undefined`: it never returned, its outcome is unknown ("info" in Jepsen's words), and `output` is ignored. */
  readonly return?: number | undefined;
}

/**
 * The sequential object that the history is compared with: a state, and what each operation does to it.
 *
 * `step` must be a pure function of its arguments: the checker calls it once for each (state, input, output) and
 * remembers. States, inputs and outputs are compared by value, so they must be JSON-like unless `key` says otherwise.
 */
export interface Model<S, I, O> {
  readonly name: string;
  /** The state before the first operation. */
  readonly init: S;
  /**
   * The state after `input`, or `undefined` where `input` could not have returned `output` in `state`.
   * An `output` of `undefined` is one that nobody saw: give the next state that the object itself would choose.
   * Must not change `state`.
   */
  step(state: S, input: I, output: O | undefined): S | undefined;
  /**
   * True when the operation leaves every state as it is (a read, a compare-and-set that failed). Such operations are
   * taken as soon as they are possible, which is most of the speed. The checker throws if a declared one changes a state.
   */
  readOnly?(input: I, output: O | undefined): boolean;
  /** A value that is equal for equal states, and only for them. Default: `canonicalKey`. */
  key?(state: S): string | number;
  /**
   * True when the operation is possible in every state and leaves the same one behind whatever it was (a write). If another
   * such operation was under way when it took effect, that one may have taken effect just before, and nobody could tell: the
   * search uses this. The checker throws if a declared one depends on the state.
   */
  overwrites?(input: I, output: O | undefined): boolean;
  /**
   * A value that, among read-only operations and among the others, is equal only for those that `step` and the other functions
   * cannot tell apart; `undefined` where there is no cheap one. Only speed depends on it: without it, inputs and outputs are compared as JSON.
   */
  classKey?(input: I, output: O | undefined): string | number | undefined;
  /** Operations with different partitions never touch each other, and are checked apart. Default: all in one. */
  partition?(input: I): string;
  /**
   * The output to suppose for an operation that never returned, if it took effect. A lost compare-and-set, for one,
   * either swapped or might as well not have been: suppose that it swapped. Default: `undefined`, unseen.
   */
  supposeLost?(input: I): O | undefined;
  /**
   * Looks at all operations of one partition once, and returns a test that says `false` for a (state, operation) which
   * no legal order of exactly these operations can contain. Only speed may depend on it, never the verdict.
   */
  restrict?(
    operations: readonly Operation<I, O>[],
  ): ((state: S, input: I, output: O | undefined) => boolean) | undefined;
  /**
   * Looks at all operations of one partition once, and returns a function that names (by `key`) the state which an
   * operation needs, if the object can be in that state during one stretch only: a register whose value was written once.
   * The checker then does not leave the state while such an operation is still to be called. Only speed may depend on it.
   */
  pin?(operations: readonly Operation<I, O>[]): (input: I, output: O | undefined) => string | number | undefined;
  /**
   * Decides all operations of one partition by itself, in polynomial time, where they are of a kind that it can decide (for
   * most objects: no two equal values). `undefined`: they are not, and the search decides. It must be exact.
   */
  decide?(operations: readonly Operation<I, O>[]): Decision | undefined;
  /** For objects that only grow: lets the checker drop a state that has outgrown a read which is still to come. */
  readonly growth?: Growth<S, I, O>;
  /** One operation in words, e.g. `read() → 3`. Default: `describeOperation`. */
  describe?(input: I, output: O | undefined): string;
  /** A state in words. Default: its JSON. */
  describeState?(state: S): string;
}

/** What `Model.decide` answers. All numbers are indices into the operations that it was given. */
export type Decision =
  /** `order` explains them: every operation that returned is in it, and it keeps to calls and returns. */
  | { readonly verdict: 'valid'; readonly order: readonly number[] }
  /** `core`: a few operations that have no order by themselves, nor with any of the others around them. */
  | { readonly verdict: 'invalid'; readonly core: readonly number[] };

/** See `Model.growth`. Like `restrict`, it must never be wrong, and may always be cautious. */
export interface Growth<S, I, O> {
  /** True unless the read-only operation is out of reach of `state` through operations that do not shrink. */
  leadsTo(state: S, input: I, output: O | undefined): boolean;
  /** True when the operation may make `leadsTo` true again (an overwrite, a removal, a negative increment). */
  shrinks(input: I): boolean;
  /**
   * A state that may stand for every state which leads to none of the reads, where it cannot matter which of them it is:
   * each allows the same operations, and what makes it useful again overwrites it as a whole.
   */
  readonly outgrown?: S;
}

export interface CheckOptions {
  readonly budget?: Budget | undefined;
  /**
   * How much of a counterexample to work out. `core` (default): all of it. `brief`: its `core` is what the verdict came with,
   * up to the whole partition, for to make it minimal may take longer than the verdict.
   */
  readonly explain?: 'core' | 'brief' | undefined;
}

export interface Budget {
  /** How many configurations to look at, over all partitions, before the answer is `unknown`. Default 4 million. */
  readonly configurations?: number | undefined;
  /**
   * How many megabytes (10^6 bytes) configurations, their tables and the states may take, as far as the checker can count
   * them, before the answer is `unknown`. The operations themselves and `Model.decide` are not counted. Default 1000.
   */
  readonly megabytes?: number | undefined;
  /** Wall-clock limit. Off by default: with it, the same history may get `unknown` once and a verdict the next time. */
  readonly milliseconds?: number | undefined;
}

export type Result<S> = Valid | Invalid<S> | Unknown;

export interface Valid {
  readonly verdict: 'valid';
  /** The evidence: one legal order for each partition. `verifyLinearization` checks it without the checker's help. */
  readonly linearizations: readonly Linearization[];
  readonly configurations: number;
}

export interface Invalid<S> {
  readonly verdict: 'invalid';
  /** Worked out when it is first read, which may take longer than the verdict. */
  readonly counterexample: Counterexample<S>;
  readonly configurations: number;
}

export interface Unknown {
  readonly verdict: 'unknown';
  readonly reason: string;
  readonly configurations: number;
}

export interface Linearization {
  /** The partition's key, `undefined` when the model has no partitions. */
  readonly partition: string | undefined;
  /** Indices into the checked operations, in an order that explains them. Lost operations that had no effect are absent. */
  readonly order: readonly number[];
}

/**
 * Why no order explains one partition. All numbers are indices into the checked operations.
 *
 * Every operation that returned before `stuck` did can be put in order, in one or several ways; `linearization` is one
 * of the longest. In none of them can `stuck` take effect between its call and its return.
 */
export interface Counterexample<S> {
  readonly partition: string | undefined;
  readonly linearization: readonly { readonly operation: number; readonly state: S }[];
  /** The state after `linearization`. */
  readonly state: S;
  /** The operation that cannot follow. */
  readonly stuck: number;
  /** `stuck`, then every other operation that was under way when `stuck` returned and is not in `linearization`. */
  readonly blocked: readonly { readonly operation: number; readonly because: string }[];
  /** The states (at most 32) in which the object may have been before `stuck` had to take effect. None of them allows it. */
  readonly states: readonly S[];
  /** All of this in one sentence. */
  readonly message: string;
  /**
   * The smallest story that is still wrong: these operations have no order, whatever the others did and whenever, and to
   * forget any one of them would leave an order. To *forget* an operation is to know only that it was asked for: it may have
   * taken effect at any time, before its call too, or never. (To strike out a write altogether would convict the innocent: a
   * read of its value would then have no cause.) Sorted by call. `verifyCore` checks it without the checker's help.
   */
  readonly core: readonly number[];
  /** False where `core` is wrong by itself, but it was not found out whether all of it is needed. */
  readonly minimal: boolean;
}
