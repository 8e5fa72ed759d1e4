/**
 * The world of processes: any program that speaks the Maelstrom protocol, each node a process of its own, with the
 * simulator's network between them and real time around them.
 *
 * The surprise: what the seed draws (faults, delays, losses) is the same each time, but the processes are real and do as
 * they like. A run can be repeated here, not replayed.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../core/random.ts';
import type { Json, JsonObject, Nanos, NodeId } from '../core/types.ts';
import type { World, WorldOptions } from '../core/world.ts';
import { createNetwork, type Packet } from '../sim/network.ts';
import { type NetworkOptions, networkDefaults } from '../sim/options.ts';
import { createAgenda } from './agenda.ts';
import { createCluster } from './cluster.ts';
import { createMachine, type Machine } from './machine.ts';
import { isObject, type Letter, messageId } from './message.ts';
import { createPost } from './post.ts';
import { createServices } from './services.ts';
import { startWatchdog } from './watchdog.ts';

export interface ProcessOptions {
  /** One node: the program, as an absolute path or a name in PATH, and its words. */
  readonly command: readonly [program: string, ...words: string[]];
  /** Where the nodes' standard error goes: `<logs>.<node>.log`. */
  readonly logs: string;
  /** What every node is told after `init`, such as a topology; an answer is waited for, an error is an answer. */
  readonly greetings?: (node: NodeId, nodes: readonly NodeId[]) => readonly JsonObject[];
  /** By default that of the simulator, with each link in order, as a connection is. */
  readonly network?: Partial<NetworkOptions>;
}

