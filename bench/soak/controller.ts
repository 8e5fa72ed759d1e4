/**
 * One random schedule on containers, for `bench/soak.ts`, which may kill it at any moment. Its argument is the seed; its
 * last line on stdout says how the run went.
 */
import { seconds } from '../../harness/core/define.ts';
import type { Weather } from '../../harness/core/target.ts';
import { every, fault, mix } from '../../harness/core/weather.ts';
import { runOnce } from '../../harness/run/run.ts';
import { nemeses } from '../../nemeses/index.ts';
import { presets } from '../../nemeses/presets.ts';
import { common } from '../../targets/mechanisms/consensus/patterns/scenario.ts';
import { consensus } from '../../targets/mechanisms/consensus/patterns.ts';
import { workloads } from '../../workloads/index.ts';
import type { SoakedRun } from '../soak.ts';

/** Every nemesis there is, as often as any other, several at a time. */
const everything: readonly Weather[] = [0, 1, 2].map(() =>
  every(
    { share: [0.1, 0.25] },
    mix(
      ...Object.keys(nemeses)
        .filter((name) => name !== 'dependency')
        .map((name) => [1, fault(name, { share: [0.05, 0.3] })] as const),
    ),
  ),
);

const seed = Number(process.argv[2]);
const skies: readonly (readonly [string, readonly Weather[]])[] = [
  ['everything', everything],
  ['hurricane', presets.hurricane],
  ['everything', everything],
  ['gale', presets.gale],
];
const [weather, faults] = skies[seed % skies.length] as (typeof skies)[number];

const { history, doubts, valid } = await runOnce({
  ...{ target: consensus, variant: consensus.reference, seed, world: 'docker', registries: { nemeses, workloads } },
  scenario: {
    ...common,
    ...{ nodes: 3, workload: 'register', duration: seconds(5), settle: seconds(1), faults },
  },
});
const result: SoakedRun = {
  weather,
  valid: String(valid),
  struck: history.faults.filter(({ skipped }) => skipped === undefined).length,
  skipped: history.faults.flatMap(({ nemesis, skipped }) => (skipped === undefined ? [] : [`${nemesis}: ${skipped}`])),
  doubts,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
