/** Every fault of this world, proven by what a node feels of it, and every heal by what it feels no more. */
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Disturbance, Grudge } from '../core/cluster.ts';
import { createRecorder } from '../core/history.ts';
import type { Reply, Target } from '../core/target.ts';
import type { NodeId } from '../core/types.ts';
import type { World } from '../core/world.ts';
import { createProcessWorld } from './world.ts';

const nodes = ['n1', 'n2', 'n3'];
const target: Target = {
  name: 'probe',
  kind: 'system',
  worlds: ['process'],
  defaultNodes: 3,
  roles: () => Object.fromEntries(nodes.map((node) => [node, 'probe'])),
  reference: {},
  clients: {},
  patterns: [],
};
const folder = mkdtempSync(join(tmpdir(), 'pitchpole-process-test-'));
const ms = 1_000_000;

interface Heard {
  readonly count: number;
  readonly twice: number;
  readonly late: number;
  readonly altered: number;
  readonly delayMs: number;
}

const silence: Heard = { count: 0, twice: 0, late: 0, altered: 0, delayMs: 0 };

const open = (): Promise<World> =>
  createProcessWorld({
    ...{ target, variant: {}, roles: target.roles(3), seed: 5, messages: false },
    recorder: createRecorder({
      ...{ pitchpole: 1, target: 'probe', world: 'process', seed: 5, variant: {}, nodes, concurrency: 1 },
      ...{ workload: 'none', schedule: [] },
    }),
    command: [process.execPath, fileURLToPath(new URL('./testing/probe.mjs', import.meta.url))],
    logs: join(folder, 'probe'),
  });

