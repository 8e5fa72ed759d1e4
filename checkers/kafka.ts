/**
 * Logs in the manner of Kafka: what was acknowledged is where it was said to be, nobody is led past it, nothing is there
 * twice. For the workload `kafka`, after Jepsen's `jepsen.tests.kafka`.
 *
 * The surprises: a message is lost only once somebody has polled one behind it, as there is no promise of recency; what
 * even the last polls do not show is `unknown`, not valid. And a client may be led back or past messages by an `assign`,
 * which is why its polls are compared only between two of them.
 */
import type { History, Json, Operation } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';
import { type Log, type Poll, pollsOf, readLogs, type Sighting } from './kafka-logs.ts';

const name = 'kafka';
/** Anomalies of one kind that are told one by one; the rest are counted. */
const told = 3;

export const kafka = (): Checker => ({ name, check: judge });

function judge({ operations }: History): Verdict {
  const polls = pollsOf(operations);
  const logs = readLogs(operations, polls);
  const found = [
    ...[...logs].flatMap(([key, log]) => wrongInLog(key, log)),
    ...wrongWithin(polls, logs),
    ...wrongBetween(operations, polls, logs),
    ...wrongSends(operations),
    ...wrongCommits(operations),
  ];
  const shown = new Map<string, number>();
  const anomalies = found.filter((anomaly) => {
    const count = (shown.get(anomaly.name) ?? 0) + 1;
    shown.set(anomaly.name, count);
    return count <= told;
  });
  const all = [...logs.values()];
  const sent = all.reduce((sum, log) => sum + log.sent.size, 0);
  const unseen = all.reduce((sum, log) => sum + [...log.sent.keys()].filter((id) => !log.seen.has(id)).length, 0);
  const kinds = [...shown].map(([kind, count]) => `${count} ${kind}`).join(', ');
  const text = `${sent} messages acknowledged in ${logs.size} logs, ${polls.length} polls, ${unseen} never polled`;
  const details = { sent, logs: logs.size, polls: polls.length, unseen, anomalies: Object.fromEntries(shown) };
  if (anomalies.length > 0) return invalid(name, anomalies, `${text}: ${kinds}. ${anomalies[0]?.because}`, details);
  if (sent === 0) return unknown(name, 'no message was acknowledged', details);
  return unseen > 0 ? unknown(name, text, details) : valid(name, text, details);
}

const anomaly = (kind: string, because: string, ...operations: readonly (Operation | undefined)[]): Anomaly => {
  const there = operations.filter((operation) => operation !== undefined);
  const at = there.at(-1)?.returnedAt;
  return { name: kind, because, operations: there.map(({ index }) => index), ...(at === undefined ? {} : { at }) };
};

/** What offsets and messages say against each other, over the whole run. */
function wrongInLog(key: string, log: Log): Anomaly[] {
  const anomalies: Anomaly[] = [];
  for (const [offset, sightings] of log.at) {
    const [first, second] = distinct(sightings, ({ id }) => id);
    if (first === undefined || second === undefined) continue;
    const because = `${key} has ${first.id} at offset ${offset} (operation ${first.operation.index}), and ${second.id} at the same offset (operation ${second.operation.index}).`;
    anomalies.push(anomaly('inconsistent-offsets', because, first.operation, second.operation));
  }
  for (const [id, sightings] of log.of) {
    const [first, second] = distinct(sightings, ({ offset }) => offset);
    if (first !== undefined && second !== undefined) {
      const because = `${key} has ${id} at offset ${first.offset} (operation ${first.operation.index}), and again at offset ${second.offset} (operation ${second.operation.index}).`;
      anomalies.push(anomaly('duplicate-write', because, first.operation, second.operation));
    }
    const sender = log.asked.get(id);
    const sight = sightings.find(({ operation }) => operation.action === 'poll');
    if (sight === undefined) continue;
    if (sender === undefined) {
      anomalies.push(anomaly('phantom-read', `${key} has ${id}, which nobody sent.`, sight.operation));
    } else if (sender.completion.type === 'fail') {
      const because = `${key} has ${id}, whose send (operation ${sender.index}) was refused.`;
      anomalies.push(anomaly('aborted-read', because, sender, sight.operation));
    }
  }
  const { last } = log;
  for (const [id, { offset, operation }] of log.sent) {
    if (last === undefined || log.seen.has(id) || offset >= last.offset) continue;
    const because = `${key} has acknowledged ${id} at offset ${offset} (operation ${operation.index}), nobody polled it, and operation ${last.operation.index} polled offset ${last.offset} behind it.`;
    anomalies.push(anomaly('lost-write', because, operation, last.operation));
  }
  return anomalies;
}

/** The first sightings that differ in something. */
function distinct<T>(sightings: readonly Sighting[], of: (sighting: Sighting) => T): Sighting[] {
  return [...new Map([...sightings].reverse().map((sighting) => [of(sighting), sighting])).values()].reverse();
}

