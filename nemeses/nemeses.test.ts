import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Capability, Cluster, Grudge, Injury, Mend, Nemesis } from '../harness/core/cluster.ts';
import { HarnessError } from '../harness/core/errors.ts';
import { createRandom } from '../harness/core/random.ts';
import type { JsonObject, NodeId } from '../harness/core/types.ts';
import { apart, bridge, deaf, halves, majoritiesRing, mute } from './grudge.ts';
import { nemeses } from './index.ts';

const nodesOf = (count: number): NodeId[] => Array.from({ length: count }, (_, index) => `n${index + 1}`);
const clusters = fc.tuple(fc.integer({ min: 1, max: 12 }).map(nodesOf), fc.integer().map(createRandom));
const drops = (grudge: Grudge, at: NodeId, from: NodeId): boolean => (grudge.get(at) ?? []).includes(from);
const hears = (grudge: Grudge, nodes: readonly NodeId[], node: NodeId): NodeId[] =>
  nodes.filter((other) => !drops(grudge, node, other));

describe('shapes', () => {
  test('halves: everybody is on one side, the larger side is a majority, and no packet crosses', () => {
    fc.assert(
      fc.property(clusters, ([nodes, random]) => {
        const [larger, smaller] = halves(nodes, random);
        expect([...larger, ...smaller].toSorted()).toEqual(nodes.toSorted());
        expect(larger.length).toBeGreaterThan(nodes.length / 2);
        const grudge = apart([larger, smaller]);
        for (const a of larger) for (const b of smaller) expect(drops(grudge, a, b) && drops(grudge, b, a)).toBe(true);
        for (const a of larger) for (const b of larger) expect(drops(grudge, a, b)).toBe(false);
      }),
    );
  });

  test('majorities ring: each node hears and is heard by a majority, and no two hear the same one', () => {
    fc.assert(
      fc.property(clusters, ([nodes, random]) => {
        const grudge = majoritiesRing(nodes, random);
        expect(grudge === undefined).toBe(nodes.length < 4);
        if (grudge === undefined) return;
        const seen = nodes.map((node) => hears(grudge, nodes, node));
        for (const [index, node] of nodes.entries()) {
          expect(seen[index]).toContain(node);
          expect(seen[index]?.length).toBeGreaterThan(nodes.length / 2);
          for (const other of nodes) expect(drops(grudge, node, other)).toBe(drops(grudge, other, node));
        }
        expect(new Set(seen.map(String)).size).toBe(nodes.length);
      }),
    );
  });

  test('five nodes have a ring, and each hears just its two neighbours', () => {
    const nodes = nodesOf(5);
    const grudge = majoritiesRing(nodes, createRandom(1)) as Grudge;
    expect(nodes.map((node) => hears(grudge, nodes, node).length)).toEqual([3, 3, 3, 3, 3]);
  });

  test('bridge: the middle hears all, the sides hear each other only through it', () => {
    fc.assert(
      fc.property(clusters, ([nodes, random]) => {
        const drawn = bridge(nodes, random);
        expect(drawn === undefined).toBe(nodes.length < 3);
        if (drawn === undefined) return;
        const { grudge, middle, groups } = drawn;
        expect(hears(grudge, nodes, middle)).toEqual(nodes);
        for (const a of groups[0])
          for (const b of groups[1]) expect(drops(grudge, a, b) && drops(grudge, b, a)).toBe(true);
        expect(nodes.every((node) => !drops(grudge, node, middle))).toBe(true);
      }),
    );
  });

  test('one way: the deaf hears nobody and is heard, the mute is the other way round', () => {
    const nodes = nodesOf(3);
    expect(hears(deaf('n1', nodes), nodes, 'n1')).toEqual(['n1']);
    expect(hears(deaf('n1', nodes), nodes, 'n2')).toEqual(nodes);
    expect(hears(mute('n1', nodes), nodes, 'n1')).toEqual(nodes);
    expect(hears(mute('n1', nodes), nodes, 'n2')).toEqual(['n2', 'n3']);
  });
});