describe('a fault', () => {
  let world: World;
  beforeAll(async () => {
    world = await open();
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (node: NodeId, timeout = 1000): Promise<Reply> =>
    new Promise((resolve) => world.door(0, node).request(node, { type: 'felt' }, timeout * ms, resolve));
  /** What `node` hears within a while that begins now. */
  const feel = async (node: NodeId, whileMs = 100): Promise<Readonly<Record<NodeId, Heard>>> => {
    await ask(node);
    return look(node, whileMs);
  };
  /** The same since the last look. */
  const look = async (node: NodeId, afterMs: number): Promise<Readonly<Record<NodeId, Heard>>> => {
    await world.cluster.sleep(afterMs * ms);
    const reply = await ask(node);
    if (reply.kind !== 'answer') throw new Error(`${node}: ${reply.kind}`);
    const { heard } = reply.body as unknown as { heard: Record<NodeId, Heard> };
    return Object.fromEntries(nodes.map((other) => [other, heard[other] ?? silence]));
  };
  const began = async (node: NodeId): Promise<unknown> => {
    const reply = await ask(node);
    return reply.kind === 'answer' ? (reply.body as { began?: unknown }).began : reply.kind;
  };
  /** n1 does not hear n2. */
  const grudge: Grudge = new Map([['n1', ['n2']]]);

  it('cut: is deaf on one link and one way only, and hears again', async () => {
    const injury = await world.cluster.cut(grudge);
    expect(injury.evidence.took).toBe(true);
    const [first, second] = [await feel('n1'), await feel('n2')];
    expect(first.n2?.count).toBe(0);
    expect(first.n3?.count).toBeGreaterThan(5);
    expect(second.n1?.count).toBeGreaterThan(5);
    await injury.heal();
    expect((await feel('n1')).n2?.count).toBeGreaterThan(5);
  });

  it('hold: hears nothing, and then all of it', async () => {
    const injury = await world.cluster.hold(grudge);
    expect((await feel('n1')).n2?.count).toBe(0);
    const { how } = await injury.heal();
    const held = Number(/^(\d+) messages/.exec(how)?.[1]);
    expect(held).toBeGreaterThan(5);
    const after = await look('n1', 20);
    expect(after.n2?.count).toBeGreaterThanOrEqual(held);
    expect(after.n2?.late).toBe(0);
  });

  /** Whether it is felt in what a node hears of one, and not in what it hears of another: a busy machine is late with both. */
  type Felt = (heard: Heard, other: Heard) => boolean;
  const disturbances: readonly (readonly [Disturbance, Felt])[] = [
    [{ kind: 'slow', mean: 80 * ms, jitter: 0 }, ({ delayMs }, other) => delayMs >= 80 && delayMs > other.delayMs],
    [{ kind: 'loss', share: 1 }, ({ count }) => count === 0],
    [{ kind: 'duplication', share: 1 }, ({ twice }) => twice > 5],
    [{ kind: 'reordering', share: 0.3, by: 40 * ms }, ({ late }) => late > 0],
    [{ kind: 'bandwidth', bytesPerSecond: 3000 }, ({ count }, other) => count < 0.75 * other.count],
    [{ kind: 'corruption', share: 1 }, ({ altered }) => altered > 0],
  ];
  it.each(disturbances)('%o: is felt in what n2 sends, and in nothing else', async (disturbance, felt) => {
    const isFelt = async (whileMs: number): Promise<readonly [n2: boolean, n3: boolean]> => {
      const { n2 = silence, n3 = silence } = await feel('n1', whileMs);
      return [felt(n2, n3), felt(n3, n2)];
    };
    const injury = await world.cluster.disturb(['n2'], disturbance);
    expect(await isFelt(300)).toEqual([true, false]);
    const { how } = await injury.heal();
    expect(how).toMatch(/it touched [1-9]/);
    // What was on its way may still be.
    await expect.poll(() => isFelt(80), { timeout: 10_000 }).toEqual([false, false]);
  });

  it('reset: a client hears at once that nobody knows', async () => {
    const injury = await world.cluster.pause(['n2']);
    const asked = ask('n2', 60_000);
    await world.cluster.sleep(50 * ms);
    await world.cluster.reset(['n2']);
    expect(await asked).toEqual({ kind: 'lost', reason: 'reset' });
    await injury.heal();
  });

  it('pause: answers nobody, and answers when it goes on', async () => {
    const injury = await world.cluster.pause(['n2']);
    expect(injury.evidence).toEqual({ took: true, how: 'n2: its process is in the state T' });
    expect(await ask('n2', 100)).toEqual({ kind: 'lost', reason: 'timeout' });
    await injury.heal();
    expect((await ask('n2')).kind).toBe('answer');
  });

  it('kill: is down, and comes back to its folder as another process', async () => {
    const before = await world.cluster.inspect('n2');
    const injury = await world.cluster.kill(['n2']);
    expect(injury.evidence.how).toMatch(/^n2: process \d+ ended by SIGKILL$/);
    expect(await ask('n2')).toEqual({ kind: 'refused', reason: 'n2 is down' });
    expect((await injury.heal()).took).toBe(true);
    expect(await began('n2')).toBe('again');
    expect((await world.cluster.inspect('n2'))?.state).not.toEqual(before?.state);
  });

  it('stop and wipe: is asked to end, and begins in an empty folder', async () => {
    const stopped = await world.cluster.stop(['n2']);
    expect(stopped.evidence.how).toContain('ended by SIGTERM');
    const wiped = await world.cluster.wipe(['n2']);
    // Two faults hold it down: the first heal starts nothing.
    await stopped.heal();
    expect((await ask('n2')).kind).toBe('refused');
    await wiped.heal();
    expect(await began('n2')).toBe('fresh');
  });

  it('that this world does not have is absent, with the reason', () => {
    const { can, cannot } = world.cluster;
    for (const capability of ['power', 'clock', 'disk-full', 'cpu', 'control'] as const) {
      expect([can.has(capability), cannot.has(capability)]).toEqual([false, true]);
    }
  });
});

it('a world that is closed leaves no process and no folder', async () => {
  const world = await open();
  const state = (await world.cluster.inspect('n1'))?.state as { process: number };
  const home = readlinkSync(`/proc/${state.process}/cwd`);
  expect(existsSync(home)).toBe(true);
  await world.close();
  expect(existsSync(home)).toBe(false);
  expect(readdirSync('/proc')).not.toContain(String(state.process));
});
