/**
 * `pitchpole run`: failure patterns, each as a pair of twins over many seeds. What was found decides the exit code.
 *
 * The surprise: without an own `--seed` the base seed is drawn here, the one random number of the program that no seed
 * explains; it is printed before anything runs.
 */
import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import type { Reporter } from '../../../reports/reporter.ts';
import { exitCodes, HarnessError } from '../../core/errors.ts';
import { type Finding, type SuiteResult, worstStatus } from '../../core/finding.ts';
import { createRunId, createStore } from '../../run/store.ts';
import { runSuite } from '../../run/suite.ts';
import type { Clusters } from '../clusters.ts';
import type { Context } from '../context.ts';
import { type Chosen, choosePatterns, type House, openHouse } from '../lookup.ts';
import { describeMachine } from '../machine.ts';
import { flagsOf, overridesOf, type Settings, type Settled, settle } from '../options.ts';
import { createReporters, writeReportFiles } from '../reporting.ts';
import { findStopped, type Stopped } from '../resume.ts';
import { suggestion } from '../values.ts';

interface Flags {
  readonly config?: string;
  readonly showConfig?: boolean;
  readonly resume?: string | true;
  readonly [name: string]: unknown;
}

export async function run(context: Context, filters: readonly string[], flags: Flags): Promise<number> {
  const house = await openHouse(context.folder, flags.config);
  const settled = settle(flags, context.variables, { ...house.config });
  if (flags.showConfig) return showConfig(settled, house, context);
  if (flags.resume !== undefined) return goOn(context, settled, filters, flags.resume, house);
  const { settings } = settled;
  if (settings.world === 'process') {
    return (await import('./run-program.ts')).runProgram(context, settings, house, filters);
  }
  refuseProgram(settings);
  const chosen = choosePatterns(house.registry, filters, settings.grep);
  const here = inWorld(chosen, settings.world, filters);
  refuseUnknownNames(settings, here, house);
  const docker = settings.world === 'docker';
  const say = (text: string): void => context.stderr.write(`${text}\n`);
  const clusters = docker
    ? await (await import('../clusters.ts')).openClusters(house, settings.keepCluster, say)
    : undefined;
  try {
    const result = await runChosen(context, settings, here, house, clusters, filters);
    const kept = clusters?.kept();
    if (kept !== undefined && !context.signal.aborted) await holdCluster(context, kept);
    return codeOf(result, settings);
  } finally {
    await clusters?.close();
  }
}

async function goOn(
  context: Context,
  settled: Settled,
  filters: readonly string[],
  run: string | true,
  house: House,
): Promise<number> {
  const stopped = findStopped(context, settled, filters, run);
  const chosen = choosePatterns(house.registry, stopped.progress.patterns, undefined);
  const result = await runChosen(context, stopped.settings, chosen, house, undefined, [], stopped);
  return codeOf(result, stopped.settings);
}

async function runChosen(
  context: Context,
  settings: Settings,
  chosen: readonly Chosen[],
  house: House,
  clusters: Clusters | undefined,
  filters: readonly string[],
  stopped?: Stopped,
): Promise<SuiteResult> {
  const { world, seeds = world === 'sim' ? 200 : 1, seed: baseSeed = randomInt(2 ** 32), variant, workers } = settings;
  const { version } = context;
  const id = stopped?.id ?? createRunId(baseSeed, new Date());
  const store = createStore(resolve(context.folder, settings.out), id);
  const reporters = createReporters(settings, context);
  const tell = (what: (reporter: Reporter) => void): void => reporters.forEach(what);
  const patterns = chosen.map(({ pattern }) => pattern.id);
  tell((reporter) => reporter.start({ version, world, baseSeed, seeds, patterns }));

  const overrides = overridesOf(settings);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  context.signal.addEventListener('abort', interrupt);
  if (context.signal.aborted) interrupt();
  try {
    const suite = await runSuite({
      ...{ patterns: chosen, world, baseSeed, seeds, twins: variant, store, version },
      overrides,
      ...(stopped === undefined ? {} : { resume: stopped.progress }),
      registry: house.registry,
      registryUrl: house.url,
      ...(workers === undefined ? {} : { workers }),
      ...(clusters === undefined ? {} : { createDockerWorld: clusters.createWorld }),
      // The cluster that is kept is the last one, and each takes the place of the one before: so one at a time.
      ...(settings.keepCluster ? { parallel: 1 } : {}),
      signal: stop.signal,
      environment: {
        ...describeMachine(version, [
          'run',
          ...(stopped === undefined ? filters : ['--resume', stopped.id]),
          ...flagsOf(overrides),
        ]),
        ...clusters?.environment,
      },
      progress: (progress) => tell((reporter) => reporter.progress(progress)),
      finding(finding) {
        tell((reporter) => reporter.finding(finding));
        if (settings.bail && !asExpected(finding)) stop.abort();
      },
    });
    // Stopping at the first failure is as was asked for, not an interruption.
    const flags = flagsOf(overrides);
    const findings = suite.findings.map((finding) => (flags.length === 0 ? finding : { ...finding, flags }));
    const result = { ...suite, findings, interrupted: context.signal.aborted };
    store.saveResult(result);
    const paths = await writeReportFiles(result, store.folder, settings);
    tell((reporter) => reporter.end(result, paths));
    return result;
  } finally {
    context.signal.removeEventListener('abort', interrupt);
  }
}

