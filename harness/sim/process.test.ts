/** Life and death of a node's process, as its clients and its peers see it. */
import { describe, expect, it } from 'vitest';
import type { NodeFactory } from '../core/node.ts';
import type { Reply } from '../core/target.ts';
import type { NodeEvent } from '../core/types.ts';
import { createToyWorld, type ToyOptions, toyNode } from './toy.fixture.ts';

const ms = 1_000_000;

function create(options: ToyOptions = {}) {
  const toyWorld = createToyWorld(options);
  const events = (node: string): string[] =>
    toyWorld.lines
      .map((line) => JSON.parse(line) as { t: string } & NodeEvent)
      .filter((event) => event.t === 'event' && event.node === node && event.kind !== 'note')
      .map((event) => event.kind);
  return { ...toyWorld, events, cluster: toyWorld.world.cluster };
}

/** Keeps what happened to it, by name of the event, across incarnations. */
function recordingNode(log: string[]): NodeFactory {
  return (environment, variant) => {
    const inner = toyNode(environment, variant);
    const { self, timers, clock } = environment;
    return {
      ...inner,
      start() {
        if (self !== 'n1') return;
        log.push('start');
        const began = clock.monotonic();
        timers.set('early', 30 * ms, () => log.push(`early after ${Math.round((clock.monotonic() - began) / ms)}`));
        timers.set('moved', 35 * ms, () => log.push('moved'));
      },
      onMessage(_, body) {
        log.push(`message ${JSON.stringify(body)}`);
        timers.set('moved', 100 * ms, () => log.push('moved'));
      },
      onRequest(body, reply) {
        const { to } = body as { to?: string };
        if (self !== 'n1') environment.network.send(to ?? 'n1', { type: 'hello' });
        else log.push('request');
        reply(null);
      },
    };
  };
}

describe('kill -9', () => {
  it('ends the process, keeps what was written without a sync, and healing starts it again', async () => {
    const { ask, cluster, pass, events } = create({ variant: { careless: true } });
    await pass(20 * ms);
    for (let i = 0; i < 5; i++) await ask('n1', { verb: 'add' });
    const injury = await cluster.kill(['n1']);
    expect(injury.evidence).toEqual({ took: true, how: 'n1: process 1 runs before, no process now' });
    expect(await ask('n1', { verb: 'read' })).toEqual({ kind: 'refused', reason: 'connection refused' });
    expect(await cluster.inspect('n1')).toBeUndefined();
    expect(await injury.heal()).toEqual({ took: true, how: 'n1: process 2 runs' });
    await pass(1);
    expect(await ask('n1', { verb: 'read' })).toEqual({ kind: 'answer', body: { count: 5 } });
    expect(events('n1')).toEqual(['started', 'killed', 'started']);
  });

  it('resets requests that are under way, so that nobody knows', async () => {
    const { world, cluster, pass } = create({
      node: (environment, variant) => ({ ...toyNode(environment, variant), onRequest() {} }),
    });
    await pass(20 * ms);
    const replies: Reply[] = [];
    world.door(0, 'n1').request('n1', { verb: 'add' }, 1000 * ms, (reply) => replies.push(reply));
    await pass(20 * ms);
    await cluster.kill(['n1']);
    await pass(100 * ms);
    expect(replies).toEqual([{ kind: 'lost', reason: 'reset' }]);
    await pass(2000 * ms);
    expect(replies.length).toBe(1);
  });

  it('loses messages sent to the process that died, even when another has started since', async () => {
    const network = {
      delay: { median: [10 * ms, 10 * ms] as const, spread: 0, tailChance: 0, tailShape: 1, max: 20 * ms },
    };
    const log: string[] = [];
    const { world, cluster, pass, lines } = create({ node: recordingNode(log), network, messages: true });
    await pass(20 * ms);
    world.door(0, 'n2').request('n2', {}, 1000 * ms, () => {});
    await pass(15 * ms);
    await (await cluster.kill(['n1'])).heal();
    await pass(20 * ms);
    expect(log.filter((entry) => entry.startsWith('message'))).toEqual([]);
    expect(lines.filter((line) => line.includes('"lost":"down"')).length).toBe(1);
  });

  it('lets two faults hold one node down until both have healed', async () => {
    const { cluster, pass, events } = create();
    await pass(20 * ms);
    const first = await cluster.kill(['n1', 'n2']);
    const second = await cluster.kill(['n1']);
    expect(second.evidence.took).toBe(true);
    expect((await first.heal()).how).toBe('n1: released, but another fault holds it down | n2: process 2 runs');
    await first.heal();
    expect(await cluster.inspect('n1')).toBeUndefined();
    await second.heal();
    expect(await cluster.inspect('n1')).toBeDefined();
    expect(events('n1')).toEqual(['started', 'killed', 'started']);
  });

  it('does not bring back timers or syncs of the process that died', async () => {
    const log: string[] = [];
    const { cluster, pass } = create({ node: recordingNode(log) });
    await pass(20 * ms);
    await (await cluster.kill(['n1'])).heal();
    await pass(200 * ms);
    expect(log).toEqual(['start', 'start', 'early after 30', 'moved']);
  });
});

