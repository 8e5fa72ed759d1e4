/**
 * A queue in which those who came first are served first: how often a request (`acquire`) that waits is overtaken by later
 * ones of the same key (`starvation`). For locks, whose waiters can see nothing but that they wait.
 *
 * The one surprise: a few are legal. What was asked first need not arrive first, so only more than `most` count. And a
 * request that was lost is overtaken by everybody: so who waits while a fault is in force is not judged, nor who asked before
 * anybody was served, since the service may not have been up.
 */
import type { History, Nanos, Operation } from '../harness/core/types.ts';
import type { Anomaly, Checker } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';

const name = 'overtaking';
/** Anomalies told one by one; the rest are counted. */
const told = 5;

export interface OvertakingOptions {
  /** A request may be overtaken so often (5). */
  readonly most?: number;
}

export const overtaking = ({ most = 5 }: OvertakingOptions = {}): Checker => ({
  name,
  check(history) {
    const asked = history.operations.filter(({ action }) => action === 'acquire');
    const up = Math.min(...asked.filter(({ completion }) => completion.type === 'ok').map(endOf));
    const waits = asked.filter(
      (operation) => operation.completion.type !== 'fail' && operation.calledAt >= up && !struck(history, operation),
    );
    if (waits.length === 0) return unknown(name, 'nobody waited for a lock that was up while no fault was in force');
    let worst = 0;
    const starved: Anomaly[] = [];
    for (const operation of waits) {
      const overtakers = asked.filter((other) => overtakes(other, operation));
      worst = Math.max(worst, overtakers.length);
      if (overtakers.length > most) starved.push(starvation(operation, overtakers, most));
    }
    const text = `${waits.length} requests, overtaken at most ${worst} times (${most} are allowed)`;
    const details = { requests: waits.length, worst, starved: starved.length };
    if (starved.length === 0) return valid(name, text, details);
    return invalid(name, starved.slice(0, told), `${text}. ${starved[0]?.because}`, details);
  },
});

const endOf = ({ returnedAt = Number.POSITIVE_INFINITY }: Operation): Nanos => returnedAt;

/** Asked later and served earlier. */
const overtakes = (other: Operation, waiting: Operation): boolean =>
  other.key === waiting.key &&
  other.completion.type === 'ok' &&
  other.calledAt > waiting.calledAt &&
  endOf(other) < endOf(waiting);

const struck = ({ faults }: History, operation: Operation): boolean =>
  faults.some(
    ({ from, until = Number.POSITIVE_INFINITY, skipped }) =>
      skipped === undefined && from < endOf(operation) && until > operation.calledAt,
  );

function starvation(waiting: Operation, overtakers: readonly Operation[], most: number): Anomaly {
  const { index, process, node, key, calledAt, completion } = waiting;
  const waited = `${Math.round((Math.max(...overtakers.map(endOf)) - calledAt) / 1e6)} ms`;
  const still = completion.type === 'ok' ? '' : ' and was never seen to get it';
  return {
    name: 'starvation',
    because: `Process ${process} at ${node} asked for ${key === undefined ? 'the lock' : `the lock ${key}`} (operation ${index}), was overtaken by ${overtakers.length} later requests within ${waited}${still}; ${most} are allowed.`,
    operations: [index, ...overtakers.slice(0, most + 1).map((other) => other.index)],
    at: calledAt,
  };
}
