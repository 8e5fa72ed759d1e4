/**
 * How one of porcupine's models is asked about a history, and how its answer is said in the history's own indices: what
 * every adapter of `models.ts` and `lock-models.ts` is made of.
 *
 * The one surprise: an operation with an unknown outcome has no return here, whenever its client stopped waiting.
 */
import { type Operation as Asked, type Budget, checkOperations, type Model, type Result, watch } from 'porcupine-ts';
import type { Json, Operation } from '../harness/core/types.ts';
import type { Watch } from '../harness/core/verdict.ts';

/** What the checker answers, with every operation named by its index in the history and every state as text. */
type ModelResult =
  | { readonly verdict: 'valid'; readonly configurations: number; readonly orders: readonly Order[] }
  | { readonly verdict: 'unknown'; readonly reason: string; readonly configurations: number }
  | { readonly verdict: 'invalid'; readonly configurations: number; readonly refutation: Refutation };

/** One legal order of the operations of one partition; lost operations that had no effect are absent. */
interface Order {
  readonly partition: string | undefined;
  readonly order: readonly number[];
}

export interface Refutation {
  readonly message: string;
  readonly stuck: number;
  readonly stations: readonly { readonly operation: number; readonly state: string; readonly changed: boolean }[];
  readonly state: string;
  readonly blocked: readonly { readonly operation: number; readonly why: string }[];
  /** The smallest story that is still wrong: see `Counterexample.core` of porcupine-ts. */
  readonly core: readonly number[];
  /** The stuck operation is a read, and what it returned is what the object once held, and no longer did. */
  readonly stale: boolean;
}

export interface ModelAdapter {
  readonly about: string;
  readonly actions: readonly string[];
  /** Operations of one key, or of the whole history where the model itself partitions. */
  check(operations: readonly Operation[], budget: Budget): ModelResult;
  /** Hands the operations to somebody else, in the words of the model and with the index of each: for other questions. */
  ask<R>(operations: readonly Operation[], question: Question<R>): R;
  /** Looks on at the operations of one key, or of the whole history where the model itself partitions. */
  watch(): Watch;
  /** The same object with another value at first; absent where it has no value that could be another. */
  startingWith?(initial: Json): ModelAdapter;
}

export type Question<R> = <S, I, O>(
  model: Model<S, I, O>,
  asked: readonly Asked<I, O>[],
  indices: readonly number[],
) => R;

interface Words<S, I, O> {
  readonly about: string;
  readonly actions: readonly string[];
  readonly model: Model<S, I, O>;
  /** Undefined: the operation says nothing and is left out. `output` undefined: it returned, and nothing was seen. */
  say(operation: Operation): { readonly input: I; readonly output?: O | undefined } | undefined;
  /** The output of a read, as the state in which it would be right. */
  stateOf?(output: O): S;
  /** The model with another value at first, where it has one. */
  startingWith?(initial: Json): Model<S, I, O>;
}

export const adapter = <S, I, O>(words: Words<S, I, O>): ModelAdapter => {
  const { startingWith } = words;
  if (startingWith === undefined) return withModel(words);
  return {
    ...withModel(words),
    startingWith: (initial) => adapter({ ...words, model: startingWith(initial) }),
  };
};

const withModel = <S, I, O>({ about, actions, model, say, stateOf }: Words<S, I, O>): ModelAdapter => {
  const ask = <R>(operations: readonly Operation[], question: (asked: Asked<I, O>[], indices: number[]) => R): R => {
    const asked: Asked<I, O>[] = [];
    const indices: number[] = [];
    for (const operation of operations) {
      const said = say(operation);
      if (said === undefined) continue;
      const { process, calledAt, returnedAt, completion } = operation;
      // An unknown outcome may take effect at any later time, whenever the client stopped waiting for it.
      const known = completion.type !== 'info' && returnedAt !== undefined;
      asked.push({
        process,
        input: said.input,
        call: calledAt,
        ...(known ? { output: said.output, return: returnedAt } : {}),
      });
      indices.push(operation.index);
    }
    return question(asked, indices);
  };
  return {
    about,
    actions,
    check: (operations, budget) =>
      ask(operations, (asked, indices) =>
        translate(model, asked, indices, checkOperations(model, asked, { budget }), stateOf),
      ),
    watch: () => watching(model, say),
    ask: (operations, question) => ask(operations, (asked, indices) => question(model, asked, indices)),
  };
};

/**
 * The same words, told one by one. What an operation asks is said before anybody knows what becomes of it; one that fails
 * or says nothing is then as good as lost, which convicts less than to leave it out, and never more.
 */
function watching<S, I, O>(model: Model<S, I, O>, say: Words<S, I, O>['say']): Watch {
  const watcher = watch(model);
  const open = new Set<number>();
  return {
    called(operation) {
      const said = say({ ...operation, completion: { type: 'ok', output: null } });
      if (said === undefined) return undefined;
      open.add(operation.index);
      return watcher.call(operation.process, said.input, operation.calledAt)?.message;
    },
    returned(operation) {
      if (!open.delete(operation.index)) return undefined;
      const { process, completion, returnedAt } = operation;
      const said = completion.type === 'info' ? undefined : say(operation);
      const told =
        said === undefined ? watcher.lose(process, returnedAt) : watcher.return(process, said.output, returnedAt);
      return told?.message;
    },
  };
}

function translate<S, I, O>(
  model: Model<S, I, O>,
  asked: readonly Asked<I, O>[],
  indices: readonly number[],
  result: Result<S>,
  stateOf: ((output: O) => S) | undefined,
): ModelResult {
  const indexOf = (operation: number): number => indices[operation] as number;
  if (result.verdict === 'unknown') return result;
  if (result.verdict === 'valid') {
    const { verdict, configurations, linearizations } = result;
    const orders = linearizations.map(({ partition, order }) => ({ partition, order: order.map(indexOf) }));
    return { verdict, configurations, orders };
  }
  const { counterexample, configurations } = result;
  const key = (state: S): string => JSON.stringify(model.key ? model.key(state) : state);
  const inWords = (state: S): string => model.describeState?.(state) ?? JSON.stringify(state);
  const past = [key(model.init)];
  const stations = counterexample.linearization.map(({ operation, state }) => {
    const changed = key(state) !== past.at(-1);
    if (changed) past.push(key(state));
    return { operation: indexOf(operation), state: inWords(state), changed };
  });
  const stuck = asked[counterexample.stuck];
  const readsState =
    stuck?.output !== undefined && stateOf !== undefined && model.readOnly?.(stuck.input, stuck.output);
  const seen = readsState ? key(stateOf(stuck.output as O)) : undefined;
  const stale = seen !== undefined && past.includes(seen) && seen !== key(counterexample.state);
  return {
    verdict: 'invalid',
    configurations,
    refutation: {
      message: counterexample.message,
      stuck: indexOf(counterexample.stuck),
      stations,
      state: inWords(counterexample.state),
      blocked: counterexample.blocked.map(({ operation, because }) => ({
        operation: indexOf(operation),
        why: because,
      })),
      core: counterexample.core.map(indexOf),
      stale,
    },
  };
}

/** A read without an answer says nothing; an answer is what was seen. */
export const readOf = <I>(input: I, { completion }: Operation): { input: I; output: Json } | undefined =>
  completion.type === 'ok' ? { input, output: completion.output } : undefined;

export const failed = ({ completion }: Operation): boolean => completion.type === 'fail';

export const list = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);