/** @throws HarnessError where a node cannot be started or does not answer `init`. */
export async function createProcessWorld(options: WorldOptions & ProcessOptions): Promise<World> {
  const { roles, recorder, command, messages } = options;
  const ids = Object.keys(roles);
  const random = createRandom(options.seed);
  const mark = randomBytes(8).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'pitchpole-process-'));
  mkdirSync(join(options.logs, '..'), { recursive: true });
  const watchdog = startWatchdog(mark, folder);
  const agenda = createAgenda();
  const services = createServices(random.split('services'));
  const traffic = new Map(ids.map((id) => [id, { sent: 0, received: 0 }]));
  const machines = new Map<NodeId, Machine>();
  let zero: Nanos | undefined;
  let closed = false;
  let packets = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  let tellFailure: (error: unknown) => void = () => {};
  const failing = new Promise<never>((_resolve, reject) => {
    tellFailure = reject;
  });
  failing.catch(() => {});
  // What happens while the nodes come up happens at the beginning.
  const sinceZero = (time: Nanos): Nanos => (zero === undefined ? 0 : Math.max(0, time - zero));
  const now = (): Nanos => sinceZero(agenda.now);
  const failed = (error: unknown): void => {
    failure ??= { error };
    tellFailure(error);
    wake?.();
  };
  const guarded = (action: () => void): void => {
    if (closed) return;
    try {
      action();
    } catch (error) {
      failed(error);
    }
    wake?.();
  };

  const fate = (packet: Packet, lost?: string): void => {
    if (!messages || closed) return;
    const { id, from, to, body, sentAt } = packet;
    const kind = isObject(body) ? (body as JsonObject).type : undefined;
    recorder.message({
      ...{ id, from: ids[from] as NodeId, to: ids[to] as NodeId, kind: typeof kind === 'string' ? kind : '' },
      sentAt: sinceZero(sentAt),
      ...(lost === undefined ? { receivedAt: now() } : { lost }),
    });
  };
  // What is to happen now happens before what is overdue: a pipe that lets go must not be overtaken by what was on its way.
  const wire = {
    get now() {
      return agenda.now;
    },
    at: <T>(time: Nanos, action: (subject: T) => void, subject: T): void =>
      agenda.at(time <= agenda.now ? 0 : time, action, subject),
  };
  const network = createNetwork(
    ids.length,
    wire,
    random.split('network'),
    { ...networkDefaults, reordering: false, ...options.network },
    {
      arrive(packet) {
        const machine = machines.get(ids[packet.to] as NodeId);
        const there = machine?.up() === true && machine.incarnation() === packet.incarnation;
        if (!there || !machine.deliver(ids[packet.from] as NodeId, packet.body as JsonObject)) {
          fate(packet, 'down');
          return;
        }
        (traffic.get(machine.id) as { received: number }).received++;
        fate(packet);
      },
      lose: fate,
    },
  );
  const post = createPost(agenda, (index) => network.clientDelay(index), guarded);

  /** What a node has printed goes to a node, a service or a client. */
  const route = (from: Machine, { dest, body }: Letter): void => {
    const to = machines.get(dest);
    const service = services.get(dest);
    if (to !== undefined) {
      (traffic.get(from.id) as { sent: number }).sent++;
      const { index, incarnation } = to;
      const ends = { from: from.index, to: index, incarnation: incarnation() };
      network.send({ id: packets++, ...ends, body, checksum: 0, sentAt: agenda.now });
    } else if (service !== undefined) {
      later(from, () => answer(from, dest, body, service.handle(from.id, body)));
    } else if (/^c\d+$/.test(dest)) {
      post.answer(dest, body);
    } else {
      answer(from, dest, body, { type: 'error', code: 1, text: `there is no node ${dest}` });
    }
  };
  const later = (machine: Machine, action: () => void): void =>
    agenda.at(agenda.now + network.clientDelay(machine.index), action, undefined);
  const answer = (to: Machine, from: string, request: JsonObject, body: JsonObject): void => {
    const id = messageId(request, 'msg_id');
    const life = to.incarnation();
    later(to, () => {
      if (!to.up() || to.incarnation() !== life) return;
      to.deliver(from, id === undefined ? body : { ...body, in_reply_to: id });
    });
  };

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed = true;
    agenda.clear();
    post.close();
    wake?.();
    closing ??= (async () => {
      const gone = [...machines.values()].map((machine) => machine.close());
      await watchdog.finish();
      await Promise.all(gone);
    })();
    return closing;
  };

  try {
    for (const [index, id] of ids.entries()) {
      const machine: Machine = createMachine({
        ...{ id, index, command, mark, watchdog, failed },
        folder: join(folder, id),
        logFile: `${options.logs}.${id}.log`,
        said: (letter) => guarded(() => route(machine, letter)),
        ask: (body) => post.ask(machine, body),
        greetings: () => [{ type: 'init', node_id: id, node_ids: ids }, ...(options.greetings?.(id, ids) ?? [])],
        event: (kind, name) => {
          if (closed) return;
          recorder.event({ at: now(), node: id, kind, ...(name === undefined ? {} : { name }) });
        },
        forget: () => post.forget(id),
      });
      machines.set(id, machine);
    }
    // A line that is no message tells more than that its writer did not come up, so whichever comes first is told.
    await Promise.race([Promise.all([...machines.values()].map((machine) => machine.boot())), failing]);
  } catch (error) {
    await close();
    throw error;
  }
  const start = agenda.now;
  zero = start;

  return {
    kind: 'process',
    now,
    cluster: createCluster({
      ...{ roles, machines, network, now },
      sleep: (duration) => new Promise((resolve) => agenda.at(agenda.now + Math.max(0, duration), resolve, undefined)),
      traffic: (node) => traffic.get(node) ?? { sent: 0, received: 0 },
      acted: () => wake?.(),
    }),
    at: (time, action) => agenda.at(start + time, () => guarded(action), undefined),
    door: (process, node) => ({
      process,
      node,
      nodes: ids,
      random: random.split(`client:${process}`),
      now,
      after: (delay, action) => agenda.at(agenda.now + delay, () => guarded(action), undefined),
      request(to, body: Json, timeout, done) {
        const machine = machines.get(to);
        if (machine === undefined) throw new Error(`there is no node ${to}`);
        post.request(`c${process + 1}`, machine, body as JsonObject, timeout, done);
      },
      address: () => {
        throw new Error('processes have no addresses: they are spoken to by standard input');
      },
    }),
    run: (finished) =>
      new Promise((resolve, reject) => {
        // Nemeses await promises, which nobody tells us of, hence the regular look.
        const look = setInterval(() => wake?.(), 5);
        wake = () => {
          if (failure === undefined && !closed && !finished()) return;
          clearInterval(look);
          wake = undefined;
          if (failure === undefined) resolve();
          else reject(failure.error as Error);
        };
        wake();
      }),
    close,
  };
}
