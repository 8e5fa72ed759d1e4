/**
 * How fast virtual time passes: the bare event loop, messages alone, a five-node consensus under load, and whole runs
 * with faults and checking. `npx tsx bench/simulator.ts`.
 *
 * The one surprise: figures are per CPU second of this process, not per wall second, so that a busy neighbour changes
 * them less. Figures of different machines, or of different days, say little beside each other.
 */
import Table from 'cli-table3';
import { milliseconds, seconds } from '../harness/core/define.ts';
import { createRecorder } from '../harness/core/history.ts';
import type { NodeFactory } from '../harness/core/node.ts';
import type { Client, Scenario, Target } from '../harness/core/target.ts';
import type { Json, Nanos, NodeId, Variant } from '../harness/core/types.ts';
import { runOnce } from '../harness/run/run.ts';
import { createScheduler } from '../harness/sim/scheduler.ts';
import { createSimWorld, type SimWorld } from '../harness/sim/world.ts';
import { nemeses } from '../nemeses/index.ts';
import { consensus } from '../targets/mechanisms/consensus/patterns.ts';
import { workloads } from '../workloads/index.ts';

interface Figures {
  readonly what: string;
  readonly simulated: Nanos;
  readonly cpu: number;
  readonly events: number;
}

/** Only messages: everyone answers everyone, at once. */
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

const gossip: Target = {
  name: 'gossip',
  kind: 'mechanism',
  worlds: ['sim'],
  roles: consensus.roles,
  defaultNodes: 5,
  reference: {},
  node: gossipNode,
  clients: {},
  patterns: [],
};

interface Load {
  /** Operations per second. */
  readonly rate: number;
  readonly clients: number;
}

/** A world of five nodes, with clients that write and read at a steady rate. Checked by nobody. */
async function simulate(target: Target, duration: Nanos, load?: Load, seed = 1): Promise<number> {
  const variant: Variant = target.reference;
  const roles = target.roles(5);
  const nodes = Object.keys(roles);
  const recorder = createRecorder({
    pitchpole: 1,
    target: target.name,
    world: 'sim',
    seed,
    variant,
    nodes,
    concurrency: load?.clients ?? 0,
    workload: 'register',
    schedule: [],
  });
  const world = createSimWorld({ target, variant, roles, seed, recorder, messages: false });
  let over = false;
  world.at(duration, () => {
    over = true;
  });
  if (load !== undefined) drive(world, recorder, target, load);
  await world.run(() => over);
  await world.close();
  return world.events();
}

function drive(world: SimWorld, recorder: ReturnType<typeof createRecorder>, target: Target, load: Load): void {
  const { nodes } = world.cluster;
  const create = target.clients.register;
  if (create === undefined) throw new Error(`${target.name} has no register`);
  const idle: { readonly client: Client; readonly process: number; readonly node: NodeId }[] = [];
  for (let process = 0; process < load.clients; process++) {
    const node = nodes[process % nodes.length] as NodeId;
    idle.push({ client: create(world.door(process, node), target.reference), process, node });
  }
  const gap = Math.round(1e9 / load.rate);
  let count = 0;
  const next = (): void => {
    world.at(world.now() + gap, next);
    const free = idle.shift();
    if (free === undefined) return;
    const input: Json = ++count % 2 === 0 ? null : count;
    const invocation = { action: input === null ? 'read' : 'write', input, key: `k${count % 5}` };
    const index = recorder.invoke(invocation, free.process, free.node, world.now(), 'main');
    free.client.invoke(invocation, (completion) => {
      recorder.complete(index, completion, world.now());
      idle.push(free);
    });
  };
  world.at(seconds(1), next);
}