const asExpected = ({ status, skipped }: Finding): boolean =>
  skipped !== undefined || status === 'reproduced' || status === 'unknown';

/** Whoever named a pattern must hear that it cannot run there; whoever named none gets those that can. */
function inWorld(chosen: readonly Chosen[], world: Settings['world'], filters: readonly string[]): readonly Chosen[] {
  const here = chosen.filter(({ target, pattern }) => target.worlds.includes(world) && pattern.worlds.includes(world));
  if (here.length > 0) return filters.length === 0 ? here : chosen;
  const other = world === 'sim' ? 'docker' : 'sim';
  throw new HarnessError({
    code: 'no-match',
    message: `Nothing of ${filters.length === 0 ? 'what was chosen' : filters.map((name) => `\`${name}\``).join(', ')} runs in the world \`${world}\`.`,
    hint: `Run \`pitchpole run ${[...filters, '-w', other].join(' ')}\`.`,
  });
}

function refuseProgram({ bin, consistency, world }: Settings): void {
  const flag = bin !== undefined ? '--bin' : consistency !== undefined ? '--consistency' : undefined;
  if (flag === undefined) return;
  throw new HarnessError({
    code: 'bad-usage',
    message: `${flag} is for programs of your own, which do not run in the world \`${world}\`.`,
    hint: 'Add `-w process`.',
  });
}

function refuseUnknownNames({ workload, nemesis }: Settings, chosen: readonly Chosen[], { registry }: House): void {
  const refuse = (kind: string, name: string, names: readonly string[]): never => {
    const near = suggestion(name, names);
    throw new HarnessError({
      code: 'bad-usage',
      message: `There is no ${kind} \`${name}\`.`,
      hint: near === '' ? `There are ${names.join(', ')}.` : near,
    });
  };
  if (nemesis !== undefined && !Object.hasOwn(registry.nemeses, nemesis)) {
    refuse('nemesis', nemesis, Object.keys(registry.nemeses));
  }
  if (workload === undefined) return;
  if (!Object.hasOwn(registry.workloads, workload)) refuse('workload', workload, Object.keys(registry.workloads));
  const without = chosen.find(({ target }) => !Object.hasOwn(target.clients, workload))?.target;
  if (without === undefined) return;
  throw new HarnessError({
    code: 'bad-usage',
    message: `The target \`${without.name}\` has no client for the workload \`${workload}\`.`,
    hint: `It has ${Object.keys(without.clients).join(', ')}.`,
  });
}

/** Worst wins: broken over failed over unknown over as expected; an interruption is one whatever was found before. */
function codeOf({ findings, interrupted }: SuiteResult, { failOn }: Settings): number {
  if (interrupted) return exitCodes.interrupted;
  const status = worstStatus(findings.filter(({ skipped }) => skipped === undefined).map((finding) => finding.status));
  if (status === 'crashed') return exitCodes.broken;
  if (status === 'regressed' || status === 'not-reproduced') return 1;
  return status === 'unknown' && failOn === 'unknown' ? 2 : 0;
}

/** The containers live as long as this process does: their agent removes them when it ends. */
async function holdCluster({ stderr, signal }: Context, id: string): Promise<void> {
  stderr.write(`The last containers still run: docker ps --filter label=pitchpole.run=${id}\nCtrl-C removes them.\n`);
  await new Promise<void>((resolve) => {
    const beat = setInterval(() => {}, 1000);
    const end = (): void => {
      clearInterval(beat);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

function showConfig({ settings, origins }: Settled, { configFile }: House, { stdout }: Context): number {
  if (configFile !== undefined) stdout.write(`# ${configFile}\n`);
  for (const [name, value] of Object.entries(settings)) {
    const shown = value === undefined || (Array.isArray(value) && value.length === 0) ? '-' : String(value);
    stdout.write(`${name.padEnd(12)} ${shown.padEnd(20)} ${origins[name as keyof typeof origins]}\n`);
  }
  return 0;
}
