/**
 * From a suite's result to what reports show: plain data, no functions, so that the page in a browser and the line in
 * a terminal are poured from the same jug.
 *
 * The one surprise: a page holds at most `historyCap` operations of a run, those around the evidence; how many it
 * leaves out is part of the page.
 */

import type { Finding, FindingStatus, FlawFinding, RunResult, SuiteResult } from '../harness/core/finding.ts';
import { seedText } from '../harness/core/random.ts';
import type { DocumentCard } from '../harness/core/target.ts';
import type { History, Nanos, Operation, WorldKind } from '../harness/core/types.ts';
import type { Anomaly, CycleStep, Validity } from '../harness/core/verdict.ts';
import { mainAnomaly, type Story, tellStory } from './story.ts';
import {
  answerText,
  durationText,
  plural,
  replayCommand,
  requestText,
  sentence,
  type ToldStatus,
  type Twin,
  variantDifferences,
} from './text.ts';

export const historyCap = 10_000;
const observationCap = 5_000;

export interface RunPage {
  readonly twin: Twin;
  readonly seed: string;
  readonly valid: Validity;
  readonly verdicts: readonly {
    readonly checker: string;
    readonly valid: Validity;
    readonly summary: string;
    readonly anomalies: readonly Anomaly[];
    readonly details?: string;
  }[];
  /** The one that the story tells. */
  readonly anomaly?: Anomaly;
  readonly signal?: { readonly at: Nanos; readonly because: string };
  readonly doubts: readonly string[];
  readonly replay: string;
  readonly file?: string;
  readonly hash?: string;
  /** Operations are the shown ones; an operation's place in the list is not its index. */
  readonly history?: History;
  readonly totals: { readonly operations: number; readonly observations: number; readonly messages: number };
  readonly story?: Story;
}

export interface Cell {
  readonly twin: Twin;
  readonly world: WorldKind;
  readonly text: string;
  readonly mark: 'convicted' | 'acquitted' | 'unknown' | 'none';
}

export interface FlawPage {
  readonly name: string;
  readonly about: string;
  readonly status: ToldStatus;
  readonly because: string;
  /** What happened, in one sentence, with the values. */
  readonly sentence: string;
  readonly expect: readonly string[];
  readonly switches: readonly { readonly name: string; readonly fixed: string; readonly flawed: string }[];
  readonly cells: readonly Cell[];
  readonly tried: string;
  readonly signal?: { readonly name: string; readonly quote: string };
  readonly flawed?: RunPage;
  readonly fixed?: RunPage;
  /** The twin whose evidence counts: the fixed one where it regressed. */
  readonly told: Twin;
  readonly divergence?: { readonly at: Nanos; readonly what: string };
}

export interface FindingPage {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  readonly world: WorldKind;
  readonly status: ToldStatus;
  readonly sentence: string;
  readonly replay?: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly card: DocumentCard;
  readonly flaws: readonly FlawPage[];
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly version: string;
  readonly run: string;
  readonly index: string;
}

/** How the status is told: see `ToldStatus`. */
export const toldStatus = (finding: Finding): ToldStatus =>
  statusOf(finding) === 'reproduced' && finding.flaws.length > 0 && finding.flaws.every(isControl)
    ? 'held'
    : statusOf(finding);

/** Nothing was convicted because nothing was taken away: a control, or a run of the fixed twin alone (`--variant fixed`). */
const isControl = ({ flaw, flawedTried }: FlawFinding): boolean => flaw.expect.length === 0 || flawedTried === 0;

export const statusOf = (finding: Finding): FindingStatus | 'skipped' =>
  finding.skipped === undefined ? finding.status : 'skipped';

/** The flaw that decides the finding: the worst one. */
export const decisiveFlaw = (finding: Finding): FlawFinding | undefined =>
  finding.flaws.find(({ status }) => status === finding.status) ?? finding.flaws[0];

const toldRun = (flaw: FlawFinding): RunResult | undefined =>
  flaw.status === 'regressed' ? flaw.fixed : (flaw.flawed ?? flaw.fixed);

const anomalyOf = (run: RunResult | undefined, flaw: FlawFinding): Anomaly | undefined =>
  run === undefined
    ? undefined
    : mainAnomaly(
        run.verdicts.flatMap(({ anomalies }) => anomalies),
        flaw.flaw.expect,
      );

