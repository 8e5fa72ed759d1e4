/**
 * `pitchpole run --resume`: which run is gone on with, and under which settings.
 *
 * The one surprise: what decides the result (patterns, seeds, circumstances) is the run's and cannot be given anew; what
 * decides only how it is done and told (workers, reporters) is of today.
 */
import { join, resolve } from 'node:path';
import { HarnessError } from '../core/errors.ts';
import { latestStopped, type Progress, readProgress } from '../run/progress.ts';
import type { Context } from './context.ts';
import { longFlagOf, type SettingName, type Settings, type Settled } from './options.ts';

export interface Stopped {
  readonly id: string;
  readonly progress: Progress;
  /** Today's, with those of the run. */
  readonly settings: Settings;
}

const circumstances = ['nodes', 'duration', 'rate', 'concurrency', 'workload', 'nemesis', 'weather'] as const;
const ofTheRun: readonly SettingName[] = ['world', 'grep', 'seed', 'seeds', 'variant', 'stopEarly', ...circumstances];

/** @param run an id below the folder of results, or `true` for the newest that was stopped. */
export function findStopped(
  { folder, version }: Context,
  { settings, origins }: Settled,
  filters: readonly string[],
  run: string | true,
): Stopped {
  const flag = ofTheRun.find((name) => origins[name] === 'flag');
  const [given] = flag === undefined ? filters.map((filter) => `\`${filter}\``) : [longFlagOf(flag)];
  if (given !== undefined) {
    throw new HarnessError({
      code: 'bad-usage',
      message: `A run that is resumed does what it was told before: ${given} cannot be given again.`,
      hint: 'Leave it out, or begin a new run without --resume.',
    });
  }
  const root = resolve(folder, settings.out);
  const id = run === true ? latestStopped(root) : run;
  if (id === undefined) {
    throw new HarnessError({
      code: 'bad-input',
      message: `No run below \`${root}\` was stopped on its way.`,
      hint: 'Only runs of the simulator can be resumed; give another folder with --out.',
    });
  }
  const progress = readProgress(join(root, id));
  if (progress.version !== version) {
    throw new HarnessError({
      code: 'bad-input',
      message: `The run ${id} was begun by pitchpole ${progress.version}; this is ${version}, where a seed may be another run.`,
      hint: 'Resume it with that version, or begin anew.',
    });
  }
  const { baseSeed: seed, seeds, twins: variant, overrides } = progress;
  const own = Object.fromEntries(circumstances.map((name) => [name, overrides[name]]));
  const stopEarly = overrides.stopEarly ?? false;
  return {
    id,
    progress,
    settings: { ...settings, ...own, world: 'sim', seed, seeds, variant, stopEarly },
  };
}
