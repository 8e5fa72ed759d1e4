/**
 * A lock with leases and fencing tokens: no two hold it at once (`double-grant`), its tokens grow (`token-regression`), and
 * what it guards takes no write of a former holder (`stale-token-write`) and forgets none (`lost-write`). For the workload
 * `lock`.
 *
 * The one surprise: holding is judged by what is certain. A lease began at the latest when its grant was heard, and lasts
 * until its request was sent, plus the time in line, plus its length: at least so long nobody else may be granted one,
 * unless it was released. A holder that does not know that its lease is over is no offence; a resource that takes its write is.
 */
import type { History, Json, Nanos, Operation } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';

const name = 'mutual-exclusion';
/** Anomalies told one by one for each kind; the rest are counted. */
const told = 5;
/** Monotonic clocks may differ in rate by so much (quartz: 1e-4), and a lease be shorter by that. */
const drift = 1e-3;

export const mutualExclusion = (): Checker => ({ name, check: (history) => judge(history) });

interface Tenure {
  readonly operation: Operation;
  readonly token: number;
  /** When it certainly had been granted. */
  readonly from: Nanos;
  /** Before this it had certainly not run out, nor been given back. */
  readonly until: Nanos;
  readonly released: boolean;
}

interface Taken {
  readonly token: number;
  readonly value: string;
}

function judge(history: History): Verdict {
  const keys = new Map<string, Operation[]>();
  for (const operation of history.operations) {
    const group = keys.get(operation.key ?? '');
    if (group) group.push(operation);
    else keys.set(operation.key ?? '', [operation]);
  }
  const anomalies: Anomaly[] = [];
  const shown = new Map<string, number>();
  const tell = (anomaly: Anomaly): void => {
    const count = (shown.get(anomaly.name) ?? 0) + 1;
    shown.set(anomaly.name, count);
    if (count <= told) anomalies.push(anomaly);
  };
  let grants = 0;
  let writes = 0;
  let unread = 0;
  for (const [key, operations] of keys) {
    const tenures = tenuresIn(operations);
    grants += tenures.length;
    for (const anomaly of [...doubleGrants(key, tenures), ...regressions(key, tenures)]) tell(anomaly);
    const written = operations.filter(({ action, completion }) => action === 'write' && completion.type === 'ok');
    writes += written.length;
    const read = operations.findLast(({ action, completion }) => action === 'read' && completion.type === 'ok');
    if (read === undefined) unread += written.length;
    else
      for (const anomaly of [...staleWrites(key, read, operations), ...lostWrites(key, read, written)]) tell(anomaly);
  }
  const counts = [...shown].map(([kind, count]) => `, ${count} × ${kind}`).join('');
  const text = `${grants} grants, ${writes} guarded writes${counts}`;
  const details = { grants, writes, ...Object.fromEntries(shown) };
  if (anomalies.length > 0) return invalid(name, anomalies, `${text}. ${anomalies[0]?.because}`, details);
  if (grants === 0) return unknown(name, 'nobody was ever granted the lock', details);
  if (unread > 0)
    return unknown(name, `${text}; ${unread} writes were never looked for in what they wrote to`, details);
  return valid(name, `${text}, one holder at a time`, details);
}

function tenuresIn(operations: readonly Operation[]): readonly Tenure[] {
  const found: Tenure[] = [];
  for (const operation of operations) {
    const { action, completion, process, calledAt, returnedAt } = operation;
    if (action !== 'acquire' || completion.type !== 'ok' || returnedAt === undefined) continue;
    const token = numberOf(completion.output, 'token');
    if (token === undefined) continue;
    const ttlMs = numberOf(completion.output, 'ttlMs') ?? 0;
    const waitedMs = numberOf(completion.output, 'waitedMs') ?? 0;
    const end = calledAt + Math.floor((ttlMs + waitedMs) * 1e6 * (1 - drift));
    const release = operations.find(
      (one) => one.action === 'release' && one.process === process && one.calledAt >= returnedAt,
    );
    const released = release !== undefined && release.calledAt < end;
    found.push({ operation, token, from: returnedAt, until: released ? release.calledAt : end, released });
  }
  return found.sort((a, b) => a.token - b.token || a.from - b.from);
}

