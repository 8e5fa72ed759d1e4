/** The readers of foreign histories: what they make of a good file, and how they name what is wrong in a bad one. */
import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../core/errors.ts';
import { detectFormat, type ForeignFormat, readers } from './detect.ts';

function errorOf(work: () => unknown): HarnessError {
  try {
    work();
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const jepsen = `INFO  jepsen.core - Worker 0 starting
INFO  jepsen.util - 0\t:invoke\t:read\tnil
INFO  jepsen.util - 1  :invoke  :write  3
INFO  jepsen.util - 0\t:ok\t:read\tnil
INFO  jepsen.util - :nemesis\t:info\t:start\tnil
INFO  jepsen.util - 1\t:info\t:write\t:timed-out
INFO  jepsen.util - 2\t:invoke\t:cas\t[3 4]
INFO  jepsen.util - 2\t:fail\t:cas\t[3 4]
INFO  jepsen.util - 3\t:invoke\t:read\tnil
INFO  jepsen.util - 3\t:fail\t:read\t:timed-out
`;

describe('a Jepsen log', () => {
  it('is read with tabs and with spaces, other loggers and the nemesis passed over', () => {
    const { operations } = readers['jepsen-log'](jepsen, 'a.log');
    expect(operations).toEqual([
      {
        index: 0,
        process: 0,
        node: '?',
        action: 'read',
        input: null,
        calledAt: 0,
        returnedAt: 2,
        completion: { type: 'ok', output: null },
      },
      {
        index: 1,
        process: 1,
        node: '?',
        action: 'write',
        input: 3,
        calledAt: 1,
        returnedAt: 3,
        completion: { type: 'info', error: 'timed-out' },
      },
      {
        index: 2,
        process: 2,
        node: '?',
        action: 'cas',
        input: [3, 4],
        calledAt: 4,
        returnedAt: 5,
        completion: { type: 'fail', error: ':fail in the log' },
      },
      {
        index: 3,
        process: 3,
        node: '?',
        action: 'read',
        input: null,
        calledAt: 6,
        returnedAt: 7,
        completion: { type: 'fail', error: 'timed-out' },
      },
    ]);
  });

  it('an operation that the log does not end is open', () => {
    const [operation] = readers['jepsen-log']('INFO  jepsen.util - 0 :invoke :write 1', 'a.log').operations;
    expect(operation).not.toHaveProperty('returnedAt');
    expect(operation?.completion.type).toBe('info');
  });
});

describe('a key-value trace', () => {
  it('has keys, and strings with escapes', () => {
    const text = String.raw`{:process 1, :type :invoke, :f :append, :key "a", :value "x \"1\" y"}
{:process 1, :type :ok, :f :append, :key "a", :value "x \"1\" y"}
{:process 2, :type :invoke, :f :get, :key "a", :value nil}
{:process 2, :type :ok, :f :get, :key "a", :value ""}`;
    expect(readers['kv-log'](text, 'a.txt').operations).toMatchObject([
      { action: 'append', key: 'a', input: 'x "1" y' },
      { action: 'get', key: 'a', input: null, completion: { type: 'ok', output: '' } },
    ]);
  });
});

const ednMaps = `{:process 0, :type :invoke, :f :cas, :value [1 nil], :time 5}
; a comment with { a bracket
#jepsen.history.Op{:process :nemesis, :type :info, :f :kill, :value #{"n1"}}
{:process 0, :type :ok, :f :cas,
 :value [1 nil]}
{:process 1, :type :invoke, :f :txn, :value [[:read :x nil] [:write "a]b" \\c]]}
{:process 1, :type :fail, :f :txn, :value nil, :error [:conflict "x"]}`;

describe('EDN', () => {
  it.each([
    ['maps one after the other', ednMaps],
    ['one vector of maps', `; a history\n[${ednMaps}]\n`],
    ['a list of maps', `(${ednMaps})`],
  ])('%s', (_, text) => {
    expect(readers.edn(text, 'a.edn').operations).toMatchObject([
      { process: 0, action: 'cas', input: [1, null], completion: { type: 'ok', output: [1, null] } },
      {
        process: 1,
        action: 'txn',
        input: [
          ['read', 'x', null],
          ['write', 'a]b', 'c'],
        ],
        completion: { type: 'fail', error: '["conflict","x"]' },
      },
    ]);
  });
});

describe('what is wrong is named with its file and line', () => {
  it.each<[ForeignFormat, string, string, string]>([
    [
      'jepsen-log',
      'a value of the wrong kind',
      'INFO  jepsen.util - 0 :invoke :write x',
      'h:1: expected an integer or `nil`, found "x".',
    ],
    ['jepsen-log', 'half a pair', 'INFO  jepsen.util - 0 :invoke :cas [1]', 'h:1: expected `[from to]`, found "[1]".'],
    ['jepsen-log', 'an unknown action', 'INFO  jepsen.util - 0 :invoke :pop nil', 'h:1: expected `<process> :invoke'],
    ['jepsen-log', 'no operation', 'hello', 'h:1: expected at least one line'],
    [
      'jepsen-log',
      'a return without a call',
      '\nINFO  jepsen.util - 0 :ok :write 1',
      'h:2: expected a call of process 0 before its ok.',
    ],
    [
      'jepsen-log',
      'a call within a call',
      'INFO  jepsen.util - 0 :invoke :write 1\nINFO  jepsen.util - 0 :invoke :write 2',
      'h:2: expected a return of process 0, whose call on line 1 is still open.',
    ],
    [
      'jepsen-log',
      'the return of something else',
      'INFO  jepsen.util - 0 :invoke :write 1\nINFO  jepsen.util - 0 :ok :read 2',
      'h:2: expected the ok of write, which process 0 called on line 1.',
    ],
    ['kv-log', 'a line of another shape', '{:process 0, :type :invoke}', 'h:1: expected `{:process 0'],
    [
      'kv-log',
      'a get without its answer',
      '{:process 0, :type :ok, :f :get, :key "a", :value nil}',
      'h:1: expected a string as the value of this get',
    ],
    [
      'edn',
      'a file that is cut off',
      '[{:process 0, :type :invoke, :f :read}\n {:process 0, :type :ok',
      'h:2: expected `}` for the `{` of this line',
    ],
    ['edn', 'a string that is cut off', '\n{:process 0, :f "re', 'h:2: expected a `"` that ends the string'],
    ['edn', 'the wrong bracket', '[{:process 0, :value [1 2}]', 'h:1: expected `]` for the `[` of line 1, found "}".'],
    [
      'edn',
      'something after the end',
      '[{:process 0, :type :invoke, :f :read}]\n[1]',
      'h:2: expected nothing after the vector',
    ],
    ['edn', 'a bracket too many', '{:process 0, :type :invoke, :f :read}]', 'h:1: expected no bracket is open'],
    [
      'edn',
      'a word between the maps',
      '[{:process 0, :type :invoke, :f :read}\n nil]',
      'h:2: expected a map `{:process …}`, found "nil]".',
    ],
    [
      'edn',
      'no process in one of them',
      '{:process 0, :type :invoke, :f :read}\n{:type :ok, :f :read}',
      'h:2: expected a :process in the operation',
    ],
    ['edn', 'an unknown type', '{:process 0, :type :begin, :f :read}', 'h:1: expected a :type of'],
    ['edn', 'no action', '{:process 0, :type :invoke}', 'h:1: expected an :f'],
    ['edn', 'nothing', '; only a comment', 'h:1: expected at least one operation'],
  ])('%s: %s', (format, _, text, message) => {
    const error = errorOf(() => readers[format](text, 'h'));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(message);
    expect(error.hint.length).toBeGreaterThan(10);
  });
});

describe('the format is found from the content', () => {
  it.each([
    ['jepsen-log', jepsen],
    ['kv-log', '{:process 9, :type :invoke, :f :append, :key "0", :value "x 9 0 y"}'],
    ['edn', ednMaps],
    ['edn', `; comment\n\n[${ednMaps}]`],
    ['pitchpole', '{"t":"header","pitchpole":1,"target":"lock"}\n{"t":"end"}'],
  ])('%s', (format, text) => {
    expect(detectFormat(text, 'x')).toBe(format);
  });

  it.each(['', 'hello', '{"a": 1}', '{:a 1}', '[1, 2]'])('%j is none', (text) => {
    const error = errorOf(() => detectFormat(text, 'x.txt'));
    expect(error.code).toBe('bad-input');
    expect(error.message).toMatch(/^x\.txt:\d+: expected a history, found/);
  });
});
