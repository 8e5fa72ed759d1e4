// Sequential consistency against its definition, tried by brute force, and against linearizability, which is stronger.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOperations } from '../check.ts';
import { canonicalKey } from '../key.ts';
import { type KeyValueInput, keyValue } from '../models/key-value.ts';
import { queue } from '../models/queue.ts';
import { type RegisterInput, register } from '../models/register.ts';
import { histories, type Kind } from '../testing/histories.ts';
import { kinds } from '../testing/kinds.ts';
import { decidableKinds } from '../testing/kinds-cells.ts';
import type { Model, Operation } from '../types.ts';
import { findLinearOrder } from './linear-order.ts';
import { checkSequential, verifySequential } from './sequential.ts';
import { poseSequential } from './sequential-search.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 50);
const model = register<number>({ initial: 0 });
type Cell = Operation<RegisterInput<number>, number>;
const write = (process: string, value: number, call: number, returned: number | undefined = call + 1): Cell => ({
  process,
  input: { action: 'write', value },
  call,
  return: returned,
});
const read = (process: string, output: number, call: number): Cell => ({
  process,
  input: { action: 'read' },
  output,
  call,
  return: call + 1,
});

describe('sequential consistency', () => {
  it('lets a process read what another has overwritten, but not forget what it saw', () => {
    const stale = [write('a', 1, 0), write('a', 2, 2), read('b', 1, 4)];
    expect(checkOperations(model, stale).verdict).toBe('invalid');
    expect(checkSequential(model, stale).verdict).toBe('valid');
    expect(checkSequential(model, [...stale, read('b', 2, 6)]).verdict).toBe('valid');
    expect(checkSequential(model, [...stale, read('b', 0, 6)]).verdict).toBe('invalid');
    expect(checkSequential(model, [write('a', 1, 0), read('a', 0, 2)]).verdict).toBe('invalid');
  });

  it('is not compositional: two registers that are each right may be wrong together', () => {
    const did = (process: string, input: KeyValueInput, call: number, output?: string) => ({
      process,
      input,
      output,
      call,
      return: call + 1,
    });
    const both = [
      did('a', { action: 'put', key: 'x', value: '1' }, 0),
      did('a', { action: 'get', key: 'y' }, 2, ''),
      did('b', { action: 'put', key: 'y', value: '1' }, 4),
      did('b', { action: 'get', key: 'x' }, 6, ''),
    ];
    for (const key of ['x', 'y']) {
      const its = both.filter(({ input }) => input.key === key);
      expect(checkSequential(keyValue(), its).verdict).toBe('valid');
    }
    const result = checkSequential(keyValue(), both);
    expect(result.verdict).toBe('invalid');
    if (result.verdict === 'invalid') {
      expect(result.counterexample.blocked.length).toBeGreaterThan(0);
      expect(result.counterexample.message).toMatch(/each of these must come before the next/);
      expect(result.counterexample.circle?.length).toBeGreaterThan(1);
    }
    const seen = both.map((one) => (one.input.action === 'get' && one.process === 'a' ? { ...one, output: '1' } : one));
    expect(checkSequential(keyValue(), seen).verdict).toBe('valid');
  });

  it('a lost write may be read at any time after what its process did before it, and never before', () => {
    const lost = [write('a', 1, 0), { ...write('a', 2, 2), return: undefined }];
    expect(checkSequential(model, [...lost, read('b', 2, -2), read('b', 1, 9)]).verdict).toBe('invalid');
    expect(checkSequential(model, [...lost, read('b', 1, -2), read('b', 2, 9)]).verdict).toBe('valid');
    // Twice lost, once read and then overwritten: nobody can read it again.
    expect(checkSequential(model, [...lost, read('b', 2, 3), write('b', 3, 5), read('b', 2, 7)]).verdict).toBe(
      'invalid',
    );
  });

  it('operations of one process that overlap have no order', () => {
    const two = [write('a', 1, 0, 10), write('a', 2, 1, 5)];
    expect(checkSequential(model, [...two, read('a', 1, 11)]).verdict).toBe('valid');
    expect(checkSequential(model, [...two, read('a', 2, 11)]).verdict).toBe('valid');
    expect(checkSequential(model, [...two, read('a', 0, 11)]).verdict).toBe('invalid');
    expect(checkSequential(model, [write('a', 1, 0, 10), write('a', 2, 11), read('a', 1, 13)]).verdict).toBe('invalid');
  });

  it('an exhausted budget is unknown', () => {
    const enqueues = Array.from({ length: 12 }, (_, i) => ({
      process: i,
      input: { action: 'enqueue' as const, value: i },
      call: 0,
      return: 1,
    }));
    const wrong = { process: 99, input: { action: 'dequeue' as const }, output: 77, call: 2, return: 3 };
    expect(checkSequential(queue<number>(), [...enqueues, wrong], { budget: { configurations: 500 } })).toMatchObject({
      verdict: 'unknown',
    });
  });

  it('evidence that does not hold is refused', () => {
    const operations = [write('a', 1, 0), write('a', 2, 2), read('b', 1, 4)];
    expect(verifySequential(model, operations, [0, 2, 1])).toBeUndefined();
    expect(verifySequential(model, operations, [1, 0, 2])).toMatch(/placed before it/);
    expect(verifySequential(model, operations, [0, 1, 2])).toMatch(/not possible/);
    expect(verifySequential(model, operations, [0, 1])).toMatch(/operation 2 returned but/);
    expect(verifySequential(model, operations, [0, 0, 2, 1])).toMatch(/twice/);
    expect(verifySequential(model, operations, [7])).toMatch(/no operation 7/);
  });
});

