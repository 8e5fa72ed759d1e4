/** A history written as EDN and read again is the same history, as far as EDN can carry it. */
import { parseEDNString } from 'edn-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Completion, History, Json, Operation } from '../../core/types.ts';
import { readEdn } from './edn.ts';
import { ednLinesOf } from './write-edn.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 1);

const header = {
  pitchpole: 1,
  target: 'x',
  world: 'sim',
  seed: 0,
  variant: {},
  nodes: [],
  concurrency: 1,
  workload: 'x',
  schedule: [],
} as const;

const historyOf = (operations: readonly Operation[], more: Partial<History> = {}): History => ({
  header,
  operations,
  faults: [],
  observations: [],
  events: [],
  messages: [],
  endedAt: 100,
  complete: true,
  ...more,
});

const written = (history: History): string => [...ednLinesOf(history)].join('\n');

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie('json'), { maxKeys: 3 }),
  ),
}));

/** What an output must be, so that Jepsen's way of writing it tells it from the input. */
const outputOf = (action: string, output: Json, input: Json): Json =>
  action === 'read' || action === 'txn' ? output : action === 'cas' ? input : (output ?? input);

/** Clients one after another, as the interpreter runs them; with ties, since the times are few. */
const history = fc
  .array(
    fc.record({
      process: fc.nat(3),
      action: fc.constantFrom('read', 'write', 'cas', 'txn', 'odd name'),
      key: fc.option(fc.constantFrom('a', '1', 'ü "'), { nil: undefined }),
      wait: fc.nat(2),
      takes: fc.nat(3),
      type: fc.constantFrom('ok', 'ok', 'fail', 'info', 'open'),
      input: json,
      output: json,
    }),
    { maxLength: 12 },
  )
  .map((asked) => {
    const free = new Map<number, { at: number; process: number }>();
    let fresh = 4;
    const operations = asked.map(
      ({ process: client, action, key, wait, takes, type, input: value, output }, id): Operation => {
        const input = [id, value]; // what is written at the same moment may be written in another order
        const { at, process } = free.get(client) ?? { at: 0, process: client };
        const calledAt = at + wait;
        const retired = type === 'info' || type === 'open';
        free.set(client, { at: calledAt + takes, process: retired ? fresh++ : process });
        const completion: Completion =
          type === 'ok'
            ? { type, output: outputOf(action, output, input) }
            : type === 'open'
              ? { type: 'info', error: 'still open when the run ended' }
              : { type, error: 'why "not"\n' };
        const returned = type === 'open' ? {} : { returnedAt: calledAt + takes };
        return {
          index: 0,
          process,
          node: '?',
          action,
          ...(key === undefined ? {} : { key }),
          input,
          calledAt,
          ...returned,
          completion,
        };
      },
    );
    return historyOf(
      operations.sort((a, b) => a.calledAt - b.calledAt).map((operation, index) => ({ ...operation, index })),
    );
  });

/** What is left of an operation when its times are positions. */
const carried = ({ action, key, input, completion, returnedAt }: Operation) => ({
  action,
  key,
  input,
  completion: returnedAt === undefined ? 'open' : completion,
});

const byId = (operations: readonly Operation[]): Operation[] =>
  operations.toSorted((a, b) => Number((a.input as Json[])[0]) - Number((b.input as Json[])[0]));

describe('read(write(history))', () => {
  it('has every operation, what came of it, and the same order in time: what was concurrent stays so', () => {
    fc.assert(
      fc.property(history, (original) => {
        fc.pre(original.operations.length > 0);
        const operations = byId(readEdn(written(original), 'x').operations);
        const originals = byId(original.operations);
        expect(operations.map(carried)).toEqual(originals.map(carried));
        const before = (a: Operation, b: Operation) => a.returnedAt !== undefined && a.returnedAt < b.calledAt;
        for (const [i, a] of operations.entries()) {
          for (const [j, b] of operations.entries()) {
            const [x, y] = [originals[i], originals[j]] as [Operation, Operation];
            if (before(x, y)) expect(before(a, b)).toBe(true);
            else if (before(a, b)) expect([x.process, x.returnedAt]).toEqual([y.process, y.calledAt]);
          }
        }
      }),
      { numRuns: 200 * runs },
    );
  });

  it('keeps the processes where no two things happen at once', () => {
    const one = { node: 'n1', action: 'write', input: 1, completion: { type: 'ok', output: null } } as const;
    const text = written(
      historyOf([
        { ...one, index: 0, process: 0, calledAt: 1, returnedAt: 3 },
        { ...one, index: 1, process: 5, calledAt: 2, returnedAt: 4 },
        { ...one, index: 2, process: 0, calledAt: 3, returnedAt: 9 },
      ]),
    );
    expect(readEdn(text, 'x').operations.map(({ process }) => process)).toEqual([0, 5, 0]);
  });
});

describe('what is written', () => {
  const transaction: Operation = {
    index: 0,
    process: 3,
    node: 'n2',
    action: 'txn',
    input: [
      ['append', 'x', 1],
      ['r', 'x', null],
    ],
    calledAt: 5,
    returnedAt: 9,
    completion: {
      type: 'ok',
      output: [
        ['append', 'x', 1],
        ['r', 'x', [1]],
      ],
    },
  };
  const fault = { id: 0, options: {}, nodes: ['n1'], struck: [], healed: [] };
  const text = written(
    historyOf([transaction], {
      faults: [
        { ...fault, nemesis: 'partition', what: '{n1} | {n2}', from: 5, until: 11 },
        { ...fault, id: 1, nemesis: 'kill', what: 'n1', from: 6, skipped: 'nobody to aim at' },
      ],
    }),
  );

  it("is what Jepsen's readers expect: keywords, the argument in the ok of a write, the nemesis as :info", () => {
    expect(text.split('\n')).toEqual([
      '{:index 0, :time 5, :type :info, :process :nemesis, :f :start-partition, :value "{n1} | {n2}"}',
      '{:index 1, :time 5, :type :invoke, :process 3, :f :txn, :value [[:append "x" 1] [:r "x" nil]], :node "n2"}',
      '{:index 2, :time 9, :type :ok, :process 3, :f :txn, :value [[:append "x" 1] [:r "x" [1]]], :node "n2"}',
      '{:index 3, :time 11, :type :info, :process :nemesis, :f :stop-partition, :value "{n1} | {n2}"}',
    ]);
    const write = { ...transaction, action: 'write', input: 7, completion: { type: 'ok', output: null } } as const;
    expect(written(historyOf([write]))).toContain(':type :ok, :process 3, :f :write, :value 7');
    for (const line of text.split('\n')) expect(() => parseEDNString(line)).not.toThrow();
  });

  it('a history of sessions without times is refused, for EDN would invent them', () => {
    expect(() => written(historyOf([], { header: { ...header, facts: { timeless: true } } }))).toThrow('no times');
  });
});
