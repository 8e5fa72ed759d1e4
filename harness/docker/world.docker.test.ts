import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HarnessError } from '../core/errors.ts';
import { createRecorder } from '../core/history.ts';
import type { HistoryHeader } from '../core/types.ts';
import { connectEngine, ownerLabel, partLabel, runLabel } from './engine.ts';
import { ports } from './entry/settings.ts';
import { owner } from './owner.ts';
import { removeAll } from './sweep.ts';
import { leavingsOf } from './testing/leavings.ts';
import { toy } from './testing/toy.ts';
import { createToyWorld, type ToyWorld } from './testing/toy-world.ts';
import { createDockerWorld } from './world.ts';

const engine = connectEngine();
let world: ToyWorld;

beforeAll(async () => {
  world = await createToyWorld(2);
});
afterAll(async () => {
  await world.close();
  await world.close();
  expect(await leavingsOf(engine, world.runId)).toEqual([]);
});

describe('a node in a container', () => {
  test('finds its disk as the simulator’s disk is', async () => {
    expect(await world.answer('n1', { verb: 'disk' })).toEqual({
      missing: null,
      appended: 'hello world',
      overwritten: 'hello World',
      gap: [0, 0, 0, 120],
      truncated: 'hello',
      renamed: [null, 'hello'],
      list: ['gap'],
      copied: 'hello',
      removed: null,
      syncedLater: true,
      syncOfNothingFails: true,
    });
  });

  test('has timers that ring once, in time, and not when they were cancelled', async () => {
    expect(await world.answer('n1', { verb: 'timers' })).toEqual(['in time']);
  });

  test('hears itself and its peer, and believes itself primary as the target reads it', async () => {
    await expect
      .poll(async () => (await world.cluster.inspect('n1'))?.state)
      .toMatchObject({ self: 'n1', heard: { n1: expect.any(Number), n2: expect.any(Number) } });
    expect((await world.cluster.inspect('n1'))?.leads).toEqual({ term: 1 });
    expect((await world.cluster.inspect('n2'))?.leads).toBe(undefined);
  });

  test('counts in metrics that are read from it in Prometheus’ format too', async () => {
    await world.answer('n2', { verb: 'echo' });
    expect((await world.cluster.inspect('n2'))?.metrics.requests_total).toBeGreaterThan(0);
    const text = await (await fetch(`http://${world.door(0, 'n2').address('n2', ports.clients)}/metrics`)).text();
    expect(text).toMatch(/^requests_total \d+$/m);
  });

  test('has its notes in the history, in the run’s time', async () => {
    const before = world.now();
    await world.answer('n1', { verb: 'note', name: 'mark' });
    await world.run(() => true);
    const note = world.events('note').find(({ name }) => name === 'mark');
    expect(note).toMatchObject({ node: 'n1', data: { by: 'n1' } });
    expect(note?.at).toBeGreaterThan(before);
    expect(note?.at).toBeLessThan(world.now());
  });

  test('has limits, no way to set the machine’s clock, and ports on loopback only', async () => {
    const filters = { label: [`${runLabel}=${world.runId}`] };
    const containers = await engine.listContainers({ filters });
    for (const { Id, Labels, Ports } of containers) {
      const { HostConfig } = await engine.getContainer(Id).inspect();
      expect(HostConfig.Privileged).toBe(false);
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      expect(HostConfig.CapAdd ?? []).not.toContain('SYS_TIME');
      expect(HostConfig.CapAdd ?? []).not.toContain('CAP_SYS_TIME');
      if (Labels[partLabel] !== 'agent') expect(Ports.every(({ IP }) => IP === '127.0.0.1')).toBe(true);
      else expect(HostConfig.NetworkMode).toBe('none');
    }
    expect(containers).toHaveLength(3);
  });
});

describe('time', () => {
  test('is never early for what is scheduled, and ends when the run has finished', async () => {
    const times: [asked: number, came: number][] = [];
    for (const after of [30, 5, 0, 12.3]) {
      const asked = world.now() + after * 1e6;
      world.at(asked, () => times.push([asked, world.now()]));
    }
    await world.run(() => times.length === 4);
    expect(times.every(([asked, came]) => came >= asked)).toBe(true);
  });
});

test('a handler that throws ends the process, and the history says of what', async () => {
  expect(await world.ask('n2', { verb: 'explode' })).toMatchObject({ kind: 'lost' });
  await expect
    .poll(() => world.events('crashed'))
    .toEqual([expect.objectContaining({ node: 'n2', name: 'Error: the toy was asked to explode' })]);
  expect(await world.ask('n2', { verb: 'echo' })).toEqual({ kind: 'refused', reason: 'n2 is down' });
});

test('a cluster that is kept stands when its run is over, until it is removed', async () => {
  const kept = await createToyWorld(1, { keep: true, powerCuttable: true });
  await kept.close();
  // The node, its network, its disk (a volume and a loop device), and the agent's journal.
  expect(await leavingsOf(engine, kept.runId)).toHaveLength(5);
  const answer = await fetch(`http://${kept.door(0, 'n1').address('n1')}/inspect`);
  expect(await answer.json()).toMatchObject({ state: { self: 'n1' } });
  await removeAll(engine, kept.runId);
  expect(await leavingsOf(engine, kept.runId)).toEqual([]);
});

test('nodes that do not come up are told with their last words, and nothing of them stays', async () => {
  const roles = { n1: 'replica' };
  const header = { pitchpole: 1, target: 'toy', world: 'docker', nodes: ['n1'] } as unknown as HistoryHeader;
  const broken = createDockerWorld({
    ...{ target: toy, variant: {}, roles, seed: 1, recorder: createRecorder(header), messages: false },
    entry: new URL('./testing/no-entry.ts', import.meta.url).pathname,
  });
  const error = await broken.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HarnessError);
  expect((error as HarnessError).message).toMatch(
    /^The containers of `toy` did not come up \(n1 ended while it started; its last words: .*on purpose/,
  );
  // Others' runs on this machine are not ours to count.
  const filters = { label: [`${ownerLabel}=${owner()}`] };
  const ours = await engine.listContainers({ all: true, filters });
  expect(ours.filter(({ Labels }) => Labels[runLabel] !== world.runId)).toEqual([]);
});
