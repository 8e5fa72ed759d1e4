import { describe, expect, it } from 'vitest';
import { createToyWorld, toyNode } from './toy.fixture.ts';

const ms = 1_000_000;

const create = (options = {}) => {
  const toyWorld = createToyWorld(options);
  return { ...toyWorld, cluster: toyWorld.world.cluster };
};

describe('the cluster', () => {
  it('knows what it can do, and why it cannot do the rest', async () => {
    const { cluster } = create();
    expect(cluster.can.get('control')).toBe("the node's own control handler");
    expect([...cluster.cannot.keys()].sort()).toEqual(['cpu', 'files', 'memory']);
    const deaf = create({
      node: (environment: Parameters<typeof toyNode>[0], variant: Parameters<typeof toyNode>[1]) => {
        const { control: _, ...rest } = toyNode(environment, variant);
        return rest;
      },
    });
    expect(deaf.cluster.can.has('control')).toBe(false);
    expect(deaf.cluster.cannot.get('control')).toBe("no node of toy takes an operator's commands");
  });

  it('inspects a node: its state, its metrics, and whether it leads', async () => {
    const { cluster, ask, pass } = create();
    expect(await cluster.inspect('n1')).toBeUndefined();
    await pass(10 * ms);
    await ask('n1', { verb: 'add' });
    await ask('n1', { verb: 'add' });
    expect(await cluster.inspect('n1')).toMatchObject({
      state: { count: 2 },
      metrics: { increments: 2 },
      leads: { term: 1 },
    });
    expect((await cluster.inspect('n2'))?.leads).toBeUndefined();
  });

  it('hands out copies of what a node says of itself', async () => {
    const members = ['n1'];
    const { cluster, pass } = create({
      node: (environment: Parameters<typeof toyNode>[0], variant: Parameters<typeof toyNode>[1]) => ({
        ...toyNode(environment, variant),
        inspect: () => ({ members, leads: false }),
      }),
    });
    await pass(10 * ms);
    const before = await cluster.inspect('n1');
    members.push('n2');
    expect(before?.state).toEqual({ members: ['n1'], leads: false });
  });

  it('refuses to strike a node that does not exist', async () => {
    const { cluster } = create();
    await expect(cluster.kill(['n7'])).rejects.toThrow('there is no node n7 among n1 n2 n3');
  });
});

describe('evidence', () => {
  it('of a cut names every link, and its heal says what carries again', async () => {
    const { cluster } = create();
    const cut = await cluster.cut(
      new Map([
        ['n1', ['n2', 'n3']],
        ['n2', ['n1']],
      ]),
    );
    expect(cut.evidence).toEqual({ took: true, how: '3 of 3 links drop what arrives: n2 ↛ n1, n3 ↛ n1, n1 ↛ n2' });
    const other = await cluster.cut(new Map([['n1', ['n2']]]));
    expect((await cut.heal()).how).toBe('2 of 3 links carry again; 1 are still cut by another fault');
    expect((await cut.heal()).how).toBe('2 of 3 links carry again; 1 are still cut by another fault');
    expect((await other.heal()).how).toBe('1 of 1 links carry again');
  });

  it('of a cut of nothing is that it did not take', async () => {
    const { cluster } = create();
    expect((await cluster.cut(new Map([['n1', []]]))).evidence.took).toBe(false);
    expect((await cluster.kill([])).evidence).toEqual({ took: false, how: 'no node was named' });
  });

  it('of a cut is true: what the links carry stops and comes back', async () => {
    const { cluster, pass, lines } = create({ messages: true });
    await pass(50 * ms);
    const cut = await cluster.cut(new Map([['n1', ['n2']]]));
    lines.length = 0;
    await pass(100 * ms);
    await cut.heal();
    const count = (from: string, to: string, field: string): number =>
      lines.filter((line) => line.includes(`"from":"${from}","to":"${to}"`) && line.includes(field)).length;
    expect(count('n2', 'n1', '"lost":"cut"')).toBeGreaterThan(3);
    expect(count('n2', 'n1', 'receivedAt')).toBe(0);
    expect(count('n1', 'n2', 'receivedAt')).toBeGreaterThan(3);
    lines.length = 0;
    await pass(100 * ms);
    expect(count('n2', 'n1', 'receivedAt')).toBeGreaterThan(3);
  });

  it('of a bent clock is the clock: overlapping bends add up and each takes back its own', async () => {
    const { cluster } = create({ clock: { offset: 0, driftPpm: 0 } });
    const ahead = await cluster.bendClock('n1', 5000 * ms);
    const behind = await cluster.bendClock('n1', -8000 * ms);
    expect(ahead.evidence).toEqual({ took: true, how: 'n1: wall clock was off by 0.00 ms, now by 5000.00 ms' });
    expect(behind.evidence.how).toBe('n1: wall clock was off by 5000.00 ms, now by -3000.00 ms');
    expect((await ahead.heal()).how).toBe('n1: wall clock was off by -3000.00 ms, now by -8000.00 ms');
    expect((await behind.heal()).how).toBe('n1: wall clock was off by -8000.00 ms, now by 0.00 ms');
  });

  it('of a command is what the node answers, and its heal is the undo, once', async () => {
    const { cluster, ask, pass } = create();
    const early = await cluster.control('n1', { failing: true }, { failing: false });
    expect(early.evidence).toEqual({ took: false, how: 'n1 is down and takes no commands' });
    await pass(10 * ms);
    const injury = await cluster.control('n1', { failing: true }, { failing: false });
    expect(injury.evidence.how).toBe('n1 was told {"failing":true} and says {"failing":true}');
    expect(await ask('n1', { verb: 'read' }, 100 * ms)).toEqual({ kind: 'lost', reason: 'timeout' });
    expect((await injury.heal()).took).toBe(true);
    expect(await ask('n1', { verb: 'read' }, 100 * ms)).toMatchObject({ kind: 'answer' });
  });

  it('of a command to a process that has died since: it is gone with it; to a stopped one: it waits', async () => {
    const { cluster, ask, pass } = create();
    await pass(10 * ms);
    const first = await cluster.control('n1', { failing: true }, { failing: false });
    await (await cluster.kill(['n1'])).heal();
    expect((await first.heal()).how).toBe('n1: the process that was told is gone, and the command with it');
    await pass(1);
    const second = await cluster.control('n1', { failing: true }, { failing: false });
    const still = await cluster.pause(['n1']);
    expect((await second.heal()).how).toBe('n1 is stopped; {"failing":false} waits for it');
    await still.heal();
    expect(await ask('n1', { verb: 'read' }, 100 * ms)).toMatchObject({ kind: 'answer' });
  });
});