/** What happened with this flaw: the anomaly where one decides, else why there is none. */
export function flawSentence(flaw: FlawFinding): string {
  const decided = flaw.status === 'reproduced' || flaw.status === 'regressed';
  if (isControl(flaw) && flaw.status === 'reproduced') {
    const load = `${plural(flaw.operations, 'operation')} under ${plural(flaw.faults, 'fault')}`;
    return sentence(
      `${load}, and nothing that must not be: ${flaw.because.charAt(0).toLowerCase()}${flaw.because.slice(1)}`,
    );
  }
  return sentence((decided ? anomalyOf(toldRun(flaw), flaw)?.because : undefined) ?? flaw.because);
}

/** The cycle of the anomaly that convicted the fixed twin, where it is one. */
export const regressedCycle = (flaw: FlawFinding): readonly CycleStep[] =>
  (flaw.status === 'regressed' ? anomalyOf(toldRun(flaw), flaw)?.cycle : undefined) ?? [];

/** One sentence for the whole finding. */
export function findingSentence(finding: Finding): string {
  if (finding.skipped !== undefined) return sentence(`not run: ${finding.skipped}`);
  const flaw = decisiveFlaw(finding);
  return flaw === undefined ? 'No flaw of this pattern was tried.' : flawSentence(flaw);
}

/** The command that shows the deciding run again. */
export function findingReplay(finding: Finding): string | undefined {
  const flaw = decisiveFlaw(finding);
  return flaw === undefined ? undefined : flawReplay(finding, flaw, flaw.status === 'regressed' ? 'fixed' : 'flawed');
}

function flawReplay(finding: Finding, flaw: FlawFinding, twin: Twin): string | undefined {
  const run = flaw[twin];
  if (run === undefined) return undefined;
  return replayCommand({
    pattern: finding.pattern.id,
    flaw: flaw.flaw.name,
    twin,
    seed: run.seed,
    world: finding.world,
    ...(finding.flags === undefined ? {} : { flags: finding.flags }),
  });
}

/** `consensus-split-brain.html`; the world is added where a suite ran in another than the simulator. */
export const pageName = (finding: Finding): string =>
  `${finding.pattern.id.replace(/[^a-zA-Z0-9-]+/g, '-')}${finding.world === 'sim' ? '' : `-${finding.world}`}.html`;

export function findingPage(finding: Finding, suite: SuiteResult): FindingPage {
  const replay = findingReplay(finding);
  const sample = finding.flaws.map((flaw) => toldRun(flaw)?.history).find((history) => history !== undefined);
  return {
    id: finding.pattern.id,
    title: finding.pattern.title,
    target: finding.target,
    world: finding.world,
    status: toldStatus(finding),
    sentence: findingSentence(finding),
    ...(replay === undefined ? {} : { replay }),
    facts: [
      ['world', finding.world === 'sim' ? 'simulator (virtual time)' : finding.world],
      ...(sample === undefined ? [] : [['nodes', sample.header.nodes.join(' ')] as const]),
      ...(sample === undefined
        ? []
        : [['workload', `${sample.header.workload}, ${sample.header.concurrency} clients`] as const]),
      ['base seed', seedText(suite.baseSeed)],
      ['operations', `${sum(finding.flaws, 'operations')}`],
      ['faults struck', `${sum(finding.flaws, 'faults')}`],
      ['took', durationText(finding.milliseconds * 1e6)],
    ],
    card: finding.pattern.card,
    flaws: finding.flaws.map((flaw) => flawPage(flaw, finding, suite)),
    environment: Object.entries(suite.environment),
    version: suite.version,
    run: suite.id,
    index: 'index.html',
  };
}

const sum = (flaws: readonly FlawFinding[], what: 'operations' | 'faults'): number =>
  flaws.reduce((total, flaw) => total + flaw[what], 0);

