/**
 * One run of a pattern again, from its seed: in the simulator the same bytes, in containers the same circumstances.
 *
 * The one surprise: messages are recorded by default, which a suite does only for the runs it shows. They are part of the
 * file but not of the run: the hash is the same without them.
 */
import { createHash } from 'node:crypto';
import { HarnessError } from '../core/errors.ts';
import type { FailurePattern, Flaw, Target } from '../core/target.ts';
import type { HistoryHeader, ScheduledFault, Story, WorldKind } from '../core/types.ts';
import { flawsOf, type Overrides, scenarioOf, type Twin, variantOf } from './circumstances.ts';
import { type FullRunResult, type Registries, runOnce, type WorldFactory } from './run.ts';
import type { Registry } from './task.ts';

export interface ReplayOptions {
  readonly target: Target;
  readonly pattern: FailurePattern;
  readonly flaw: Flaw;
  readonly twin: Twin;
  readonly seed: number;
  readonly world: WorldKind;
  readonly overrides?: Overrides;
  /** Told, not drawn: those of a stored history. */
  readonly schedule?: readonly ScheduledFault[];
  readonly story?: Story;
  readonly registries: Registries;
  readonly createWorld?: WorldFactory;
  readonly messages?: boolean;
  readonly sink?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Replay {
  readonly run: FullRunResult;
  /** SHA-256 over the history's lines: the same for the same seed, in the simulator. */
  readonly digest: string;
}

export async function replay(options: ReplayOptions): Promise<Replay> {
  const { target, pattern, flaw, twin, seed, world, registries, createWorld, signal, messages = true } = options;
  const scenario = scenarioOf(flaw, world, options.overrides);
  const variant = variantOf(target, flaw, scenario, twin);
  const hash = createHash('sha256');
  const run = await runOnce({
    ...{ target, pattern, flaw, twin, scenario, variant, seed, world, registries, messages },
    stopEarly: options.overrides?.stopEarly ?? false,
    sink(line) {
      hash.update(line).update('\n');
      options.sink?.(line);
    },
    ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
    ...(options.story === undefined ? {} : { story: options.story }),
    ...(createWorld === undefined ? {} : { createWorld }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { run, digest: hash.digest('hex') };
}

/**
 * What a stored history says it was, so that it can be run again.
 *
 * @throws HarnessError where its header names nothing that the registry has.
 */
export function originOf(
  header: HistoryHeader,
  registry: Registry,
): Pick<ReplayOptions, 'target' | 'pattern' | 'flaw' | 'twin' | 'seed' | 'world'> {
  if (header.world === 'process') {
    throw new HarnessError({
      code: 'bad-input',
      message: 'The history is of a program of its own, and no seed can repeat what a process does.',
      hint: 'Run it once more with the command that its report shows, or judge the history with `pitchpole check`.',
    });
  }
  const target = registry.targets[header.target];
  const pattern = target?.patterns.find(({ id }) => id === header.pattern);
  const flaw = (pattern === undefined ? [] : flawsOf(pattern)).find(({ name }) => name === header.flaw);
  if (target === undefined || pattern === undefined || flaw === undefined) {
    const name = [header.target, header.pattern, header.flaw].filter((part) => part !== undefined).join(', ');
    throw new HarnessError({
      code: 'bad-input',
      message: `The history is of ${name}, which is not known here.`,
      hint: 'Replay it with the version and the config file that it was made with.',
    });
  }
  return { target, pattern, flaw, twin: header.twin ?? 'flawed', seed: header.seed, world: header.world };
}
