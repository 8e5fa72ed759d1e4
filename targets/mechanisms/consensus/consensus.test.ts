/**
 * The whole of it in the simulator: the reference under everything at once, and each flaw under its own scenario. The
 * suites of `pitchpole run` try hundreds of seeds; here are enough to break a change that breaks something.
 */
import { describe, expect, test } from 'vitest';
import { availability } from '../../../checkers/availability.ts';
import { crashes } from '../../../checkers/crashes.ts';
import { splitBrain } from '../../../checkers/split-brain.ts';
import { milliseconds, seconds } from '../../../harness/core/define.ts';
import type { FaultRule, Flaw, Scenario } from '../../../harness/core/target.ts';
import type { History, JsonObject, Variant } from '../../../harness/core/types.ts';
import { runOnce } from '../../../harness/run/run.ts';
import { createSimWorld, type SimOptions } from '../../../harness/sim/world.ts';
import { nemeses } from '../../../nemeses/index.ts';
import { workloads } from '../../../workloads/index.ts';
import { within } from './patterns/scenario.ts';
import { consensus } from './patterns.ts';

const registries = { workloads, nemeses };

const run = (scenario: Scenario, seed: number, switches: Variant = {}, sim: SimOptions = {}, flaw?: Flaw) =>
  runOnce({
    target: consensus,
    scenario,
    variant: { ...consensus.reference, ...scenario.settings, ...switches },
    seed,
    world: 'sim',
    registries,
    createWorld: (options) => createSimWorld({ ...options, ...sim }),
    ...(flaw === undefined ? {} : { flaw }),
  });

const often = (nemesis: string, options: JsonObject): FaultRule => ({
  nemesis,
  options,
  first: within(300, 3000),
  lasts: within(50, 1200),
  gap: within(300, 2500),
});

/** Everything that can go wrong, several things at a time. */
const harsh = {
  concurrency: 10,
  rate: 60,
  duration: seconds(7),
  settle: seconds(2),
  observeEvery: milliseconds(100),
  checkers: [splitBrain(), crashes(), availability({ mustRecoverWithinMs: 3000 })],
  settings: { snapshotThreshold: 25, snapshotTrailing: 5 },
  faults: [
    often('partition', { shape: 'random' }),
    often('kill', { target: 'random' }),
    often('kill', { target: 'all' }),
    often('power', { target: 'random', count: 2 }),
    often('power', { target: 'all' }),
    often('pause', { target: 'random', count: 2 }),
    often('pause', { target: 'primary' }),
    often('clock', { target: 'random', mode: 'strobe' }),
    often('slow', { target: 'random', count: 2 }),
  ],
} as const satisfies Partial<Scenario>;

const lossy: SimOptions = { network: { loss: 0.03, duplication: 0.03 } };

/** Slow in everything, and with a heavy tail: what two things can overlap do overlap. */
const sluggish: SimOptions = {
  network: {
    loss: 0.05,
    duplication: 0.05,
    delay: { median: [250_000, 9_000_000], spread: 0.9, tailChance: 0.05, tailShape: 1, max: 200_000_000 },
  },
  disk: {
    sync: { median: [500_000, 20_000_000], spread: 0.8, tailChance: 0.05, tailShape: 1, max: 300_000_000 },
    tear: 0.4,
  },
};
const hasty = { electionTimeoutMs: 150, heartbeatMs: 30, snapshotThreshold: 5, snapshotTrailing: 0, maxBatch: 2 };

/** What holds of every correct Raft, whatever its clients see (paper, figure 3). */
function expectSafety(history: History, label: string): void {
  const digests = new Map<number, unknown>();
  for (const { state } of history.observations) {
    const { applied, digest } = state as { readonly applied?: number; readonly digest?: number };
    if (applied === undefined) continue;
    // State machine safety: what was applied at an index is the same everywhere.
    if (digests.has(applied)) expect(digest, `${label}: applied ${applied}`).toBe(digests.get(applied));
    digests.set(applied, digest);
  }
  const leaders = new Map<unknown, string>();
  for (const { node, name, data } of history.events) {
    expect(name, `${label}: a committed entry was overwritten`).not.toBe('rewound');
    if (name !== 'leader') continue;
    const { term } = data as { readonly term: number };
    expect(leaders.get(term) ?? node, `${label}: leaders of term ${term}`).toBe(node);
    leaders.set(term, node);
  }
}

