/**
 * Clients of one etcd member: a register, a set, and transactions over lists. Each speaks to the member that it is told to,
 * and to no other.
 */
import { promisedClient } from '../../../harness/core/define.ts';
import type { ClientFactory, Door } from '../../../harness/core/target.ts';
import type { Completion, Invocation, Json, Variant } from '../../../harness/core/types.ts';
import { certainFailures, GatewayError, post } from './gateway.ts';

/** Short enough that a client tries again within a fault; an election takes 1 to 2 s, and its victims are `info`. */
const timeoutMs = 1000;

/** `read`, `write`, `cas` of one key; a value is its JSON text. */
export const registerClient: ClientFactory = (door, variant) =>
  client(door, async ({ action, input, key = '' }, ask) => {
    const name = encode(`register/${key}`);
    switch (action) {
      case 'read': {
        const { kvs } = await ask<Range>('kv/range', { key: name, ...consistency(variant) });
        return { type: 'ok', output: kvs?.[0] === undefined ? null : parse(kvs[0].value) };
      }
      case 'write':
        await ask('kv/put', { key: name, value: encode(JSON.stringify(input)) });
        return { type: 'ok', output: null };
      case 'cas': {
        const [expected, replacement] = input as readonly [Json, Json];
        const compare =
          expected === null
            ? { key: name, target: 'CREATE', result: 'EQUAL', create_revision: '0' }
            : { key: name, target: 'VALUE', result: 'EQUAL', value: encode(JSON.stringify(expected)) };
        const success = [{ request_put: { key: name, value: encode(JSON.stringify(replacement)) } }];
        const { succeeded } = await ask<{ succeeded?: boolean }>('kv/txn', { compare: [compare], success });
        return succeeded === true ? { type: 'ok', output: null } : { type: 'fail', error: 'precondition' };
      }
      default:
        throw new Error(`a register does not know the action ${action}`);
    }
  });

/** `add` and `read` of a set: a key of etcd for each member, read by prefix in one request. */
export const setClient: ClientFactory = (door, variant) =>
  client(door, async ({ action, input, key = '' }, ask) => {
    const prefix = `set/${key}/`;
    switch (action) {
      case 'add':
        await ask('kv/put', { key: encode(prefix + String(input)), value: encode(JSON.stringify(input)) });
        return { type: 'ok', output: null };
      case 'read': {
        // The end of a prefix's range is the prefix with its last byte one higher: `/` becomes `0`.
        const range = { key: encode(prefix), range_end: encode(`set/${key}0`) };
        const { kvs = [] } = await ask<Range>('kv/range', { ...range, ...consistency(variant) });
        return { type: 'ok', output: kvs.map(({ value }) => parse(value)) };
      }
      default:
        throw new Error(`a set does not know the action ${action}`);
    }
  });

/**
 * `txn`: appends to lists and reads of them, all or nothing. The lists are read at one revision, and written only if none
 * of them has changed since; otherwise the transaction fails, and nothing was done.
 */
export const transactionClient: ClientFactory = (door, variant) =>
  client(door, async ({ input }, ask) => {
    const steps = input as readonly (readonly ['append' | 'r', string, Json])[];
    const keys = [...new Set(steps.map(([, key]) => key))];
    const ranges = keys.map((key) => ({ request_range: { key: encode(`list/${key}`), ...consistency(variant) } }));
    let read: { readonly responses?: readonly { readonly response_range?: Range }[] };
    try {
      read = await ask('kv/txn', { success: ranges });
    } catch (error) {
      // Nothing was written yet, so whatever became of this, nothing will be.
      if (error instanceof GatewayError) return classify({ action: 'read' }, error);
      throw error;
    }
    const found = keys.map((_, place) => read.responses?.[place]?.response_range?.kvs?.[0]);
    const lists = new Map(keys.map((key, place) => [key, listOf(found[place]?.value)]));
    const appended = new Set<string>();
    const output = steps.map(([f, key, value]): Json => {
      if (f === 'r') return [f, key, lists.get(key) ?? []];
      lists.set(key, [...(lists.get(key) ?? []), value]);
      appended.add(key);
      return [f, key, value];
    });
    if (appended.size === 0) return { type: 'ok', output };
    const compare = keys.map((key, place) => {
      const unchanged = { target: 'MOD', result: 'EQUAL', mod_revision: found[place]?.mod_revision ?? '0' };
      return { key: encode(`list/${key}`), ...unchanged };
    });
    const success = [...appended].map((key) => ({
      request_put: { key: encode(`list/${key}`), value: encode(JSON.stringify(lists.get(key))) },
    }));
    const { succeeded } = await ask<{ succeeded?: boolean }>('kv/txn', { compare, success });
    return succeeded === true ? { type: 'ok', output } : { type: 'fail', error: 'precondition' };
  });

const listOf = (base64: string | undefined): readonly Json[] =>
  base64 === undefined ? [] : (parse(base64) as readonly Json[]);

type Ask = <T>(path: string, body: unknown) => Promise<T>;

const client = (door: Door, carry: (invocation: Invocation, ask: Ask) => Promise<Completion>) =>
  promisedClient(async (invocation) => {
    const address = door.address(invocation.node ?? door.node);
    try {
      return await carry(invocation, (path, body) => post(address, path, body, timeoutMs));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return classify(invocation, error);
    }
  });

/** Exported for its test. */
export function classify({ action }: Pick<Invocation, 'action'>, error: GatewayError): Completion {
  const text = `${error.code}: ${error.message}`;
  // A read that came to nothing has changed nothing, whatever became of it.
  if (action === 'read') return { type: 'fail', error: text };
  const certain = certainFailures.some(({ matches }) => matches(error));
  return certain ? { type: 'fail', error: text } : { type: 'info', error: text };
}

/** A serializable read is answered by the member alone, from what it has: it may be stale. */
const consistency = (variant: Variant): { serializable?: true } =>
  variant.serializableReads === true ? { serializable: true } : {};

interface Range {
  readonly kvs?: readonly { readonly key: string; readonly value: string; readonly mod_revision: string }[];
}

const encode = (text: string): string => Buffer.from(text).toString('base64');
const parse = (base64: string): Json => JSON.parse(Buffer.from(base64, 'base64').toString()) as Json;
