/**
 * `pitchpole replay`: one variant on one seed again, with every message recorded, and a report of that one run. In the
 * simulator the history is the same, byte for byte; its digest is printed so that two people can compare.
 */

import { resolve } from 'node:path';
import { Chalk } from 'chalk';
import { exitCodes, HarnessError } from '../../core/errors.ts';
import type { Finding, FindingStatus, RunResult, SuiteResult } from '../../core/finding.ts';
import { seedText } from '../../core/random.ts';
import type { Flaw } from '../../core/target.ts';
import { isControl, type Twin } from '../../run/circumstances.ts';
import { replay as runAgain } from '../../run/replay.ts';
import { createRunId, createStore } from '../../run/store.ts';
import type { Context } from '../context.ts';
import { type Chosen, findPattern, flawsOf, openHouse } from '../lookup.ts';
import { describeMachine } from '../machine.ts';
import { flagsOf, overridesOf, settle } from '../options.ts';
import { writeReportFiles } from '../reporting.ts';
import * as read from '../values.ts';

interface Flags {
  readonly flaw?: string;
  readonly seed: string;
  readonly variant?: string;
  readonly json?: boolean;
  readonly config?: string;
  readonly [name: string]: unknown;
}

export async function replay(context: Context, id: string, flags: Flags): Promise<number> {
  const house = await openHouse(context.folder, flags.config);
  const chosen = findPattern(house.registry, id);
  const flaw = flawNamed(chosen, flags.flaw);
  const seed = read.seed(flags.seed, '--seed');
  const usual: Twin = isControl(flaw) ? 'fixed' : 'flawed';
  const twin: Twin = read.choice('flawed', 'fixed')(flags.variant ?? usual, '--variant');
  const { settings } = settle({ ...flags, seed: undefined, variant: undefined }, context.variables, {
    ...house.config,
  });
  const { world } = settings;
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

/** As expected is 0: the flawed twin convicted, the fixed one acquitted. */
function codeOf({ valid, anomalies }: RunResult, twin: Twin, { expect }: Flaw): number {
  if (twin === 'fixed') return valid === 'invalid' ? 1 : 0;
  return anomalies.some((name) => expect.includes(name)) ? 0 : 1;
}

function flawNamed({ pattern }: Chosen, name: string | undefined): Flaw {
  const flaws = flawsOf(pattern);
  const found = name === undefined ? flaws[0] : flaws.find((flaw) => flaw.name === name);
  if (found !== undefined) return found;
  const names = flaws.map((flaw) => flaw.name);
  const near = read.suggestion(name ?? '', names);
  throw new HarnessError({
    code: 'bad-usage',
    message: `\`${pattern.id}\` has no flaw \`${name}\`.`,
    hint: near === '' ? `It has ${names.join(', ')}.` : near,
  });
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
    ...run.verdicts.map(({ checker, valid, summary }) => `  ${tint[valid](valid.padEnd(8))} ${checker}: ${summary}`),
    ...run.doubts.map((doubt) => `  ${chalk.yellow('doubt')}    ${doubt}`),
    ...(run.signal ? [`  signal at ${(run.signal.at / 1e9).toFixed(3)} s: ${run.signal.because}`] : []),
    `history  ${run.file}`,
    `sha256   ${run.digest}`,
    ...(run.report === undefined ? [] : [`report   ${run.report}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The report knows suites: this is one of one flaw and one run. */
function suiteOfOne(told: {
  readonly version: string;
  readonly chosen: Chosen;
  readonly flaw: Flaw;
  readonly twin: Twin;
  readonly run: RunResult;
  readonly id: string;
  readonly interrupted: boolean;
  readonly changes: readonly string[];
}): SuiteResult {
  const { version, flaw, twin, run, id, interrupted, changes } = told;
  const { target, pattern } = told.chosen;
  const asExpected = codeOf(run, twin, flaw) === 0;
  const failed: FindingStatus = twin === 'fixed' ? 'regressed' : 'not-reproduced';
  const status: FindingStatus = run.valid === 'unknown' ? 'unknown' : asExpected ? 'reproduced' : failed;
  const seeds = (wanted: Twin): number => (twin === wanted ? 1 : 0);
  const finding: Finding = {
    pattern,
    target: target.name,
    world: run.history?.header.world ?? 'sim',
    status,
    milliseconds: run.milliseconds,
    ...(changes.length === 0 ? {} : { flags: changes }),
    flaws: [
      {
        flaw,
        status,
        because: `a replay of the ${twin} twin alone: ${run.valid}${run.anomalies.length > 0 ? `, ${run.anomalies.join(', ')}` : ''}`,
        ...(twin === 'flawed' ? { flawed: run } : { fixed: run }),
        flawedTried: seeds('flawed'),
        fixedTried: seeds('fixed'),
        fixedConvicted: twin === 'fixed' && run.valid === 'invalid' ? [run.seed] : [],
        fixedUnknown: twin === 'fixed' && run.valid === 'unknown' ? 1 : 0,
        operations: run.operations,
        faults: run.faults,
      },
    ],
  };
  return {
    ...{ id, version, world: finding.world, baseSeed: run.seed, seeds: 1, findings: [finding], interrupted },
    milliseconds: run.milliseconds,
    environment: describeMachine(version, [
      ...['replay', pattern.id, '--flaw', flaw.name, '--variant', twin, '--seed', seedText(run.seed), ...changes],
    ]),
  };
}
