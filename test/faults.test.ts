/** Every fault of the simulator, by what a node feels of it. The containers' twin is `faults.docker.test.ts`. */
import { expect, it } from 'vitest';
import type { Capability } from '../harness/core/cluster.ts';
import { createRecorder } from '../harness/core/history.ts';
import { createSimWorld } from '../harness/sim/world.ts';
import { type Bench, checks } from './faults/conformance.ts';
import { probe } from './faults/probe.ts';

function createBench(seed = 1): Bench {
  const roles = probe.roles(3);
  const recorder = createRecorder({
    pitchpole: 1,
    target: probe.name,
    world: 'sim',
    seed,
    variant: {},
    nodes: Object.keys(roles),
    concurrency: 1,
    workload: 'none',
    schedule: [],
  });
  const world = createSimWorld({ target: probe, variant: {}, roles, seed, recorder, messages: false });
  const until = async (done: () => boolean): Promise<void> => world.run(done);
  const pass = async (milliseconds: number): Promise<void> => {
    let over = false;
    world.at(world.now() + milliseconds * 1e6, () => {
      over = true;
    });
    await until(() => over);
  };
  return {
    cluster: world.cluster,
    pass,
    async ask(node, body, timeout) {
      return new Promise((resolve) => {
        let done = false;
        world.door(0, node).request(node, body, timeout, (reply) => {
          done = true;
          resolve(reply);
        });
        // `wait` is answered while the test lets time pass; everything else within its timeout.
        if (body !== 'wait') void until(() => done);
      });
    },
  };
}

const { cluster } = createBench();

it.each([...cluster.can.keys()])('%s is felt while it stands, and no more when it is healed', async (fault) => {
  const check = checks[fault];
  expect(check, `no check for ${fault}`).toBeDefined();
  for (const seed of [1, 2, 3]) {
    const bench = createBench(seed);
    await bench.pass(500);
    await check?.(bench);
  }
});

it('what cannot be done here has a reason', () => {
  for (const fault of Object.keys(checks) as Capability[]) {
    if (!cluster.can.has(fault)) expect(cluster.cannot.get(fault), fault).toBeTruthy();
  }
});
