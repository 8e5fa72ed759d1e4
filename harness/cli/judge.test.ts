/** What `check` says of a file of each format and kind, and of what is left of one that was spoiled. */
import { describe, expect, it } from 'vitest';
import { specimens } from '../run/formats/testing/specimens.ts';
import { type Ask, judge } from './judge.ts';
import { answer, levelNames, modelNames } from './levels.ts';
import type { Registry } from './registry.ts';
import { examine, mutantOf } from './testing/fuzz.ts';

const all = specimens();
const registry = () => Promise.reject<Registry>(new Error('no pattern is named'));
const judged = (text: string, ask: Ask = {}) => judge(new TextEncoder().encode(text), 'x', ask, registry);

const edn = (...ops: readonly string[]): string => ops.map((op) => `{${op}}`).join('\n');
const write = (process: number, value: string) => [
  `:process ${process} :type :invoke :f :write :value ${value}`,
  `:process ${process} :type :ok :f :write :value ${value}`,
];
const read = (process: number, value: string, asked = 'nil') => [
  `:process ${process} :type :invoke :f :read :value ${asked}`,
  `:process ${process} :type :ok :f :read :value ${value}`,
];
const txn = (process: number, asked: string, told = asked) => [
  `:process ${process} :type :invoke :f :txn :value ${asked}`,
  `:process ${process} :type :ok :f :txn :value ${told}`,
];

describe('the model is found from the operations', () => {
  it.each([
    ['edn-register', 'cas-register'],
    ['edn-list-append', 'list-append'],
    ['edn-rw-register', 'rw-register'],
    ['edn-multi-register', 'multi-register'],
    ['edn-mutex', 'mutex'],
    ['edn-queue', 'queue'],
    ['json-register', 'cas-register'],
    ['json-list-append', 'list-append'],
    ['json-lines', 'rw-register'],
    ['kv-log', 'key-value'],
    ['jepsen-log', 'cas-register-observed'],
    ['plume', 'rw-register'],
    ['awdit', 'rw-register'],
    ['dbcop-text', 'rw-register'],
    ['dbcop-json', 'rw-register'],
    ['dbcop-json-2019', 'rw-register'],
    ['dbcop-binary', 'rw-register'],
    ['edn.gz', 'cas-register'],
  ])('%s: %s', async (name, model) => {
    const bytes = all.find((one) => one.name === name)?.bytes ?? new Uint8Array();
    const { model: found, because } = await judge(bytes, 'x', {}, registry);
    expect(found).toBe(model);
    expect(because).not.toBe('');
  });

  it('sets, counters and lists by what their reads return', async () => {
    const add = [':process 0 :type :invoke :f :add :value 1', ':process 0 :type :ok :f :add :value 1'];
    expect((await judged(edn(...add, ...read(1, '[1]')))).model).toBe('set');
    expect((await judged(edn(...add, ...read(1, '1')))).model).toBe('counter');
    await expect(judged(edn(...add))).rejects.toThrow('x: nothing says what add act on.');
  });
});

describe('the level', () => {
  const stale = edn(...write(0, '1'), ...write(0, '2'), ...read(1, '1'));

  it('is the strongest by default, and what still holds is named', async () => {
    expect(await judged(stale)).toMatchObject({ verdict: 'invalid', holds: ['sequential'] });
    expect((await judged(stale)).because).toContain('It is still sequentially consistent.');
  });

  it('may be asked for', async () => {
    expect(await judged(stale, { consistency: 'sequential' })).toMatchObject({
      verdict: 'valid',
      holds: ['sequential'],
    });
    expect(await judged(stale, { consistency: 'regular' })).toMatchObject({ verdict: 'invalid' });
    expect(await judged(stale, { consistency: 'serializable' })).toMatchObject({ verdict: 'unknown' });
  });

  it('of transactions likewise: a write skew is no serial execution, and a snapshot', async () => {
    const skew = edn(
      ...txn(0, '[[:append :x 1]]'),
      ':process 1 :type :invoke :f :txn :value [[:r :x nil] [:r :y nil] [:append :y 1]]',
      ':process 2 :type :invoke :f :txn :value [[:r :y nil] [:r :x nil] [:append :x 2]]',
      ':process 1 :type :ok :f :txn :value [[:r :x [1]] [:r :y nil] [:append :y 1]]',
      ':process 2 :type :ok :f :txn :value [[:r :y nil] [:r :x [1]] [:append :x 2]]',
      ...txn(3, '[[:r :x nil] [:r :y nil]]', '[[:r :x [1 2]] [:r :y [1]]]'),
    );
    const strongest = await judged(skew);
    expect(strongest).toMatchObject({ verdict: 'invalid', model: 'list-append' });
    expect(strongest.holds).toContain('strong-snapshot-isolation');
    expect(strongest.because).toContain('G2-item');
    expect(await judged(skew, { consistency: 'serializable' })).toMatchObject({ verdict: 'invalid' });
    expect(await judged(skew, { consistency: 'snapshot-isolation' })).toMatchObject({ verdict: 'valid' });
    expect(await judged(skew, { consistency: 'linearizable' })).toMatchObject({ verdict: 'unknown' });
  });

  it('of registers likewise: where the graph of dependencies is silent the order is searched for', async () => {
    const skew = '[x:=1 y:=2] [y==2 x:=3]\n---\n[x==1 y:=4]\n'; // of dbcop's documentation
    const twin = '[x:=1 y:=2] [y==2 x:=3]\n---\n[x==3 y:=4]\n';
    expect(await judged(skew)).toMatchObject({ verdict: 'invalid', model: 'rw-register' });
    expect((await judged(skew)).because).toContain('not serializable, for no order of 3 transactions explains');
    expect((await judged(skew)).holds).not.toContain('serializable');
    expect(await judged(skew, { consistency: 'snapshot-isolation' })).toMatchObject({ verdict: 'valid' });
    expect((await judged(twin)).because).toContain('There is an order that explains all.');
    expect(await judged(twin)).toMatchObject({
      verdict: 'valid',
      holds: expect.arrayContaining(['strong-session-serializable']),
    });
  });

  it('without times nothing is claimed of real time', async () => {
    const text = '[x:=1]\n---\n[x==1]\n';
    expect((await judged(text)).holds).not.toContain('strict-serializable');
    expect(await judged(text, { consistency: 'strict-serializable' })).toMatchObject({ verdict: 'unknown' });
    expect(await judged('[x:=1] [x==?]\n')).toMatchObject({
      verdict: 'invalid',
      holds: expect.arrayContaining(['serializable']),
    });
  });

  it('every name of a model and of a level is taken', () => {
    const history = { header: {}, operations: [] } as unknown as Parameters<typeof answer>[0];
    for (const model of modelNames) {
      for (const consistency of levelNames) expect(() => answer(history, { model, consistency })).not.toThrow();
    }
  });
});

