/**
 * From a suite's result to what reports show: plain data, no functions, so that the page in a browser and the line in
 * a terminal are poured from the same jug.
 */
import type {
  Finding,
  FindingStatus,
  FlawFinding,
  RunResult,
  ShrunkRun,
  SuiteResult,
} from '../harness/core/finding.ts';
import { seedText } from '../harness/core/random.ts';
import type { DocumentCard } from '../harness/core/target.ts';
import type { WorldKind } from '../harness/core/types.ts';
import type { CycleStep } from '../harness/core/verdict.ts';
import { type Divergence, divergenceOf } from './divergence.ts';
import { anomalyOf, type RunPage, runPage } from './run-page.ts';
import type { Story } from './story.ts';
import {
  durationText,
  plural,
  replayCommand,
  sentence,
  type ToldStatus,
  type Twin,
  variantDifferences,
} from './text.ts';

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
  /** The flawed run's story, as small as it could be made: what is shown first. */
  readonly shrunk?: RunPage;
  /** What the small story was made from, and when its failure became inevitable. */
  readonly shrinkage?: Omit<ShrunkRun, 'run'>;
  /** The twin whose evidence counts: the fixed one where it regressed. */
  readonly told: Twin;
  readonly divergence?: Divergence;
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
export function toldStatus(finding: Finding): ToldStatus {
  const status = statusOf(finding);
  if (status === 'regressed' && finding.world === 'process') return 'broken';
  return status === 'reproduced' && finding.flaws.length > 0 && finding.flaws.every(isControl) ? 'held' : status;
}

/** Nothing was convicted because nothing was taken away: a control, or a run of the fixed twin alone (`--variant fixed`). */
const isControl = ({ flaw, flawedTried }: FlawFinding): boolean => flaw.expect.length === 0 || flawedTried === 0;

export const statusOf = (finding: Finding): FindingStatus | 'skipped' =>
  finding.skipped === undefined ? finding.status : 'skipped';

/** The flaw that decides the finding: the worst one. */
export const decisiveFlaw = (finding: Finding): FlawFinding | undefined =>
  finding.flaws.find(({ status }) => status === finding.status) ?? finding.flaws[0];

const toldRun = (flaw: FlawFinding): RunResult | undefined =>
  flaw.status === 'regressed' ? flaw.fixed : (flaw.flawed ?? flaw.fixed);

/** What happened with this flaw: the anomaly where one decides, else why there is none. */
export function flawSentence(flaw: FlawFinding): string {
  const decided = flaw.status === 'reproduced' || flaw.status === 'regressed';
  if (isControl(flaw) && flaw.status === 'reproduced') {
    const load = `${plural(flaw.operations, 'operation')} under ${plural(flaw.faults, 'fault')}`;
    return sentence(
      `${load}, and nothing that must not be: ${flaw.because.charAt(0).toLowerCase()}${flaw.because.slice(1)}`,
    );
  }
  // Of a few operations on three nodes the same is said more simply.
  const simplest = flaw.status === 'reproduced' ? (flaw.shrunk?.run ?? toldRun(flaw)) : toldRun(flaw);
  return sentence((decided ? anomalyOf(simplest, flaw)?.because : undefined) ?? flaw.because);
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
    ...shrunkOf(flaw, finding, suite.id),
    told,
    ...(divergence === undefined ? {} : { divergence }),
  };
}

function shrunkOf(flaw: FlawFinding, finding: Finding, run: string): Pick<FlawPage, 'shrunk' | 'shrinkage'> {
  if (flaw.shrunk === undefined || flaw.status === 'regressed') return {};
  const { run: small, ...shrinkage } = flaw.shrunk;
  const replay =
    small.file === undefined
      ? (flawReplay(finding, flaw, 'flawed') ?? '')
      : `pitchpole replay .pitchpole/runs/${run}/${small.file}`;
  return { shrunk: runPage(small, 'shrunk', flaw, replay, undefined), shrinkage };
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
