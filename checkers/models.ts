/**
 * How a history's operations are said in the words of each of porcupine's models: which actions the model knows, what a
 * failed one means, and when a read was of a past that the object had really had.
 *
 * The one surprise: a failed operation is left out, for it did not happen, except in `cas-register-observed`, where a
 * failed cas is a sight of another value. Histories exist whose verdict depends on it.
 */
import {
  type AppendListInput,
  type Operation as Asked,
  appendList,
  type Budget,
  type CasRegisterInput,
  type CounterInput,
  casRegister,
  checkOperations,
  counter,
  type KeyValueInput,
  keyValue,
  type Model,
  type MutexInput,
  mutex,
  type QueueInput,
  queue,
  type RegisterInput,
  type Result,
  register,
  type SetInput,
  set,
} from 'porcupine-ts';
import type { Json, Operation } from '../harness/core/types.ts';

/** What the checker answers, with every operation named by its index in the history and every state as text. */
type ModelResult =
  | { readonly verdict: 'valid'; readonly configurations: number }
  | { readonly verdict: 'unknown'; readonly reason: string; readonly configurations: number }
  | { readonly verdict: 'invalid'; readonly configurations: number; readonly refutation: Refutation };

export interface Refutation {
  readonly message: string;
  readonly stuck: number;
  readonly stations: readonly { readonly operation: number; readonly state: string; readonly changed: boolean }[];
  readonly state: string;
  readonly blocked: readonly { readonly operation: number; readonly why: string }[];
  /** The stuck operation is a read, and what it returned is what the object once held, and no longer did. */
  readonly stale: boolean;
}

export interface ModelAdapter {
  readonly about: string;
  readonly actions: readonly string[];
  /** Operations of one key, or of the whole history where the model itself partitions. */
  check(operations: readonly Operation[], budget: Budget): ModelResult;
}

interface Words<S, I, O> {
  readonly about: string;
  readonly actions: readonly string[];
  readonly model: Model<S, I, O>;
  /** Undefined: the operation says nothing and is left out. `output` undefined: it returned, and nothing was seen. */
  say(operation: Operation): { readonly input: I; readonly output?: O | undefined } | undefined;
  /** The output of a read, as the state in which it would be right. */
  stateOf?(output: O): S;
}

const adapter = <S, I, O>({ about, actions, model, say, stateOf }: Words<S, I, O>): ModelAdapter => ({
  about,
  actions,
  check(operations, budget) {
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
    return translate(model, asked, indices, checkOperations(model, asked, { budget }), stateOf);
  },
});

function translate<S, I, O>(
  model: Model<S, I, O>,
  asked: readonly Asked<I, O>[],
  indices: readonly number[],
  result: Result<S>,
  stateOf: ((output: O) => S) | undefined,
): ModelResult {
  if (result.verdict !== 'invalid') return result;
  const { counterexample, configurations } = result;
  const key = (state: S): string => JSON.stringify(model.key ? model.key(state) : state);
  const inWords = (state: S): string => model.describeState?.(state) ?? JSON.stringify(state);
  const indexOf = (operation: number): number => indices[operation] as number;
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
      stale,
    },
  };
}

/** A read without an answer says nothing; an answer is what was seen. */
const readOf = <I>(input: I, { completion }: Operation): { input: I; output: Json } | undefined =>
  completion.type === 'ok' ? { input, output: completion.output } : undefined;

const failed = ({ completion }: Operation): boolean => completion.type === 'fail';

const list = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);

const casAdapter = (about: string, failedCas: 'nothing' | 'observation'): ModelAdapter =>
  adapter<Json, CasRegisterInput<Json>, Json>({
    about,
    actions: ['read', 'write', 'cas'],
    model: casRegister<Json>({ initial: null, failedCas }),
    stateOf: (output) => output,
    say(operation) {
      const { action, input, completion } = operation;
      if (action === 'read') return readOf({ action }, operation);
      if (action === 'write') return failed(operation) ? undefined : { input: { action, value: input } };
      const [from = null, to = null] = list(input);
      if (completion.type !== 'fail') return { input: { action: 'cas', from, to }, output: true };
      return failedCas === 'observation' ? { input: { action: 'cas', from, to }, output: false } : undefined;
    },
  });