/** In one poll the offsets of a key rise, and leave out none that exists. */
function wrongWithin(polls: readonly Poll[], logs: ReadonlyMap<string, Log>): Anomaly[] {
  return polls.flatMap(({ operation, key, offsets, from }) => {
    const anomalies: Anomaly[] = [];
    let before = from === undefined ? undefined : from - 1;
    for (const offset of offsets) {
      if (before !== undefined) {
        anomalies.push(...stepping(logs.get(key), key, before, offset, 'in one poll', operation));
      }
      before = offset;
    }
    return anomalies;
  });
}

/** From one poll of a client to its next, unless it was assigned in between. */
function wrongBetween(
  operations: readonly Operation[],
  polls: readonly Poll[],
  logs: ReadonlyMap<string, Log>,
): Anomaly[] {
  const of = new Map<number, Poll[]>();
  for (const poll of polls) of.set(poll.operation.index, [...(of.get(poll.operation.index) ?? []), poll]);
  const places = new Map<number, Map<string, { readonly offset: number; readonly operation: Operation }>>();
  const anomalies: Anomaly[] = [];
  for (const operation of operations) {
    const { process, action, completion, phase, index } = operation;
    if (phase === 'final') break;
    if (action === 'assign') places.delete(process);
    if (action !== 'poll' || completion.type !== 'ok') continue;
    const place = places.get(process) ?? new Map();
    places.set(process, place);
    for (const { key, offsets } of of.get(index) ?? []) {
      const [first, last] = [offsets[0], offsets.at(-1)];
      if (first === undefined || last === undefined) continue;
      const before = place.get(key);
      if (before !== undefined) {
        const between = `from one poll of a client to the next (operations ${before.operation.index} and ${index})`;
        anomalies.push(...stepping(logs.get(key), key, before.offset, first, between, before.operation, operation));
      }
      place.set(key, { offset: last, operation });
    }
  }
  return anomalies;
}

function stepping(
  log: Log | undefined,
  key: string,
  before: number,
  after: number,
  where: string,
  ...operations: readonly Operation[]
): Anomaly[] {
  if (after <= before) {
    const because = `${key} went from offset ${before} to ${after} ${where}.`;
    return [anomaly('nonmonotonic-poll', because, ...operations)];
  }
  const skipped = log?.offsets.filter((offset) => offset > before && offset < after) ?? [];
  if (skipped.length === 0) return [];
  const sight = log?.at.get(skipped[0] as number)?.[0];
  const because = `${key} went from offset ${before} to ${after} ${where}, past ${skipped.slice(0, 5).join(', ')} with ${sight?.id}.`;
  return [anomaly('poll-skip', because, sight?.operation, ...operations)];
}

/** What one client sends to a key gets rising offsets. */
function wrongSends(operations: readonly Operation[]): Anomaly[] {
  const lasts = new Map<string, Operation>();
  const offsetOf = ({ completion }: Operation): Json => (completion.type === 'ok' ? completion.output : null);
  return operations.flatMap((operation) => {
    const { action, completion, process, key } = operation;
    if (action !== 'send' || completion.type !== 'ok') return [];
    const place = JSON.stringify([process, key ?? '']);
    const before = lasts.get(place);
    lasts.set(place, operation);
    if (before === undefined || (offsetOf(before) as number) < (offsetOf(operation) as number)) return [];
    const because = `One client sent ${JSON.stringify(before.input)} to offset ${offsetOf(before)} of ${key}, and then ${JSON.stringify(operation.input)} to offset ${offsetOf(operation)}.`;
    return [anomaly('nonmonotonic-send', because, before, operation)];
  });
}

/** Nobody begins behind what anybody had committed by then. */
function wrongCommits(operations: readonly Operation[]): Anomaly[] {
  const commits = operations.filter(({ action }) => action === 'commit');
  // What such a one was to commit is not known, so from then on nothing is claimed.
  const unsure = commits.filter(({ completion }) => completion.type === 'info');
  return operations.flatMap((operation) => {
    const { action, completion, returnedAt = 0 } = operation;
    if (action !== 'assign' || completion.type !== 'ok') return [];
    return Object.entries(completion.output as Readonly<Record<string, number>>).flatMap(([key, start]): Anomaly[] => {
      if (start === 0 || unsure.some(({ calledAt }) => calledAt <= returnedAt)) return [];
      const covered = commits.some(
        (commit) =>
          commit.calledAt <= returnedAt &&
          commit.completion.type === 'ok' &&
          ((commit.completion.output as Readonly<Record<string, number>>)[key] ?? -1) >= start - 1,
      );
      if (covered) return [];
      const because = `A client was assigned ${key} from offset ${start} on, but nobody had committed so far (operation ${operation.index}).`;
      return [anomaly('invented-commit', because, operation)];
    });
  });
}
