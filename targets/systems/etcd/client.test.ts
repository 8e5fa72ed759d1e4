import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../../harness/core/random.ts';
import type { Door } from '../../../harness/core/target.ts';
import type { Completion, Invocation, Json, Variant } from '../../../harness/core/types.ts';
import { classify, registerClient, setClient, transactionClient } from './client.ts';
import { leads, system } from './cluster.ts';
import { certainFailures, GatewayError } from './gateway.ts';

describe('what a failed request means', () => {
  const write = (code: string, message: string) => classify({ action: 'write' }, new GatewayError(code, message)).type;

  test('a refused connection certainly did nothing', () => {
    expect(write('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:2')).toBe('fail');
    expect(write('8', 'etcdserver: too many requests')).toBe('fail');
  });

  test('everything else may have happened', () => {
    for (const [code, message] of [
      ['TimeoutError', 'The operation was aborted due to timeout'],
      ['ECONNRESET', 'read ECONNRESET'],
      ['UND_ERR_SOCKET', 'other side closed'],
      ['14', 'etcdserver: leader changed'],
      ['14', 'etcdserver: request timed out'],
      ['14', 'etcdserver: request timed out, possibly due to previous leader failure'],
      ['HTTP 503', 'nobody knows this one'],
    ] as const) {
      expect(write(code, message), message).toBe('info');
    }
  });

  test('a read changes nothing, so one without an answer failed', () => {
    expect(classify({ action: 'read' }, new GatewayError('TimeoutError', 'late')).type).toBe('fail');
  });

  test('every certain failure has its reason', () => {
    for (const { because } of certainFailures) expect(because).toMatch(/\w{4}/);
  });
});

