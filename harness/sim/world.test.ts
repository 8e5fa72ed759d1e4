import { describe, expect, it } from 'vitest';
import { createToyWorld, type ToyOptions } from './toy.fixture.ts';

async function eventful(options: ToyOptions): Promise<{ hash: string; text: string; events: number }> {
  const { world, lines, recorder, pass } = createToyWorld({ count: 5, messages: true, ...options });
  const { cluster } = world;
  let over = false;
  const nemesis = async (): Promise<void> => {
    await cluster.sleep(100 * ms);
    const cut = await cluster.cut(new Map([['n1', ['n2', 'n3']]]));
    const slow = await cluster.disturb(['n4'], { kind: 'slow', mean: 20 * ms, jitter: 10 * ms });
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

const ms = 1_000_000;

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

  it('does not depend on whether messages are recorded: a replay may look closer', async () => {
    const [silent, talkative] = [await eventful({ messages: false }), await eventful({ messages: true })];
    expect(silent.hash).toBe(talkative.hash);
    expect(talkative.text.length).toBeGreaterThan(2 * silent.text.length);
  });

  it('gives another execution for another seed', async () => {
    const hashes = new Set<string>();
    for (let seed = 0; seed < 20; seed++) hashes.add((await eventful({ seed })).hash);
    expect(hashes.size).toBe(20);
  });
});

describe('the loop', () => {
  it('lets promises run to their end before time goes on, however many microtasks they take', async () => {
    const { world } = createToyWorld();
    const trail: string[] = [];
    const deep = async (depth: number): Promise<void> => (depth === 0 ? undefined : deep(depth - 1));
    let over = 0;
    const actor = async (name: string, gap: number): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        await world.cluster.sleep(gap * ms);
        const woken = world.now();
        await deep(100);
        await world.cluster.inspect('n1');
        await (await world.cluster.pause(['n1'])).heal();
        expect(world.now()).toBe(woken);
        trail.push(`${name} ${world.now() / ms}`);
      }
      over++;
    };
    void actor('a', 30);
    void actor('b', 20);
    await world.run(() => over === 2);
    // At 60 the one who went to sleep first wakes first.
    expect(trail).toEqual(['b 20', 'a 30', 'b 40', 'a 60', 'b 60', 'b 80', 'a 90', 'b 100', 'a 120', 'a 150']);
  });

  it('does so for clients and scheduled actions that were made into promises, too', async () => {
    const { world } = createToyWorld();
    let finished = 0;
    const client = async (): Promise<void> => {
      await new Promise<void>((resolve) => world.at(10 * ms, resolve));
      expect(world.now()).toBe(10 * ms);
      const door = world.door(0, 'n2');
      const reply = await new Promise((resolve) => door.request('n2', { verb: 'add' }, 1000 * ms, resolve));
      expect(reply).toEqual({ kind: 'answer', body: { count: 1 } });
      const answered = door.now();
      await new Promise<void>((resolve) => door.after(5 * ms, resolve));
      expect(door.now()).toBe(answered + 5 * ms);
      finished = door.now();
    };
    const done = client();
    await world.run(() => finished > 0);
    await done;
    expect(world.now()).toBe(finished);
  });

  it('never acts early, and takes a time that has passed as now', async () => {
    const { world, pass } = createToyWorld();
    await pass(50 * ms);
    const seen: number[] = [];
    world.at(70.2 * ms, () => seen.push(world.now()));
    world.at(10 * ms, () => seen.push(world.now()));
    await pass(50 * ms);
    expect(seen).toEqual([50 * ms, Math.ceil(70.2 * ms)]);
  });

  it('says so when nothing is left that could finish the run', async () => {
    const { world } = createToyWorld({
      node: () => ({ start() {}, onMessage() {}, onRequest() {}, inspect: () => null }),
    });
    await expect(world.run(() => false)).rejects.toThrow('the simulated world stands still at 0.00');
  });

  it('ends when the world is closed', async () => {
    const { world } = createToyWorld();
    world.at(10 * ms, () => void world.close());
    await world.run(() => false);
    expect(world.now()).toBe(10 * ms);
  });
});

describe('a client', () => {
  it('gets exactly one reply, the timeout at its very nanosecond, and no late answer after it', async () => {
    const { world, pass } = createToyWorld({
      node: (environment) => ({
        start() {},
        onMessage() {},
        onRequest(body, reply) {
          const { after } = body as { after: number };
          environment.timers.set(`answer ${after}`, after, () => reply(after));
        },
        inspect: () => null,
      }),
    });
    await pass(10 * ms);
    const door = world.door(0, 'n1');
    const began = world.now();
    const replies: string[] = [];
    for (const after of [10, 400, 200, 900]) {
      door.request('n1', { after: after * ms }, 300 * ms, (reply) => {
        replies.push(`${after} ${reply.kind}${reply.kind === 'lost' ? ` ${(world.now() - began) / ms}` : ''}`);
      });
    }
    await pass(2000 * ms);
    expect(replies).toEqual(['10 answer', '200 answer', '400 lost 300', '900 lost 300']);
  });

  it('draws from a stream of its own, and has no addresses here', () => {
    const { world } = createToyWorld();
    const [first, second, again] = [world.door(0, 'n1'), world.door(1, 'n1'), world.door(0, 'n2')];
    const drawn = [first, second, again].map((door) => door.random.int(0, 1e9));
    expect(drawn[0]).not.toBe(drawn[1]);
    expect(drawn[0]).toBe(drawn[2]);
    expect(() => first.address('n1')).toThrow('the simulator has no addresses');
  });
});

it('a held link is a clogged pipe: nothing is lost', async () => {
  const { world, pass, lines } = createToyWorld({ messages: true });
  await pass(30 * ms);
  const clogged = await world.cluster.hold(new Map([['n2', ['n1']]]));
  lines.length = 0;
  await pass(200 * ms);
  expect(lines.filter((line) => line.includes('"from":"n1","to":"n2"'))).toEqual([]);
  await clogged.heal();
  await clogged.heal();
  await pass(5 * ms);
  expect(lines.filter((line) => line.includes('"from":"n1","to":"n2"')).length).toBeGreaterThan(8);
  expect(lines.some((line) => line.includes('"lost"'))).toBe(false);
});