const { register: cell, 'cas-register, failure observed': casCell } = decidableKinds(8);
const all = { ...kinds, 'register, decidable': cell, 'cas-register, decidable': casCell };

describe.each(Object.entries(all))('%s', (_, kind) => {
  agree(kind as Kind<unknown, unknown, unknown>);
});

function agree<S, I, O>(kind: Kind<S, I, O>): void {
  it('agrees with the definition, and follows from linearizability', () => {
    const seen = { valid: 0, invalid: 0, unknown: 0 };
    fc.assert(
      fc.property(histories(kind, 7), (operations) => {
        const result = checkSequential(kind.model, operations);
        seen[result.verdict]++;
        const expected = isSequential(kind.model, operations);
        expect(result.verdict).toBe(expected ? 'valid' : 'invalid');
        // The search would hide a circle that is none, were it to find an order.
        if (expected) expect(poseSequential(kind.model, operations).circle).toBeUndefined();
        if (result.verdict === 'valid') {
          expect(verifySequential(kind.model, operations, result.order)).toBeUndefined();
        } else if (result.verdict === 'invalid') {
          expect(findLinearOrder(kind.model, operations, 100_000).order).toBe(false);
          const { order, blocked } = result.counterexample;
          const known = operations.map((one, i) => (order.includes(i) ? one : { ...one, return: undefined }));
          expect(verifySequential(kind.model, known, order)).toBeUndefined();
          expect(blocked.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs },
    );
    expect(seen.valid).toBeGreaterThan(runs / 20);
    expect(seen.invalid).toBeGreaterThan(0);
  });
}

/** By the definition: every order of the partial order, nothing remembered but what was done and the states. */
function isSequential<S, I, O>(its: Model<S, I, O>, operations: readonly Operation<I, O>[]): boolean {
  const seen = new Set<string>();
  const precedes = (a: number, b: number): boolean =>
    operations[a]?.process === operations[b]?.process &&
    (operations[a]?.return ?? Number.POSITIVE_INFINITY) < (operations[b]?.call as number);
  return go(new Set(operations.keys()), new Map());

  function go(left: ReadonlySet<number>, states: ReadonlyMap<string | undefined, S>): boolean {
    if ([...left].every((op) => operations[op]?.return === undefined)) return true;
    const key = `${[...left].join()}|${[...states].map(([k, s]) => `${k}=${canonicalKey(s)}`).sort()}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return [...left].some((op) => {
      if ([...left].some((other) => precedes(other, op))) return false;
      const { input, output, return: returned } = operations[op] as Operation<I, O>;
      const partition = its.partition?.(input);
      const state = states.has(partition) ? (states.get(partition) as S) : its.init;
      const after = its.step(state, input, returned === undefined ? undefined : output);
      if (after === undefined) return false;
      return go(new Set([...left].filter((other) => other !== op)), new Map([...states, [partition, after]]));
    });
  }
}
