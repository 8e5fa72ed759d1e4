// A checker that is told of each call and return as it happens, and speaks up at the first return that nothing explains. The
// surprise: it is as strict as the checker of whole histories, at every moment, and forgets nearly everything: once no operation
// is under way, all that a history was is the states in which it may have left the object.
import { checkOperations } from './check.ts';
import { describeOperation, describeValue } from './model.ts';
import type { Counterexample, Model, Operation } from './types.ts';
import { type Handle, makePart, type Part } from './watch-partition.ts';

export interface WatchOptions {
  /** How many configurations to look at for one return before the partition is given up as `unknown`. Default 100 000. */
  readonly configurations?: number | undefined;
  /**
   * How many operations of a partition to keep for a counterexample, and how many returns to look back when an operation that
   * took long returns at last. Default 10 000.
   */
  readonly window?: number | undefined;
}

/**
 * All three take an optional `time`, by the clock of `Operation`: a call and a return at the same time are then concurrent, in
 * whatever order they are told. Give it always or never, and let it never run backwards. Without, no two events are concurrent.
 *
 * All three return `undefined` while nothing is wrong, and the conviction from the first moment on when there is one.
 */
export interface Watcher<S, I, O> {
  /** If the process has an operation under way, that one is lost. */
  call(process: Operation['process'], input: I, time?: number): WatchInvalid<S, I, O> | undefined;
  /** Throws a TypeError for a process that has no operation under way. */
  return(process: Operation['process'], output?: O, time?: number): WatchInvalid<S, I, O> | undefined;
  /** Nobody will ever know what came of it. Throws as `return` does. */
  lose(process: Operation['process'], time?: number): WatchInvalid<S, I, O> | undefined;
  /** The verdict, with all that is still under way as lost. */
  conclude(): WatchResult<S, I, O>;
  /** What is held in memory, over all partitions. */
  size(): WatchSize;
}

export type WatchResult<S, I, O> = WatchValid | WatchInvalid<S, I, O> | WatchUnknown;

export interface WatchValid {
  readonly verdict: 'valid';
  readonly configurations: number;
}

export interface WatchUnknown {
  readonly verdict: 'unknown';
  readonly reason: string;
  readonly configurations: number;
}

export interface WatchInvalid<S, I, O> {
  readonly verdict: 'invalid';
  readonly partition: string | undefined;
  /** The operation that cannot be explained: how many were called before it, over all partitions. */
  readonly stuck: number;
  /** How many events were told until it returned. That much of the history is not linearizable, and less is. */
  readonly events: number;
  /**
   * The states in which the object may have been at the last moment up to which all can be explained: right before `stuck`
   * returned, or before a return while it was under way, if what it returned makes that one impossible.
   */
  readonly states: readonly S[];
  readonly message: string;
  readonly configurations: number;
  /** The last operations, if they are enough to explain it. Worked out when asked for. */
  readonly evidence: WatchEvidence<S, I, O> | undefined;
}

export interface WatchEvidence<S, I, O> {
  /** Operations of the partition, with those that did not return yet. */
  readonly operations: readonly Operation<I, O>[];
  /** By operation: how many were called before it, over all partitions. */
  readonly indices: readonly number[];
  /** A state in which the object may have been before them; there may have been others, from which there is no order either. */
  readonly from: S;
  /** Its numbers are indices into `operations`. */
  readonly counterexample: Counterexample<S>;
}

export interface WatchSize {
  readonly configurations: number;
  /** Returns that may have to be looked at again. */
  readonly returns: number;
  readonly operations: number;
  readonly states: number;
  readonly classes: number;
}

