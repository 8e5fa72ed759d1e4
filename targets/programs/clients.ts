/**
 * The clients of Maelstrom's workloads: operations in, message bodies out, and back.
 *
 * Source: doc/workloads.md of jepsen-io/maelstrom.
 */
import type { Client, ClientFactory } from '../../harness/core/target.ts';
import type { Completion, Invocation, Json, JsonObject } from '../../harness/core/types.ts';
import { kafkaClient } from './kafka-client.ts';
import { type Asking, ask, code } from './rpc.ts';

/** How one operation is said, and what its answer means. */
type Phrase = Pick<Asking, 'body' | 'hear' | 'except'>;
type Vocabulary = Readonly<Record<string, (invocation: Invocation) => Phrase>>;

const nothing = (): Json => null;
const field =
  (name: string) =>
  (body: JsonObject): Json | undefined =>
    body[name];
const listIn =
  (name: string) =>
  (body: JsonObject): Json | undefined =>
    Array.isArray(body[name]) ? body[name] : undefined;
const numberIn =
  (name: string) =>
  (body: JsonObject): Json | undefined =>
    typeof body[name] === 'number' ? body[name] : undefined;

const gSet: Vocabulary = {
  add: ({ input }) => ({ body: { type: 'add', element: input }, hear: nothing }),
  read: () => ({ body: { type: 'read' }, hear: listIn('value') }),
};

const counter: Vocabulary = {
  add: ({ input }) => ({ body: { type: 'add', delta: input }, hear: nothing }),
  read: () => ({ body: { type: 'read' }, hear: numberIn('value') }),
};

const linKv: Vocabulary = {
  read: ({ key = null }) => ({
    body: { type: 'read', key },
    hear: field('value'),
    // A key that is not there holds nothing: that is an answer.
    except: (number): Completion | undefined =>
      number === code.keyDoesNotExist ? { type: 'ok', output: null } : undefined,
  }),
  write: ({ key = null, input }) => ({ body: { type: 'write', key, value: input }, hear: nothing }),
  cas: ({ key = null, input }) => {
    const [from = null, to = null] = Array.isArray(input) ? (input as readonly Json[]) : [];
    return {
      body: { type: 'cas', key, from, to },
      hear: nothing,
      except: (number) => (number === code.preconditionFailed ? { type: 'fail', error: 'precondition' } : undefined),
    };
  },
};

const vocabularies: Readonly<Record<string, Vocabulary>> = {
  echo: { echo: ({ input }) => ({ body: { type: 'echo', echo: input }, hear: field('echo') }) },
  'unique-ids': { generate: () => ({ body: { type: 'generate' }, hear: field('id') }) },
  broadcast: {
    broadcast: ({ input }) => ({ body: { type: 'broadcast', message: input }, hear: nothing }),
    read: () => ({ body: { type: 'read' }, hear: listIn('messages') }),
  },
  'g-set': gSet,
  'g-counter': counter,
  'pn-counter': counter,
  'lin-kv': linKv,
  'txn-list-append': { txn: ({ input }) => ({ body: { type: 'txn', txn: input }, hear: listIn('txn') }) },
};

/** By workload. */
export const programClients: Readonly<Record<string, ClientFactory>> = {
  ...Object.fromEntries(Object.entries(vocabularies).map(([name, words]) => [name, speaking(words)])),
  kafka: kafkaClient,
};

function speaking(vocabulary: Vocabulary): ClientFactory {
  return (door): Client => ({
    invoke(invocation, done) {
      const phrase = vocabulary[invocation.action];
      if (phrase === undefined) throw new Error(`this client does not know the action ${invocation.action}`);
      ask({ door, node: invocation.node ?? door.node, ...phrase(invocation) }, done);
    },
    close() {},
  });
}