describe('the initial value', () => {
  it('is what a register holds at first', async () => {
    const zero = edn(...read(0, '0'), ...write(0, '1'));
    expect(await judged(zero)).toMatchObject({ verdict: 'invalid' });
    expect(await judged(zero, { initial: 0 })).toMatchObject({ verdict: 'valid' });
    const queue = edn(':process 0 :type :invoke :f :enqueue :value 1');
    await expect(judged(queue, { initial: 0 })).rejects.toThrow('has no initial value');
  });

  it('of several registers is 0', async () => {
    const reads = edn(...txn(0, '[[:read :x nil]]', '[[:read :x 0]]'));
    expect(await judged(reads)).toMatchObject({ verdict: 'valid', model: 'multi-register' });
    expect(await judged(reads, { initial: 1 })).toMatchObject({ verdict: 'invalid' });
  });
});

it('in Knossos a read of nil is not known, and with --model it is what it says', async () => {
  const text = edn(...write(0, '1'), ...read(1, 'nil'));
  expect(await judged(text)).toMatchObject({ verdict: 'valid' });
  expect(await judged(text, { model: 'cas-register' })).toMatchObject({ verdict: 'invalid' });
});

it('the certificate names operations by their index: an order of what is valid, a core of what is not', async () => {
  const of = async (text: string): Promise<unknown> => {
    const { verdicts } = await judged(text, { certificate: true });
    return (verdicts[0]?.details as { certificate?: unknown } | undefined)?.certificate;
  };
  expect(await of(edn(...write(0, '1'), ...read(1, '1')))).toEqual({ orders: [{ operations: [0, 1] }] });
  expect(await of(edn(...write(0, '1'), ...read(1, '1'), ...read(1, '2')))).toEqual({ cores: [{ operations: [2] }] });
});

it('keys are independent where one is told so', async () => {
  const text = edn(...write(0, '[1 5]'), ...read(1, '[2 nil]', '[2 nil]'), ...read(1, '[1 5]', '[1 nil]'));
  expect(await judged(text, { independent: true, model: 'register' })).toMatchObject({ verdict: 'valid' });
  expect(await judged(text, { model: 'register' })).toMatchObject({ verdict: 'invalid' });
});

describe('a spoiled file', () => {
  const text = (name: string): string => new TextDecoder().decode(all.find((one) => one.name === name)?.bytes);

  it('is refused or judged to its end, and nothing else happens: a sample of bench/fuzz.ts', async () => {
    const words = new Set<string>();
    for (let seed = 0; seed < 600; seed++) words.add((await examine(mutantOf(all, seed))).word);
    expect([...words].sort()).toEqual(['invalid', 'refused', 'unknown', 'valid']);
  });

  it('each specimen cut anywhere is refused or read to its end', async () => {
    for (const { name, bytes } of all) {
      for (let size = 0; size < bytes.byteLength; size += 7) {
        await examine({ bytes: bytes.subarray(0, size), story: `${name}, ${size} bytes` });
      }
    }
  });

  it.each(['json-register', 'edn-list-append', 'dbcop-json'])('%s, one bracket short, has no verdict', async (name) => {
    await expect(judged(text(name).trimEnd().slice(0, -1))).rejects.toThrow(/^x:\d+: expected/);
  });
});
