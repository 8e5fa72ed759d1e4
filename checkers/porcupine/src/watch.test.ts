// The watcher against the checker of whole histories, event by event: it must speak up at the first event at which the history so
// far is not linearizable, and not before; and it must not remember more than it needs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOperations } from './check.ts';
import { register } from './models/register.ts';
import { histories, type Kind } from './testing/histories.ts';
import { kinds } from './testing/kinds.ts';
import type { Model, Operation } from './types.ts';
import { verifyCore } from './verify-core.ts';
import { type Watcher, watch } from './watch.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 800) / 25;
/** What was lost in a queue can be in it in any order: rather no verdict than a slow test. */
const budget = { configurations: 10_000 };
const limits = { window: 50, configurations: 2_000 };

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  agrees(kind as Kind<unknown, unknown, unknown>);
});

function agrees<S, I, O>(kind: Kind<S, I, O>): void {
  const { model } = kind;
  it('is convicted at the very event at which the history so far is not linearizable', () => {
    const verdicts = { valid: 0, invalid: 0, unknown: 0 };
    fc.assert(
      fc.property(histories(kind, 11), fc.infiniteStream(fc.nat(9)), (operations, dice) => {
        const events = eventsOf(operations, () => dice.next().value as number);
        const watcher = watch(model, limits);
        let spoken: number | undefined;
        events.forEach((event, i) => {
          if (tell(watcher, operations, event) && spoken === undefined) spoken = i + 1;
        });
        const result = watcher.conclude();
        verdicts[result.verdict]++;
        const whole = checkOperations(model, soFar(operations, events), { budget });
        if (whole.verdict === 'unknown' || result.verdict === 'unknown') return;
        expect(result.verdict).toBe(whole.verdict);
        if (result.verdict !== 'invalid') return;
        expect(result.events).toBe(spoken);
        const before = checkOperations(model, soFar(operations, events.slice(0, (spoken as number) - 1)), { budget });
        expect(before.verdict).toBe('valid');
        const prefix = soFar(operations, events.slice(0, spoken));
        expect(checkOperations(model, prefix, { budget }).verdict).toBe('invalid');
        const { input, return: end } = prefix[result.stuck] as Operation<I, O>;
        expect(end).toBe((spoken as number) - 1);
        expect(model.partition?.(input)).toBe(result.partition);
        expect(result.states.length).toBeGreaterThan(0);
        if (result.evidence === undefined) throw new Error('no evidence, although all operations are kept');
        const { operations: own, indices, from, counterexample } = result.evidence;
        expect(own.map(({ input: its }) => its)).toEqual(indices.map((index) => prefix[index]?.input));
        expect(counterexample.core.length).toBeGreaterThan(0);
        if (own.length <= 8) expect(verifyCore({ ...model, init: from }, own, counterexample.core)).toBeUndefined();
      }),
      { numRuns: runs },
    );
    expect(verdicts.unknown).toBeLessThan(runs / 10);
    if (runs >= 200) expect(Math.min(verdicts.valid, verdicts.invalid)).toBeGreaterThan(0);
  });

  it('gives the verdict of the whole history where times are equal', () => {
    fc.assert(
      fc.property(histories(kind, 11), fc.boolean(), (operations, isReturnFirst) => {
        const order = isReturnFirst ? -1 : 1;
        const events = operations.flatMap(({ call, return: returned }, operation) => [
          { type: 'call' as const, operation, time: call },
          ...(returned === undefined ? [] : [{ type: 'return' as const, operation, time: returned }]),
        ]);
        // An operation that returned when it was called is called first all the same.
        const rank = ({ type, operation }: Told): number =>
          operations[operation]?.call === operations[operation]?.return ? 0 : type === 'call' ? order : 0;
        events.sort((a, b) => a.time - b.time || rank(a) - rank(b) || a.operation - b.operation);
        const watcher = watch(model, limits);
        for (const event of events) tell(watcher, operations, event, event.time);
        const whole = checkOperations(model, operations, { budget });
        const { verdict } = watcher.conclude();
        if (whole.verdict !== 'unknown' && verdict !== 'unknown') expect(verdict).toBe(whole.verdict);
      }),
      { numRuns: runs },
    );
  });
}

interface Told {
  readonly type: 'call' | 'return' | 'lose';
  /** Its number; also the name of the process, so that every operation has its own. */
  readonly operation: number;
}

/** Some lost operations are said to be lost, some merely never return. */
function eventsOf<I, O>(operations: readonly Operation<I, O>[], die: () => number): Told[] {
  const timed = operations.flatMap(({ call, return: returned }, operation) => {
    const lost = die();
    const end = returned ?? (lost < 5 ? call + lost : undefined);
    const type = returned === undefined ? ('lose' as const) : ('return' as const);
    return [
      { type: 'call' as const, operation, time: call },
      ...(end === undefined ? [] : [{ type, operation, time: end }]),
    ];
  });
  return timed.sort((a, b) => a.time - b.time || Number(b.type === 'call') - Number(a.type === 'call'));
}

function tell<S, I, O>(
  watcher: Watcher<S, I, O>,
  operations: readonly Operation<I, O>[],
  { type, operation }: Told,
  time?: number,
) {
  const { input, output } = operations[operation] as Operation<I, O>;
  if (type === 'call') return watcher.call(operation, input, time);
  if (type === 'lose') return watcher.lose(operation, time);
  return watcher.return(operation, output, time);
}