describe('what is struck', () => {
  test('the primary is isolated: the node of the highest term that says it leads', async () => {
    const run = await strike(nemeses.partition, { shape: 'isolate-primary' }, { leads: { n2: 4, n4: 7 } });
    expect(run.what).toBe('{n4} | {n1 n2 n3 n5}');
    expect(run.nodes).toEqual(['n4']);
    const grudge = run.grudges[0] as Grudge;
    expect(grudge.get('n4')).toEqual(['n1', 'n2', 'n3', 'n5'].toSorted(inDrawnOrder(grudge, 'n4')));
    expect(drops(grudge, 'n1', 'n4')).toBe(true);
  });

  test('a primary with a companion leaves a majority on the other side', async () => {
    const run = await strike(nemeses.partition, { shape: 'isolate-primary', companions: 1 }, { leads: { n1: 1 } });
    const sides = run.what?.split(' | ').map((side) => side.split(' ').length);
    expect(sides).toEqual([2, 3]);
    expect(run.nodes).toContain('n1');
  });

  test('where nobody leads the strike is skipped, with the reason, after its patience', async () => {
    for (const nemesis of [nemeses.partition, nemeses['isolate-and-restart']]) {
      const run = await strike(nemesis, { shape: 'isolate-primary', patienceMs: 300 }, {});
      expect(run.skipped).toBe('no node said that it leads');
      expect(run.log.filter((what) => what !== 'sleep 50')).toEqual([]);
      expect(run.log.length).toBe(6);
    }
  });

  test.each([
    ['random', 1],
    ['primary', 1],
    ['others', 4],
    ['minority', 2],
    ['majority', 3],
    ['all', 5],
  ])('kill of %s strikes %i of five, and starts the same again', async (target, count) => {
    const run = await strike(nemeses.kill, { target }, { leads: { n3: 2 } });
    expect(run.nodes?.length).toBe(count);
    if (target === 'primary') expect(run.nodes).toEqual(['n3']);
    if (target === 'others') expect(run.nodes).not.toContain('n3');
    expect(run.log).toEqual([`kill ${run.nodes?.join(' ')}`, `heal kill ${run.nodes?.join(' ')}`]);
  });

  test('a majority can spare the primary', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const run = await strike(nemeses.kill, { target: 'majority', spare: 'primary' }, { leads: { n3: 2 }, seed });
      expect(run.nodes).not.toContain('n3');
      expect(run.nodes?.length).toBe(3);
    }
  });

  test.each([
    ['pause', nemeses.pause, 'pause'],
    ['power', nemeses.power, 'power'],
    ['slow', nemeses.slow, 'slow'],
  ])('%s strikes and is taken back', async (_, nemesis, verb) => {
    const run = await strike(nemesis, {}, {});
    expect(run.log.length).toBe(2);
    expect(run.log[0]).toMatch(new RegExp(`^${verb} n`));
    expect(run.log[1]).toBe(`heal ${run.log[0]}`);
  });

  test('a clock jumps by at most what was asked, and back', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const run = await strike(nemeses.clock, { offsetMs: 100 }, { seed });
      const offset = Number(run.log[0]?.split(' ')[2]);
      expect(Math.abs(offset)).toBeLessThanOrEqual(100e6);
      expect(Math.abs(offset)).toBeGreaterThanOrEqual(50e6);
      expect(run.log[1]).toBe(`heal ${run.log[0]}`);
    }
    const forwards = await strike(nemeses.clock, { direction: 'forwards' }, {});
    expect(Number(forwards.log[0]?.split(' ')[2])).toBeGreaterThan(0);
  });

  test('a strobe bends and straightens until its time is over, and leaves the clock straight', async () => {
    const run = await strike(nemeses.clock, { mode: 'strobe', everyMs: 100 }, { lastsMs: 1000 });
    const bends = run.log.filter((what) => what.startsWith('bend')).length;
    expect(bends).toBe(5);
    expect(run.log.filter((what) => what.startsWith('heal bend')).length).toBe(bends);
  });

  test('churn restarts one node at a time until its time is over', async () => {
    const run = await strike(nemeses.churn, { downMs: 200, everyMs: 300 }, { lastsMs: 2000 });
    const events = run.log.filter((what) => !what.startsWith('sleep'));
    expect(events.length).toBeGreaterThanOrEqual(8);
    events.forEach((what, index) => {
      expect(what.startsWith('heal')).toBe(index % 2 === 1);
    });
  });

  test('a dependency is told to be ill, and told to be healthy at the end', async () => {
    const roles = { n1: 'caller', n2: 'dependency', n3: 'dependency' };
    const run = await strike(nemeses.dependency, { failureRate: 0.6, latencyMs: 40 }, { roles });
    expect(run.nodes).toEqual(['n2', 'n3']);
    expect(run.what).toBe('n2 n3 fails 60 % and takes 40 ms');
    expect(run.log).toEqual([
      'control n2 {"failureRate":0.6,"latencyMs":40}',
      'control n3 {"failureRate":0.6,"latencyMs":40}',
      'heal control n3 {"failureRate":0,"latencyMs":0}',
      'heal control n2 {"failureRate":0,"latencyMs":0}',
    ]);
  });

  test('the others are restarted while the primary stays cut off until the end', async () => {
    const run = await strike(nemeses['isolate-and-restart'], { downMs: 300 }, { leads: { n2: 1 } });
    expect(run.log).toEqual(['cut', 'kill n1 n3 n4 n5', 'sleep 300', 'heal kill n1 n3 n4 n5', 'heal cut']);
  });

  test('what cannot be aimed is skipped: no such role, no minority, no ring', async () => {
    expect((await strike(nemeses.kill, { role: 'king' }, {})).skipped).toContain('king');
    expect((await strike(nemeses.kill, { target: 'minority' }, { nodes: 1 })).skipped).toContain('minority');
    expect((await strike(nemeses.partition, { shape: 'majorities-ring' }, { nodes: 3 })).skipped).toContain('3 nodes');
    expect((await strike(nemeses.partition, { shape: 'bridge' }, { nodes: 2 })).skipped).toContain('2 nodes');
  });

  test('a random shape is one that the cluster can have', async () => {
    for (let seed = 0; seed < 40; seed++) {
      for (const nodes of [2, 3, 5]) {
        const run = await strike(nemeses.partition, { shape: 'random' }, { nodes, seed, leads: { n1: 1 } });
        expect(run.skipped).toBeUndefined();
      }
    }
  });

  test.each([
    ['partition', { shape: 'triangle' }],
    ['kill', { target: 'everybody' }],
    ['slow', { meanMs: -1 }],
    ['clock', { everyMs: '1s' }],
  ] as const)('a wrong option of %s is refused by name before anything is struck', async (name, options) => {
    const log: string[] = [];
    await expect(strike(nemeses[name], options, { log })).rejects.toThrow(HarnessError);
    expect(log).toEqual([]);
  });

  test('every nemesis strikes whom the seed says: twice the same', async () => {
    for (const nemesis of Object.values(nemeses)) {
      const runs = await Promise.all(
        [7, 7].map((seed) =>
          strike(
            nemesis,
            { shape: 'random' },
            { seed, leads: { n1: 1 }, roles: { n1: 'dependency', n2: 'dependency' } },
          ),
        ),
      );
      expect(runs[0]).toEqual(runs[1]);
    }
  });

  test('the names in the registry are the names of the nemeses', () => {
    expect(Object.values(nemeses).map(({ name }) => name)).toEqual(Object.keys(nemeses));
  });
});

