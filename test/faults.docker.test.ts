/** Every fault of containers, by what a node feels of it. The simulator's twin is `faults.test.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Capability } from '../harness/core/cluster.ts';
import { createRecorder } from '../harness/core/history.ts';
import { connectEngine } from '../harness/docker/engine.ts';
import { leavingsOf } from '../harness/docker/testing/leavings.ts';
import { createDockerWorld, type DockerWorld } from '../harness/docker/world.ts';
import { type Bench, checks } from './faults/conformance.ts';
import { probe } from './faults/probe.ts';

let world: DockerWorld;
let bench: Bench;

/** Each has a test of its own, though the machine is asked only later whether it can. */
const all = Object.keys(checks) as Capability[];

beforeAll(async () => {
  const roles = probe.roles(3);
  const recorder = createRecorder({
    pitchpole: 1,
    target: probe.name,
    world: 'docker',
    seed: 1,
    variant: {},
    nodes: Object.keys(roles),
    concurrency: 1,
    workload: 'none',
    schedule: [],
  });
  const entry = fileURLToPath(new URL('./faults/probe-entry.ts', import.meta.url));
  world = await createDockerWorld({
    ...{ target: probe, variant: {}, roles, seed: 1, recorder, messages: false, entry },
    powerCuttable: true,
  });
  bench = {
    cluster: world.cluster,
    pass: (milliseconds) => sleep(milliseconds),
    ask: (node, body, timeout) => new Promise((resolve) => world.door(0, node).request(node, body, timeout, resolve)),
  };
});

afterAll(async () => {
  await world.close();
  expect(await leavingsOf(connectEngine(), world.runId)).toEqual([]);
});

it.for(all)('%s is felt while it stands, and no more when it is healed', async (fault, { skip }) => {
  const { can, cannot } = world.cluster;
  if (!can.has(fault)) {
    expect(cannot.get(fault), `${fault} is neither possible nor impossible`).toBeTruthy();
    skip(cannot.get(fault));
  }
  const check = checks[fault];
  expect(check, `no check for ${fault}`).toBeDefined();
  await check?.(bench);
});