/** By the name that a workload, a history's header and `--model` use. */
export const models: Readonly<Record<string, ModelAdapter>> = {
  register: adapter<Json, RegisterInput<Json>, Json>({
    about: 'one value, read and written; null at first',
    actions: ['read', 'write'],
    model: register<Json>({ initial: null }),
    stateOf: (output) => output,
    say(operation) {
      if (operation.action === 'read') return readOf({ action: 'read' }, operation);
      return failed(operation) ? undefined : { input: { action: 'write', value: operation.input } };
    },
  }),
  'cas-register': casAdapter('a register with compare-and-set; a failed cas did not happen', 'nothing'),
  'cas-register-observed': casAdapter('the same; a failed cas saw another value than it expected', 'observation'),
  'append-list': adapter<readonly Json[], AppendListInput<Json>, readonly Json[] | number>({
    about: 'a list that grows at its end; empty at first',
    actions: ['append', 'read'],
    model: appendList<Json>(),
    stateOf: (output) => (typeof output === 'number' ? [] : output),
    say(operation) {
      if (operation.action === 'append') {
        return failed(operation) ? undefined : { input: { action: 'append', value: operation.input } };
      }
      const read = readOf({ action: 'read' as const }, operation);
      return read && { input: read.input, output: list(read.output) };
    },
  }),
  set: adapter<readonly Json[], SetInput<Json>, readonly Json[] | boolean>({
    about: 'a set of values; empty at first',
    actions: ['add', 'remove', 'read'],
    model: set<Json>(),
    stateOf: (output) => (typeof output === 'boolean' ? [] : output),
    say(operation) {
      const { action, input } = operation;
      if (action === 'add' || action === 'remove')
        return failed(operation) ? undefined : { input: { action, value: input } };
      const read = readOf({ action: 'read' as const }, operation);
      return read && { input: read.input, output: sorted(list(read.output)) };
    },
  }),
  'key-value': adapter<string, KeyValueInput, string>({
    about: 'strings under keys, with append; empty at first',
    actions: ['get', 'put', 'append'],
    model: keyValue(),
    say(operation) {
      const { action, input, key = '' } = operation;
      if (action === 'get') {
        const read = readOf({ action, key } as const, operation);
        return read && { input: read.input, output: String(read.output ?? '') };
      }
      if (failed(operation)) return undefined;
      return { input: { action: action === 'put' ? 'put' : 'append', key, value: String(input) } };
    },
  }),
  queue: adapter<readonly Json[], QueueInput<Json>, Json>({
    about: 'first in, first out; a dequeue of an empty queue returns null',
    actions: ['enqueue', 'dequeue'],
    model: queue<Json>(),
    say(operation) {
      const { action, input, completion } = operation;
      if (failed(operation)) return undefined;
      if (action === 'enqueue') return { input: { action, value: input } };
      return { input: { action: 'dequeue' }, ...(completion.type === 'ok' ? { output: completion.output } : {}) };
    },
  }),
  counter: adapter<number, CounterInput, number>({
    about: 'a number that is added to; 0 at first',
    actions: ['add', 'read'],
    model: counter(),
    say(operation) {
      if (operation.action === 'add') {
        return failed(operation) ? undefined : { input: { action: 'add', by: Number(operation.input ?? 1) } };
      }
      const read = readOf({ action: 'read' as const }, operation);
      return read && { input: read.input, output: Number(read.output) };
    },
  }),
  mutex: adapter<string | number | null, MutexInput, never>({
    about: 'a lock that anybody may release',
    actions: ['acquire', 'release'],
    model: mutex(),
    say({ action, completion }) {
      if (completion.type === 'fail') return undefined;
      return { input: { action: action === 'acquire' ? 'acquire' : 'release' } };
    },
  }),
};

const sorted = (values: readonly Json[]): readonly Json[] =>
  [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
