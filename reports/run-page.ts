/**
 * One run as a page holds it: its verdicts, its story, and at most `historyCap` of its operations, those around the
 * evidence; how many are left out is part of it.
 */
import type { FlawFinding, RunResult } from '../harness/core/finding.ts';
import { seedText } from '../harness/core/random.ts';
import type { History, Nanos, Operation } from '../harness/core/types.ts';
import type { Anomaly, Validity } from '../harness/core/verdict.ts';
import { mainAnomaly, type Story, tellStory } from './story.ts';
import type { Shown } from './text.ts';

export const historyCap = 10_000;
const observationCap = 5_000;

export interface RunPage {
  readonly twin: Shown;
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
  /** The invariant that was broken before anybody could notice: the cause, where the anomaly is the effect. */
  readonly cause?: Anomaly;
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

/** @param like a story of another run of the same seed, whose operations and faults are told here too. */
export function runPage(
  result: RunResult,
  twin: Shown,
  flaw: FlawFinding,
  replay: string,
  like: Story | undefined,
): RunPage {
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
    ...causeOf(result, anomaly),
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

/** The first broken invariant, where it is not the anomaly itself. */
function causeOf({ verdicts }: RunResult, anomaly: Anomaly | undefined): Pick<RunPage, 'cause'> {
  const broken = verdicts.find(({ checker }) => checker === 'invariants')?.anomalies ?? [];
  const [cause] = broken.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return cause === undefined || cause === anomaly ? {} : { cause };
}

export const anomalyOf = (run: RunResult | undefined, flaw: FlawFinding): Anomaly | undefined =>
  run === undefined
    ? undefined
    : mainAnomaly(
        run.verdicts.flatMap(({ anomalies }) => anomalies),
        flaw.flaw.expect,
      );

/** By index, whatever the page left out. */
export const operationsByIndex = (history: History | undefined): ReadonlyMap<number, Operation> =>
  new Map((history?.operations ?? []).map((operation) => [operation.index, operation]));
