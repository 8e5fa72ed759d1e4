// Every model of the package with the inputs, right answers and lies to try it with. Few values, so that duplicates are common.
import fc from 'fast-check';
import {
  appendList,
  type CasRegisterInput,
  casRegister,
  counter,
  keyValue,
  multiRegister,
  nondeterministic,
  register,
  set,
} from '../index.ts';
import type { Kind } from './histories.ts';
import { logKinds } from './kinds-cells.ts';
import { lockKinds } from './kinds-locks.ts';
import { queueKinds } from './kinds-queues.ts';

function kind<S, I, O>(its: Kind<S, I, O>): Kind<S, I, O> {
  return its;
}

const value = fc.integer({ min: 0, max: 2 });
const many = fc.integer({ min: 0, max: 5 });
const casInput = (words: fc.Arbitrary<number>): fc.Arbitrary<CasRegisterInput<number | null>> =>
  fc.oneof(
    fc.record({ action: fc.constant('read' as const) }),
    fc.record({ action: fc.constant('write' as const), value: words }),
    fc.record({ action: fc.constant('cas' as const), from: words, to: words }),
  );
const casKind = (failedCas: 'observation' | 'nothing', words: fc.Arbitrary<number>) =>
  kind({
    model: casRegister<number | null>({ initial: null, failedCas }),
    input: casInput(words),
    answer: (state, input) =>
      input.action === 'read' ? state : input.action === 'cas' ? state === input.from : undefined,
    lie: fc.constantFrom<(number | boolean | null | undefined)[]>(0, 1, 2, null, true, false, undefined),
  });

// 'ab' can be cut in two ways; 'x', 'y' and 'z' often are unique.
const text = fc.constantFrom('a', 'b', 'ab');
const uniqueText = fc.constantFrom('x1', 'x2', 'x3', 'x4', 'x5');
const keyValueKind = (words: fc.Arbitrary<string>, puts: number) =>
  kind({
    model: keyValue(),
    input: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ action: fc.constant('get' as const), key: fc.constantFrom('k', 'k', 'k', 'l') }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          action: fc.constant('append' as const),
          key: fc.constantFrom('k', 'k', 'k', 'l'),
          value: words,
        }),
      },
      {
        weight: puts,
        arbitrary: fc.record({ action: fc.constant('put' as const), key: fc.constant('k'), value: words }),
      },
    ),
    answer: (state, input) => (input.action === 'get' ? state : undefined),
    lie: fc.oneof(
      fc.constant(undefined),
      fc.array(words, { maxLength: 3 }).map((parts) => parts.join('')),
    ),
  });

export const kinds = {
  ...lockKinds,
  ...logKinds,
  register: kind({
    model: register<number | null>({ initial: null }),
    input: fc.oneof(
      fc.record({ action: fc.constant('read' as const) }),
      fc.record({ action: fc.constant('write' as const), value }),
    ),
    answer: (state, input) => (input.action === 'read' ? state : undefined),
    lie: fc.constantFrom<(number | null | undefined)[]>(0, 1, 2, null, undefined),
  }),
  'register, mostly unique': kind({
    model: register<number | null>({ initial: null }),
    input: fc.oneof(
      fc.record({ action: fc.constant('read' as const) }),
      fc.record({ action: fc.constant('write' as const), value: many }),
    ),
    answer: (state, input) => (input.action === 'read' ? state : undefined),
    lie: fc.constantFrom<(number | null | undefined)[]>(0, 1, 2, 3, 4, 5, null, undefined),
  }),
  'cas-register, failure observed': casKind('observation', value),
  'cas-register, failure ignored': casKind('nothing', value),
  'cas-register, mostly unique': casKind('observation', many),
  'key-value, ambiguous': keyValueKind(text, 1),
  'key-value, mostly unique': keyValueKind(uniqueText, 1),
  'key-value, append only': keyValueKind(uniqueText, 0),
  'append-list': kind({
    model: appendList<number>(),
    input: fc.oneof(
      fc.record({ action: fc.constant('read' as const) }),
      fc.record({ action: fc.constant('append' as const), value: fc.integer({ min: 0, max: 5 }) }),
    ),
    answer: (state, input) => (input.action === 'read' ? state : input.value % 2 === 0 ? state.length : undefined),
    lie: fc.oneof(
      fc.constant(undefined),
      fc.integer({ min: 0, max: 2 }),
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
    ),
  }),
  counter: kind({
    model: counter(),
    input: fc.oneof(
      fc.record({ action: fc.constant('read' as const) }),
      fc.record({ action: fc.constant('add' as const), by: fc.constantFrom(1, 1, 2, -1) }),
    ),
    answer: (state, input) => (input.action === 'read' ? state : input.by === 2 ? state + 2 : undefined),
    lie: fc.oneof(fc.constant(undefined), fc.integer({ min: -1, max: 4 })),
  }),
  set: kind({
    model: set<number>(),
    input: fc.oneof(
      fc.record({ action: fc.constant('read' as const) }),
      fc.record({
        action: fc.constantFrom('add' as const, 'add' as const, 'remove' as const, 'contains' as const),
        value,
      }),
    ),
    answer: (state, input) =>
      input.action === 'read' ? state : input.action === 'contains' ? state.includes(input.value) : undefined,
    lie: fc.oneof(fc.constant(undefined), fc.boolean(), fc.uniqueArray(value)),
  }),
  ...queueKinds,
  'multi-register': kind({
    model: multiRegister<number>({ initial: { x: 0, y: 0 } }),
    input: fc.record({
      action: fc.constant('transaction' as const),
      steps: fc.array(
        fc.oneof(
          fc.record({ action: fc.constant('read' as const), key: fc.constantFrom('x', 'y') }),
          fc.record({ action: fc.constant('write' as const), key: fc.constantFrom('x', 'y'), value }),
        ),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    answer(state, { steps }) {
      const now = { ...state };
      return steps.map((step) => {
        if (step.action === 'read') return now[step.key];
        now[step.key] = step.value;
        return undefined;
      });
    },
    lie: fc.array(fc.option(value, { nil: undefined }), { minLength: 2, maxLength: 2 }),
  }),
  // A cell that may or may not keep what is written to it.
  nondeterministic: kind({
    model: nondeterministic<number, { action: 'read' } | { action: 'write'; value: number }, number>({
      name: 'forgetful',
      init: [0],
      step: (state, input, output) =>
        input.action === 'write' ? [state, input.value] : output === undefined || output === state ? [state] : [],
    }),
    input: fc.oneof(
      fc.record({ action: fc.constant('read' as const) }),
      fc.record({ action: fc.constant('write' as const), value }),
    ),
    answer: (states, input) => (input.action === 'read' ? states[0] : undefined),
    lie: fc.constantFrom<(number | undefined)[]>(0, 1, 2, undefined),
  }),
};
