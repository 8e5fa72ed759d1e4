/**
 * `pitchpole shrink`: from a failing run to the smallest story that still fails with the same anomaly, in the simulator.
 *
 * The one surprise: what it writes is a history like any other. Its header holds the story, so `pitchpole replay` of that
 * file runs those few operations and faults again, and nothing is drawn from a seed that the story tells.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Chalk } from 'chalk';
import { exitCodes, HarnessError } from '../../core/errors.ts';
import { type FutureMoment, pointOfNoReturn, type ShrunkRun } from '../../core/finding.ts';
import { seedText } from '../../core/random.ts';
import type { History, Nanos, Operation, ScheduledFault } from '../../core/types.ts';
import { scenarioOf, type Twin, variantOf } from '../../run/circumstances.ts';
import { futuresOf } from '../../run/futures.ts';
import { originOf } from '../../run/replay.ts';
import { type FullRunResult, type RunOptions, runOnce } from '../../run/run.ts';
import { runTale, type ShrinkOptions, type Shrunk, shrink as smallest } from '../../run/shrink.ts';
import { createRunId, createStore, readHistory } from '../../run/store.ts';
import type { Context } from '../context.ts';
import { type Chosen, findPattern, flawNamed, type House, openHouse } from '../lookup.ts';
import { writeReportFiles } from '../reporting.ts';
import { suiteOfOne } from '../suite-of-one.ts';
import * as read from '../values.ts';

interface Flags {
  readonly flaw?: string;
  readonly seed?: string;
  readonly variant?: string;
  readonly limit?: string;
  readonly futures?: boolean;
  readonly out?: string;
  readonly json?: boolean;
  readonly config?: string;
}

/** How many seeds are tried where none is given. */
const searched = 500;

export async function shrink(context: Context, what: string, flags: Flags): Promise<number> {
  const house = await openHouse(context.folder, flags.config);
  const limitMs = read.duration(flags.limit ?? '10s', '--limit') / 1e6;
  const culprit = await (isFile(context, what) ? fromFile(context, house, what) : fromPattern(house, what, flags));
  const { target, pattern, flaw, twin, run, scenario, variant } = culprit;
  const anomaly = run.anomalies.find((name) => flaw.expect.includes(name)) ?? run.anomalies[0];
  if (run.valid !== 'invalid' || anomaly === undefined) {
    throw new HarnessError({
      code: 'bad-usage',
      message: `Seed ${seedText(run.seed)} of the ${twin} twin is ${run.valid}: there is no failure to shrink.`,
      hint: 'Give a seed, or a history, that a run called invalid.',
    });
  }
  const options: ShrinkOptions = {
    ...{ target, pattern, flaw, twin, scenario, variant, registries: house.registry, history: run.history, anomaly },
    ...{ limitMs, signal: context.signal, progress: progressOn(context) },
  };
  const shrunk = await smallest(options);
  live(context, '');
  if (shrunk === undefined) {
    throw new HarnessError({
      code: 'no-match',
      message: `Told operation by operation, the run no longer ends in ${anomaly}, on any of 21 seeds.`,
      hint: 'Try another seed: this failure hangs on the very moment of each call.',
    });
  }
  const { tale } = shrunk;
  const store = createStore(
    resolve(context.folder, flags.out ?? '.pitchpole/runs'),
    createRunId(tale.seed, new Date()),
  );
  const named = (what: string): string => `${pattern.id.replaceAll('/', '-')}.${flaw.name}.${what}.jsonl`;
  const keep = async (file: string, again: (sink: (line: string) => void) => Promise<FullRunResult>) => {
    const lines: string[] = [];
    const { interrupted: _, ...result } = await again((line) => lines.push(line));
    store.saveHistory(file, lines);
    return { ...result, file };
  };
  const small = await keep(named('shrunk'), (sink) => runTale(options, tale, sink));
  const whole = await keep(named(twin), (sink) => runAgain(culprit, house.registry, sink));
  const failedAt = small.verdicts.flatMap(({ anomalies }) => anomalies).find(({ name }) => name === anomaly)?.at;
  const futures =
    flags.futures === false
      ? undefined
      : await futuresOf(options, tale, failedAt ?? small.history.endedAt, {
          signal: context.signal,
          progress: (done, of) => live(context, `${done} of ${of} futures`),
        });
  live(context, '');
  const shrunkRun: ShrunkRun = {
    run: small,
    of: { operations: run.operations, faults: run.faults, nodes: run.history.header.nodes.length },
    ...{ nodes: tale.nodes, runs: shrunk.runs, finished: shrunk.finished },
    ...(futures === undefined ? {} : { futures }),
  };
  const path = resolve(store.folder, named('shrunk'));
  const chosen: Chosen = { target, pattern };
  const suite = suiteOfOne({
    ...{ version: context.version, chosen, flaw, twin, run: whole, shrunk: shrunkRun, id: store.id },
    interrupted: context.signal.aborted,
    changes: [],
    command: ['replay', path],
  });
  store.saveResult(suite);
  const [report] = (await writeReportFiles(suite, store.folder, { reporter: ['html'], json: false })).slice(-1);
  const told = toldOf(culprit, shrunk, shrunkRun, anomaly, path, report);
  context.stdout.write(flags.json ? `${JSON.stringify(told, null, 2)}\n` : inWords(context, told, shrunk));
  return context.signal.aborted ? exitCodes.interrupted : 0;
}