describe('a power cut', () => {
  it('loses what was acknowledged without a sync, and nothing that was synced', async () => {
    let lostSome = false;
    for (let seed = 0; seed < 12; seed++) {
      for (const careless of [false, true]) {
        const { ask, cluster, pass } = create({ seed, variant: { careless } });
        await pass(20 * ms);
        for (let i = 0; i < 300; i++) await ask('n1', { verb: 'add' });
        const injury = await cluster.powerCut(['n1']);
        expect(injury.evidence.how).toContain('unsynced sectors');
        await injury.heal();
        await pass(1);
        const reply = (await ask('n1', { verb: 'read' })) as { body: { count: number } };
        if (!careless) expect(reply.body.count).toBe(300);
        else if (reply.body.count < 300) lostSome = true;
      }
    }
    expect(lostSome).toBe(true);
  });
});

describe('a pause', () => {
  it('lets what arrives wait and handles it at the resume, in the order in which it came', async () => {
    const log: string[] = [];
    const { world, cluster, pass } = create({ node: recordingNode(log), startJitter: 1 });
    await pass(10 * ms);
    const injury = await cluster.pause(['n1']);
    expect(injury.evidence).toEqual({ took: true, how: 'n1: process 1, stopped' });
    expect(await cluster.inspect('n1')).toBeUndefined();
    await pass(28 * ms);
    // After both timers rang.
    world.door(0, 'n2').request('n2', {}, 1000 * ms, () => {});
    await pass(22 * ms);
    const replies: Reply[] = [];
    world.door(1, 'n1').request('n1', {}, 1000 * ms, (reply) => replies.push(reply));
    await pass(40 * ms);
    expect([log, replies]).toEqual([['start'], []]);
    expect((await injury.heal()).how).toBe('n1: process 1 runs');
    expect(log[1]).toBe('early after 100');
    expect(log.slice(2)).toEqual(['moved', 'message {"type":"hello"}', 'request']);
    await pass(20 * ms);
    expect(replies).toEqual([{ kind: 'answer', body: null }]);
  });

  it('does not ring a timer that an earlier waiting message has moved', async () => {
    const log: string[] = [];
    const { world, cluster, pass } = create({ node: recordingNode(log), startJitter: 1 });
    await pass(10 * ms);
    const injury = await cluster.pause(['n1']);
    world.door(0, 'n2').request('n2', {}, 1000 * ms, () => {});
    await pass(80 * ms);
    await injury.heal();
    expect(log).toEqual(['start', 'message {"type":"hello"}', 'early after 90']);
    await pass(101 * ms);
    expect(log.at(-1)).toBe('moved');
  });

  it('lets a client run into its timeout', async () => {
    const { ask, cluster, pass } = create();
    await pass(20 * ms);
    await cluster.pause(['n1']);
    expect(await ask('n1', { verb: 'read' }, 300 * ms)).toEqual({ kind: 'lost', reason: 'timeout' });
  });

  it('and a kill compose: the process that starts under a pause stands still until that is over', async () => {
    const { cluster, pass, events, ask } = create();
    await pass(20 * ms);
    const still = await cluster.pause(['n1']);
    const down = await cluster.kill(['n1']);
    expect((await down.heal()).how).toBe('n1: process 2, stopped');
    await pass(50 * ms);
    expect(await cluster.inspect('n1')).toBeUndefined();
    await still.heal();
    expect(await ask('n1', { verb: 'read' })).toEqual({ kind: 'answer', body: { count: 0 } });
    expect(events('n1')).toEqual(['started', 'paused', 'killed', 'started', 'paused', 'resumed']);
  });

  it('of a node that is down holds the process that starts', async () => {
    const { cluster, pass } = create();
    await pass(20 * ms);
    const down = await cluster.kill(['n1']);
    const still = await cluster.pause(['n1']);
    expect(still.evidence.took).toBe(true);
    await still.heal();
    await down.heal();
    expect(await cluster.inspect('n1')).toBeDefined();
  });
});