function flawPage(flaw: FlawFinding, finding: Finding, suite: SuiteResult): FlawPage {
  const told: Twin = flaw.status === 'regressed' || flaw.flawed === undefined ? 'fixed' : 'flawed';
  const run = (twin: Twin, like?: Story): RunPage | undefined => {
    const result = flaw[twin];
    return result === undefined ? undefined : runPage(result, twin, flaw, flawReplay(finding, flaw, twin) ?? '', like);
  };
  const first = run(told);
  const second = run(told === 'fixed' ? 'flawed' : 'fixed', first?.story);
  const [flawed, fixed] = told === 'flawed' ? [first, second] : [second, first];
  const divergence = divergenceOf(flaw.flawed?.history, flaw.fixed?.history);
  const { signal } = flaw.flaw;
  return {
    name: flaw.flaw.name,
    about: flaw.flaw.about,
    status: isControl(flaw) && flaw.status === 'reproduced' ? 'held' : flaw.status,
    because: sentence(flaw.because),
    sentence: flawSentence(flaw),
    expect: flaw.flaw.expect,
    switches:
      flaw.flawed !== undefined && flaw.fixed !== undefined
        ? variantDifferences(flaw.fixed.variant, flaw.flawed.variant)
        : Object.entries(flaw.flaw.switches).map(([name, value]) => ({
            name,
            fixed: '(reference)',
            flawed: JSON.stringify(value),
          })),
    cells: cellsOf(flaw, finding, suite),
    tried: `${plural(flaw.flawedTried, 'flawed run')}, ${plural(flaw.fixedTried, 'fixed run')}`,
    ...(signal === undefined ? {} : { signal: { name: signal.name, quote: signal.quote } }),
    ...(flawed === undefined ? {} : { flawed }),
    ...(fixed === undefined ? {} : { fixed }),
    told,
    ...(divergence === undefined ? {} : { divergence }),
  };
}

function runPage(result: RunResult, twin: Twin, flaw: FlawFinding, replay: string, like: Story | undefined): RunPage {
  const anomaly = anomalyOf(result, flaw);
  const { history } = result;
  const story = history === undefined ? undefined : tellStory(history, anomaly, like);
  return {
    twin,
    seed: seedText(result.seed),
    valid: result.valid,
    verdicts: result.verdicts.map(({ checker, valid, summary, anomalies, details }) => ({
      checker,
      valid,
      summary,
      anomalies: anomalies.slice(0, 50),
      ...(details === undefined ? {} : { details: JSON.stringify(details, null, 2).slice(0, 20_000) }),
    })),
    ...(anomaly === undefined ? {} : { anomaly }),
    ...(result.signal === undefined ? {} : { signal: result.signal }),
    doubts: result.doubts,
    replay,
    ...(result.file === undefined ? {} : { file: result.file }),
    ...(result.hash === undefined ? {} : { hash: result.hash }),
    ...(history === undefined || story === undefined ? {} : { history: capped(history, story, anomaly), story }),
    totals: {
      operations: history?.operations.length ?? result.operations,
      observations: history?.observations.length ?? 0,
      messages: history?.messages.length ?? 0,
    },
  };
}

/** Keeps the operations around the evidence, and all that the story, the counterexample and the cycle name. */
function capped(history: History, story: Story, anomaly: Anomaly | undefined): History {
  const observations = history.observations.slice(0, observationCap);
  const { operations } = history;
  if (operations.length <= historyCap) return { ...history, observations, messages: [] };
  const middle = story.operations[Math.floor(story.operations.length / 2)] ?? 0;
  const first = Math.max(0, Math.min(operations.length - historyCap, middle - Math.floor(historyCap / 2)));
  const named = new Set([
    ...story.operations,
    ...(anomaly?.counterexample?.stations.slice(-200).map(({ operation }) => operation) ?? []),
    ...(anomaly?.cycle?.map(({ from }) => from) ?? []),
  ]);
  const kept = operations.filter(({ index }) => (index >= first && index < first + historyCap) || named.has(index));
  return { ...history, operations: kept, observations, messages: [] };
}

function cellsOf(flaw: FlawFinding, finding: Finding, suite: SuiteResult): Cell[] {
  const elsewhere = (world: WorldKind): FlawFinding | undefined =>
    suite.findings
      .find((other) => other.pattern.id === finding.pattern.id && other.world === world && other.skipped === undefined)
      ?.flaws.find((other) => other.flaw.name === flaw.flaw.name);
  const worlds: readonly WorldKind[] = ['sim', 'docker'];
  return worlds.flatMap((world) => {
    const here = world === finding.world ? flaw : elsewhere(world);
    return [cell('flawed', world, here), cell('fixed', world, here)];
  });
}