const inDrawnOrder = (grudge: Grudge, node: NodeId) => {
  const order = grudge.get(node) ?? [];
  return (a: NodeId, b: NodeId): number => order.indexOf(a) - order.indexOf(b);
};

interface Circumstances {
  readonly nodes?: number;
  readonly roles?: Readonly<Record<NodeId, string>>;
  readonly leads?: Readonly<Record<NodeId, number>>;
  readonly seed?: number;
  readonly lastsMs?: number;
  readonly log?: string[];
}

/** Strikes a cluster that only writes down what is done to it, mends as the interpreter does, and tells. */
async function strike(nemesis: Nemesis, options: JsonObject, circumstances: Circumstances) {
  const { seed = 1, lastsMs = 1000, leads = {}, log = [] } = circumstances;
  const names = Object.keys(circumstances.roles ?? {});
  const nodes = names.length > 0 ? names : nodesOf(circumstances.nodes ?? 5);
  const grudges: Grudge[] = [];
  let now = 0;
  const injury = (what: string, healed = what): Promise<Injury> => {
    log.push(what);
    const evidence = { took: true, how: what };
    return Promise.resolve({
      evidence,
      heal: () => {
        log.push(`heal ${healed}`);
        return Promise.resolve(evidence);
      },
    });
  };
  const cluster: Cluster = {
    world: 'sim',
    nodes,
    roles: circumstances.roles ?? Object.fromEntries(nodes.map((node) => [node, 'replica'])),
    can: new Map<Capability, string>(),
    cannot: new Map(),
    now: () => now,
    sleep: (duration) => {
      now += duration;
      log.push(`sleep ${duration / 1e6}`);
      return Promise.resolve();
    },
    inspect: (node) => {
      const term = leads[node];
      return Promise.resolve({ state: null, metrics: {}, ...(term === undefined ? {} : { leads: { term } }) });
    },
    cut: (grudge) => {
      grudges.push(grudge);
      return injury('cut');
    },
    hold: (grudge) => injury(`hold ${[...grudge.keys()].join(' ')}`),
    disturb: (struck, { kind }) => injury(`${kind} ${struck.join(' ')}`),
    reset: (struck) => injury(`reset ${struck.join(' ')}`),
    stop: (struck) => injury(`stop ${struck.join(' ')}`),
    wipe: (struck) => injury(`wipe ${struck.join(' ')}`),
    driftClock: (node, ppm) => injury(`drift ${node} ${ppm}`),
    spoilDisk: (struck, { kind }) => injury(`${kind} ${struck.join(' ')}`),
    rot: (struck, { kind }) => injury(`${kind} ${struck.join(' ')}`),
    limit: (struck, { kind }) => injury(`${kind} ${struck.join(' ')}`),
    kill: (struck) => injury(`kill ${struck.join(' ')}`),
    powerCut: (struck) => injury(`power ${struck.join(' ')}`),
    pause: (struck) => injury(`pause ${struck.join(' ')}`),
    bendClock: (node, offset) => injury(`bend ${node} ${offset}`),
    control: (node, command, undo) =>
      injury(`control ${node} ${JSON.stringify(command)}`, `control ${node} ${JSON.stringify(undo)}`),
  };
  let record: { nodes: readonly NodeId[]; what: string } | undefined;
  let skipped: string | undefined;
  const open: Injury[] = [];
  const mend: Mend | undefined = await nemesis.strike(
    {
      cluster,
      random: createRandom(seed),
      record: (struck, what) => {
        record = { nodes: struck, what };
      },
      inflict: async (blow) => {
        const landed = await blow;
        const kept: Injury = {
          evidence: landed.evidence,
          heal: () => {
            open.splice(open.indexOf(kept), 1);
            return landed.heal();
          },
        };
        open.push(kept);
        return kept;
      },
      skip: (reason) => {
        skipped ??= reason;
      },
      over: () => now >= lastsMs * 1e6,
    },
    options,
  );
  await mend?.();
  for (const left of [...open].reverse()) await left.heal();
  return { ...record, skipped, log, grudges };
}
