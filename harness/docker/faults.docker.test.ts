import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Evidence } from '../core/types.ts';
import { connectEngine } from './engine.ts';
import { leavingsOf } from './testing/leavings.ts';
import { createToyWorld, type ToyWorld } from './testing/toy-world.ts';

const engine = connectEngine();
let world: ToyWorld;

beforeAll(async () => {
  world = await createToyWorld(3, { powerCuttable: true });
});
afterAll(async () => {
  await world.close();
  expect(await leavingsOf(engine, world.runId)).toEqual([]);
});

/** Every heal must leave a cluster in which everybody answers and everybody hears everybody. */
afterEach(async () => {
  for (const node of world.cluster.nodes) {
    await expect.poll(() => world.ask(node, { verb: 'echo', value: node })).toEqual({ kind: 'answer', body: node });
  }
  for (const [to, from] of [
    ['n1', 'n2'],
    ['n2', 'n3'],
    ['n3', 'n1'],
  ] as const) {
    const before = await hears(to, from);
    await expect.poll(() => hears(to, from), { timeout: 10_000 }).toBeGreaterThan(before);
  }
});

const hears = async (node: string, from: string): Promise<number> => {
  const seen = await world.cluster.inspect(node);
  return (seen?.state as { heard: Record<string, number> } | undefined)?.heard[from] ?? 0;
};

const tookEffect = (evidence: Evidence, how: RegExp): void => {
  expect(evidence.how).toMatch(how);
  expect(evidence).toMatchObject({ took: true });
};

describe('a cut', () => {
  test('stops packets one way, leaves the others alone, and its heal lets them through again', async () => {
    const injury = await world.cluster.cut(new Map([['n1', ['n2']]]));
    tookEffect(
      injury.evidence,
      /^0 of 3 datagrams and 0 TCP handshakes crossed n2→n1; 15 of 15 datagrams and 4 TCP handshakes crossed the 5 open links$/,
    );
    const before = { n1: await hears('n1', 'n2'), n2: await hears('n2', 'n3') };
    await expect.poll(() => hears('n2', 'n3')).toBeGreaterThan(before.n2 + 5);
    expect(await hears('n1', 'n2')).toBeLessThanOrEqual(before.n1 + 1);
    expect(await world.answer('n1', { verb: 'echo', value: 'clients get through' })).toBe('clients get through');
    tookEffect(await injury.heal(), /^18 of 18 datagrams and 6 TCP handshakes crossed the 6 open links$/);
  });

  test('that overlaps another one leaves it in force when it is healed', async () => {
    const first = await world.cluster.cut(new Map([['n1', ['n2', 'n3']]]));
    const second = await world.cluster.cut(new Map([['n1', ['n2']]]));
    tookEffect(await first.heal(), /0 of 3 datagrams and 0 TCP handshakes crossed n2→n1; 15 of 15/);
    tookEffect(await second.heal(), /18 of 18 datagrams/);
  });

  test('is put upon a node that restarts in the middle of it', async () => {
    const cut = await world.cluster.cut(
      new Map([
        ['n1', ['n2', 'n3']],
        ['n2', ['n1']],
        ['n3', ['n1']],
      ]),
    );
    const kill = await world.cluster.kill(['n1']);
    tookEffect(await kill.heal(), /n1: started, answers after/);
    const probe = await world.cluster.cut(new Map());
    expect(probe.evidence.how).toMatch(/0 of 12 datagrams and 0 TCP handshakes crossed/);
    await probe.heal();
    expect(await hears('n1', 'n2')).toBe(0);
    await cut.heal();
  });
});

test('a slow node’s packets take their time, also after its restart, and others’ do not', async () => {
  const fastest = (how: string): Record<string, number> =>
    Object.fromEntries([...how.matchAll(/(n\d) ([\d.]+)/g)].map(([, node, ms]) => [node, Number(ms)]));
  const injury = await world.cluster.disturb(['n1'], { kind: 'slow', mean: 80e6, jitter: 20e6 });
  tookEffect(injury.evidence, /^fastest datagram to another node, in ms: n1 [\d.]+, n2 [\d.]+, n3 [\d.]+$/);
  expect(fastest(injury.evidence.how).n1).toBeGreaterThanOrEqual(60);
  expect(fastest(injury.evidence.how).n2).toBeLessThan(60);
  const kill = await world.cluster.kill(['n1']);
  tookEffect(await kill.heal(), /n1: started/);
  const more = await world.cluster.disturb(['n1', 'n2'], { kind: 'slow', mean: 100e6, jitter: 0 });
  expect(fastest(more.evidence.how).n1, 'two slow faults add up').toBeGreaterThanOrEqual(160);
  expect(fastest(more.evidence.how).n2).toBeGreaterThanOrEqual(100);
  await injury.heal();
  const healed = await more.heal();
  tookEffect(healed, /^fastest datagram/);
  expect(fastest(healed.how).n1).toBeLessThan(60);
});

