/**
 * How a history's operations are said in the words of each of porcupine's models: which actions the model knows, what a
 * failed one means, and when a read was of a past that the object had really had.
 *
 * The one surprise: a failed operation is left out, for it did not happen, except in `cas-register-observed`, where a
 * failed cas is a sight of another value. Histories exist whose verdict depends on it.
 */
import {
  type AppendListInput,
  appendList,
  type CasRegisterInput,
  type CounterInput,
  casRegister,
  counter,
  type KeyValueInput,
  keyValue,
  type LogInput,
  log,
  type MultiRegisterInput,
  multiRegister,
  type RegisterInput,
  register,
  type SetInput,
  set,
} from 'porcupine-ts';
import type { Json } from '../harness/core/types.ts';
import { lockModels } from './lock-models.ts';
import { adapter, failed, list, type ModelAdapter, readOf } from './model-adapter.ts';
import { queueModels } from './queue-models.ts';

const casAdapter = (about: string, failedCas: 'nothing' | 'observation'): ModelAdapter =>
  adapter<Json, CasRegisterInput<Json>, Json>({
    about,
    actions: ['read', 'write', 'cas'],
    model: casRegister<Json>({ initial: null, failedCas }),
    startingWith: (initial) => casRegister<Json>({ initial, failedCas }),
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
    startingWith: (initial) => register<Json>({ initial }),
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
  log: adapter<readonly Json[], LogInput<Json>, Json | number>({
    about:
      'an ordered log: an append is told its offset, a read of an offset its value, null beyond the end; empty at first',
    actions: ['append', 'read'],
    model: log<Json>(),
    say(operation) {
      const { action, input, completion } = operation;
      if (action === 'read') return readOf({ action, at: Number(input) }, operation);
      if (failed(operation)) return undefined;
      const offset = completion.type === 'ok' && typeof completion.output === 'number' ? completion.output : undefined;
      return { input: { action: 'append', value: input }, output: offset };
    },
  }),
  ...queueModels,
  ...lockModels,
  'multi-register': adapter<Readonly<Record<string, Json>>, MultiRegisterInput<Json>, readonly (Json | undefined)[]>({
    about: 'registers read and written together, each 0 at first; a read of nil was not seen',
    actions: ['txn', 'transaction'],
    model: multiRegister<Json>({ initial: {}, otherwise: 0 }),
    startingWith: (otherwise) => multiRegister<Json>({ initial: {}, otherwise }),
    say({ input, completion }) {
      if (completion.type === 'fail') return undefined;
      const steps = list(input).map((step) => {
        const [word, key, value = null] = list(step);
        return word === 'read' || word === 'r'
          ? { action: 'read' as const, key: String(key) }
          : { action: 'write' as const, key: String(key), value };
      });
      const seen =
        completion.type === 'ok' ? list(completion.output).map((step) => list(step)[2] ?? undefined) : undefined;
      return { input: { action: 'transaction', steps }, output: seen };
    },
  }),
};

const sorted = (values: readonly Json[]): readonly Json[] =>
  [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
