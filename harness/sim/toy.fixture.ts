/**
 * A toy cluster for the simulator's own tests: each node greets the others at an interval, and keeps a counter on disk
 * that it acknowledges once it is synced. With `careless` it acknowledges before.
 */
import { defineTarget } from '../core/define.ts';
import { createRecorder, type Recorder } from '../core/history.ts';
import type { NodeFactory } from '../core/node.ts';
import type { Target } from '../core/target.ts';
import type { HistoryHeader, Json, JsonObject, NodeId } from '../core/types.ts';
import type { SimOptions } from './options.ts';
import { createSimWorld, type SimWorld } from './world.ts';

export const toyNode: NodeFactory = (environment, variant) => {
  const { self, nodes, timers, network, disk, metrics, clock, random } = environment;
  let count = 0;
  let heard = 0;
  let failing = false;
  const greet = (): void => {
    for (const node of nodes) if (node !== self) network.send(node, { type: 'ping', count, at: clock.now() });
    timers.set('greet', 20_000_000 + random.int(0, 1_000_000), greet);
  };
  return {
    start() {
      // Records of four bytes, of which a torn last one is ignored.
      count = Math.floor((disk.read('log')?.length ?? 0) / 4);
      disk.append('log', new Uint8Array(0));
      disk.truncate('log', count * 4);
      disk.syncDirectory(() => {});
      environment.note('recovered', { count });
      greet();
    },
    onMessage(from, body) {
      heard++;
      const { type } = body as { type: string };
      if (type === 'ping') network.send(from, { type: 'pong', heard });
      if (type === 'bomb') throw new Error(`${self} was bombed`);
    },
    onRequest(body, reply) {
      const { verb, to } = body as { verb: string; to?: NodeId };
      if (verb === 'bomb' && to !== undefined) network.send(to, { type: 'bomb' });
      if (failing) return;
      if (verb === 'read') return reply({ count });
      disk.append('log', new Uint8Array([1, 2, 3, ++count & 255]));
      metrics.add('increments');
      const answer = { count };
      if (variant.careless === true) reply(answer);
      else disk.sync('log', () => reply(answer));
    },
    inspect: () => ({ count, heard, leads: self === nodes[0] }),
    control(body) {
      failing = (body as { failing: boolean }).failing;
      return { failing };
    },
  };
};

const toy: Target = defineTarget({
  name: 'toy',
  kind: 'mechanism',
  worlds: ['sim'],
  roles: (count) => rolesOf(count),
  defaultNodes: 3,
  reference: {},
  node: toyNode,
  clients: {},
  leads: (state) => ((state as { leads: boolean }).leads ? { term: 1 } : undefined),
  patterns: [],
});

export interface ToyOptions extends SimOptions {
  readonly seed?: number;
  readonly count?: number;
  readonly messages?: boolean;
  readonly variant?: JsonObject;
  readonly node?: NodeFactory;
}

export interface ToyWorld {
  readonly world: SimWorld;
  readonly recorder: Recorder;
  readonly lines: string[];
  /** Lets so much time pass. */
  pass(duration: number): Promise<void>;
  /** One request, awaited. */
  ask(node: NodeId, body: Json, timeout?: number): Promise<unknown>;
}

export function createToyWorld(options: ToyOptions = {}): ToyWorld {
  const { seed = 1, count = 3, messages = false, variant = {}, node = toyNode, ...knobs } = options;
  const roles = rolesOf(count);
  const lines: string[] = [];
  const header: HistoryHeader = {
    pitchpole: 1,
    target: 'toy',
    world: 'sim',
    seed,
    variant,
    nodes: Object.keys(roles),
    concurrency: 1,
    workload: 'toy',
    schedule: [],
  };
  const recorder = createRecorder(header, (line) => lines.push(line));
  const world = createSimWorld({ target: { ...toy, node }, variant, roles, seed, recorder, messages, ...knobs });
  let clients = 0;
  const pass = async (duration: number): Promise<void> => {
    let over = false;
    world.at(world.now() + duration, () => {
      over = true;
    });
    await world.run(() => over);
  };
  const ask = async (to: NodeId, body: Json, timeout = 1_000_000_000): Promise<unknown> => {
    let reply: unknown;
    world.door(clients++, to).request(to, body, timeout, (got) => {
      reply = got;
    });
    await world.run(() => reply !== undefined);
    return reply;
  };
  return { world, recorder, lines, pass, ask };
}

const rolesOf = (count: number): Record<NodeId, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i + 1}`, 'replica']));
