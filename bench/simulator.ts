/**
 * How fast virtual time passes: a five-node cluster under load, and the bare event loop under it. Run with
 * `npx tsx bench/simulator.ts`; figures of a shared machine are worth comparing within one run only.
 *
 * The one surprise: figures are per CPU second of this process, not per wall second, so that a busy neighbour does not
 * change them much.
 */
import Table from 'cli-table3';
import { createRecorder } from '../harness/core/history.ts';
import type { NodeFactory } from '../harness/core/node.ts';
import type { Target } from '../harness/core/target.ts';
import type { Nanos, NodeId } from '../harness/core/types.ts';
import { createScheduler } from '../harness/sim/scheduler.ts';
import { createSimWorld } from '../harness/sim/world.ts';

const ms = 1_000_000;

/** Replicates as a settled leader does: append, sync, broadcast, answer at a majority; heartbeats every 50 ms. */
const broadcastNode: NodeFactory = ({ self, nodes, network, timers, disk, metrics }) => {
  const leader = nodes[0] as NodeId;
  const record = new Uint8Array(64);
  const waiting = new Map<number, { acks: number; reply: (body: { index: number }) => void }>();
  let last = 0;
  const count = (index: number): void => {
    const open = waiting.get(index);
    if (open === undefined || ++open.acks < 3) return;
    waiting.delete(index);
    open.reply({ index });
  };
  const beat = (): void => {
    for (const node of nodes)
      if (node !== self) network.send(node, { type: 'append', term: 1, commit: last, entries: [] });
    timers.set('beat', 50 * ms, beat);
  };
  return {
    start() {
      if (self === leader) beat();
    },
    onMessage(from, body) {
      const message = body as { type: string; index?: number; entries?: readonly unknown[] };
      metrics.add('messages');
      if (message.type === 'ack') return count(message.index as number);
      timers.set('election', 300 * ms, () => {});
      const { index } = message;
      if (index === undefined) return network.send(from, { type: 'ack', index: -1, term: 1 });
      disk.append('log', record);
      disk.sync('log', () => network.send(from, { type: 'ack', index, term: 1 }));
    },
    onRequest(_, reply) {
      const index = ++last;
      waiting.set(index, { acks: 0, reply });
      disk.append('log', record);
      disk.sync('log', () => count(index));
      const entries = [{ term: 1, index, command: { key: 'k', value: index } }];
      for (const node of nodes) {
        if (node !== self) network.send(node, { type: 'append', term: 1, commit: index, index, entries });
      }
    },
    inspect: () => ({ last, leader: self === leader }),
  };
};

/** Only messages: everyone answers everyone. */
const gossipNode: NodeFactory = ({ self, nodes, network }) => ({
  start() {
    for (const node of nodes) if (node !== self) network.send(node, { type: 'ping', count: 0 });
  },
  onMessage(from, body) {
    network.send(from, { type: 'ping', count: (body as { count: number }).count + 1 });
  },
  onRequest() {},
  inspect: () => null,
});

interface Figures {
  readonly what: string;
  readonly simulated: number;
  readonly cpu: number;
  readonly events: number;
}

async function drive(what: string, node: NodeFactory, rate: number, duration: Nanos, seed = 1): Promise<Figures> {
  const roles = Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`n${i}`, 'replica']));
  const nodes = Object.keys(roles);
  const target: Target = {
    name: what,
    kind: 'mechanism',
    worlds: ['sim'],
    roles: () => roles,
    defaultNodes: 5,
    reference: {},
    node,
    clients: {},
    patterns: [],
  };
  const recorder = createRecorder({
    pitchpole: 1,
    target: what,
    world: 'sim',
    seed,
    variant: {},
    nodes,
    concurrency: 5,
    workload: what,
    schedule: [],
  });
  const before = process.cpuUsage();
  const world = createSimWorld({ target, variant: {}, roles, seed, recorder, messages: false });
  let over = false;
  world.at(duration, () => {
    over = true;
  });
  if (rate > 0) {
    const door = world.door(0, 'n1');
    const gap = Math.round(1e9 / rate);
    const next = (): void => {
      const index = recorder.invoke({ action: 'write', input: 1 }, 0, 'n1', world.now(), 'main');
      door.request('n1', { write: 1 }, 1000 * ms, () =>
        recorder.complete(index, { type: 'ok', output: null }, world.now()),
      );
      world.at(world.now() + gap, next);
    };
    world.at(10 * ms, next);
    const observe = (): void => {
      void Promise.all(nodes.map((id) => world.cluster.inspect(id))).then(() => {});
      world.at(world.now() + 100 * ms, observe);
    };
    world.at(100 * ms, observe);
  }
  await world.run(() => over);
  await world.close();
  const { user, system } = process.cpuUsage(before);
  return { what, simulated: duration / 1e9, cpu: (user + system) / 1e6, events: world.events() };
}

function bareHeap(events: number): Figures {
  const scheduler = createScheduler();
  let left = events;
  const again = (gap: number): void => {
    if (--left > 50) scheduler.at(scheduler.now + gap, again, gap);
  };
  for (let i = 1; i <= 50; i++) scheduler.at(i, again, 1000 + i * 7);
  const before = process.cpuUsage();
  while (scheduler.step());
  const { user, system } = process.cpuUsage(before);
  return { what: 'heap of 50, nothing else', simulated: scheduler.now / 1e9, cpu: (user + system) / 1e6, events };
}

async function main(): Promise<void> {
  const rows: Figures[] = [];
  await drive('warm-up', broadcastNode, 1000, 5e9);
  rows.push(bareHeap(3_000_000));
  rows.push(await drive('messages only, 20 in flight', gossipNode, 0, 20e9));
  rows.push(await drive('5 nodes, 100 operations/s', broadcastNode, 100, 400e9));
  rows.push(await drive('5 nodes, 1000 operations/s', broadcastNode, 1000, 40e9));

  const runs = 200;
  const before = process.cpuUsage();
  let events = 0;
  for (let seed = 0; seed < runs; seed++) events += (await drive('run', broadcastNode, 50, 10e9, seed)).events;
  const { user, system } = process.cpuUsage(before);
  rows.push({
    what: `${runs} runs of 10 s at 50 operations/s`,
    simulated: runs * 10,
    cpu: (user + system) / 1e6,
    events,
  });

  const beforeEmpty = process.cpuUsage();
  for (let seed = 0; seed < 1000; seed++) await drive('empty', broadcastNode, 0, 1, seed);
  const empty = process.cpuUsage(beforeEmpty);

  const table = new Table({
    head: ['what', 'simulated s / CPU s', 'events / CPU s', 'CPU s'],
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const { what, simulated, cpu, events: count } of rows) {
    table.push([what, (simulated / cpu).toFixed(0), `${(count / cpu / 1e6).toFixed(2)} M`, cpu.toFixed(2)]);
  }
  console.log(table.toString());
  const perRun = rows.at(-1) as Figures;
  console.log(`one run of 10 simulated seconds: ${((perRun.cpu / runs) * 1000).toFixed(1)} ms of CPU`);
  console.log(`making and closing a world: ${((empty.user + empty.system) / 1e6).toFixed(3)} ms of CPU`);
}

await main();
