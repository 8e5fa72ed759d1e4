/**
 * A consumer and producer of the workload `kafka`: it remembers how far it has come in each of its keys, as Kafka's own
 * clients do, and a new one begins where the committed offsets say.
 *
 * The one surprise: a poll whose input holds offsets asks for just these and moves nothing: so the last reads go through
 * all logs from their beginning.
 */
import type { ClientFactory, Door } from '../../harness/core/target.ts';
import type { Completion, Invocation, Json, JsonObject, NodeId } from '../../harness/core/types.ts';
import { ask } from './rpc.ts';

type Done = (completion: Completion) => void;
type Offsets = Readonly<Record<string, number>>;

export const kafkaClient: ClientFactory = (door) => {
  /** The next offset of each key that it was assigned. */
  let places: Map<string, number> | undefined;

  const assign = (node: NodeId, keys: readonly string[], done: Done): void => {
    ask({ door, node, body: { type: 'list_committed_offsets', keys }, hear: offsetsOf }, (completion) => {
      if (completion.type !== 'ok') return done(completion);
      const committed = completion.output as Offsets;
      const starts = keys.map((key) => [key, (committed[key] ?? -1) + 1] as const);
      places = new Map(starts);
      done({ type: 'ok', output: Object.fromEntries(starts) });
    });
  };
  const poll = (node: NodeId, done: Done): void => {
    const offsets = Object.fromEntries(places ?? []);
    ask({ door, node, body: { type: 'poll', offsets }, hear: messagesOf }, (completion) => {
      if (completion.type === 'ok') {
        for (const [key, messages] of Object.entries(completion.output as Polled)) {
          const last = messages.at(-1);
          if (last !== undefined && places?.has(key)) places.set(key, last[0] + 1);
        }
      }
      done(completion);
    });
  };

  return {
    invoke(invocation, done) {
      const { action, input, key = '' } = invocation;
      const node = invocation.node ?? door.node;
      if (action === 'send') ask({ door, node, body: { type: 'send', key, msg: input }, hear: offsetOf }, done);
      else if (action === 'assign') assign(node, input as readonly string[], done);
      else if (action === 'commit') commit(door, node, places, done);
      else if (!Array.isArray(input)) pollAt(door, node, invocation, done);
      else if (places !== undefined) poll(node, done);
      else {
        assign(node, input as readonly string[], (completion) => {
          if (completion.type === 'ok') poll(node, done);
          else done(completion);
        });
      }
    },
    close() {},
  };
};

const pollAt = (door: Door, node: NodeId, { input }: Invocation, done: Done): void =>
  ask({ door, node, body: { type: 'poll', offsets: input }, hear: messagesOf }, done);

function commit(door: Door, node: NodeId, places: ReadonlyMap<string, number> | undefined, done: Done): void {
  // What comes before an offset has been processed; where nothing has, there is nothing to commit.
  const offsets = Object.fromEntries([...(places ?? [])].flatMap(([key, next]) => (next > 0 ? [[key, next - 1]] : [])));
  ask({ door, node, body: { type: 'commit_offsets', offsets }, hear: () => offsets }, done);
}

type Polled = Readonly<Record<string, readonly (readonly [number, Json])[]>>;

const offsetOf = ({ offset }: JsonObject): Json | undefined => (typeof offset === 'number' ? offset : undefined);

function offsetsOf({ offsets }: JsonObject): Json | undefined {
  if (!isObject(offsets)) return undefined;
  return Object.values(offsets).every((offset) => typeof offset === 'number') ? offsets : undefined;
}

function messagesOf({ msgs }: JsonObject): Json | undefined {
  if (!isObject(msgs)) return undefined;
  const isPair = (pair: Json): boolean => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'number';
  return Object.values(msgs).every((list) => Array.isArray(list) && list.every(isPair)) ? msgs : undefined;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
