// A simulated transactional database whose isolation can be chosen, and its history: what clients asked for and saw, with
// aborts, lost answers and overlap. The surprise: `chaos` picks for every read anew what it may see, committed or not, so
// that small histories show every anomaly there is.
import type { AppendOp, Key, RegisterOp, Transaction, Value } from '../types.ts';

export interface Simulation {
  readonly seed: number;
  readonly transactions: number;
  readonly processes: number;
  readonly keys: number;
  readonly operations: number;
  readonly isolation: 'serial' | 'snapshot' | 'read-committed' | 'chaos';
  /** How many transactions of a hundred fail, and how many are never answered. */
  readonly fail?: number;
  readonly info?: number;
  /** After so many writes a key is given up for a new one, as in Jepsen's workloads. Default: never. */
  readonly writesPerKey?: number;
}

interface Running<Op> {
  readonly process: number;
  readonly call: number;
  readonly snapshot: State;
  readonly ops: Op[];
  readonly written: Map<Key, Value[]>;
  left: number;
}

type State = Map<Key, readonly Value[]>;

export function simulateLists(simulation: Simulation): Transaction<AppendOp>[] {
  return simulate<AppendOp>(
    simulation,
    (key, value) => ['append', key, value],
    (key, list) => ['r', key, list],
  );
}

export function simulateRegisters(simulation: Simulation): Transaction<RegisterOp>[] {
  return simulate<RegisterOp>(
    simulation,
    (key, value) => ['w', key, value],
    (key, list) => ['r', key, list.at(-1) ?? null],
  );
}

/** A stream of integers below its argument, the same for the same seed (mulberry32). */
export function randomBelow(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  };
}

function simulate<Op>(
  { seed, transactions, processes, keys, operations, isolation, fail = 0, info = 0, writesPerKey = 1e9 }: Simulation,
  write: (key: Key, value: Value) => Op,
  read: (key: Key, list: readonly Value[]) => Op,
): Transaction<Op>[] {
  const below = randomBelow(seed);
  const history: Transaction<Op>[] = [];
  const state: State = new Map();
  // With uncommitted writes; only chaos looks there.
  const dirty: State = new Map();
  const activeKeys = Array.from({ length: keys }, (_, i) => i);
  const writes = new Map<Key, number>();
  let nextKey = keys;
  let nextProcess = processes;
  let clock = 0;
  let begun = 0;
  const running: (Running<Op> | undefined)[] = Array.from({ length: processes }, () => undefined);
  const names = running.map((_, i) => i);

  const put = (into: State, key: Key, values: readonly Value[]) => into.set(key, [...(into.get(key) ?? []), ...values]);
  const step = (at: Running<Op>) => {
    const slot = below(activeKeys.length);
    const key = activeKeys[slot]!;
    const own = at.written.get(key) ?? [];
    if (below(2) === 0) {
      const count = (writes.get(key) ?? 0) + 1;
      writes.set(key, count);
      at.ops.push(write(key, count));
      at.written.set(key, [...own, count]);
      put(dirty, key, [count]);
      if (count >= writesPerKey) activeKeys[slot] = nextKey++;
      return;
    }
    const source =
      isolation === 'snapshot'
        ? at.snapshot
        : isolation === 'chaos'
          ? [at.snapshot, state, state, dirty][below(4)]!
          : state;
    const seen = source === dirty ? (dirty.get(key) ?? []) : [...(source.get(key) ?? []), ...own];
    at.ops.push(read(key, seen));
  };
  const finish = (at: Running<Op>, slot: number) => {
    running[slot] = undefined;
    const conflict =
      isolation === 'snapshot' &&
      [...at.written.keys()].some((key) => state.get(key)?.length !== at.snapshot.get(key)?.length);
    const lot = below(100);
    const lost = !conflict && lot >= fail && lot < fail + info;
    const failed = conflict || lot < fail;
    if (!failed && !(lost && below(2) === 0)) for (const [key, values] of at.written) put(state, key, values);
    const type = failed ? 'fail' : lost ? 'info' : 'ok';
    history.push({
      process: at.process,
      type,
      ops: at.ops,
      call: at.call,
      return: type === 'info' ? undefined : clock++,
    });
    if (type === 'info') names[slot] = nextProcess++;
  };
  while (begun < transactions || running.some((at) => at !== undefined)) {
    const slot = below(processes);
    const at = running[slot];
    if (at === undefined) {
      if (begun++ >= transactions) continue;
      running[slot] = {
        process: names[slot]!,
        call: clock++,
        snapshot: new Map(isolation === 'snapshot' || isolation === 'chaos' ? state : []),
        ops: [],
        written: new Map(),
        left: 1 + below(operations),
      };
    } else if (at.left === 0) finish(at, slot);
    else if (isolation === 'serial') {
      // All at once, and then the answer is on its way: nobody else's step comes between.
      for (; at.left > 0; at.left--) step(at);
      finish(at, slot);
    } else {
      step(at);
      at.left--;
    }
  }
  return history;
}