/** Begins to watch a history of `model`. */
export function watch<S, I, O>(model: Model<S, I, O>, options: WatchOptions = {}): Watcher<S, I, O> {
  const limits = { configurations: options.configurations ?? 100_000, window: options.window ?? 10_000 };
  /** `undefined`: given up. */
  const parts = new Map<string | undefined, Part<S, I, O> | undefined>();
  const given = new Map<string | undefined, string>();
  const open = new Map<Operation['process'], Open<S, I, O>>();
  let waiting: (() => void)[] = [];
  let calls = 0;
  let events = 0;
  let now = Number.NEGATIVE_INFINITY;
  let configurations = 0;
  let convicted: WatchInvalid<S, I, O> | undefined;
  const spend = (some: number): void => {
    configurations += some;
  };

  return {
    call(process, input, time) {
      advance(time);
      const last = open.get(process);
      if (last) loseOne(last);
      const key = model.partition?.(input);
      if (!parts.has(key)) parts.set(key, makePart(model, key, limits, spend));
      const part = parts.get(key);
      const index = calls++;
      const isWatched = part !== undefined && convicted === undefined;
      open.set(process, {
        index,
        input,
        watched: isWatched ? { part, handle: part.call(index, process, input, now) } : undefined,
      });
      return convicted;
    },
    return(process, output, time) {
      advance(time);
      const one = take(process, 'returns');
      const [at, position] = [now, events];
      if (time === undefined) returnOne(one, process, output, at, position);
      else waiting.push(() => returnOne(one, process, output, at, position));
      return convicted;
    },
    lose(process, time) {
      advance(time);
      loseOne(take(process, 'is lost'));
      return convicted;
    },
    conclude() {
      settle();
      if (convicted) return convicted;
      const [first] = given;
      if (first === undefined) return { verdict: 'valid', configurations };
      const where = first[0] === undefined ? '' : `, in ${given.size} of ${parts.size} partitions`;
      return { verdict: 'unknown', reason: `${first[1]}${where}`, configurations };
    },
    size() {
      const sum = { configurations: 0, returns: 0, operations: 0, states: 0, classes: 0 };
      for (const part of parts.values()) {
        const its = part?.size();
        if (its === undefined) continue;
        for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += its[name];
      }
      return sum;
    },
  };

  function advance(time: number | undefined): void {
    events++;
    const next = time ?? events;
    if (!(next >= now)) throw new TypeError(`event ${events}: its time is ${next}, after one of ${now}`);
    if (next > now) settle();
    now = next;
  }

  /** What returned at a time is taken up when nothing more can be called at that time. */
  function settle(): void {
    const due = waiting;
    waiting = [];
    for (const one of due) one();
  }

  function take(process: Operation['process'], what: string): Open<S, I, O> {
    const one = open.get(process);
    if (one === undefined) throw new TypeError(`event ${events}: process ${process} ${what} without a call`);
    open.delete(process);
    return one;
  }

  function loseOne({ watched }: Open<S, I, O>): void {
    if (watched && !given.has(watched.part.key) && convicted === undefined) watched.part.lose(watched.handle);
  }

  function returnOne(
    { index, input, watched }: Open<S, I, O>,
    process: Operation['process'],
    output: O | undefined,
    time: number,
    position: number,
  ): void {
    if (watched === undefined || given.has(watched.part.key) || convicted !== undefined) return;
    const { part, handle } = watched;
    const outcome = part.return(handle, output, time);
    if (outcome === undefined) {
      given.set(part.key, part.excuse);
      parts.set(part.key, undefined);
    } else if (!outcome) {
      convicted = convict(model, part, { index, process, input, output, events: position, configurations });
    }
  }
}

interface Open<S, I, O> {
  readonly index: number;
  readonly input: I;
  /** `undefined`: the partition was given up. */
  readonly watched: { readonly part: Part<S, I, O>; readonly handle: Handle<I, O> } | undefined;
}

interface Stuck<I, O> {
  readonly index: number;
  readonly process: Operation['process'];
  readonly input: I;
  readonly output: O | undefined;
  readonly events: number;
  readonly configurations: number;
}

function convict<S, I, O>(model: Model<S, I, O>, part: Part<S, I, O>, stuck: Stuck<I, O>): WatchInvalid<S, I, O> {
  const { index, process, input, output, events, configurations } = stuck;
  const states = part.states();
  const name = model.describe?.(input, output) ?? describeOperation(input, output);
  const among = states.slice(0, 32).map((state) => model.describeState?.(state) ?? describeValue(state));
  const where = part.key === undefined ? '' : ` of ${JSON.stringify(part.key)}`;
  let evidence: WatchEvidence<S, I, O> | undefined | 'not yet' = 'not yet';
  return {
    verdict: 'invalid',
    partition: part.key,
    stuck: index,
    events,
    states,
    message: `${name} by process ${process} cannot be explained: the state${where} before could be ${among.join(' or ')}`,
    configurations,
    get evidence() {
      if (evidence === 'not yet') evidence = evidenceOf(model, part);
      return evidence;
    },
  };
}

function evidenceOf<S, I, O>(model: Model<S, I, O>, { kept }: Part<S, I, O>): WatchEvidence<S, I, O> | undefined {
  const [from] = kept?.from ?? [];
  if (kept === undefined || from === undefined) return undefined;
  const operations = kept.records.map(({ operation }) => operation);
  const result = checkOperations(from === model.init ? model : beginningWith(model, from), operations);
  if (result.verdict !== 'invalid') return undefined;
  const indices = kept.records.map(({ index }) => index);
  return { operations, indices, from, counterexample: result.counterexample };
}

/** What a model says of whole histories may hold from its own beginning only. */
function beginningWith<S, I, O>(model: Model<S, I, O>, init: S): Model<S, I, O> {
  const { restrict: _, pin: __, decide: ___, ...rest } = model;
  return { ...rest, init };
}
