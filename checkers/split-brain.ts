/**
 * Two primaries of one term (`split-brain`), or two of different terms at once for longer than an election timeout
 * (`two-primaries`): from the harness's probes and from what the nodes said themselves.
 *
 * The one surprise: two at once is legal for a while. A leader that is cut off cannot know that it was deposed; with
 * check-quorum it finds out within about an election timeout, and one that is paused does not even find out that it was
 * paused. So overlaps are measured without pauses, and only the longer ones count.
 */
import { milliseconds } from '../harness/core/define.ts';
import type { History, Nanos } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';
import { numberIn, pausesOf, type Reign, reignsOf, without } from './leadership.ts';

export interface SplitBrainOptions {
  /** Where absent, the `electionTimeoutMs` of the header's facts; without either, only one term's primaries are judged. */
  readonly electionTimeoutMs?: number;
  /** How many election timeouts two may overlap: one by right, half of another for the sampling. */
  readonly tolerance?: number;
  /**
   * How often a node must have been seen to lead in a term before its word is believed. 1 where an inspection is one
   * moment (our mechanisms); 2 for systems whose status page reads leader and term one after the other.
   */
  readonly signs?: number;
}

const name = 'split-brain';

export const splitBrain = (options: SplitBrainOptions = {}): Checker => ({
  name,
  check: (history) => judge(history, options),
});

function judge(history: History, { electionTimeoutMs, tolerance = 1.5, signs = 1 }: SplitBrainOptions): Verdict {
  const reigns = reignsOf(history).filter((reign) => reign.signs >= signs);
  if (reigns.length === 0) return unknown(name, 'nobody was ever seen to lead');
  const timeoutMs = electionTimeoutMs ?? numberIn(history.header.facts, 'electionTimeoutMs');
  const anomalies = [...sameTerm(history, reigns)];
  let longest: Nanos = 0;
  if (timeoutMs !== undefined) {
    for (const [first, second] of pairs(reigns)) {
      if (first.term === second.term || first.node === second.node) continue;
      const overlap = overlapOf(history, first, second);
      longest = Math.max(longest, overlap);
      if (overlap > milliseconds(timeoutMs * tolerance))
        anomalies.push(twoAtOnce(history, first, second, overlap, timeoutMs));
    }
  }
  const terms = new Set(reigns.map(({ term }) => term)).size;
  const details = { reigns: reigns.length, terms, longestOverlapMs: longest / 1e6 };
  const counted = `${reigns.length} primaries in ${terms} terms`;
  if (anomalies.length > 0) return invalid(name, anomalies, `${counted}: ${anomalies[0]?.because}`, details);
  const overlap =
    timeoutMs === undefined ? 'no election timeout known, overlaps not judged' : `longest overlap ${inMs(longest)}`;
  return valid(name, `${counted}, one in each; ${overlap}`, details);
}

function* pairs(reigns: readonly Reign[]): Iterable<readonly [Reign, Reign]> {
  for (let i = 0; i < reigns.length; i++) {
    for (let j = i + 1; j < reigns.length; j++) yield [reigns[i] as Reign, reigns[j] as Reign];
  }
}

function* sameTerm(history: History, reigns: readonly Reign[]): Iterable<Anomaly> {
  const byTerm = new Map<number, Reign[]>();
  for (const reign of reigns) byTerm.set(reign.term, [...(byTerm.get(reign.term) ?? []), reign]);
  for (const [term, rivals] of byTerm) {
    if (rivals.length < 2) continue;
    const who = rivals.map(({ node, from }) => `${node} (seen at ${inMs(from)})`).join(' and ');
    yield {
      name: 'split-brain',
      because: `Term ${term} had ${rivals.length} primaries: ${who}. A term has at most one.`,
      operations: rivals.flatMap((reign) => acknowledgedBy(history, reign)),
      at: Math.max(...rivals.map(({ from }) => from)),
    };
  }
}

/** How long both were seen to lead, the time not counted in which either stood still. */
function overlapOf(history: History, first: Reign, second: Reign): Nanos {
  const from = Math.max(first.from, second.from);
  const until = Math.min(first.until, second.until);
  if (until <= from) return 0;
  return without(from, until, [...pausesOf(history, first.node), ...pausesOf(history, second.node)]);
}

const twoAtOnce = (history: History, first: Reign, second: Reign, overlap: Nanos, timeoutMs: number): Anomaly => ({
  name: 'two-primaries',
  because: `${first.node} (term ${first.term}) and ${second.node} (term ${second.term}) both led for ${inMs(overlap)}; a deposed primary must know it within an election timeout, ${timeoutMs} ms.`,
  operations: [...acknowledgedBy(history, first, second.from), ...acknowledgedBy(history, second)],
  at: Math.max(first.from, second.from),
});

/** The first few operations that the node acknowledged as primary: what the rivals did to the data. */
function acknowledgedBy(history: History, { node, from, until }: Reign, since: Nanos = from): readonly number[] {
  const found: number[] = [];
  for (const { index, node: asked, calledAt, completion } of history.operations) {
    if (asked !== node || completion.type !== 'ok' || calledAt < since || calledAt > until) continue;
    found.push(index);
    if (found.length === 3) break;
  }
  return found;
}

const inMs = (time: Nanos): string => `${Math.round(time / 1e6)} ms`;
