/**
 * The services that Maelstrom offers to nodes as other nodes: lin-kv, seq-kv, lww-kv and lin-tso. Each is an actor that
 * is given one request at a time and answers at once; faults do not reach it.
 *
 * The surprise is seq-kv, which is meanly right: a request that changes nothing may be answered from any past state that
 * the client has not yet gone beyond. lww-kv is wrong on purpose.
 *
 * Source: doc/services.md and src/maelstrom/service.clj of jepsen-io/maelstrom.
 */
import type { Random } from '../core/random.ts';
import type { Json, JsonObject } from '../core/types.ts';

export interface Service {
  /** The body of the answer, without its ids. */
  handle(from: string, body: JsonObject): JsonObject;
}

export function createServices(random: Random): ReadonlyMap<string, Service> {
  return new Map<string, Service>([
    ['lin-kv', createLinear()],
    ['seq-kv', createSequential(random.split('seq-kv'))],
    ['lww-kv', createLastWriteWins(random.split('lww-kv'))],
    ['lin-tso', createOracle()],
  ]);
}

type Store = ReadonlyMap<string, Json>;

interface Outcome {
  readonly answer: JsonObject;
  /** Absent where nothing is changed. */
  readonly change?: readonly [key: string, value: Json];
}

const error = (code: number, text: string): JsonObject => ({ type: 'error', code, text });

/** One request to one state; all three stores speak the same language. */
function apply(store: Store, body: JsonObject): Outcome {
  const { type } = body;
  if (type !== 'read' && type !== 'write' && type !== 'cas') {
    return { answer: error(10, `this service does not know ${JSON.stringify(type ?? null)}`) };
  }
  const key = JSON.stringify(body.key ?? null);
  const held = store.get(key);
  if (type === 'write') return { answer: { type: 'write_ok' }, change: [key, body.value ?? null] };
  if (type === 'read') {
    return { answer: held === undefined ? error(20, `there is no key ${key}`) : { type: 'read_ok', value: held } };
  }
  const { from = null, to = null } = body;
  if (held === undefined) {
    if (body.create_if_not_exists === true) return { answer: { type: 'cas_ok' }, change: [key, to] };
    return { answer: error(20, `there is no key ${key}`) };
  }
  if (!same(held, from)) {
    return { answer: error(22, `expected ${JSON.stringify(from)}, but had ${JSON.stringify(held)}`) };
  }
  return { answer: { type: 'cas_ok' }, change: [key, to] };
}

/** Equal whatever the order of keys. */
function same(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a as object), b as Readonly<Record<string, Json>>];
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && same(value as Json, right[key] as Json))
  );
}

function createLinear(): Service {
  const store = new Map<string, Json>();
  return {
    handle(_from, body) {
      const { answer, change } = apply(store, body);
      if (change !== undefined) store.set(...change);
      return answer;
    },
  };
}

/** So many past states are kept. */
const memory = 32;

function createSequential(random: Random): Service {
  const states: Store[] = [new Map()];
  /** Number of the oldest state that is kept. */
  let first = 0;
  /** Number of the last state that each client has seen. */
  const seen = new Map<string, number>();
  return {
    handle(from, body) {
      const latest = first + states.length - 1;
      const chosen = random.int(Math.max(first, seen.get(from) ?? 0), latest);
      const past = apply(states[chosen - first] as Store, body);
      if (past.change === undefined) {
        seen.set(from, chosen);
        return past.answer;
      }
      const present = apply(states.at(-1) as Store, body);
      if (present.change === undefined) {
        seen.set(from, latest);
        return present.answer;
      }
      states.push(new Map(states.at(-1)).set(...present.change));
      if (states.length > memory) {
        states.shift();
        first++;
      }
      seen.set(from, latest + 1);
      return present.answer;
    },
  };
}

const replicas = 5;

function createLastWriteWins(random: Random): Service {
  const stores = Array.from({ length: replicas }, () => new Map<string, { at: number; value: Json }>());
  let time = 0;
  return {
    handle(_from, body) {
      time++;
      gossip(stores, random);
      const store = random.pick(stores);
      const values = new Map([...store].map(([key, { value }]) => [key, value]));
      const { answer, change } = apply(values, body);
      // Its clocks are not quite in step.
      if (change !== undefined) store.set(change[0], { at: time + random.int(-2, 2), value: change[1] });
      return answer;
    },
  };
}

/** One replica hears of another's values, and keeps the later ones. */
function gossip(stores: readonly Map<string, { at: number; value: Json }>[], random: Random): void {
  const to = random.pick(stores);
  for (const [key, theirs] of random.pick(stores)) {
    const ours = to.get(key);
    if (ours === undefined || ours.at < theirs.at) to.set(key, theirs);
  }
}

function createOracle(): Service {
  let last = -1;
  return {
    handle(_from, { type }) {
      if (type !== 'ts') return error(10, `this service does not know ${JSON.stringify(type ?? null)}`);
      last++;
      return { type: 'ts_ok', ts: last };
    },
  };
}
