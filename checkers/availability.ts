/**
 * How long clients went without an answer after each fault, and after each heal. It measures always, and convicts only
 * where the scenario demands a recovery time.
 *
 * The one surprise: the time to recovery is counted from the later of the heal and the first operation that was called
 * after it, since nobody is unavailable to nobody; and a heal within which the next fault strikes is not judged.
 */
import { milliseconds } from '../harness/core/define.ts';
import type { Fault, History, Nanos, Operation } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';

export interface AvailabilityOptions {
  /** Some operation that was called after a heal must be ok within this time; `unavailable` where none is. */
  readonly mustRecoverWithinMs?: number;
  /** Only these count, such as `['write', 'cas']`; all where absent. */
  readonly actions?: readonly string[];
}

const name = 'availability';

export const availability = (options: AvailabilityOptions = {}): Checker => ({
  name,
  check: (history) => judge(history, options),
});

function judge(history: History, { mustRecoverWithinMs, actions }: AvailabilityOptions): Verdict {
  const operations = history.operations.filter(({ action }) => actions === undefined || actions.includes(action));
  const answered = operations
    .filter(({ completion, returnedAt }) => completion.type === 'ok' && returnedAt !== undefined)
    .sort((a, b) => (a.returnedAt as number) - (b.returnedAt as number));
  const faults = history.faults.filter(({ skipped }) => skipped === undefined);
  const limit = mustRecoverWithinMs === undefined ? undefined : milliseconds(mustRecoverWithinMs);
  const anomalies: Anomaly[] = [];
  let judged = 0;
  const rows = faults.map((fault) => {
    const { id, nemesis, what, from, until } = fault;
    const afterStrike = firstAnswer(operations, answered, from);
    const afterHeal = until === undefined ? undefined : firstAnswer(operations, answered, until);
    if (limit !== undefined && until !== undefined && afterHeal !== undefined) {
      const deadline = afterHeal.asked + limit;
      const disturbed = faults.some((other) => overlaps(other, fault, until, deadline)) || history.endedAt < deadline;
      const late = (afterHeal.answered ?? Number.POSITIVE_INFINITY) > deadline;
      if (!disturbed || !late) judged++;
      if (!disturbed && late)
        anomalies.push(unavailable(operations, fault, until, deadline, mustRecoverWithinMs as number));
    }
    return { id, nemesis, what, toAnswerMs: inMs(afterStrike), toRecoveryMs: inMs(afterHeal) };
  });
  const details = {
    ok: answered.length,
    all: operations.length,
    longestGapMs: longestGap(history, answered) / 1e6,
    faults: rows,
  };
  const recoveries = rows.flatMap(({ toRecoveryMs }) => (toRecoveryMs === null ? [] : [toRecoveryMs]));
  const slowest = recoveries.length === 0 ? '' : `, slowest recovery ${Math.round(Math.max(...recoveries))} ms`;
  const text = `${answered.length} of ${operations.length} ok, longest gap ${Math.round(details.longestGapMs)} ms${slowest}`;
  if (anomalies.length > 0) return invalid(name, anomalies, `${text}. ${anomalies[0]?.because}`, details);
  if (limit !== undefined && judged === 0 && faults.length > 0) {
    return unknown(
      name,
      `${text}; no heal was followed by ${mustRecoverWithinMs} undisturbed ms with operations`,
      details,
    );
  }
  return valid(name, text, details);
}

interface FirstAnswer {
  /** When the first operation after `since` was called. */
  readonly asked: Nanos;
  /** When the first ok of any operation called after `since` came. */
  readonly answered?: Nanos;
}

function firstAnswer(
  operations: readonly Operation[],
  answered: readonly Operation[],
  since: Nanos,
): FirstAnswer | undefined {
  const first = operations.find(({ calledAt }) => calledAt >= since);
  if (first === undefined) return undefined;
  const ok = answered.find(({ calledAt }) => calledAt >= since)?.returnedAt;
  return { asked: first.calledAt, ...(ok === undefined ? {} : { answered: ok }) };
}

/** Another fault that was at work at some time in [from, until]. */
const overlaps = (other: Fault, fault: Fault, from: Nanos, until: Nanos): boolean =>
  other.id !== fault.id && other.from < until && (other.until ?? Number.POSITIVE_INFINITY) > from;

function unavailable(
  operations: readonly Operation[],
  { nemesis, what }: Fault,
  healed: Nanos,
  deadline: Nanos,
  limitMs: number,
): Anomaly {
  const tried = operations.filter(({ calledAt }) => calledAt >= healed && calledAt <= deadline);
  return {
    name: 'unavailable',
    because: `After ${nemesis} (${what}) was healed at ${Math.round(healed / 1e6)} ms none of ${tried.length} operations was ok within ${limitMs} ms.`,
    operations: tried.slice(0, 10).map(({ index }) => index),
    at: deadline,
  };
}

/** The longest time without an ok, the run's beginning and end counted as one. */
function longestGap(history: History, answered: readonly Operation[]): Nanos {
  let last: Nanos = 0;
  let longest: Nanos = 0;
  for (const { returnedAt } of answered) {
    longest = Math.max(longest, (returnedAt as number) - last);
    last = returnedAt as number;
  }
  return Math.max(longest, history.endedAt - last);
}

const inMs = (first: FirstAnswer | undefined): number | null =>
  first?.answered === undefined ? null : (first.answered - first.asked) / 1e6;
