/**
 * Those who need the lock: a holder acquires leases for its clients' sessions, writes to the resource under them and gives
 * them back. It looks at its lease before it works on a write, as everybody does, and not again before it sends it: between
 * the two lies the moment that no holder can guard by itself.
 *
 * The one surprise: a lease counts from when it was asked for, plus the time that the request stood in line, which is never
 * later than the lock's own count. So a holder on a sound clock knows that its lease is over before anybody else is granted one.
 */
import type { Environment, Node } from '../../../harness/core/node.ts';
import type { Json, Nanos, NodeId, Variant } from '../../../harness/core/types.ts';
import type { Answer, Message, Request } from './messages.ts';
import { settingsOf } from './settings.ts';

/** After this a question to the lock or to the resource counts as unanswered. */
const patience: Nanos = 2_000_000_000;

interface Lease {
  readonly token: number;
  readonly until: Nanos;
}

/** What the lock and the resource answer. */
type Heard = Extract<Message, { readonly type: 'granted' | 'released' | 'written' }>;

export function createHolder(environment: Environment, variant: Variant): Node {
  const { clock, timers, network, random, roles, nodes, metrics } = environment;
  const settings = settingsOf(variant);
  const lock = nodes.find((node) => roles[node] === 'lock') as NodeId;
  const resource = nodes.find((node) => roles[node] === 'resource') as NodeId;
  const leases = new Map<string, Lease>();
  const asked = new Map<number, (heard: Heard) => void>();
  // Begins anywhere: an answer to the process that was here before a restart must not be taken for one of ours.
  let requests = random.int(0, 2 ** 40);

  const leaseOf = (name: string): Lease | undefined => {
    const lease = leases.get(name);
    if (lease === undefined || clock.monotonic() < lease.until) return lease;
    leases.delete(name);
    return undefined;
  };

  /** Asks once; the answer or `unknown` is the client's. */
  const ask = (
    to: NodeId,
    message: Message,
    reply: (answer: Answer) => void,
    answer: (heard: Heard) => Answer,
    late: () => void = () => {},
  ): void => {
    const { id } = message;
    const timer = `ask ${id}`;
    asked.set(id, (heard) => {
      asked.delete(id);
      timers.cancel(timer);
      reply(answer(heard));
    });
    timers.set(timer, patience, () => {
      asked.delete(id);
      late();
      reply({ outcome: 'unknown', because: `no answer from ${to} in time` });
    });
    network.send(to, message);
  };

  const acquire = (name: string, key: string, ttlMs: number, reply: (answer: Answer) => void): void => {
    const id = requests++;
    const askedAt = clock.monotonic();
    ask(
      lock,
      { type: 'acquire', id, key, ttlMs },
      reply,
      (heard) => {
        if (heard.type !== 'granted') return { outcome: 'unknown', because: 'the lock gave another answer' };
        const { token, waitedMs } = heard;
        leases.set(name, { token, until: askedAt + (waitedMs + heard.ttlMs) * 1e6 });
        return { outcome: 'done', value: { token, ttlMs: heard.ttlMs, waitedMs } };
      },
      () => network.send(lock, { type: 'forget', id, key } satisfies Message),
    );
  };

  const write = (name: string, key: string, value: Json, reply: (answer: Answer) => void): void => {
    const lease = leaseOf(name);
    if (lease === undefined) {
      metrics.add('lock_late_holders_total');
      reply({ outcome: 'not-done', because: 'the lease has run out' });
      return;
    }
    const id = requests++;
    const workMs = settings.workMs + settings.workJitterMs * random.unit();
    timers.set(`work ${id}`, Math.round(workMs * 1e6), () =>
      ask(resource, { type: 'write', id, key, token: lease.token, value }, reply, (heard) => {
        if (heard.type === 'written' && !heard.taken)
          return { outcome: 'not-done', because: `token ${lease.token} was refused: ${heard.newest} has been seen` };
        return { outcome: 'done', value: { token: lease.token } };
      }),
    );
  };

  const release = (name: string, key: string, reply: (answer: Answer) => void): void => {
    const lease = leaseOf(name);
    leases.delete(name);
    if (lease === undefined) {
      reply({ outcome: 'not-done', because: 'the lease has run out' });
      return;
    }
    ask(lock, { type: 'release', id: requests++, key, token: lease.token }, reply, (heard) =>
      heard.type === 'released' && heard.held
        ? { outcome: 'done', value: { token: lease.token } }
        : { outcome: 'not-done', because: 'the lease had run out' },
    );
  };

  return {
    start() {},
    onMessage(_from, body) {
      const message = body as Message;
      if (message.type === 'granted' || message.type === 'released' || message.type === 'written')
        asked.get(message.id)?.(message);
    },
    onRequest(body, reply) {
      const request = body as Request;
      if (request.op === 'read') {
        reply({ outcome: 'not-done', because: `${environment.self} is a holder; ask the resource` });
        return;
      }
      const name = `${request.session} ${request.key}`;
      if (request.op === 'acquire') acquire(name, request.key, request.ttlMs, reply);
      else if (request.op === 'write') write(name, request.key, request.value, reply);
      else release(name, request.key, reply);
    },
    inspect() {
      const now = clock.monotonic();
      const held = [...leases]
        .filter(([, { until }]) => now < until)
        .map(([name, { token }]) => [name, token] as const);
      return { role: 'holder', holds: Object.fromEntries(held), asked: asked.size };
    },
  };
}