/** Load, faults, observation and checking, as `pitchpole run` does it 2400 times. */
const scenario: Scenario = {
  workload: 'register',
  concurrency: 10,
  rate: 50,
  duration: seconds(8),
  settle: seconds(2),
  observeEvery: milliseconds(100),
  faults: [
    {
      nemesis: 'partition',
      first: [seconds(1), seconds(2)],
      lasts: [seconds(1), seconds(2)],
      gap: [seconds(1), seconds(2)],
    },
    {
      nemesis: 'kill',
      first: [seconds(1), seconds(3)],
      lasts: [seconds(1), seconds(2)],
      gap: [seconds(1), seconds(2)],
    },
  ],
  checkers: [],
};

async function wholeRun(seed: number): Promise<void> {
  const { valid, doubts } = await runOnce({
    target: consensus,
    scenario,
    variant: consensus.reference,
    seed,
    world: 'sim',
    registries: { workloads, nemeses },
  });
  if (valid === 'invalid' || doubts.length > 0) throw new Error(`seed ${seed} is ${valid}: ${doubts.join('; ')}`);
}

function bareHeap(events: number): Promise<number> {
  const scheduler = createScheduler();
  let left = events;
  const again = (gap: number): void => {
    if (--left > 50) scheduler.at(scheduler.now + gap, again, gap);
  };
  for (let i = 1; i <= 50; i++) scheduler.at(i, again, 1000 + i * 7);
  while (scheduler.step());
  return Promise.resolve(events);
}

async function measure(what: string, simulated: Nanos, work: () => Promise<number>): Promise<Figures> {
  const before = process.cpuUsage();
  const events = await work();
  const { user, system } = process.cpuUsage(before);
  return { what, simulated, cpu: (user + system) / 1e6, events };
}

async function main(): Promise<void> {
  await simulate(consensus, seconds(20), { rate: 200, clients: 20 });
  for (let seed = 0; seed < 20; seed++) await wholeRun(seed);

  const runs = 200;
  const repeat = async (count: number, work: (seed: number) => Promise<number>): Promise<number> => {
    let events = 0;
    for (let seed = 0; seed < count; seed++) events += await work(seed);
    return events;
  };
  const small: Load = { rate: 50, clients: 10 };
  const figures = [
    await measure('the heap alone, 50 entries', 0, () => bareHeap(3_000_000)),
    await measure('messages alone, 20 under way', seconds(20), () => simulate(gossip, seconds(20))),
    await measure('consensus, 5 nodes, idle', seconds(400), () => simulate(consensus, seconds(400))),
    await measure('consensus, 5 nodes, 100 operations/s', seconds(200), () =>
      simulate(consensus, seconds(200), { rate: 100, clients: 20 }),
    ),
    await measure('consensus, 5 nodes, 1000 operations/s', seconds(20), () =>
      simulate(consensus, seconds(20), { rate: 1000, clients: 50 }),
    ),
    await measure(`${runs} x 10 s, 50 operations/s`, seconds(10 * runs), () =>
      repeat(runs, (seed) => simulate(consensus, seconds(10), small, seed)),
    ),
  ];
  const whole = await measure('whole runs', 0, () => repeat(runs, (seed) => wholeRun(seed).then(() => 1)));
  const empty = await measure('empty worlds', 0, () => repeat(1000, (seed) => simulate(gossip, 0, undefined, seed)));

  const table = new Table({
    head: ['simulator', 'simulated s per CPU s', 'events per CPU s', 'CPU s'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { what, simulated, cpu, events } of figures) {
    const pace = simulated === 0 ? '' : (simulated / 1e9 / cpu).toFixed(0);
    table.push([what, pace, `${(events / cpu / 1e6).toFixed(2)} M`, cpu.toFixed(2)]);
  }
  console.log(table.toString());
  console.log(`one run of 10 s at 50 operations/s: ${((1000 * (figures.at(-1) as Figures).cpu) / runs).toFixed(1)} ms`);
  console.log(`the same with faults, observation and checking: ${((1000 * whole.cpu) / runs).toFixed(1)} ms`);
  console.log(`a world made and closed: ${empty.cpu.toFixed(2)} ms`);
}

await main();