type Origin = ReturnType<typeof originOf>;
interface Culprit extends Origin {
  readonly run: FullRunResult;
  readonly scenario: ReturnType<typeof scenarioOf>;
  readonly variant: ReturnType<typeof variantOf>;
  /** What its history tells, so that nothing of it is drawn. */
  readonly told?: Pick<RunOptions, 'schedule' | 'story'>;
}

const isFile = ({ folder }: Context, what: string): boolean => existsSync(resolve(folder, what));

async function fromFile({ folder }: Context, { registry }: House, file: string): Promise<Culprit> {
  const { history } = readHistory(resolve(folder, file));
  const origin = originOf(history.header, registry);
  const scenario = { ...scenarioOf(origin.flaw, 'sim'), nodes: history.header.nodes.length };
  return again({ ...origin, scenario, variant: history.header.variant }, registry, history);
}

async function fromPattern({ registry }: House, id: string, flags: Flags): Promise<Culprit> {
  const chosen = findPattern(registry, id);
  const flaw = flawNamed(chosen, flags.flaw);
  const twin: Twin = read.choice('flawed', 'fixed')(flags.variant ?? 'flawed', '--variant');
  const scenario = scenarioOf(flaw, 'sim');
  const variant = variantOf(chosen.target, flaw, scenario, twin);
  const asked = flags.seed === undefined ? undefined : read.seed(flags.seed, '--seed');
  const seeds = asked === undefined ? Array.from({ length: searched }, (_, index) => index + 1) : [asked];
  for (const seed of seeds) {
    const culprit = await again({ ...chosen, flaw, twin, seed, world: 'sim', scenario, variant }, registry);
    if (asked !== undefined || culprit.run.anomalies.some((name) => flaw.expect.includes(name))) return culprit;
  }
  throw new HarnessError({
    code: 'no-match',
    message: `None of ${searched} seeds makes the ${twin} twin fail.`,
    hint: 'Give a seed that fails with --seed.',
  });
}

async function again(
  culprit: Omit<Culprit, 'run'>,
  registries: House['registry'],
  history?: History,
): Promise<Culprit> {
  const { story, schedule } = history?.header ?? {};
  const told = { ...(schedule === undefined ? {} : { schedule }), ...(story === undefined ? {} : { story }) };
  return { ...culprit, told, run: await runAgain({ ...culprit, told }, registries) };
}

/** In the simulator, whatever world it came from: a history from containers is a story here, and has to fail here too. */
function runAgain(
  { target, pattern, flaw, twin, scenario, variant, seed, told }: Omit<Culprit, 'run'>,
  registries: House['registry'],
  sink?: (line: string) => void,
): Promise<FullRunResult> {
  return runOnce({
    ...{ target, pattern, flaw, twin, scenario, variant, seed, world: 'sim', registries },
    ...told,
    ...(sink === undefined ? {} : { sink, messages: true }),
  });
}