describe('the reference', () => {
  test.each([
    ['registers, a lossy network', 'register', lossy, {}, 5, 1000, 60],
    ['lists, a lossy network', 'append', lossy, {}, 5, 2000, 40],
    ['registers, sluggish networks and disks, snapshots all the time', 'register', sluggish, hasty, 5, 3000, 50],
    ['lists, sluggish networks and disks, snapshots all the time', 'append', sluggish, hasty, 5, 4000, 40],
    ['three nodes, sluggish', 'register', sluggish, hasty, 3, 5000, 30],
    ['seven nodes, lossy', 'register', lossy, {}, 7, 6000, 10],
  ] as const)(
    'is linearizable under everything at once, and serves again when it ends: %s',
    async (...row) => {
      const [, workload, sim, switches, nodes, from, count] = row;
      let faults = 0;
      for (let seed = from; seed < from + count; seed++) {
        const result = await run({ ...harsh, workload, nodes }, seed, switches, sim);
        const label = `seed ${seed}`;
        expect(
          result.verdicts.filter(({ valid }) => valid === 'invalid').map(({ summary }) => summary),
          label,
        ).toEqual([]);
        expect(result.doubts, label).toEqual([]);
        expectSafety(result.history, label);
        faults += result.faults;
      }
      expect(faults).toBeGreaterThan(count * 5);
    },
    120_000,
  );

  test('a cluster of one decides alone', async () => {
    const { history, valid } = await run({ ...harsh, faults: [], workload: 'register', nodes: 1 }, 1);
    expect(valid).toBe('valid');
    expect(history.operations.filter(({ completion }) => completion.type === 'ok').length).toBeGreaterThan(200);
  });

  test('without faults nothing fails and one election is enough', async () => {
    const { history } = await run({ ...harsh, faults: [], workload: 'append' }, 1);
    expect(history.operations.filter(({ completion }) => completion.type !== 'ok')).toEqual([]);
    expect(history.events.filter(({ name }) => name === 'candidate')).toHaveLength(1);
    const metrics = history.observations.at(-1)?.metrics ?? {};
    expect(metrics.consensus_applied_index).toBeGreaterThan(300);
    expect(metrics.consensus_log_size_bytes).toBeLessThan(20_000);
    expect(metrics.consensus_snapshot_age_seconds).toBeLessThan(2);
    const latencies = history.observations.map((seen) => seen.metrics.consensus_commit_latency_seconds ?? 0);
    expect(Math.max(...latencies)).toBeLessThan(0.1);
  });

  test('a follower that was away for long is brought up to date by a snapshot', async () => {
    const away: FaultRule = {
      nemesis: 'kill',
      options: { target: 'random', spare: 'primary' },
      first: within(500, 500),
      lasts: within(5000, 5000),
    };
    const { history, valid } = await run({ ...harsh, workload: 'append', faults: [away] }, 4);
    expect(valid).toBe('valid');
    expect(history.events.filter(({ name }) => name === 'installed')).toHaveLength(1);
    const last = history.observations.slice(-5).map(({ state }) => (state as { readonly applied: number }).applied);
    expect(new Set(last).size).toBe(1);
  });
});

describe.each(
  consensus.patterns.flatMap((pattern) => pattern.flaws.map((flaw) => [pattern.id, flaw.name, flaw] as const)),
)('%s, %s', (_, __, flaw) => {
  test('is convicted within few seeds, and the signal fires', async () => {
    let convicted = 0;
    let fired = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const { anomalies, signal } = await run(flaw.scenario, seed, flaw.switches, {}, flaw);
      if (anomalies.some((name) => (flaw.expect as readonly string[]).includes(name))) convicted++;
      if (signal !== undefined) fired++;
    }
    expect(convicted).toBeGreaterThanOrEqual(2);
    expect(fired).toBeGreaterThanOrEqual(2);
  }, 60_000);

  test('the fixed twin is acquitted of the same seeds, and the signal is silent', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { valid, signal, verdicts, history } = await run(flaw.scenario, seed, {}, {}, flaw);
      expect(valid, `seed ${seed}: ${verdicts.map(({ summary }) => summary).join(' | ')}`).toBe('valid');
      expect(signal, `seed ${seed}`).toBe(undefined);
      expectSafety(history, `seed ${seed}`);
    }
  }, 60_000);
});
