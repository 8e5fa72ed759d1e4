/**
 * A small good history in each format and of each kind, as bytes: what the fuzz mutates, and what the tests of `judge` read.
 * The histories mean the same where their formats allow it, so that halves of two can be spliced.
 */
import { gzipSync } from 'node:zlib';
import { bincode } from './bincode.ts';

export interface Specimen {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function specimens(): Specimen[] {
  const texts = Object.entries(sources).map(([name, text]) => ({ name, bytes: new TextEncoder().encode(text) }));
  const binary = { name: 'dbcop-binary', bytes: bincode(dbcopSessions) };
  return [...texts, binary, { name: 'edn.gz', bytes: gzipSync(sources['edn-register'], { level: 9 }) }];
}

const op = (process: number | string, type: string, f: string, value: unknown) => ({ process, type, f, value });

const register = [
  op(0, 'invoke', 'write', 1),
  op(1, 'invoke', 'read', null),
  op(0, 'ok', 'write', 1),
  op('nemesis', 'info', 'start', '{n1} | {n2 "n3"}'),
  op(1, 'ok', 'read', 1),
  op(2, 'invoke', 'cas', [1, 2]),
  op(2, 'info', 'cas', [1, 2]),
  op(1, 'invoke', 'read', null),
  op(1, 'ok', 'read', 2),
  op(3, 'invoke', 'cas', [7, 8]),
  op(3, 'fail', 'cas', [7, 8]),
];
const appends = [
  op(0, 'invoke', 'txn', [
    ['append', 'x', 1],
    ['r', 'y', null],
  ]),
  op(1, 'invoke', 'txn', [
    ['append', 'y', 1],
    ['r', 'x', null],
  ]),
  op(0, 'ok', 'txn', [
    ['append', 'x', 1],
    ['r', 'y', []],
  ]),
  op(1, 'ok', 'txn', [
    ['append', 'y', 1],
    ['r', 'x', [1]],
  ]),
  op(2, 'invoke', 'txn', [
    ['r', 'x', null],
    ['append', 'x', 2],
  ]),
  op(2, 'info', 'txn', [
    ['r', 'x', null],
    ['append', 'x', 2],
  ]),
  op(0, 'invoke', 'txn', [['r', 'x', null]]),
  op(0, 'ok', 'txn', [['r', 'x', [1, 2]]]),
];
const registers = [
  op(0, 'invoke', 'txn', [
    ['w', 1, 5],
    ['r', 2, null],
  ]),
  op(0, 'ok', 'txn', [
    ['w', 1, 5],
    ['r', 2, null],
  ]),
  op(1, 'invoke', 'txn', [
    ['r', 1, null],
    ['w', 2, 3],
  ]),
  op(1, 'ok', 'txn', [
    ['r', 1, 5],
    ['w', 2, 3],
  ]),
];
const several = [
  op(0, 'invoke', 'txn', [
    ['write', 'x', 4],
    ['read', 'y', null],
  ]),
  op(1, 'invoke', 'txn', [['read', 'x', null]]),
  op(0, 'ok', 'txn', [
    ['write', 'x', 4],
    ['read', 'y', 0],
  ]),
  op(1, 'ok', 'txn', [['read', 'x', 4]]),
];
const lock = [
  op(0, 'invoke', 'acquire', null),
  op(0, 'ok', 'acquire', null),
  op(1, 'invoke', 'acquire', null),
  op(0, 'invoke', 'release', null),
  op(0, 'ok', 'release', null),
  op(1, 'ok', 'acquire', null),
];
const queue = [
  op(0, 'invoke', 'enqueue', 'a'),
  op(0, 'ok', 'enqueue', 'a'),
  op(1, 'invoke', 'dequeue', null),
  op(1, 'ok', 'dequeue', 'a'),
];
type Op = ReturnType<typeof op>;

/** A word of a history that Jepsen writes as a keyword. */
const words = ['append', 'r', 'w', 'read', 'write'];

function edn(value: unknown): string {
  if (value === null) return 'nil';
  if (!Array.isArray(value)) return JSON.stringify(value);
  const [first, ...rest] = value as unknown[];
  const isStep = typeof first === 'string' && words.includes(first);
  return `[${[isStep ? `:${first}` : edn(first), ...rest.map(edn)].slice(0, value.length).join(' ')}]`;
}

const lineOf = ({ process, type, f, value }: Op, index: number): string =>
  `{:index ${index}, :process ${typeof process === 'number' ? process : ':nemesis'}, :type :${type}, :f :${f}, :value ${edn(value)}}`;

const ednOf = (ops: readonly Op[]): string => `${ops.map(lineOf).join('\n')}\n`;
const ednVectorOf = (ops: readonly Op[]): string =>
  `; a history\n[${ops.map((one, at) => `#jepsen.history.Op${lineOf(one, at)}`).join('\n ')}]\n`;
const jsonOf = (ops: readonly Op[]): string => `[${ops.map((one) => JSON.stringify(one)).join(',\n')}]\n`;

const dbcopSessions = [
  [
    {
      events: [
        { write: true, variable: 0, value: 1, success: true },
        { write: false, variable: 1, value: 0, success: true },
      ],
      success: true,
    },
    { events: [{ write: true, variable: 1, value: 2, success: false }], success: false },
  ],
  [{ events: [{ write: false, variable: 0, value: 1, success: true }], success: true }],
];

const ours = [
  {
    t: 'header',
    pitchpole: 1,
    target: 'somewhere',
    world: 'sim',
    seed: 1,
    variant: {},
    nodes: ['n1'],
    concurrency: 2,
    workload: 'unknown',
    model: 'register',
    schedule: [],
  },
  { t: 'invoke', index: 0, process: 0, node: 'n1', action: 'write', input: 1, at: 5 },
  { t: 'strike', id: 0, nemesis: 'kill', options: {}, nodes: ['n1'], what: 'n1', from: 6, struck: [] },
  { t: 'return', index: 0, at: 9, completion: { type: 'ok', output: null } },
  { t: 'invoke', index: 1, process: 1, node: 'n1', action: 'read', input: null, at: 12 },
  { t: 'return', index: 1, at: 13, completion: { type: 'ok', output: 1 } },
  { t: 'end', at: 20 },
];

const log = (process: number, rest: string): string => `INFO  jepsen.util - ${process}\t${rest}\n`;

const sources = {
  pitchpole: `${ours.map((line) => JSON.stringify(line)).join('\n')}\n`,
  'jepsen-log': [
    log(0, ':invoke\t:write\t1'),
    log(1, ':invoke\t:read\tnil'),
    log(0, ':ok\t:write\t1'),
    log(1, ':ok\t:read\t1'),
    log(2, ':invoke\t:cas\t[1 2]'),
    log(2, ':info\t:cas\t:timed-out'),
    log(3, ':invoke\t:cas\t[7 8]'),
    log(3, ':fail\t:cas\t[7 8]'),
  ].join(''),
  'kv-log': [
    '{:process 0, :type :invoke, :f :append, :key "1", :value "x 0 0 y"}',
    '{:process 1, :type :invoke, :f :get, :key "1", :value nil}',
    '{:process 0, :type :ok, :f :append, :key "1", :value "x 0 0 y"}',
    '{:process 1, :type :ok, :f :get, :key "1", :value "x 0 0 y"}',
    '',
  ].join('\n'),
  'edn-register': ednOf(register),
  'edn-list-append': ednVectorOf(appends),
  'edn-rw-register': ednOf(registers),
  'edn-multi-register': ednVectorOf(several),
  'edn-mutex': ednOf(lock),
  'edn-queue': ednVectorOf(queue),
  'json-register': jsonOf(register),
  'json-list-append': jsonOf(appends),
  'json-lines': `${registers.map((one) => JSON.stringify(one)).join('\n')}\n`,
  plume: 'w(1,5,10,100)\nr(2,0,10,100)\nr(1,5,11,101)\nw(3,1,11,-1)\nw(2,7,11,102)\n',
  awdit: 'w 0 0\nw 1 0\n=====\nw 0 1\n-----\nr 0 1\nr 1 0\n=====\nw 1 1\n-----\nr 1 1\nr 0 0\n',
  'dbcop-text': '// session 1\n[x:=1 y==?] [y:=3]\n[y:=2]!\n---\n// session 2\n[x==1]\n',
  'dbcop-json': JSON.stringify(
    [
      [
        { events: [{ Write: { variable: 0, version: 1 } }, { Read: { variable: 1, version: null } }], committed: true },
        { events: [['w', 1, 2]], committed: false },
      ],
      [{ events: [['r', 0, 1]], committed: true }],
    ],
    null,
    1,
  ),
  'dbcop-json-2019': JSON.stringify({
    params: { id: 0, n_node: 2, n_variable: 2, n_transaction: 2, n_event: 2 },
    info: 'generated',
    start: '2019-10-01T00:00:00Z',
    end: '2019-10-01T00:00:01Z',
    data: dbcopSessions,
  }),
} as const;
