import { describe, expect, it } from 'vitest';
import { createToyWorld, type ToyOptions } from './toy.fixture.ts';

const ms = 1_000_000;

async function eventful(options: ToyOptions): Promise<{ hash: string; text: string; events: number }> {
  const { world, lines, recorder, pass } = createToyWorld({ count: 5, messages: true, ...options });
  const { cluster } = world;
  let over = false;
  const nemesis = async (): Promise<void> => {
    await cluster.sleep(100 * ms);
    const cut = await cluster.cut(new Map([['n1', ['n2', 'n3']]]));
    const slow = await cluster.slow(['n4'], { mean: 20 * ms, jitter: 10 * ms });
    await cluster.sleep(100 * ms);
    const killed = await cluster.kill(['n2']);
    await cluster.sleep(50 * ms);
    const dark = await cluster.powerCut(['n3']);
    const still = await cluster.pause(['n5']);
    const bent = await cluster.bendClock('n1', 5000 * ms);
    await cluster.sleep(100 * ms);
    for (const injury of [cut, slow, killed, dark, still, bent]) await injury.heal();
    await cluster.sleep(100 * ms);
    over = true;
  };
  const done = nemesis();
  for (let i = 0; i < 40; i++) {
    const door = world.door(i, `n${(i % 5) + 1}`);
    const index = recorder.invoke({ action: 'add', input: null }, i, door.node, world.now(), 'main');
    world.at(i * 10 * ms, () =>
      door.request(door.node, { verb: 'add' }, 200 * ms, (reply) =>
        recorder.complete(index, { type: 'ok', output: { ...reply } }, world.now()),
      ),
    );
  }
  await world.run(() => over);
  await done;
  await pass(100 * ms);
  recorder.end(world.now());
  await world.close();
  return { hash: world.hash(), text: lines.join('\n'), events: world.events() };
}

describe('one seed, one execution', () => {
  it('repeats every byte of the history and the hash, faults and all', async () => {
    for (const seed of [1, 2, 0xffffffff]) {
      const network = { loss: 0.05, duplication: 0.05 };
      const first = await eventful({ seed, network });
      const again = await eventful({ seed, network });
      expect(again).toEqual(first);
      expect(first.events).toBeGreaterThan(1000);
    }
  });

  it('gives another execution for another seed', async () => {
    const hashes = new Set<string>();
    for (let seed = 0; seed < 20; seed++) hashes.add((await eventful({ seed })).hash);
    expect(hashes.size).toBe(20);
  });
});
