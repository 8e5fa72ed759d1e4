/**
 * What can be counted over time: operations per second by outcome, latencies, how long clients were without an answer
 * around each fault, and the metrics that the nodes exported.
 */
import type { History, Nanos, Operation } from '../harness/core/types.ts';

export interface Bin {
  readonly from: Nanos;
  readonly to: Nanos;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** Latencies of the `ok` ones that were called in this bin; absent where there were none. */
  readonly median?: Nanos;
  readonly p99?: Nanos;
  readonly slowest?: Nanos;
}

/** Steps that a person can name. */
const steps: readonly Nanos[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000,
].map((milliseconds) => milliseconds * 1_000_000);

/** Outcomes are counted when they came, latencies where the operation was called. */
export function binsOf(operations: readonly Operation[], endedAt: Nanos, atMost = 120): Bin[] {
  const step = steps.find((candidate) => endedAt / candidate <= atMost) ?? Math.ceil(endedAt / atMost);
  const count = Math.max(1, Math.ceil(endedAt / step));
  const counts = Array.from({ length: count }, () => ({ ok: 0, fail: 0, info: 0 }));
  const latencies: Nanos[][] = Array.from({ length: count }, () => []);
  const bin = (at: Nanos): number => Math.min(count - 1, Math.max(0, Math.floor(at / step)));
  for (const { completion, calledAt, returnedAt } of operations) {
    const of = counts[bin(returnedAt ?? endedAt)];
    if (of !== undefined) of[completion.type]++;
    if (completion.type === 'ok' && returnedAt !== undefined) latencies[bin(calledAt)]?.push(returnedAt - calledAt);
  }
  return counts.map((outcomes, index) => {
    const sorted = (latencies[index] ?? []).sort((a, b) => a - b);
    return { from: index * step, to: Math.min(endedAt, (index + 1) * step), ...outcomes, ...spread(sorted) };
  });
}

function spread(sorted: readonly Nanos[]): Pick<Bin, 'median' | 'p99' | 'slowest'> {
  const at = (share: number): Nanos | undefined =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const median = at(0.5);
  const p99 = at(0.99);
  const slowest = sorted.at(-1);
  return median === undefined || p99 === undefined || slowest === undefined ? {} : { median, p99, slowest };
}

export interface Recovery {
  readonly fault: number;
  /** The longest time without a success that touches the fault: from one success to the next. */
  readonly longestGap?: { readonly from: Nanos; readonly to?: Nanos };
  /** From the mend to the first success of an operation that was called after it. */
  readonly afterHeal?: Nanos;
}

/** Recovery as a client sees it: by answers, not by what the nodes say of themselves. */
export function recoveriesOf(history: History): Recovery[] {
  const successes = history.operations
    .filter((operation) => operation.completion.type === 'ok' && operation.returnedAt !== undefined)
    .map((operation) => ({ calledAt: operation.calledAt, at: operation.returnedAt as Nanos }))
    .sort((a, b) => a.at - b.at);
  return history.faults
    .filter((fault) => fault.skipped === undefined)
    .map((fault) => {
      const next = history.faults.find(
        (other) => other.from > (fault.until ?? fault.from) && other.skipped === undefined,
      );
      const horizon = next?.from ?? history.endedAt;
      const until = fault.until;
      const first =
        until === undefined ? undefined : successes.find(({ calledAt, at }) => calledAt >= until && at <= horizon);
      const gap = longestGap(
        successes.map(({ at }) => at),
        fault.from,
        horizon,
        history.endedAt,
      );
      return {
        fault: fault.id,
        ...(gap === undefined ? {} : { longestGap: gap }),
        ...(first === undefined || until === undefined ? {} : { afterHeal: first.at - until }),
      };
    });
}

function longestGap(times: readonly Nanos[], from: Nanos, horizon: Nanos, endedAt: Nanos): Recovery['longestGap'] {
  if (times.length === 0) return undefined;
  let previous = 0;
  let best: { from: Nanos; to?: Nanos; length: number } | undefined;
  for (const at of [...times, undefined]) {
    const end = at ?? endedAt;
    const length = end - previous;
    if (end > from && previous < horizon && (best === undefined || length > best.length)) {
      best = { from: previous, ...(at === undefined ? {} : { to: at }), length };
    }
    previous = end;
  }
  return best === undefined ? undefined : { from: best.from, ...(best.to === undefined ? {} : { to: best.to }) };
}

/** The nodes' own metrics over time, one list a node: `[at, value]`. */
export function metricsOf(history: History): Map<string, Map<string, [Nanos, number][]>> {
  const metrics = new Map<string, Map<string, [Nanos, number][]>>();
  for (const observation of history.observations) {
    for (const [name, value] of Object.entries(observation.metrics)) {
      const nodes = metrics.get(name) ?? new Map<string, [Nanos, number][]>();
      metrics.set(name, nodes);
      const points = nodes.get(observation.node) ?? [];
      nodes.set(observation.node, points);
      points.push([observation.at, value]);
    }
  }
  return metrics;
}