/** What is known after some events; positions are times. In the order of calls, as the watcher numbers them. */
function soFar<I, O>(operations: readonly Operation<I, O>[], events: readonly Told[]): Operation<I, O>[] {
  const ends = new Map(events.flatMap(({ type, operation }, at) => (type === 'return' ? [[operation, at]] : [])));
  return events.flatMap(({ type, operation }, call) => {
    if (type !== 'call') return [];
    const { process, input, output } = operations[operation] as Operation<I, O>;
    const end = ends.get(operation);
    return end === undefined ? [{ process, input, call }] : [{ process, input, output, call, return: end }];
  });
}

describe('memory', () => {
  const model = register<number>({ initial: 0 });
  const many = process.env.PORCUPINE_RUNS ? 1_000_000 : 20_000;

  it.each([1, 4])(
    'stays bounded over a long history of %i clients',
    (clients) => {
      const watcher = watch(model, { window: 100 });
      const most = { configurations: 0, returns: 0, operations: 0, states: 0, classes: 0 };
      let value = 0;
      const open: { seen: number | undefined; process: number }[] = [];
      for (let i = 0; i < many; i++) {
        // A register whose operations take effect at their calls.
        if (open.length === clients) {
          const { process, seen } = open.shift() as { seen: number | undefined; process: number };
          if (watcher.return(process, seen) !== undefined) throw new Error(`convicted at ${i}`);
        }
        const isWrite = i % 3 === 0;
        if (isWrite) value = i;
        watcher.call(i % clients, isWrite ? { action: 'write', value: i } : { action: 'read' });
        open.push({ process: i % clients, seen: isWrite ? undefined : value });
        if (i % 1000 === 999) {
          const size = watcher.size();
          for (const name of Object.keys(most) as (keyof typeof most)[]) most[name] = Math.max(most[name], size[name]);
        }
      }
      expect(watcher.conclude()).toMatchObject({ verdict: 'valid' });
      expect(most.configurations).toBeLessThan(100);
      expect(most.returns).toBeLessThan(20);
      expect(most.operations).toBeLessThanOrEqual(101 + clients);
      expect(most.states + most.classes).toBeLessThan(3000);
    },
    300_000,
  );
});

describe('watch', () => {
  const model = register<number>({ initial: 0 });
  const write = (value: number) => ({ action: 'write' as const, value });
  const read = { action: 'read' as const };

  it('says what it knows when the beginning is long forgotten', () => {
    const watcher = watch(model, { window: 4 });
    for (let i = 1; i <= 100; i++) {
      watcher.call('a', write(i));
      watcher.return('a');
    }
    watcher.call('b', read);
    const conviction = watcher.return('b', 7);
    expect(conviction).toMatchObject({ verdict: 'invalid', stuck: 100, events: 202, states: [100] });
    expect(conviction?.message).toBe('read() → 7 by process b cannot be explained: the state before could be 100');
    expect(conviction?.evidence?.operations.length).toBeLessThanOrEqual(4);
    expect(conviction?.evidence?.counterexample.core.length).toBe(1);
    expect(watcher.call('c', read)).toBe(conviction);
    expect(watcher.conclude()).toBe(conviction);
  });

  it('a lost write may be read much later, once', () => {
    const watcher = watch(model);
    watcher.call('a', write(1));
    watcher.lose('a');
    for (const seen of [0, 0, 1, 1]) {
      watcher.call('b', read);
      expect(watcher.return('b', seen)).toBeUndefined();
    }
    watcher.call('b', write(2));
    watcher.return('b');
    watcher.call('b', read);
    expect(watcher.return('b', 1)?.verdict).toBe('invalid');
  });

  it('a second call of a process means that the first was lost', () => {
    const watcher = watch(model);
    watcher.call('a', write(1));
    watcher.call('a', read);
    expect(watcher.return('a', 1)).toBeUndefined();
    expect(watcher.conclude().verdict).toBe('valid');
  });

  it('gives up only the partition that is too much, and says so', () => {
    const keyed: Model<readonly number[], { key: string; add?: number }, number> = {
      name: 'bags',
      init: [],
      partition: ({ key }) => key,
      step: (state, { add }, size) =>
        add === undefined ? (size === state.length ? state : undefined) : [...state, add],
    };
    const watcher = watch(keyed, { configurations: 100 });
    for (let i = 0; i < 9; i++) watcher.call(i, { key: 'wide', add: i });
    for (let i = 0; i < 9; i++) watcher.return(i);
    expect(watcher.conclude()).toMatchObject({
      verdict: 'unknown',
      reason: 'more than 100 configurations at one return, in 1 of 1 partitions',
    });
    watcher.call('a', { key: 'small' });
    expect(watcher.return('a', 0)).toBeUndefined();
    expect(watcher.conclude().verdict).toBe('unknown');
    watcher.call('a', { key: 'small' });
    expect(watcher.return('a', 1)).toMatchObject({ verdict: 'invalid', partition: 'small' });
    expect(watcher.conclude().verdict).toBe('invalid');
  });

  it('refuses what cannot have happened', () => {
    const watcher = watch(model);
    expect(() => watcher.return('a')).toThrow('event 1: process a returns without a call');
    expect(() => watcher.lose('a')).toThrow('event 2: process a is lost without a call');
    watcher.call('b', read, 10);
    expect(() => watcher.return('b', 0, 9)).toThrow('its time is 9, after one of 10');
  });
});
