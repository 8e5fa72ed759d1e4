/**
 * `pitchpole replay`: one variant on one seed again, with every message recorded, and a report of that one run. In the
 * simulator the history is the same, byte for byte; its digest is printed so that two people can compare.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Chalk } from 'chalk';
import { cycleLines } from '../../../reports/text.ts';
import { exitCodes, HarnessError } from '../../core/errors.ts';
import type { RunResult } from '../../core/finding.ts';
import { seedText } from '../../core/random.ts';
import type { Flaw } from '../../core/target.ts';
import type { HistoryHeader } from '../../core/types.ts';
import { isControl, type Twin } from '../../run/circumstances.ts';
import { originOf, type ReplayOptions, replay as runAgain } from '../../run/replay.ts';
import { createRunId, createStore, readHistory } from '../../run/store.ts';
import type { Context } from '../context.ts';
import { type Chosen, findPattern, flawNamed, openHouse } from '../lookup.ts';
import { flagsOf, overridesOf, settle } from '../options.ts';
import type { Registry } from '../registry.ts';
import { writeReportFiles } from '../reporting.ts';
import { codeOf, suiteOfOne } from '../suite-of-one.ts';
import * as read from '../values.ts';

interface Flags {
  readonly flaw?: string;
  readonly seed?: string;
  readonly variant?: string;
  readonly json?: boolean;
  readonly config?: string;
  readonly [name: string]: unknown;
}

export async function replay(context: Context, what: string, flags: Flags): Promise<number> {
  const house = await openHouse(context.folder, flags.config);
  const stored = existsSync(resolve(context.folder, what)) ? readHistory(resolve(context.folder, what)) : undefined;
  const {
    chosen,
    flaw,
    twin,
    seed,
    told: retold,
  } = stored ? storedRun(stored.history.header, house.registry) : namedRun(house.registry, what, flags);
  const { settings } = settle({ ...flags, seed: undefined, variant: undefined }, context.variables, {
    ...house.config,
  });
  const world = stored?.history.header.world ?? settings.world;
  const overrides = overridesOf(settings);
  if (!chosen.pattern.worlds.includes(world)) {
    const [other] = chosen.pattern.worlds;
    throw new HarnessError({
      code: 'no-match',
      message: `\`${chosen.pattern.id}\` does not run in the world \`${world}\`.`,
      hint: `Add \`-w ${other}\`.`,
    });
  }
  const say = (text: string): void => context.stderr.write(`${text}\n`);
  const clusters =
    world === 'docker' ? await (await import('../clusters.ts')).openClusters(house, false, say) : undefined;
  const store = createStore(resolve(context.folder, settings.out), createRunId(seed, new Date()));
  const file = `${chosen.pattern.id.replace('/', '-')}.${flaw.name}.${twin}.jsonl`;
  const history = store.openHistory(file);
  try {
    const { run, digest } = await runAgain({
      ...{ target: chosen.target, pattern: chosen.pattern, flaw, twin, seed, world },
      overrides,
      ...retold,
      registries: house.registry,
      ...(clusters === undefined ? {} : { createWorld: clusters.createWorld }),
      sink: history.sink,
      signal: context.signal,
    });
    history.close();
    const { interrupted, ...result } = run;
    const suite = suiteOfOne({
      ...{ version: context.version, chosen, flaw, twin, run: { ...result, file }, id: store.id, interrupted },
      changes: flagsOf(overrides),
      command: [
        ...(stored
          ? ['replay', what]
          : ['replay', chosen.pattern.id, '--flaw', flaw.name, '--variant', twin, '--seed', seedText(seed)]),
        ...flagsOf(overrides),
      ],
    });
    store.saveResult(suite);
    const paths = await writeReportFiles(suite, store.folder, { reporter: ['html'], json: false });
    const told = { ...result, history: undefined, digest, file: resolve(store.folder, file), report: paths.at(-1) };
    context.stdout.write(flags.json ? `${JSON.stringify(told, null, 2)}\n` : inWords(context, told, twin));
    if (interrupted) return exitCodes.interrupted;
    return codeOf(result, twin, flaw);
  } finally {
    history.close();
    await clusters?.close();
  }
}

interface Asked {
  readonly chosen: Chosen;
  readonly flaw: Flaw;
  readonly twin: Twin;
  readonly seed: number;
  /** What the history tells, so that nothing is drawn. */
  readonly told: Pick<ReplayOptions, 'schedule' | 'story' | 'overrides'>;
}

function namedRun(registry: Registry, id: string, { flaw: flawName, seed, variant }: Flags): Asked {
  const chosen = findPattern(registry, id);
  const flaw = flawNamed(chosen, flawName);
  if (seed === undefined) {
    throw new HarnessError({
      code: 'bad-usage',
      message: `\`replay ${id}\` needs a seed.`,
      hint: 'Add --seed with the seed as it was printed, or give the history of the run instead of the pattern.',
    });
  }
  const usual: Twin = isControl(flaw) ? 'fixed' : 'flawed';
  const twin: Twin = read.choice('flawed', 'fixed')(variant ?? usual, '--variant');
  return { chosen, flaw, twin, seed: read.seed(seed, '--seed'), told: {} };
}

function storedRun(header: HistoryHeader, registry: Registry): Asked {
  const { target, pattern, flaw, twin, seed } = originOf(header, registry);
  const { story, schedule, nodes } = header;
  return {
    chosen: { target, pattern },
    ...{ flaw, twin, seed },
    told: story === undefined ? {} : { story, schedule, overrides: { nodes: nodes.length } },
  };
}

interface Told extends Omit<RunResult, 'history'> {
  readonly digest: string;
  readonly file: string;
  readonly report: string | undefined;
}

function inWords({ stdout }: Context, run: Told, twin: Twin): string {
  const chalk = new Chalk({ level: stdout.colors });
  const tint = { valid: chalk.green, unknown: chalk.yellow, invalid: chalk.red };
  const lines = [
    `seed ${seedText(run.seed)} · ${twin} · ${run.operations} operations · ${run.faults} faults`,
    `${tint[run.valid](run.valid)}${run.anomalies.length > 0 ? `: ${run.anomalies.join(', ')}` : ''}`,
    ...run.verdicts.flatMap(({ checker, valid, summary, anomalies }) => [
      `  ${tint[valid](valid.padEnd(8))} ${checker}: ${summary}`,
      ...cycleLines(anomalies.find(({ cycle }) => cycle !== undefined)?.cycle ?? []).map(
        (line) => `           ${line}`,
      ),
    ]),
    ...run.doubts.map((doubt) => `  ${chalk.yellow('doubt')}    ${doubt}`),
    ...(run.signal ? [`  signal at ${(run.signal.at / 1e9).toFixed(3)} s: ${run.signal.because}`] : []),
    `history  ${run.file}`,
    `sha256   ${run.digest}`,
    ...(run.report === undefined ? [] : [`report   ${run.report}`]),
  ];
  return `${lines.join('\n')}\n`;
}
