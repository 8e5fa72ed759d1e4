/**
 * `pitchpole run -w process --bin …`: somebody's own program, once, under one workload. It has no flawed twin, so the
 * verdict on the run is what counts: 0 valid, 1 invalid, 2 unknown where `--fail-on unknown` is given.
 */
import { randomInt } from 'node:crypto';
import { relative, resolve } from 'node:path';
import { greetingsOf, ownProgram, programWorkloads } from '../../../targets/programs/program.ts';
import { exitCodes, HarnessError } from '../../core/errors.ts';
import { seedText } from '../../core/random.ts';
import { flawOf } from '../../core/target.ts';
import { commandOf } from '../../process/command.ts';
import { createProcessWorld } from '../../process/world.ts';
import { scenarioOf, variantOf } from '../../run/circumstances.ts';
import { runOnce } from '../../run/run.ts';
import { createRunId, createStore } from '../../run/store.ts';
import type { Context } from '../context.ts';
import type { House } from '../lookup.ts';
import { flagsOf, overridesOf, type Settings } from '../options.ts';
import { createReporters, writeReportFiles } from '../reporting.ts';
import { suiteOfOne } from '../suite-of-one.ts';
import { suggestion } from '../values.ts';

export async function runProgram(
  context: Context,
  settings: Settings,
  { registry }: House,
  filters: readonly string[],
): Promise<number> {
  const { bin, workload } = asked(settings, filters);
  const { seed = randomInt(2 ** 32), consistency } = settings;
  const command = commandOf(bin, context.folder);
  const { target, pattern, control } = ownProgram(bin, workload);
  const flaw = flawOf(control);
  const overrides = overridesOf(settings);
  const planned = scenarioOf(flaw, 'process', overrides);
  const scenario = consistency === undefined ? planned : { ...planned, workloadOptions: { consistency } };
  const flags = [
    ...['--bin', quoted(bin), ...flagsOf(overrides)],
    ...(consistency === undefined ? [] : ['--consistency', consistency]),
  ];
  const store = createStore(resolve(context.folder, settings.out), createRunId(seed, new Date()));
  const file = `program-${workload}.jsonl`;
  const logs = resolve(store.folder, `program-${workload}`);
  const history = store.openHistory(file);
  const reporters = createReporters(settings, context);
  const { version } = context;
  const about = { version, world: 'process', baseSeed: seed, seeds: 1, patterns: [pattern.id] } as const;
  for (const reporter of reporters) reporter.start(about);
  try {
    const { interrupted, ...run } = await runOnce({
      ...{ target, pattern, flaw, twin: 'fixed', scenario, seed, world: 'process', registries: registry },
      variant: variantOf(target, flaw, scenario, 'fixed'),
      createWorld: (options) =>
        createProcessWorld({
          ...{ ...options, command, logs },
          greetings: (_node, nodes) => greetingsOf(workload, nodes),
        }),
      sink: history.sink,
      messages: true,
      stopEarly: overrides.stopEarly ?? false,
      signal: context.signal,
    });
    history.close();
    const suite = suiteOfOne({
      ...{
        version,
        chosen: { target, pattern },
        flaw,
        twin: 'fixed',
        run: { ...run, file },
        id: store.id,
        interrupted,
      },
      because: `${run.operations} operations under ${run.faults} faults: ${run.valid}${run.doubts.length > 0 ? `, for ${run.doubts[0]}` : ''}`,
      changes: flags,
      command: ['run', '-w', 'process', ...flags, '--seed', seedText(seed)],
      environment: Object.fromEntries(
        Object.keys(target.roles(scenario.nodes ?? target.defaultNodes)).map((node) => [
          `log of ${node}`,
          relative(context.folder, `${logs}.${node}.log`),
        ]),
      ),
    });
    store.saveResult(suite);
    const paths = await writeReportFiles(suite, store.folder, settings);
    for (const reporter of reporters) {
      for (const finding of suite.findings) reporter.finding(finding);
      reporter.end(suite, paths);
    }
    if (interrupted) return exitCodes.interrupted;
    if (run.valid === 'unknown') return settings.failOn === 'unknown' ? 2 : 0;
    return run.valid === 'invalid' ? 1 : 0;
  } finally {
    history.close();
  }
}

/** @throws HarnessError for a run that is not fully described, or described for another world. */
function asked(settings: Settings, filters: readonly string[]): { readonly bin: string; readonly workload: string } {
  const { bin, workload, seeds, consistency } = settings;
  const refuse = (message: string, hint: string): never => {
    throw new HarnessError({ code: 'bad-usage', message, hint });
  };
  const example = 'pitchpole run -w process --workload lin-kv --bin "python3 node.py"';
  if (filters.length > 0) {
    refuse(
      `The world \`process\` runs a program of your own, and no pattern \`${filters[0]}\`.`,
      `Leave it out: ${example}`,
    );
  }
  if (bin === undefined) return refuse('The world `process` needs a program.', `Give its command: ${example}`);
  const known = `Workloads of programs are ${programWorkloads.join(', ')}.`;
  if (workload === undefined) return refuse('The world `process` needs a workload.', `Add --workload. ${known}`);
  if (!programWorkloads.includes(workload)) {
    const near = suggestion(workload, programWorkloads);
    refuse(`Programs have no client for a workload \`${workload}\`.`, near === '' ? known : near);
  }
  if (seeds !== undefined && seeds !== 1) {
    refuse('A run of a program is one run, since no seed can repeat what it does.', 'Leave out --seeds.');
  }
  if (consistency !== undefined && workload !== 'txn-list-append') {
    refuse(`--consistency says nothing of \`${workload}\`.`, 'It is for --workload txn-list-append.');
  }
  return { bin, workload };
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
