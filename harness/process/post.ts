/**
 * The post between clients and nodes: each request gets a message id, and is answered once: by the node, by the end of
 * its time, or by the node's death.
 *
 * The one surprise: an answer is taken from whichever node gives it. In Maelstrom's protocol an answer belongs to a
 * request by its `in_reply_to` alone, and nodes hand requests on to each other.
 */
import type { Reply } from '../core/target.ts';
import type { JsonObject, Nanos, NodeId } from '../core/types.ts';
import type { Agenda } from './agenda.ts';
import type { Machine } from './machine.ts';
import { messageId } from './message.ts';

export interface Post {
  /** `done` runs exactly once, unless the post is closed before. */
  request(client: string, machine: Machine, body: JsonObject, timeout: Nanos, done: (reply: Reply) => void): void;
  /** As the harness itself, at once, without end: for greetings, which are sent before a node counts as up. */
  ask(machine: Machine, body: JsonObject): Promise<JsonObject>;
  /** What a node wrote to a client. */
  answer(client: string, body: JsonObject): void;
  /** No answer will come from this node to what it has got; says how many requests those were. */
  forget(node: NodeId): number;
  close(): void;
}

interface Request {
  readonly node: NodeId;
  delivered: boolean;
  settle(reply: Reply): void;
}

const harness = 'c0';

export function createPost(
  agenda: Agenda,
  delay: (index: number) => Nanos,
  guarded: (action: () => void) => void,
): Post {
  const open = new Map<number, Request>();
  const asked = new Map<number, (body: JsonObject) => void>();
  let last = 0;
  let closed = false;
  const later = (by: Nanos, action: () => void): void => agenda.at(agenda.now + by, action, undefined);

  return {
    request(_client, machine, body, timeout, done) {
      const id = ++last;
      const request: Request = {
        node: machine.id,
        delivered: false,
        settle(reply) {
          if (closed || !open.delete(id)) return;
          guarded(() => done(reply));
        },
      };
      open.set(id, request);
      const back = (reply: Reply): void => later(delay(machine.index), () => request.settle(reply));
      later(timeout, () => request.settle({ kind: 'lost', reason: 'timeout' }));
      later(delay(machine.index), () => {
        if (!open.has(id)) return;
        if (!machine.up()) back({ kind: 'refused', reason: `${machine.id} is down` });
        else if (machine.deliver(_client, { ...body, msg_id: id })) request.delivered = true;
        else back({ kind: 'lost', reason: 'its pipe is broken' });
      });
    },
    ask: (machine, body) =>
      new Promise((resolve) => {
        const id = ++last;
        asked.set(id, resolve);
        machine.deliver(harness, { ...body, msg_id: id });
      }),
    answer(client, body) {
      const id = messageId(body, 'in_reply_to');
      if (id === undefined) return;
      if (client === harness) {
        asked.get(id)?.(body);
        asked.delete(id);
        return;
      }
      const request = open.get(id);
      if (request !== undefined) later(delay(0), () => request.settle({ kind: 'answer', body }));
    },
    forget(node) {
      const lost = [...open.values()].filter((request) => request.node === node && request.delivered);
      for (const request of lost) request.settle({ kind: 'lost', reason: 'reset' });
      return lost.length;
    },
    close() {
      closed = true;
      open.clear();
      asked.clear();
    },
  };
}