const progressOn =
  (context: Context): NonNullable<ShrinkOptions['progress']> =>
  ({ runs, operations, faults, nodes }) =>
    live(context, `${runs} runs: ${operations} operations, ${faults} faults, ${nodes} nodes`);

/** One line that is written over, where somebody looks. */
function live({ stderr }: Context, text: string): void {
  if (stderr.live) stderr.write(`\r\u001b[K${text}`);
}

const toldOf = (
  { twin }: Culprit,
  shrunk: Shrunk,
  { of, futures }: ShrunkRun,
  anomaly: string,
  file: string,
  report: string | undefined,
) => ({
  anomaly,
  twin,
  seed: shrunk.tale.seed,
  before: of,
  after: {
    operations: shrunk.tale.story.operations.length,
    faults: shrunk.tale.schedule.length,
    nodes: shrunk.tale.nodes,
  },
  runs: shrunk.runs,
  milliseconds: Math.round(shrunk.milliseconds),
  finished: shrunk.finished,
  ...(futures === undefined ? {} : { futures, pointOfNoReturn: pointOfNoReturn(futures) ?? null }),
  file,
  report,
});

function inWords({ stdout }: Context, told: ReturnType<typeof toldOf>, { run }: Shrunk): string {
  const { bold, dim, red } = new Chalk({ level: stdout.colors });
  const { before, after, anomaly } = told;
  const happened = [
    ...run.history.operations.map((operation) => ({ at: operation.calledAt, text: operationText(operation) })),
    ...run.history.header.schedule.map((fault, index) => ({
      at: fault.at,
      text: faultText(fault, run.history.faults[index]?.what),
    })),
  ].sort((a, b) => a.at - b.at);
  const because = run.verdicts.flatMap(({ anomalies }) => anomalies).find(({ name }) => name === anomaly)?.because;
  const lines = [
    `${red(anomaly)} in ${bold(`${after.operations} of ${before.operations} operations, ${after.faults} of ${before.faults} faults, ${after.nodes} of ${before.nodes} nodes`)}`,
    dim(
      `${told.runs} runs in ${(told.milliseconds / 1000).toFixed(1)} s${told.finished ? '' : '; the limit came first, it may be smaller still'}`,
    ),
    '',
    ...happened.map(({ at, text }) => `  ${secondsText(at)}  ${text}`),
    '',
    ...(because === undefined ? [] : [because, '']),
    ...(told.futures === undefined ? [] : [inevitability(told.futures), '']),
    `again    pitchpole replay ${told.file}`,
    ...(told.report === undefined ? [] : [`report   ${told.report}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function inevitability(futures: readonly FutureMoment[]): string {
  const at = pointOfNoReturn(futures);
  const share = ({ failed, of }: FutureMoment): string => `${failed} of ${of}`;
  const [first] = futures;
  const begin = first === undefined ? '' : `; at the start ${share(first)} did`;
  if (at === undefined) return `It never became inevitable: some futures escape to the end${begin}.`;
  return `Inevitable from ${(at / 1e9).toFixed(3)} s on: nearly all futures that part from the run then fail${begin}.`;
}

const secondsText = (at: Nanos): string => `${(at / 1e9).toFixed(3).padStart(8)} s`;

function operationText({ process, node, action, key, input, completion, returnedAt }: Operation): string {
  const asked = `${action}(${[key, input]
    .filter((part) => part !== undefined && part !== null)
    .map((part) => JSON.stringify(part))
    .join(', ')})`;
  const answer =
    completion.type === 'ok' ? JSON.stringify(completion.output) : `${completion.type}: ${completion.error}`;
  const when = returnedAt === undefined ? 'never' : `at ${(returnedAt / 1e9).toFixed(3)} s`;
  return `p${process} asks ${node}  ${asked} → ${answer}, ${when}`;
}

const faultText = ({ nemesis, lasts }: ScheduledFault, what: string | undefined): string =>
  `${nemesis} for ${(lasts / 1e9).toFixed(3)} s${what === undefined || what === '' ? '' : `: ${what}`}`;