test('a paused node is in state T and silent, and goes on after the heal with all that it had', async () => {
  await world.answer('n2', { verb: 'append', sync: true });
  const injury = await world.cluster.pause(['n2']);
  tookEffect(injury.evidence, /^n2: 1 of 1 process is in state T \(stopped\)$/);
  expect(await world.ask('n2', { verb: 'echo' }, 300)).toEqual({ kind: 'lost', reason: 'no answer in 300 ms' });
  expect(await world.cluster.inspect('n2')).toBe(undefined);
  tookEffect(await injury.heal(), /^n2: 1 of 1 process runs again$/);
  expect((await world.cluster.inspect('n2'))?.state).toMatchObject({ count: 1 });
});

test('a killed node refuses connections, and written data is there when it is started', async () => {
  const before = await world.answer<{ count: number }>('n3', { verb: 'append', sync: false });
  const injury = await world.cluster.kill(['n3']);
  tookEffect(injury.evidence, /^n3: process \d+ is gone, its port refuses$/);
  expect(await world.ask('n3', { verb: 'echo' })).toMatchObject({ kind: 'refused' });
  tookEffect(await injury.heal(), /^n3: started, answers after \d+ ms$/);
  expect((await world.cluster.inspect('n3'))?.state).toMatchObject({ count: before.count });
  expect(world.events('killed').at(-1)).toMatchObject({ node: 'n3' });
  expect(world.events('started').at(-1)).toMatchObject({ node: 'n3' });
  expect(world.events('crashed')).toEqual([]);
});

test('a node that two faults hold down starts when the second lets go', async () => {
  const first = await world.cluster.kill(['n1']);
  const second = await world.cluster.kill(['n1', 'n2']);
  tookEffect(await first.heal(), /another fault still holds it down/);
  expect(await world.ask('n1', { verb: 'echo' })).toMatchObject({ kind: 'refused' });
  tookEffect(await second.heal(), /n1: started.*n2: started/);
});

test('a node that is started during its pause is paused at once', async () => {
  const pause = await world.cluster.pause(['n1']);
  const kill = await world.cluster.kill(['n1']);
  tookEffect(await kill.heal(), /started, and stopped at once by another fault/);
  // Long enough for a process that runs to have come up and greeted its peers.
  const heardOfIt = await hears('n2', 'n1');
  const heardOfOther = await hears('n2', 'n3');
  await expect.poll(() => hears('n2', 'n3'), { timeout: 10_000 }).toBeGreaterThan(heardOfOther + 60);
  expect(await hears('n2', 'n1')).toBe(heardOfIt);
  expect(await world.cluster.inspect('n1')).toBe(undefined);
  tookEffect(await pause.heal(), /runs again/);
});

test('a bent clock moves the node’s wall clock by what was asked, and not its monotonic one', async () => {
  type Clocks = { wall: number; monotonic: number };
  const before = await world.answer<Clocks>('n3', { verb: 'clock' });
  const injury = await world.cluster.bendClock('n3', -90_000_000_000);
  tookEffect(injury.evidence, /off by -90000 ms, read back, asked for the time, it moved by -(90000|8999\d|9000\d) ms/);
  const during = await world.answer<Clocks>('n3', { verb: 'clock' });
  expect(during.wall).toBeLessThan(before.wall - 60e9);
  expect(during.monotonic).toBeGreaterThan(before.monotonic);
  const kill = await world.cluster.kill(['n3']);
  await kill.heal();
  const restarted = await world.answer<Clocks>('n3', { verb: 'clock' });
  expect(restarted.wall, 'a restart does not set it right').toBeLessThan(before.wall - 60e9);
  tookEffect(await injury.heal(), /off by 0 ms, read back, asked for the time, it moved by (90000|8999\d|9000\d) ms/);
});

