/** The second phase of a run: a majority is healed, the others are gone for good, and whoever is left must serve. */
import { expect, test } from 'vitest';
import { progress } from '../checkers/progress.ts';
import { milliseconds, seconds } from '../harness/core/define.ts';
import * as ledgers from '../harness/run/ledger.fixture.ts';
import type { FullRunResult } from '../harness/run/run.ts';
import { runOnce } from '../harness/run/run.ts';
import { nemeses } from '../nemeses/index.ts';
import { common } from '../targets/mechanisms/consensus/patterns/scenario.ts';
import { consensus } from '../targets/mechanisms/consensus/patterns.ts';
import { workloads } from '../workloads/index.ts';

const liveness = { within: seconds(3) };

const ofConsensus = (seed: number, nemesis: string, options = {}): Promise<FullRunResult> =>
  runOnce({
    ...{ target: consensus, variant: consensus.reference, seed, world: 'sim', registries: { workloads, nemeses } },
    scenario: {
      ...{ ...common, workload: 'register', duration: seconds(2), liveness },
      checkers: [...common.checkers, progress()],
      // It would last for longer than the load: at its end it is standing.
      faults: [{ nemesis, options, first: [seconds(1), seconds(1)], lasts: seconds(9) }],
    },
  });

/** A ledger whose one keeper may be among those who are gone. */
const ofLedger = (seed: number): Promise<FullRunResult> =>
  runOnce({
    ...{ target: ledgers.ledger, variant: { sync: true }, seed, world: 'sim', registries: ledgers },
    scenario: { ...ledgers.scenario, duration: seconds(1), liveness: { within: seconds(1) }, checkers: [progress()] },
  });

const verdictOf = ({ verdicts }: FullRunResult) => verdicts.find(({ checker }) => checker === 'progress');

test.each([
  ['everybody was down', 'kill', { target: 'all' }],
  ['a majority was still', 'pause', { target: 'majority' }],
  ['the primary was cut off', 'partition', { shape: 'isolate-primary' }],
])(
  'a majority of the reference serves again although %s and the others never come back',
  async (_, nemesis, options) => {
    const run = await ofConsensus(3, nemesis, options);
    expect(run.valid).toBe('valid');
    expect(verdictOf(run)?.summary).toMatch(/^n\d, n\d, n\d served again 0\.\d\d s after all else was given up$/);
    const [gone] = run.history.faults.filter((fault) => fault.nemesis === 'quorum-core');
    expect(gone?.nodes.length).toBe(2);
    expect(gone?.what).toMatch(/^n\d is (down|cut off), n\d is (down|cut off) for good; n\d, n\d, n\d must serve$/);
    expect((gone?.until ?? 0) - (gone?.from ?? 0)).toBe(liveness.within);
    // The standing fault is over at once, the others at the end.
    const standing = run.history.faults.find((fault) => fault.nemesis === nemesis);
    expect(standing?.until).toBeLessThan(seconds(2) + milliseconds(10));
  },
);

test('those who are down stay down until the end: they do not come back in between', async () => {
  const { history } = await ofConsensus(1, 'kill', { target: 'all' });
  const gone = history.faults.find(({ nemesis }) => nemesis === 'quorum-core');
  const dead = gone?.nodes.filter((node) => gone.what.includes(`${node} is down`)) ?? [];
  expect(dead.length).toBeGreaterThan(0);
  const restarts = history.events.filter(
    ({ kind, node, at }) => kind === 'started' && dead.includes(node) && at > seconds(1) && at < (gone?.until ?? 0),
  );
  expect(restarts).toEqual([]);
});

test('who cannot do without one node is convicted where that node is gone, with what the others say of themselves', async () => {
  const runs = await Promise.all(Array.from({ length: 12 }, (_, seed) => ofLedger(seed)));
  const keeperGone = (run: FullRunResult) =>
    run.history.faults.some(({ nemesis, nodes }) => nemesis === 'quorum-core' && nodes.includes('n1'));
  expect(runs.some(keeperGone) && !runs.every(keeperGone)).toBe(true);
  for (const run of runs) {
    expect(run.anomalies).toEqual(keeperGone(run) ? ['no-progress'] : []);
    if (!keeperGone(run)) continue;
    expect(verdictOf(run)?.summary).toMatch(
      /^n2, n3 could reach each other from 1\.00 s on, and served none of \d+ operations within 1\.00 s: nobody led; at last n2 /,
    );
  }
});

test('the same seed gives the same run', async () => {
  const [one, other] = [await ofConsensus(5, 'kill'), await ofConsensus(5, 'kill')];
  expect(one.hash).toBe(other.hash);
});

test('without the phase nothing is demanded, and that is no pass', async () => {
  const { liveness: _, ...scenario } = { ...ledgers.scenario, liveness, duration: seconds(1), checkers: [progress()] };
  const run = await runOnce({
    ...{ target: ledgers.ledger, variant: {}, seed: 1, world: 'sim', registries: ledgers, scenario },
  });
  expect(verdictOf(run)?.valid).toBe('unknown');
});