describe('a node whose handler throws', () => {
  it('has crashed: the history says of what, and it stays down until somebody starts it', async () => {
    const { ask, cluster, pass, lines, world } = create();
    await pass(20 * ms);
    await ask('n1', { verb: 'bomb', to: 'n2' });
    await pass(2000 * ms);
    expect(await ask('n2', { verb: 'read' })).toEqual({ kind: 'refused', reason: 'connection refused' });
    expect(lines.some((line) => line.includes('"kind":"crashed","name":"Error: n2 was bombed"'))).toBe(true);
    expect(world.crashes.map(({ node }) => node)).toEqual(['n2']);
    const injury = await cluster.kill(['n2']);
    expect(injury.evidence.took).toBe(true);
    await injury.heal();
    await pass(1);
    expect(await ask('n2', { verb: 'read' })).toEqual({ kind: 'answer', body: { count: 0 } });
  });

  it('that crashes as it is started again has not been healed', async () => {
    let starts = 0;
    const { cluster, pass } = create({
      count: 1,
      node: (environment, variant) => {
        if (++starts > 1) throw new Error('cannot read my own log');
        return toyNode(environment, variant);
      },
    });
    await pass(10 * ms);
    const injury = await cluster.kill(['n1']);
    expect(await injury.heal()).toEqual({ took: false, how: 'n1: it was started and has crashed' });
  });

  it('crashes of its factory and of a question, too', async () => {
    const broken = create({
      node: () => {
        throw new TypeError('no');
      },
    });
    await broken.pass(10 * ms);
    expect(broken.events('n1')).toEqual(['crashed']);
    const shy = create({
      node: (environment, variant) => ({
        ...toyNode(environment, variant),
        inspect: () => {
          throw new Error('ask not');
        },
      }),
    });
    await shy.pass(10 * ms);
    expect(await shy.cluster.inspect('n1')).toBeUndefined();
    expect(shy.events('n1')).toEqual(['started', 'crashed']);
  });

  it('crashes when it changes a message, sends what is not JSON, answers twice, or is asynchronous', async () => {
    const crimes: NodeFactory[] = [
      (environment, variant) => ({
        ...toyNode(environment, variant),
        onMessage: (_, body) => Object.assign(body as { type: string }, { type: 'changed' }),
      }),
      (environment, variant) => ({
        ...toyNode(environment, variant),
        start: () => environment.network.send('n1', { when: Number.NaN }),
      }),
      (environment, variant) => ({
        ...toyNode(environment, variant),
        start: () => environment.network.send('n9', null),
      }),
      (environment, variant) => ({
        ...toyNode(environment, variant),
        onRequest: (_, reply) => [reply(1), reply(2)],
      }),
    ];
    crimes.push((environment, variant) => ({ ...toyNode(environment, variant), start: async () => {} }));
    const errors: string[] = [];
    for (const node of crimes) {
      const { ask, pass, world } = create({ node });
      await pass(60 * ms);
      await ask('n1', { verb: 'read' });
      errors.push(String(world.crashes[0]?.error));
    }
    expect(errors[0]).toContain('TypeError: Cannot assign to read only property');
    expect(errors[1]).toBe('TypeError: a message holds NaN: only JSON may leave a node');
    expect(errors[2]).toBe('Error: there is no node n9 to send to');
    expect(errors[3]).toBe('Error: a request was answered twice');
    expect(errors[4]).toContain('node code is synchronous');
  });
});
