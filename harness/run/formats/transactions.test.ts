/** Collections of transactions: elle-cli's JSON, Plume, AWDIT and dbcop. The examples are theirs, or of their documentation. */
import { describe, expect, it } from 'vitest';
import type { Json, Operation } from '../../core/types.ts';
import { isDbcopBinary, readDbcopBinary } from './dbcop-binary.ts';
import { detectFormat, readForeign } from './detect.ts';
import type { ParsedHistory } from './pairing.ts';
import { bincode } from './testing/bincode.ts';

const read = (text: string): ParsedHistory => readForeign({ kind: 'text', text }, detectFormat(text, 'x'), 'x');

/** `[process, what was told]` of each, in order. */
const told = ({ operations }: ParsedHistory): [number, Json | 'fail' | 'info'][] =>
  operations.map(({ process, completion }: Operation) => [
    process,
    completion.type === 'ok' ? completion.output : completion.type,
  ]);

describe("elle-cli's JSON", () => {
  const ops = [
    {
      index: 0,
      process: 0,
      type: 'invoke',
      value: [
        ['append', 1, 1],
        ['r', 2, null],
      ],
    },
    { index: 1, process: 'nemesis', type: 'info', f: 'start' },
    {
      index: 2,
      process: 0,
      type: 'ok',
      value: [
        ['append', 1, 1],
        ['r', 2, []],
      ],
    },
  ];
  it.each([
    ['an array', JSON.stringify(ops)],
    ['an array over many lines', JSON.stringify(ops, null, 1)],
    ['one map a line', ops.map((op) => JSON.stringify(op)).join('\n')],
  ])('%s; an operation without :f whose value is a list of steps is a transaction', (_, text) => {
    expect(detectFormat(text, 'x')).toBe('json');
    expect(read(text).operations).toMatchObject([
      {
        action: 'txn',
        completion: {
          output: [
            ['append', 1, 1],
            ['r', 2, []],
          ],
        },
      },
    ]);
  });

  it('a number that would be rounded stays exact, as text', () => {
    const line = (type: string) => `{"process":0,"type":"${type}","f":"write","value":[9007199254740993, 1, -1e400]}`;
    const [operation] = read(`[${line('invoke')},\n${line('ok')}]`).operations;
    expect(operation?.input).toEqual(['9007199254740993', 1, '-1e400']);
  });

  it.each([
    [
      '[{"process":0,"type":"invoke","f":"read"},\n{"process":0,"type":"ok","f":"read"},\n{"process":0,"type":"ok","f":"read"}]',
      'x:3: expected a call of process 0 before its ok.',
    ],
    ['[{"process":0,"type":"invoke","f":"read"},\n{"process":0,', 'x:2: expected JSON'],
    ['[{"process":0,"type":"invoke","f":"read"}]\n]', 'x:2: expected JSON'],
    ['{"process":0,"type":"invoke","f":"read"}\n{"process":0,]', 'x:2: expected JSON'],
    ['[{"process":"7","type":"invoke","f":"read"}]', 'x:1: expected a whole number as the :process of a client'],
    ['[{"process":0.5,"type":"invoke","f":"read"}]', 'x:1: expected a whole number as :process'],
    ['[{"process":0,"type":"invoke","f":"read"},\n7]', 'x:2: expected a map'],
    [`[{"process":0,"type":"invoke","f":"read","value":\n${'['.repeat(100_000)}`, 'x:2: expected at most 200 brackets'],
  ])('%.60j is refused by line', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('independent keys', () => {
  const line = (type: string, value: string, more = '') =>
    `{:process 0, :type :${type}, :f :cas, :value ${value}${more}}\n`;
  it.each([
    [
      'are tagged',
      line('invoke', '#jepsen.independent/tuple ["k" [1 2]]') + line('ok', '#jepsen.independent/tuple ["k" [1 2]]'),
      false,
    ],
    [
      'are said of each operation',
      line('invoke', '["k" [1 2]]', ', :independent true') + line('ok', '["k" [1 2]]', ', :independent true'),
      false,
    ],
    ['are told by whoever asks', line('invoke', '["k" [1 2]]') + line('ok', '["k" [1 2]]'), true],
  ])('%s', (_, text, independent) => {
    expect(readForeign({ kind: 'text', text }, 'edn', 'x', { independent }).operations).toMatchObject([
      { key: 'k', input: [1, 2], completion: { output: [1, 2] } },
    ]);
  });

  it('a plain pair is a value', () => {
    const [operation] = read(line('invoke', '[1 2]')).operations;
    expect(operation).toMatchObject({ input: [1, 2] });
    expect(operation).not.toHaveProperty('key');
  });

  it('the keys 1 and "1" stay two', () => {
    const text = line('invoke', '[1 2]') + line('ok', '[1 2]') + line('invoke', '["1" 2]');
    const { operations } = readForeign({ kind: 'text', text }, 'edn', 'x', { independent: true });
    expect(new Set(operations.map(({ key }) => key)).size).toBe(2);
  });

  it('whoever asks for keys where there are none is told the line', () => {
    expect(() => readForeign({ kind: 'text', text: line('invoke', '7') }, 'edn', 'x', { independent: true })).toThrow(
      'x:1: expected `[key value]` as the :value',
    );
  });
});

it('a history in which nobody has a process holds nothing, and says so', () => {
  const { operations, note } = read(
    '{:index 0 :type :invoke :value [[:r 1 nil]]}\n{:index 1 :type :ok :value [[:r 1 []]]}',
  );
  expect(operations).toEqual([]);
  expect(note).toContain(':process');
  expect(() => read('{:process 0 :type :invoke :f :read}\n{:type :ok :f :read}')).toThrow('x:2: expected a :process');
});

describe('Plume', () => {
  it('a session in order, aborted writes, and a read of 0 which is the beginning unless somebody wrote a 0', () => {
    const history = read('w(1,5,10,100)\nr(2,0,10,100)\nr(1,5,11,101)\nw(3,0,11,-1)\nr(3,0,11,102)\nr(9,9,11,-1)\n');
    expect(told(history)).toEqual([
      [
        0,
        [
          ['w', 1, 5],
          ['r', 2, null],
        ],
      ],
      [1, [['r', 1, 5]]],
      [1, 'fail'],
      [1, [['r', 3, 0]]],
    ]);
    expect(history.timeless).toBe(true);
    expect(new Set(history.operations.flatMap(({ calledAt, returnedAt }) => [calledAt, returnedAt]))).toEqual(
      new Set([0]),
    );
  });

  it.each([
    ['w(1,5,10,100)\nw(1,6,10)', 'x:2: expected `r(key,value,session,transaction)`'],
    ['w(1,5,10,100)\n\nw(1,6,11,100)', 'x:3: expected session 10, where transaction 100 began'],
  ])('%j is refused by line', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe("AWDIT's format for tests", () => {
  it('is read: transactions between lines of -, sessions between lines of =', () => {
    const longFork = 'w 0 0\nw 1 0\n=====\nw 0 1\n-----\nr 0 1\nr 1 0\n=====\nw 1 1\n-----\nr 1 1\nr 0 0';
    expect(detectFormat(longFork, 'x')).toBe('awdit');
    expect(told(read(longFork))).toEqual([
      [
        0,
        [
          ['w', 0, 0],
          ['w', 1, 0],
        ],
      ],
      [1, [['w', 0, 1]]],
      [
        1,
        [
          ['r', 0, 1],
          ['r', 1, 0],
        ],
      ],
      [2, [['w', 1, 1]]],
      [
        2,
        [
          ['r', 1, 1],
          ['r', 0, 0],
        ],
      ],
    ]);
    expect(() => read('w 0 0\nx 1 1')).toThrow('x:2: expected `r <key> <value>`');
  });
});

describe('dbcop', () => {
  const expected = [
    [
      0,
      [
        ['w', 0, 1],
        ['r', 1, null],
      ],
    ],
    [0, 'fail'],
    [1, [['r', 0, 1]]],
  ];
  const sessions = [
    [
      { events: [{ Write: { variable: 0, version: 1 } }, { Read: { variable: 1, version: null } }], committed: true },
      { events: [{ Write: { variable: 1, version: 2 } }], committed: false },
    ],
    [{ events: [{ Read: { variable: 0, version: 1 } }], committed: true }],
  ];
  const of2019 = [
    [
      {
        events: [
          { write: true, variable: 0, value: 1, success: true },
          { write: false, variable: 1, value: 0, success: true },
          { write: false, variable: 1, value: 7, success: false },
        ],
        success: true,
      },
      { events: [{ write: true, variable: 1, value: 2, success: false }], success: false },
    ],
    [{ events: [{ write: false, variable: 0, value: 1, success: true }], success: true }],
  ];
  const params = { id: 0, n_node: 2, n_variable: 2, n_transaction: 2, n_event: 2 };
  const date = '2025-01-01T00:00:00+00:00';
  const wrapped = (data: unknown) => JSON.stringify({ params, info: 'generated', start: date, end: date, data });

  it.each([
    ['sessions alone', JSON.stringify(sessions, null, 2)],
    ['with parameters', wrapped(sessions)],
    [
      'compact',
      wrapped([
        [
          {
            events: [
              ['w', 0, 1],
              ['r', 1, null],
            ],
            committed: true,
          },
          { events: [['w', 1, 2]], committed: false },
        ],
        [{ events: [['r', 0, 1]], committed: true }],
      ]),
    ],
    ['of 2019', wrapped(of2019)],
  ])('JSON, %s', (_, text) => {
    expect(detectFormat(text, 'x')).toBe('dbcop-json');
    expect(told(read(text))).toEqual(expected);
  });

  it('text', () => {
    const text = '// session 1\n[x:=1 y==?]\n[y:=2]!\n---\n// session 2\n[x==1]\n';
    expect(detectFormat(text, 'x')).toBe('dbcop-text');
    expect(told(read(text))).toEqual([
      [
        0,
        [
          ['w', 'x', 1],
          ['r', 'y', null],
        ],
      ],
      [0, 'fail'],
      [1, [['r', 'x', 1]]],
    ]);
    expect(() => read('[x:=1]\n[x:=1 y]')).toThrow('x:2: expected `x:=1`, `x==1` or `x==?`');
    expect(() => read('[x:=1]\n[x:=1')).toThrow('x:2: expected transactions');
  });

  it('bincode', () => {
    const bytes = bincode(of2019);
    expect(isDbcopBinary(bytes)).toBe(true);
    expect(told(readDbcopBinary(bytes, 'x'))).toEqual(expected);
  });

  it('bincode that is cut off anywhere, or goes on, is refused', () => {
    const bytes = bincode(of2019);
    for (let size = 0; size < bytes.byteLength; size++) {
      expect(() => readDbcopBinary(bytes.subarray(0, size), 'x')).toThrow(/at byte \d+: expected/);
    }
    expect(() => readDbcopBinary(new Uint8Array([...bytes, 0]), 'x')).toThrow('expected nothing after the history');
  });

  it('a write that failed in a transaction that was committed is an aborted one', () => {
    const events = [
      { write: true, variable: 0, value: 1, success: false },
      { write: true, variable: 1, value: 1, success: true },
    ];
    const history = read(wrapped([[{ events, success: true }]]));
    expect(told(history)).toEqual([
      [0, [['w', 1, 1]]],
      [0, 'fail'],
    ]);
    expect(history.operations[1]?.input).toEqual([['w', 0, 1]]);
  });

  it.each([
    ['[[{"events":[{"Write":{"variable":0}}],"committed":true}]]', 'x:1: expected a read or a write in session 0'],
    ['[[],\n[{"events":[]}]]', 'x:2: expected `committed` or `success` in session 1'],
    ['[[{"events":[],"committed":true}],\n7]', 'x:2: expected an array of transactions in session 1'],
  ])('%j is refused by line', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
