/**
 * Acknowledged, then gone; read, though never written; there twice. For workloads that only add unique values (`append`,
 * `add`) and read everything back.
 *
 * The one surprise: a value counts as lost only against reads that were called after its acknowledgement and that lie in
 * its future for good. One read that misses it is a stale read; lost is what even the last reads do not have. So the
 * reads after everything is healed decide, and a key without one is `unknown`, not valid.
 */
import type { History, Json, Operation } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';

const name = 'data-loss';
/** Anomalies told one by one for each key and kind; the rest are counted. */
const told = 5;

export const dataLoss = (): Checker => ({ name, check: (history) => judge(history) });

interface Count {
  acknowledged: number;
  lost: number;
  phantoms: number;
  duplicated: number;
  /** Outcome unknown to the client, but there in the end. */
  recovered: number;
  /** Acknowledged values that no later read can speak for. */
  unread: number;
}

function judge(history: History): Verdict {
  const keys = new Map<string, Operation[]>();
  for (const operation of history.operations) {
    if (!['append', 'add', 'read'].includes(operation.action)) continue;
    const key = operation.key ?? '';
    const group = keys.get(key);
    if (group) group.push(operation);
    else keys.set(key, [operation]);
  }
  const anomalies: Anomaly[] = [];
  const count: Count = { acknowledged: 0, lost: 0, phantoms: 0, duplicated: 0, recovered: 0, unread: 0 };
  for (const [key, operations] of keys) judgeKey(key, operations, anomalies, count);
  const { acknowledged, lost, phantoms, duplicated, recovered, unread } = count;
  const text = `${acknowledged} acknowledged, ${lost} lost, ${phantoms} never written, ${duplicated} doubled, ${recovered} of unknown outcome found`;
  const details = { ...count, keys: keys.size };
  if (anomalies.length > 0) return invalid(name, anomalies, `${text}. ${anomalies[0]?.because}`, details);
  if (unread > 0)
    return unknown(name, `${text}; ${unread} acknowledged values were never looked for afterwards`, details);
  return valid(name, text, details);
}

interface Read {
  readonly operation: Operation;
  readonly values: readonly Json[];
  readonly keys: ReadonlySet<string>;
}

const idOf = (value: Json): string => JSON.stringify(value);

function judgeKey(key: string, operations: readonly Operation[], anomalies: Anomaly[], count: Count): void {
  const writes = new Map<string, Operation[]>();
  const reads: Read[] = [];
  for (const operation of operations) {
    const { action, input, completion } = operation;
    if (action !== 'read') {
      const id = idOf(input);
      writes.set(id, [...(writes.get(id) ?? []), operation]);
    } else if (completion.type === 'ok' && Array.isArray(completion.output)) {
      const values: readonly Json[] = completion.output;
      reads.push({ operation, values, keys: new Set(values.map(idOf)) });
    }
  }
  reads.sort((a, b) => a.operation.calledAt - b.operation.calledAt);
  const shown: Record<string, number> = {};
  const tell = (anomaly: Anomaly): void => {
    shown[anomaly.name] = (shown[anomaly.name] ?? 0) + 1;
    if ((shown[anomaly.name] as number) <= told) anomalies.push(anomaly);
  };
  const inKey = key === '' ? '' : ` in ${key}`;

  const finals = lastReads(reads);
  for (const [id, asked] of writes) {
    const acknowledgedAt = Math.min(
      ...asked.map(({ completion, returnedAt }) =>
        completion.type === 'ok' && returnedAt !== undefined ? returnedAt : Number.POSITIVE_INFINITY,
      ),
    );
    const there = finals.some(({ keys }) => keys.has(id));
    if (acknowledgedAt === Number.POSITIVE_INFINITY) {
      if (there && asked.some(({ completion }) => completion.type === 'info')) count.recovered++;
      continue;
    }
    count.acknowledged++;
    const judges = finals.filter(({ operation }) => operation.calledAt >= acknowledgedAt);
    if (judges.length === 0) {
      if (!there) count.unread++;
      continue;
    }
    if (there) continue;
    const seenBefore = reads.findLast(({ keys }) => keys.has(id));
    const witness = judges.at(-1) as Read;
    const write = asked.find(({ completion }) => completion.type === 'ok') as Operation;
    count.lost++;
    tell({
      name: 'lost-write',
      because: `${id} was acknowledged${inKey} by ${write.node} (operation ${write.index})${
        seenBefore ? `, was seen by operation ${seenBefore.operation.index}` : ''
      }, and is in none of the ${judges.length} last reads, such as operation ${witness.operation.index} at ${witness.operation.node}.`,
      operations: [write.index, ...(seenBefore ? [seenBefore.operation.index] : []), witness.operation.index],
      at: acknowledgedAt,
    });
  }

  const phantoms = new Set<string>();
  const doubled = new Set<string>();
  for (const { operation, values, keys } of reads) {
    for (const id of keys) {
      if (phantoms.has(id)) continue;
      const asked = writes.get(id);
      const possible = asked?.some(
        ({ completion, calledAt }) => completion.type !== 'fail' && calledAt <= (operation.returnedAt as number),
      );
      if (possible) continue;
      phantoms.add(id);
      count.phantoms++;
      const why =
        asked === undefined
          ? 'nobody wrote it'
          : asked.every(({ completion }) => completion.type === 'fail')
            ? `its write (operation ${asked[0]?.index}) was refused`
            : `its write (operation ${asked[0]?.index}) had not begun`;
      tell({
        name: 'phantom-read',
        because: `${id} was read${inKey} by operation ${operation.index} at ${operation.node}, but ${why}.`,
        operations: [operation.index, ...(asked ? [(asked[0] as Operation).index] : [])],
        ...(operation.returnedAt === undefined ? {} : { at: operation.returnedAt }),
      });
    }
    if (keys.size === values.length) continue;
    const seen = new Map<string, number>();
    for (const value of values) seen.set(idOf(value), (seen.get(idOf(value)) ?? 0) + 1);
    for (const [id, times] of seen) {
      const asked = writes.get(id)?.filter(({ completion }) => completion.type !== 'fail') ?? [];
      if (times < 2 || times <= asked.length || doubled.has(id)) continue;
      doubled.add(id);
      count.duplicated++;
      tell({
        name: 'duplicated-write',
        because: `${id} is ${times} times${inKey} in operation ${operation.index} at ${operation.node}, but was written ${asked.length === 1 ? 'once' : `${asked.length} times`}.`,
        operations: [operation.index, ...asked.map(({ index }) => index)],
        ...(operation.returnedAt === undefined ? {} : { at: operation.returnedAt }),
      });
    }
  }
}

/** The reads after all was healed; where a history has no such phase, every read that began when no write was left open. */
function lastReads(reads: readonly Read[]): readonly Read[] {
  const finals = reads.filter(({ operation }) => operation.phase === 'final');
  if (finals.length > 0) return finals;
  const last = reads.at(-1);
  return last === undefined ? [] : [last];
}
