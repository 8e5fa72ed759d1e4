/**
 * The mechanism (M13, P13) as nodes: one lock service `l1` that grants leases in the order in which they were asked for,
 * holders `h1`, `h2` … that work under them, and a resource `r1` that the lock guards.
 *
 * The one surprise: the lock service is a single node with a disk, not a replicated one. What it must not forget is how
 * far its tokens have come; leases need not be kept, because a service that has just started grants nothing until the
 * longest lease of its former life has run out (Gray & Cheriton 1989).
 */
import type { Environment, Node, NodeFactory } from '../../../harness/core/node.ts';
import type { Json, Nanos, NodeId, Variant } from '../../../harness/core/types.ts';
import { createHolder } from './holder.ts';
import { type Journal, openJournal } from './journal.ts';
import type { Message } from './messages.ts';
import { createResource } from './resource.ts';
import { settingsOf } from './settings.ts';

export const lockNode: NodeFactory = (environment, variant) => {
  const role = environment.roles[environment.self];
  if (role === 'lock') return createLock(environment, variant);
  return role === 'resource' ? createResource(environment, variant) : createHolder(environment, variant);
};

interface Waiting {
  readonly node: NodeId;
  readonly id: number;
  readonly ttlMs: number;
  readonly since: Nanos;
}

interface Lease {
  readonly node: NodeId;
  readonly id: number;
  readonly token: number;
  readonly until: Nanos;
}

/** Tokens are set aside by so many at a time, so that not every grant waits for the disk. */
const block = 100;

/** How often a lease is looked at that runs out by a clock which no timer follows. */
const lookEvery: Nanos = 10_000_000;

function createLock(environment: Environment, variant: Variant): Node {
  const { clock, timers, network, disk, metrics, note } = environment;
  const settings = settingsOf(variant);
  const leases = new Map<string, Lease>();
  const queues = new Map<string, Waiting[]>();
  let journal: Journal | undefined;
  let token = 0;
  let setAside = 0;
  let settingAside = false;
  let opensAt: Nanos = 0;

  /** The clock that leases go by. */
  const time = (): Nanos => (settings.monotonicLeases ? clock.monotonic() : clock.now());

  const queueOf = (key: string): Waiting[] => {
    const found = queues.get(key);
    if (found !== undefined) return found;
    const fresh: Waiting[] = [];
    queues.set(key, fresh);
    return fresh;
  };

  const grant = (key: string, { node, id, ttlMs, since }: Waiting): void => {
    token++;
    const now = time();
    leases.set(key, { node, id, token, until: now + ttlMs * 1e6 });
    metrics.add('lock_grants_total');
    note('granted', { key, holder: node, token, ttlMs });
    send(node, { type: 'granted', id, token, ttlMs, waitedMs: (clock.monotonic() - since) / 1e6 });
    expireLater(key, now);
  };

  const send = (to: NodeId, message: Message): void => network.send(to, message);

  const expireLater = (key: string, now: Nanos): void => {
    const lease = leases.get(key);
    if (lease === undefined) return;
    const left = Math.max(0, lease.until - now);
    timers.set(`lease ${key}`, settings.monotonicLeases ? left : Math.min(left, lookEvery), () => serve(key));
  };

  const end = (key: string, why: 'expired' | 'released'): void => {
    const lease = leases.get(key);
    if (lease === undefined) return;
    leases.delete(key);
    timers.cancel(`lease ${key}`);
    metrics.add(why === 'expired' ? 'lock_expiries_total' : 'lock_releases_total');
    note(why, { key, holder: lease.node, token: lease.token });
  };

  /** Ends a lease that has run out, and grants the next one where there is none. */
  const serve = (key: string): void => {
    const now = time();
    const lease = leases.get(key);
    if (lease !== undefined && now >= lease.until) end(key, 'expired');
    if (leases.has(key)) expireLater(key, now);
    else if (now >= opensAt && queueOf(key).length > 0) {
      if (token < setAside) grant(key, (settings.fifo ? queueOf(key).shift() : queueOf(key).pop()) as Waiting);
      else setMoreAside();
    }
    metrics.set(
      'lock_waiting',
      [...queues.values()].reduce((sum, queue) => sum + queue.length, 0),
    );
  };

  const serveAll = (): void => {
    for (const key of queues.keys()) serve(key);
  };

  const setMoreAside = (): void => {
    if (settingAside || journal === undefined) return;
    settingAside = true;
    const upTo = setAside + block;
    journal.append(upTo, () => {
      settingAside = false;
      setAside = upTo;
      serveAll();
    });
  };

  const openLater = (): void => {
    const left = opensAt - time();
    if (left <= 0) serveAll();
    else timers.set('open', Math.min(left, lookEvery), openLater);
  };

  const receive = (from: NodeId, message: Message): void => {
    switch (message.type) {
      case 'acquire': {
        const { id, key } = message;
        const queue = queueOf(key);
        const lease = leases.get(key);
        const known = (one: { node: NodeId; id: number }): boolean => one.node === from && one.id === id;
        // A message may come twice.
        if (queue.some(known) || (lease !== undefined && known(lease))) return;
        const ttlMs = Math.min(message.ttlMs, settings.maximumTtlMs);
        queue.push({ node: from, id, ttlMs, since: clock.monotonic() });
        serve(key);
        return;
      }
      case 'forget': {
        const { id, key } = message;
        queues.set(
          key,
          queueOf(key).filter((one) => one.node !== from || one.id !== id),
        );
        const lease = leases.get(key);
        if (lease?.node === from && lease.id === id) end(key, 'released');
        serve(key);
        return;
      }
      case 'release': {
        const { id, key, token: given } = message;
        const held = leases.get(key)?.token === given;
        if (held) end(key, 'released');
        send(from, { type: 'released', id, held });
        serve(key);
      }
    }
  };

  return {
    start() {
      const opened = openJournal(disk, 'tokens', () => {
        journal = opened.journal;
        openLater();
      });
      setAside = opened.records.reduce<number>((most, record) => Math.max(most, Number(record)), 0);
      token = setAside;
      // Before the first token was set aside there was no lease.
      opensAt = setAside === 0 ? time() : time() + settings.maximumTtlMs * 1e6;
    },
    onMessage(from, body) {
      receive(from, body as Message);
    },
    onRequest(_body, reply) {
      reply({ outcome: 'not-done', because: `${environment.self} is the lock; ask a holder` });
    },
    inspect() {
      const held: Record<string, Json> = {};
      for (const [key, { node, token: given }] of leases) held[key] = { holder: node, token: given };
      const waiting: Record<string, Json> = {};
      for (const [key, queue] of queues) waiting[key] = queue.map(({ node }) => node);
      return { role: 'lock', token, held, waiting };
    },
  };
}
