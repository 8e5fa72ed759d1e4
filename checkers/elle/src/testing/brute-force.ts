// Isolation levels by their definition, for histories of a handful of transactions: is there any order of commits, and for
// snapshot isolation any choice of snapshots, that explains every read? The surprise: it knows nothing of graphs, versions
// or anomalies, so it cannot share a mistake with the checker.
import type { AppendOp, Key, RegisterOp, Transaction, Value } from '../types.ts';

export type Level =
  | 'serializable'
  | 'strong-session-serializable'
  | 'strict-serializable'
  | 'snapshot-isolation'
  | 'strong-session-snapshot-isolation'
  | 'strong-snapshot-isolation';

export const levels: readonly Level[] = [
  'serializable',
  'strong-session-serializable',
  'strict-serializable',
  'snapshot-isolation',
  'strong-session-snapshot-isolation',
  'strong-snapshot-isolation',
];

type Op = AppendOp | RegisterOp;
type State = ReadonlyMap<Key, readonly Value[]>;

/** Whether the level allows the history. Transactions of unknown outcome may have happened; their reads do not count. */
export function admits(level: Level, history: readonly Transaction<Op>[]): boolean {
  const snapshots = level.endsWith('isolation');
  const earlier = history.map((_, i) => history.flatMap((_, j) => (precedes(level, history, j, i) ? [j] : [])));
  const positions = new Map<number, number>();
  const states: State[] = [new Map()];
  const writesAt: ReadonlySet<Key>[] = [];

  const search = (): boolean => {
    if (history.every(({ type }, i) => type !== 'ok' || positions.has(i))) return true;
    for (let i = 0; i < history.length; i++) {
      const transaction = history[i]!;
      if (transaction.type === 'fail' || positions.has(i) || !earlier[i]!.every((j) => positions.has(j))) continue;
      const written = new Set(transaction.ops.filter((op) => op[0] !== 'r').map((op) => op[1]));
      const committed = states.length - 1;
      const soonest = snapshots ? Math.max(0, ...earlier[i]!.map((j) => positions.get(j)! + 1)) : committed;
      for (let start = committed; start >= soonest; start--) {
        // Whoever committed since the snapshot must not have written what this one writes.
        if (start < committed && [...writesAt[start]!].some((key) => written.has(key))) break;
        const reads = transaction.type === 'ok';
        if (run(transaction.ops, states[start]!, reads) === undefined) continue;
        states.push(run(transaction.ops, states[committed]!, false)!);
        writesAt.push(written);
        positions.set(i, committed);
        if (search()) return true;
        positions.delete(i);
        writesAt.pop();
        states.pop();
        // Another snapshot that explains the reads leads to the same states.
        break;
      }
    }
    return false;
  };
  return search();
}

function precedes(level: Level, history: readonly Transaction<Op>[], j: number, i: number): boolean {
  const before = history[j]!;
  const after = history[i]!;
  if (i === j || before.type !== 'ok' || before.return === undefined || !level.startsWith('str')) return false;
  if (before.process === after.process && before.return <= after.call && before.call <= after.call) {
    return before.call < after.call || j < i;
  }
  return !level.startsWith('strong-session') && before.return < after.call;
}

/** The state after the operations; `undefined` if one of the reads is not what the state says. */
function run(ops: readonly Op[], state: State, checkReads: boolean): State | undefined {
  const now = new Map(state);
  for (const op of ops) {
    const held = now.get(op[1]) ?? [];
    if (op[0] === 'append') now.set(op[1], [...held, op[2]]);
    else if (op[0] === 'w') now.set(op[1], [op[2]]);
    else if (checkReads && !matches(op[2], held)) return undefined;
  }
  return now;
}

function matches(read: Value | readonly Value[] | null, held: readonly Value[]): boolean {
  if (Array.isArray(read)) return read.length === held.length && held.every((value, i) => value === read[i]);
  return read === null ? held.length === 0 : held.length === 1 && held[0] === read;
}