function cell(twin: Twin, world: WorldKind, flaw: FlawFinding | undefined): Cell {
  const tried = twin === 'flawed' ? flaw?.flawedTried : flaw?.fixedTried;
  if (flaw === undefined || tried === undefined || tried === 0) return { twin, world, text: 'not run', mark: 'none' };
  const runs = plural(tried, 'run');
  if (twin === 'flawed') {
    if (flaw.flawed?.valid !== 'invalid') return { twin, world, text: `not convicted in ${runs}`, mark: 'acquitted' };
    return {
      twin,
      world,
      text: `convicted at ${seedText(flaw.flawed.seed)}${tried === 1 ? '' : `, run ${tried}`}`,
      mark: 'convicted',
    };
  }
  const convicted = flaw.fixedConvicted.length;
  if (convicted > 0) return { twin, world, text: `convicted in ${convicted} of ${runs}`, mark: 'convicted' };
  if (flaw.fixedUnknown > 0)
    return { twin, world, text: `unknown in ${flaw.fixedUnknown} of ${runs}`, mark: 'unknown' };
  return { twin, world, text: `acquitted in ${runs}`, mark: 'acquitted' };
}

/** In containers two runs never agree to the nanosecond, so only the simulator can name a first divergence. */
function divergenceOf(flawed: History | undefined, fixed: History | undefined): FlawPage['divergence'] {
  if (flawed === undefined || fixed === undefined || flawed.header.world !== 'sim') return undefined;
  if (flawed.header.seed !== fixed.header.seed) return undefined;
  let first: { at: Nanos; what: string } | undefined;
  const note = (at: Nanos, what: string): void => {
    if (first === undefined || at < first.at) first = { at, what };
  };
  const say = (operation: Operation | undefined): string =>
    operation === undefined ? 'nothing' : `${requestText(operation)} ${answerText(operation)}`;
  for (let index = 0; index < Math.max(flawed.operations.length, fixed.operations.length); index++) {
    const [a, b] = [flawed.operations[index], fixed.operations[index]];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    const moments = a?.calledAt === b?.calledAt ? [a?.returnedAt, b?.returnedAt] : [a?.calledAt, b?.calledAt];
    note(
      Math.min(...moments.map((at) => at ?? Number.POSITIVE_INFINITY), flawed.endedAt),
      `operation ${index}: flawed ${say(a)}, fixed ${say(b)}`,
    );
    break;
  }
  for (let index = 0; index < Math.max(flawed.events.length, fixed.events.length); index++) {
    const [a, b] = [flawed.events[index], fixed.events[index]];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    if (
      a !== undefined &&
      b !== undefined &&
      a.node === b.node &&
      a.name === b.name &&
      a.kind === b.kind &&
      a.at !== b.at
    ) {
      const word = `${a.node} ${a.name ?? a.kind}`;
      note(
        Math.min(a.at, b.at),
        `${word} at ${preciseText(a.at)} in the flawed run, at ${preciseText(b.at)} in the fixed one`,
      );
      break;
    }
    const earlier = a !== undefined && (b === undefined || a.at <= b.at) ? a : b;
    if (earlier !== undefined) {
      const whose = earlier === a ? 'flawed' : 'fixed';
      note(earlier.at, `${earlier.node} ${earlier.name ?? earlier.kind} in the ${whose} run only`);
    }
    break;
  }
  return first;
}

const preciseText = (at: Nanos): string => `${(at / 1_000_000).toFixed(1)} ms`;

/** What a suite adds up to: was the night worth anything? */
export interface Totals {
  readonly statuses: ReadonlyMap<ToldStatus, number>;
  readonly runs: number;
  readonly operations: number;
  readonly faults: number;
  readonly unknowns: number;
}

export function totalsOf(suite: SuiteResult): Totals {
  const statuses = new Map<ToldStatus, number>();
  let [runs, operations, faults, unknowns] = [0, 0, 0, 0];
  for (const finding of suite.findings) {
    const status = toldStatus(finding);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    for (const flaw of finding.flaws) {
      runs += flaw.flawedTried + flaw.fixedTried;
      operations += flaw.operations;
      faults += flaw.faults;
      unknowns += flaw.fixedUnknown + (flaw.status === 'unknown' ? 1 : 0);
    }
  }
  return { statuses, runs, operations, faults, unknowns };
}

/** By index, whatever the page left out. */
export const operationsByIndex = (history: History | undefined): ReadonlyMap<number, Operation> =>
  new Map((history?.operations ?? []).map((operation) => [operation.index, operation]));