describe('a client', () => {
  let stop = (): void => {};
  afterEach(() => stop());

  const serve = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer).listen(0, '127.0.0.1');
    stop = () => server.close();
    await new Promise((resolve) => server.once('listening', resolve));
    return `127.0.0.1:${(server.address() as { port: number }).port}`;
  };
  /** A gateway that gives these answers in turn, and keeps what it was asked. */
  const scripted = async (
    ...answers: unknown[]
  ): Promise<{ address: string; asked: { path: string; body: Json }[] }> => {
    const asked: { path: string; body: Json }[] = [];
    const address = await serve((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        asked.push({ path: request.url ?? '', body: JSON.parse(text) as Json });
        response.end(JSON.stringify(answers.shift() ?? {}));
      });
    });
    return { address, asked };
  };
  const door = (address: string): Door => ({
    process: 0,
    node: 'n1',
    nodes: ['n1'],
    random: createRandom(1),
    now: () => 0,
    after: () => {},
    request: () => {},
    address: () => address,
  });
  const carry = (make: typeof registerClient, address: string, invocation: Invocation, variant: Variant = {}) =>
    new Promise<Completion>((resolve) => make(door(address), variant).invoke(invocation, resolve));
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  test('reads null where nothing was written, and asks for a serializable read only when the variant says so', async () => {
    const { address, asked } = await scripted({}, { kvs: [{ value: base64('7') }] });
    const read = { action: 'read', input: null, key: 'k' };
    expect(await carry(registerClient, address, read)).toEqual({ type: 'ok', output: null });
    expect(await carry(registerClient, address, read, { serializableReads: true })).toEqual({ type: 'ok', output: 7 });
    expect(asked).toEqual([
      { path: '/v3/kv/range', body: { key: base64('register/k') } },
      { path: '/v3/kv/range', body: { key: base64('register/k'), serializable: true } },
    ]);
  });

  test('compares with “never created” when a cas expects null, and fails on another value', async () => {
    const { address, asked } = await scripted({ succeeded: true }, {});
    expect(await carry(registerClient, address, { action: 'cas', input: [null, 1], key: 'k' })).toMatchObject({
      type: 'ok',
    });
    expect(await carry(registerClient, address, { action: 'cas', input: [1, 2], key: 'k' })).toEqual({
      type: 'fail',
      error: 'precondition',
    });
    expect(asked[0]?.body).toMatchObject({ compare: [{ target: 'CREATE', create_revision: '0' }] });
    expect(asked[1]?.body).toMatchObject({ compare: [{ target: 'VALUE', value: base64('1') }] });
  });

  test('reads a set by its prefix, and no other set’s members', async () => {
    const { address, asked } = await scripted({ kvs: [{ value: base64('3') }, { value: base64('12') }] });
    expect(await carry(setClient, address, { action: 'read', input: null, key: 'k1' })).toEqual({
      type: 'ok',
      output: [3, 12],
    });
    expect(asked[0]?.body).toEqual({ key: base64('set/k1/'), range_end: base64('set/k10') });
  });

  const reads = (...kvs: (object | undefined)[]) => ({
    succeeded: true,
    responses: kvs.map((one) => ({ response_range: one === undefined ? {} : { kvs: [one] } })),
  });
  const txn = (...steps: Json[]): Invocation => ({ action: 'txn', input: steps });

  test('writes what a transaction appends only if nothing that it read has changed since', async () => {
    const { address, asked } = await scripted(
      reads({ value: base64('[1]'), mod_revision: '7' }, undefined),
      { succeeded: true },
      reads(undefined),
      {},
    );
    const first = txn(['r', 'x', null], ['append', 'y', 1], ['append', 'y', 2], ['r', 'y', null]);
    expect(await carry(transactionClient, address, first)).toEqual({
      type: 'ok',
      output: [
        ['r', 'x', [1]],
        ['append', 'y', 1],
        ['append', 'y', 2],
        ['r', 'y', [1, 2]],
      ],
    });
    expect(asked[1]).toEqual({
      path: '/v3/kv/txn',
      body: {
        compare: [
          { key: base64('list/x'), target: 'MOD', result: 'EQUAL', mod_revision: '7' },
          { key: base64('list/y'), target: 'MOD', result: 'EQUAL', mod_revision: '0' },
        ],
        success: [{ request_put: { key: base64('list/y'), value: base64('[1,2]') } }],
      },
    });
    expect(await carry(transactionClient, address, txn(['append', 'x', 2]))).toEqual({
      type: 'fail',
      error: 'precondition',
    });
  });

  test('asks once for a transaction that only reads, of the member alone where the variant says so', async () => {
    const { address, asked } = await scripted(reads({ value: base64('[1,2]'), mod_revision: '7' }));
    const read = await carry(transactionClient, address, txn(['r', 'x', null]), { serializableReads: true });
    expect(read).toEqual({ type: 'ok', output: [['r', 'x', [1, 2]]] });
    expect(asked).toEqual([
      { path: '/v3/kv/txn', body: { success: [{ request_range: { key: base64('list/x'), serializable: true } }] } },
    ]);
  });

  test('says fail of a transaction that was broken off before it wrote, and never of one that may have written', async () => {
    const append = txn(['append', 'x', 1]);
    const broken = await serve((request) => request.socket.destroy());
    expect(await carry(transactionClient, broken, append)).toMatchObject({ type: 'fail' });
    stop();
    let asked = 0;
    const half = await serve((request, response) => {
      asked += 1;
      if (asked === 1) response.end(JSON.stringify(reads(undefined)));
      else request.socket.destroy();
    });
    expect(await carry(transactionClient, half, append)).toMatchObject({ type: 'info' });
    expect(asked).toBeGreaterThan(1);
  });

  test('never says fail of a write that the member broke off', async () => {
    const address = await serve((request) => request.socket.destroy());
    expect(await carry(registerClient, address, { action: 'write', input: 1, key: 'k' })).toMatchObject({
      type: 'info',
    });
  });

  test('says fail of a write to a member that is down', async () => {
    const result = await carry(registerClient, '127.0.0.1:2', { action: 'write', input: 1, key: 'k' });
    expect(result).toMatchObject({ type: 'fail', error: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('the status page', () => {
  test('makes a leader of the member that it names itself', async () => {
    expect(leads({ member: '7', leader: '7', term: 4, confirmed: true })).toEqual({ term: 4 });
    expect(leads({ member: '7', leader: '7', term: 4, confirmed: false })).toBe(undefined);
    expect(leads({ member: '7', leader: '8', term: 4, confirmed: true })).toBe(undefined);
    expect(leads({ member: '7', leader: null, term: 4, confirmed: true })).toBe(undefined);
  });

  test('is asked of members that know each other by their names on the private network', () => {
    const { command, ports } = system.container('n2', ['n1', 'n2'], {});
    expect(command).toContain('n1=http://n1:2380,n2=http://n2:2380');
    expect(command).toContain('http://n2:2380');
    expect(ports).toEqual([2379]);
  });
});