test('a power cut loses what was not synced and keeps what was', async () => {
  await world.answer('n2', { verb: 'append', sync: true });
  const { count } = await world.answer<{ count: number }>('n2', { verb: 'append', sync: true });
  for (let lost = 0; lost < 5; lost++) await world.answer('n2', { verb: 'append', sync: false });
  expect((await world.cluster.inspect('n2'))?.state).toMatchObject({ count: count + 5 });
  const injury = await world.cluster.powerCut(['n2']);
  tookEffect(injury.evidence, /^n2: process \d+ is gone, its disk refuses to write, its port refuses$/);
  tookEffect(await injury.heal(), /n2: started.*a file written without sync just before the cut is gone$/);
  expect((await world.cluster.inspect('n2'))?.state).toMatchObject({ count });
  expect(world.events('power-cut').at(-1)).toMatchObject({ node: 'n2' });
});

test('the data of a node that is down already is wiped and damaged too', async () => {
  const { count } = await world.answer<{ count: number }>('n1', { verb: 'append', sync: true });
  expect(count).toBeGreaterThan(0);
  const kill = await world.cluster.kill(['n1']);
  const rot = await world.cluster.rot(['n1'], { kind: 'truncate', bytes: 1 });
  tookEffect(rot.evidence, /^n1 did not run, \S+ ends after \d+ of \d+ bytes$/);
  const wipe = await world.cluster.wipe(['n1']);
  tookEffect(wipe.evidence, /^n1 did not run, \d+ entries of its data folder are gone, 0 are left$/);
  for (const injury of [kill, rot, wipe]) expect(await injury.heal()).toMatchObject({ took: true });
  expect((await world.cluster.inspect('n1'))?.state).toMatchObject({ count: 0 });
});

test('in a run without disks of its own that data is found where the engine keeps it', async () => {
  const plain = await createToyWorld(1);
  try {
    expect(plain.cluster.cannot.get('disk-full')).toBe('this run was started without disks of its own');
    await plain.answer('n1', { verb: 'append', sync: true });
    const kill = await plain.cluster.kill(['n1']);
    const wipe = await plain.cluster.wipe(['n1']);
    tookEffect(wipe.evidence, /^n1 did not run, 1 entries of its data folder are gone, 0 are left$/);
    await kill.heal();
    await wipe.heal();
    expect((await plain.cluster.inspect('n1'))?.state).toMatchObject({ count: 0 });
  } finally {
    await plain.close();
  }
});

test('faults that stand are put upon a node that restarts in the middle of them', async () => {
  const { cluster } = world;
  const narrow = await cluster.limit(['n1'], { kind: 'files', count: 64 });
  const failing = await cluster.spoilDisk(['n1'], { kind: 'disk-error', share: 1 });
  const full = await cluster.spoilDisk(['n2'], { kind: 'disk-full' });
  const drifting = await cluster.driftClock('n1', 200_000);
  for (const { evidence } of [narrow, failing, full, drifting]) expect(evidence).toMatchObject({ took: true });
  await (await cluster.kill(['n1'])).heal();
  const more = await cluster.spoilDisk(['n1'], { kind: 'disk-slow', by: 1e6 });
  tookEffect(more.evidence, /each sync of \d+ traced threads waits for 1 ms and fails with EIO in 100 % of cases/);
  tookEffect(await (await cluster.limit(['n1'], { kind: 'files', count: 128 })).heal(), /may open 64 files/);
  for (const injury of [more, drifting, full, failing, narrow]) {
    expect(await injury.heal()).toMatchObject({ took: true });
  }
});

test('an operator’s command is in force until it is taken back', async () => {
  const injury = await world.cluster.control('n1', { failing: true }, { failing: false });
  tookEffect(injury.evidence, /says {"failing":true}/);
  expect(await world.ask('n1', { verb: 'echo' }, 200)).toMatchObject({ kind: 'lost' });
  tookEffect(await injury.heal(), /says {"failing":false}/);
});

test('what cannot be done here is said, with the reason', () => {
  const { can, cannot } = world.cluster;
  expect([...cannot.keys()]).toEqual(['corruption']);
  expect(can.size).toBe(24);
  for (const reason of cannot.values()) expect(reason).not.toBe('');
});
