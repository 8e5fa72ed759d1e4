/**
 * One flaw in containers: time passes at its own pace, so the flawed twin gets few tries, and the fixed twin is run on
 * the seed that convicted it. Histories are written while the runs go on.
 *
 * The one surprise: the same seed is not the same execution here. It is the same schedule, the same operations and the
 * same faults, as far as the world lets them fall in the same places.
 */

import { HarnessError } from '../core/errors.ts';
import type { FlawFinding, RunResult } from '../core/finding.ts';
import { seedText } from '../core/random.ts';
import { isControl, scenarioOf, seedOf, type Twin, variantOf } from './circumstances.ts';
import { conclude } from './conclude.ts';
import { type ExamineOptions, historyName } from './examine.ts';
import { type FullRunResult, type Registries, runOnce, type WorldFactory } from './run.ts';
import { classify, messageOf } from './task.ts';

export interface LiveOptions extends ExamineOptions {
  readonly registries: Registries;
  readonly createWorld?: WorldFactory;
  /** Told of what goes on. */
  doing(what: string): void;
}

/** @throws HarnessError `missing` where containers cannot be had: no other flaw could be examined either. */
export async function examineLive(options: LiveOptions): Promise<FlawFinding> {
  const { flaw, twins, baseSeed, signal, tries } = options;
  const all: RunResult[] = [];
  let crashed: string | undefined;
  let flawed: RunResult | undefined;
  let flawedTried = 0;

  const attempt = async (twin: Twin, seed: number): Promise<RunResult | undefined> => {
    if (signal.aborted || crashed !== undefined) return undefined;
    try {
      const run = await runLive(options, twin, seed);
      all.push(run);
      options.tick(twin, 1);
      return run;
    } catch (error) {
      if (error instanceof HarnessError && error.code === 'missing') throw error;
      crashed = `seed ${seedText(seed)} of the ${twin} twin: ${messageOf(error)}`;
      return undefined;
    }
  };

  if (twins !== 'fixed' && !isControl(flaw)) {
    for (let index = 0; index < tries; index++) {
      const run = await attempt('flawed', seedOf(baseSeed, index));
      if (run === undefined) break;
      flawedTried++;
      if (flawed === undefined || worth(run, options) >= worth(flawed, options)) flawed = run;
      if (classify(run, flaw) === 'found') break;
    }
  }
  const fixedRuns: RunResult[] = [];
  if (twins !== 'flawed') {
    const first = flawed?.seed ?? baseSeed;
    for (let index = 0; index < options.seeds; index++) {
      const run = await attempt('fixed', seedOf(first, index));
      if (run !== undefined) fixedRuns.push(run);
    }
  }
  const convicted = fixedRuns.filter(({ valid }) => valid === 'invalid');
  const unknown = fixedRuns.filter(({ valid }) => valid === 'unknown');
  const alarmed = fixedRuns.filter(({ valid, signal: fired }) => valid === 'valid' && fired !== undefined);
  const { status, because } = conclude(flaw, {
    ...(flawed === undefined ? {} : { flawed }),
    ...{ flawedTried, fixedTried: fixedRuns.length, convicted, unknown, alarmed, interrupted: signal.aborted },
    ...(crashed === undefined ? {} : { crashed }),
  });
  const fixed = convicted[0] ?? unknown[0] ?? alarmed[0] ?? fixedRuns[0];
  return {
    flaw,
    status,
    because,
    ...(flawed === undefined ? {} : { flawed }),
    flawedTried,
    ...(fixed === undefined ? {} : { fixed }),
    fixedTried: fixedRuns.length,
    fixedConvicted: convicted.map(({ seed }) => seed),
    fixedUnknown: unknown.length,
    operations: all.reduce((sum, { operations }) => sum + operations, 0),
    faults: all.reduce((sum, { faults }) => sum + faults, 0),
  };
}

/** Which of several flawed runs says most: as expected with its signal, as expected, otherwise convicted, the last. */
const worth = (run: RunResult, { flaw }: LiveOptions): number => {
  const kind = classify(run, flaw);
  return kind === undefined ? 0 : { found: 3, silent: 2, other: 1 }[kind];
};

async function runLive(options: LiveOptions, twin: Twin, seed: number): Promise<RunResult> {
  const { target, pattern, flaw, overrides, registries, createWorld, store, signal } = options;
  const scenario = scenarioOf(flaw, 'docker', overrides);
  const variant = variantOf(target, flaw, scenario, twin);
  const file = historyName(pattern, flaw, twin).replace('.jsonl', `.${seedText(seed)}.jsonl`);
  const history = store.openHistory(file);
  options.doing(`${flaw.name}: ${twin} twin, seed ${seedText(seed)}`);
  try {
    const run: FullRunResult = await runOnce({
      ...{ target, pattern, flaw, twin, scenario, variant, seed, world: 'docker', registries, signal },
      stopEarly: overrides.stopEarly ?? false,
      ...(createWorld === undefined ? {} : { createWorld }),
      sink: history.sink,
    });
    const { interrupted: _, ...result } = run;
    return { ...result, file };
  } finally {
    history.close();
  }
}
