/**
 * Elections that follow each other without end, or a cluster without a leader for too long: from the candidates' own word
 * (`note('candidate')`, `note('leader')`), from the metric `consensus_leader_elections_total`, and from probes.
 *
 * The one surprise: elections are counted in the worst window, not over the run, since a storm of five seconds is one,
 * and a long quiet run would dilute it. A vote that no candidate wins is an election too.
 */
import { milliseconds } from '../harness/core/define.ts';
import type { History, Nanos } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';
import { reignsOf } from './leadership.ts';

export interface ElectionStormOptions {
  /** More elections than this within `windowMs` are a storm. */
  readonly elections?: number;
  readonly windowMs?: number;
  /** Longer without anybody leading is a storm too; not judged where absent. */
  readonly leaderlessMs?: number;
}

const name = 'election-storm';

export const electionStorm = (options: ElectionStormOptions = {}): Checker => ({
  name,
  check: (history) => judge(history, options),
});

function judge(history: History, { elections = 10, windowMs = 5000, leaderlessMs }: ElectionStormOptions): Verdict {
  const times = electionTimes(history);
  const reigns = reignsOf(history);
  if (times.length === 0 && reigns.length === 0) return unknown(name, 'no election and no leader was seen');
  const worst = busiest(times, milliseconds(windowMs));
  const gap = longestLeaderless(history, reigns);
  const minutes = history.endedAt / 60e9;
  const perMinute = minutes > 0 ? times.length / minutes : 0;
  const details = {
    elections: times.length,
    perMinute,
    mostInWindow: worst.count,
    windowMs,
    leaderlessMs: gap.length / 1e6,
    changes: reigns.length,
  };
  const text = `${times.length} elections (${Math.round(perMinute)} a minute, at most ${worst.count} in ${windowMs} ms), ${reigns.length} leaders, longest without one ${Math.round(gap.length / 1e6)} ms`;
  const anomalies: Anomaly[] = [];
  if (worst.count > elections) {
    anomalies.push({
      name: 'election-storm',
      because: `${worst.count} elections within ${windowMs} ms from ${Math.round(worst.from / 1e6)} ms on; ${elections} are tolerated.`,
      operations: [],
      at: worst.from,
    });
  }
  if (leaderlessMs !== undefined && gap.length > milliseconds(leaderlessMs)) {
    anomalies.push({
      name: 'election-storm',
      because: `Nobody led for ${Math.round(gap.length / 1e6)} ms from ${Math.round(gap.from / 1e6)} ms on; ${leaderlessMs} ms are tolerated.`,
      operations: [],
      at: gap.from,
    });
  }
  if (anomalies.length > 0) return invalid(name, anomalies, `${text}. ${anomalies[0]?.because}`, details);
  return valid(name, text, details);
}

/** When candidates stood; where no node says so, when the metric was seen to have grown, once for each election. */
export function electionTimes(history: History): readonly Nanos[] {
  const notes = history.events.filter(({ kind, name: what }) => kind === 'note' && what === 'candidate');
  if (notes.length > 0) return notes.map(({ at }) => at).sort((a, b) => a - b);
  const times: Nanos[] = [];
  const before = new Map<string, number>();
  for (const { at, node, metrics } of history.observations) {
    const total = metrics.consensus_leader_elections_total;
    if (total === undefined) continue;
    const last = before.get(node) ?? 0;
    // A counter that went down has been restarted from 0.
    for (let i = 0; i < (total < last ? total : total - last); i++) times.push(at);
    before.set(node, total);
  }
  return times.sort((a, b) => a - b);
}

function busiest(times: readonly Nanos[], window: Nanos): { readonly count: number; readonly from: Nanos } {
  let best = { count: 0, from: 0 };
  let start = 0;
  for (let end = 0; end < times.length; end++) {
    while ((times[end] as number) - (times[start] as number) > window) start++;
    const count = end - start + 1;
    if (count > best.count) best = { count, from: times[start] as number };
  }
  return best;
}

/** Between two signs of a leader, of whatever node; the run's own beginning counts, its end only where it was watched. */
function longestLeaderless(
  history: History,
  reigns: ReturnType<typeof reignsOf>,
): { readonly length: Nanos; readonly from: Nanos } {
  const looks = history.observations.map(({ at }) => at).sort((a, b) => a - b);
  let best = { length: 0, from: 0 };
  let covered: Nanos = 0;
  for (const from of [...reigns.map((reign) => reign.from), looks.at(-1) ?? 0]) {
    if (from - covered > best.length && looks.some((at) => at > covered && at < from)) {
      best = { length: from - covered, from: covered };
    }
    for (const reign of reigns) if (reign.from <= from) covered = Math.max(covered, reign.until);
    covered = Math.max(covered, from);
  }
  return best;
}