/** Tokens tell who was first; so the later grant needs only be heard while the earlier lease certainly was in force. */
function* doubleGrants(key: string, tenures: readonly Tenure[]): Iterable<Anomaly> {
  for (const [index, later] of tenures.entries()) {
    for (const earlier of tenures.slice(0, index)) {
      const same = earlier.token === later.token;
      if (!same && later.from >= earlier.until) continue;
      // Heard in the other order than granted, each must have been heard within the other's lease.
      if (same && Math.max(earlier.from, later.from) >= Math.min(earlier.until, later.until)) continue;
      yield {
        name: 'double-grant',
        because: `${who(later)} was granted ${lockOf(key)} (token ${later.token}) by ${inMs(later.from)}, while ${who(earlier)} held it (token ${earlier.token}): that lease was ${earlier.released ? 'given back' : 'to run'} ${earlier.released ? 'only at' : 'until'} ${inMs(earlier.until)}.`,
        operations: [earlier.operation.index, later.operation.index],
        at: later.from,
      };
    }
  }
}

function* regressions(key: string, tenures: readonly Tenure[]): Iterable<Anomaly> {
  for (const [index, larger] of tenures.entries()) {
    for (const smaller of tenures.slice(0, index)) {
      if (smaller.token < larger.token && smaller.operation.calledAt <= larger.from) continue;
      if (
        smaller.token === larger.token &&
        smaller.operation.calledAt <= larger.from &&
        larger.operation.calledAt <= smaller.from
      )
        continue;
      yield {
        name: 'token-regression',
        because: `Token ${smaller.token} of ${lockOf(key)} (operation ${smaller.operation.index}) was asked for after token ${larger.token} (operation ${larger.operation.index}) had been granted; tokens must grow.`,
        operations: [larger.operation.index, smaller.operation.index],
        at: smaller.from,
      };
    }
  }
}

function* staleWrites(key: string, read: Operation, operations: readonly Operation[]): Iterable<Anomaly> {
  let newest: Taken | undefined;
  for (const write of takenIn(read)) {
    if (newest !== undefined && write.token < newest.token) {
      const asked = operations.filter(
        ({ action, input }) => action === 'write' && [write.value, newest?.value].includes(JSON.stringify(input)),
      );
      yield {
        name: 'stale-token-write',
        because: `${key === '' ? 'The resource' : key} took the write of ${write.value} with token ${write.token} after that of ${newest.value} with token ${newest.token}: its holder had lost the lock.`,
        operations: [...asked.map(({ index }) => index), read.index],
        ...(asked.length === 0 ? {} : { at: Math.max(...asked.map(({ calledAt }) => calledAt)) }),
      };
    } else newest = write;
  }
}

function* lostWrites(key: string, read: Operation, written: readonly Operation[]): Iterable<Anomaly> {
  const there = new Set(takenIn(read).map(({ value }) => value));
  for (const { index, input, node, returnedAt = Number.POSITIVE_INFINITY } of written) {
    if (returnedAt > read.calledAt || there.has(JSON.stringify(input))) continue;
    yield {
      name: 'lost-write',
      because: `${JSON.stringify(input)} was acknowledged${key === '' ? '' : ` in ${key}`} through ${node} (operation ${index}) and is not in the last read, operation ${read.index}.`,
      operations: [index, read.index],
      at: returnedAt,
    };
  }
}

const takenIn = ({ completion }: Operation): readonly Taken[] =>
  completion.type === 'ok' && Array.isArray(completion.output)
    ? completion.output.map((entry: Json) => {
        const [token, value = null] = Array.isArray(entry) ? (entry as readonly Json[]) : [];
        return { token: Number(token), value: JSON.stringify(value) };
      })
    : [];

function numberOf(output: Json, field: string): number | undefined {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return undefined;
  const value = (output as { readonly [key: string]: Json })[field];
  return typeof value === 'number' ? value : undefined;
}

const who = ({ operation: { process, node } }: Tenure): string => `process ${process} at ${node}`;
const lockOf = (key: string): string => (key === '' ? 'the lock' : `the lock ${key}`);
const inMs = (time: Nanos): string => `${Math.round(time / 1e6)} ms`;
