/**
 * Clients' connections to the nodes. They pass through the network's delays but not through its cuts: a nemesis
 * separates nodes, and clients must be able to find out what the separated ones say.
 *
 * A dead node refuses, since nobody listens; a paused one keeps the client waiting, since the kernel has accepted; one
 * that dies with the request resets the connection, and nobody knows what became of it.
 */
import type { Random } from '../core/random.ts';
import type { Door, Reply } from '../core/target.ts';
import type { Json, Nanos, NodeId } from '../core/types.ts';
import { eventCode, type Fingerprint } from './fingerprint.ts';
import type { Host, Process } from './host.ts';
import type { SimNetwork } from './network.ts';
import { createAlarm, type Scheduler } from './scheduler.ts';
import { seal } from './seal.ts';

export interface DoorParts {
  readonly scheduler: Scheduler;
  readonly fingerprint: Fingerprint;
  readonly network: SimNetwork;
  readonly nodes: readonly NodeId[];
  readonly hosts: ReadonlyMap<NodeId, Host>;
  readonly random: Random;
  /** Called whenever a client's code has run. */
  acted(): void;
}

interface Request {
  readonly client: number;
  readonly host: Host;
  readonly body: Json;
  readonly deadline: Nanos;
  readonly done: (reply: Reply) => void;
  readonly open: Set<Request>;
  /** What is under way to the client. */
  reply: Reply | undefined;
  settled: boolean;
}

const refused: Reply = { kind: 'refused', reason: 'connection refused' };
const reset: Reply = { kind: 'lost', reason: 'reset' };
const timedOut: Reply = { kind: 'lost', reason: 'timeout' };

export function createDoors(parts: DoorParts): (process: number, node: NodeId) => Door {
  const { scheduler, fingerprint, network, nodes, hosts, random, acted } = parts;

  const settle = (request: Request, reply: Reply): void => {
    if (request.settled) return;
    request.settled = true;
    request.open.delete(request);
    fingerprint.fold(eventCode.settle, scheduler.now, request.client, request.host.index, reply.kind.length);
    request.done(reply);
    acted();
  };
  const arriveBack = (request: Request): void => settle(request, request.reply as Reply);
  const sendBack = (request: Request, reply: Reply): void => {
    request.reply = reply;
    scheduler.at(scheduler.now + network.clientDelay(request.host.index), arriveBack, request);
  };

  const arrive = (request: Request): void => {
    const { host, client } = request;
    const process = host.process();
    fingerprint.fold(eventCode.request, scheduler.now, client, host.index, host.incarnation());
    if (process === undefined || !host.up()) {
      sendBack(request, refused);
      return;
    }
    host.take(handle, accept(request, process));
  };

  const accept = (request: Request, process: Process): Accepted => {
    const accepted: Accepted = { request, process, reset: () => sendBack(request, reset) };
    process.requests.add(accepted);
    return accepted;
  };
  const handle = (accepted: Accepted): unknown => {
    const { request, process } = accepted;
    let answered = false;
    return process.node?.onRequest(request.body, (body) => {
      if (!process.alive) return;
      if (answered) throw new Error('a request was answered twice');
      answered = true;
      // Its connection was broken before it was answered.
      if (!process.requests.delete(accepted)) return;
      const checksum = seal(body);
      fingerprint.fold(eventCode.reply, scheduler.now, request.client, request.host.index, checksum);
      sendBack(request, { kind: 'answer', body });
    });
  };

  const later = (action: () => void): void => {
    fingerprint.fold(eventCode.action, scheduler.now, 0, 0, 1);
    action();
    acted();
  };

  return (process, node) => {
    const open = new Set<Request>();
    const clock = createAlarm(scheduler, () => {
      for (const request of [...open]) if (request.deadline <= scheduler.now) settle(request, timedOut);
      watch();
    });
    const watch = (): void => {
      let next = Number.POSITIVE_INFINITY;
      for (const { deadline } of open) if (deadline < next) next = deadline;
      if (next === Number.POSITIVE_INFINITY) clock.cancel();
      else clock.set(next);
    };
    return {
      process,
      node,
      nodes,
      random: random.split(`client:${process}`),
      now: () => scheduler.now,
      after: (delay, action) => scheduler.at(scheduler.now + Math.round(delay), later, action),
      request(to, body, timeout, done) {
        const host = hosts.get(to);
        if (host === undefined) throw new Error(`there is no node ${to}`);
        seal(body);
        const deadline = scheduler.now + Math.round(timeout);
        const request: Request = {
          client: process,
          host,
          body,
          deadline,
          done,
          open,
          reply: undefined,
          settled: false,
        };
        open.add(request);
        watch();
        scheduler.at(scheduler.now + network.clientDelay(host.index), arrive, request);
      },
      address: () => {
        throw new Error('the simulator has no addresses: a client that needs one runs in containers only');
      },
    };
  };
}

/** A request in the hands of a process. */
interface Accepted {
  readonly request: Request;
  readonly process: Process;
  reset(): void;
}
