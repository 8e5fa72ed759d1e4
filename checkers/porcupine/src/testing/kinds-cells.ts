// Kinds whose values hardly ever repeat, so that the models mostly decide by themselves, and the log, which is new with them.
import fc from 'fast-check';
import { decideAppendList } from '../decide/append-list.ts';
import {
  type AppendListInput,
  appendList,
  type CasRegisterInput,
  type CounterInput,
  casRegister,
  counter,
  type LogInput,
  log,
  type RegisterInput,
  register,
  type SetInput,
  set,
} from '../index.ts';
import type { Kind } from './histories.ts';

type Words = fc.Arbitrary<number>;

const small = fc.integer({ min: 0, max: 5 });
const told = fc.boolean();
const read = fc.record({ action: fc.constant('read' as const) });

export const logKinds = { log: logKind(small), 'log, mostly unique': logKind(oneOf(30)) };

/** @param most how many values there are; to be decided, a history should have far fewer operations */
export function decidableKinds(most: number) {
  const value = oneOf(most);
  return {
    register: registerKind(value),
    'cas-register, failure ignored': casKind(value, 'nothing'),
    'cas-register, failure observed': casKind(value, 'observation'),
    counter: counterKind(1),
    'counter, downwards from 7': counterKind(-2, 7),
    'set, by element': setKind(value, ['add', 'add', 'remove', 'contains', 'contains']),
    'set, read as a whole': setKind(value, ['add', 'add', 'contains', 'read', 'read']),
    log: logKind(value),
    'log, with a beginning': logKind(value, [3, 3]),
    'append-list': listKind(value),
    'append-list, with a beginning': listKind(value, [3, 3]),
  };
}

function oneOf(most: number): Words {
  return fc.noBias(fc.integer({ min: 1, max: most }));
}

function registerKind(value: Words): Kind<number, RegisterInput<number>, number> {
  return {
    model: register<number>({ initial: 0 }),
    input: fc.oneof(read, fc.record({ action: fc.constant('write' as const), value })),
    answer: (state, input) => (input.action === 'read' ? state : undefined),
    lie: fc.option(small, { nil: undefined }),
  };
}

function casKind(
  value: Words,
  failedCas: 'nothing' | 'observation',
): Kind<number, CasRegisterInput<number>, number | boolean> {
  const cas = fc.record({ action: fc.constant('cas' as const), from: fc.integer({ min: -3, max: 2 }), to: value });
  return {
    model: casRegister<number>({ initial: 0, failedCas }),
    input: fc.oneof(read, fc.record({ action: fc.constant('write' as const), value }), cas, cas),
    choose: (state, input) => (input.action === 'cas' && input.from < 0 ? { ...input, from: state } : input),
    answer: (state, input) =>
      input.action === 'read' ? state : input.action === 'cas' ? state === input.from : undefined,
    lie: fc.oneof(fc.option(small, { nil: undefined }), fc.boolean()),
  };
}

function counterKind(by: number, initial = 0): Kind<number, CounterInput & { told?: boolean }, number> {
  return {
    model: counter({ initial }),
    input: fc.oneof(
      read,
      fc.record({ action: fc.constant('add' as const), by: fc.constantFrom(by, by, by, by, by, 0), told }),
    ),
    answer: (state, input) => (input.action === 'read' ? state : input.told ? state + input.by : undefined),
    lie: fc.option(
      small.map((times) => initial + times * by),
      { nil: undefined },
    ),
  };
}

function setKind(
  value: Words,
  actions: readonly SetInput<number>['action'][],
): Kind<readonly number[], SetInput<number> & { told?: boolean }, readonly number[] | boolean> {
  return {
    model: set<number>(),
    input: fc.record({ action: fc.constantFrom(...actions), value, told }) as fc.Arbitrary<SetInput<number>>,
    choose(state, input) {
      if (input.action === 'read' || input.action === 'add' || state.length === 0) return input;
      return { ...input, value: state[input.value % state.length] as number };
    },
    answer(state, input) {
      if (input.action === 'read') return state;
      const has = state.includes(input.value);
      return input.action === 'contains' ? has : input.told ? has === (input.action === 'remove') : undefined;
    },
    lie: fc.oneof(fc.option(fc.boolean(), { nil: undefined }), fc.uniqueArray(small, { maxLength: 2 })),
  };
}

function logKind(
  value: Words,
  initial: readonly number[] = [],
): Kind<readonly number[], LogInput<number> & { told?: boolean }, number | null> {
  return {
    model: log<number>({ initial }),
    input: fc.oneof(
      fc.record({ action: fc.constant('read' as const), at: small }),
      fc.record({ action: fc.constant('append' as const), value, told }),
    ),
    answer: (state, input) =>
      input.action === 'read' ? (state[input.at] ?? null) : input.told ? state.length : undefined,
    lie: fc.option(small, { nil: null }),
  };
}

function listKind(
  value: Words,
  initial: readonly number[] = [],
): Kind<readonly number[], AppendListInput<number> & { told?: boolean }, readonly number[] | number> {
  return {
    model: { ...appendList<number>({ initial }), decide: (operations) => decideAppendList(initial, operations) },
    input: fc.oneof(read, fc.record({ action: fc.constant('append' as const), value, told })),
    answer: (state, input) => (input.action === 'read' ? state : input.told ? state.length : undefined),
    lie: fc.oneof(
      fc.option(small, { nil: undefined }),
      fc.array(value, { maxLength: 2 }).map((more) => [...initial, ...more]),
    ),
  };
}
