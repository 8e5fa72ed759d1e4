/**
 * Jepsen's operation maps, whether they came from EDN or from elle-cli's JSON: `{:process 0, :type :invoke, :f :read,
 * :value nil}`. They become the calls and returns of a history.
 *
 * Two things are surprising. A nemesis is passed over (its operations are all `:info`), yet a client whose process is no
 * number is an error, since to leave out its writes could convict an innocent. And a history in which nobody has a process
 * (Elle's paper example) is not malformed: it holds nothing that a client did, and that is said.
 */
import type { Json } from '../../core/types.ts';
import { isTuple } from './edn-reader.ts';
import { type LogEvent, malformed, type ParsedHistory, pairEvents } from './pairing.ts';

export interface OpMap {
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly value: Json;
}

export interface Reading {
  /** Every client's `:value` is `[key value]`, although nothing in the file says so (`jepsen.independent`). */
  readonly independent?: boolean;
}

const types = ['invoke', 'ok', 'fail', 'info'] as const;

/** Throws a HarnessError that names file, line and what was expected there. */
export function fromOpMaps(maps: readonly OpMap[], file: string, { independent = false }: Reading = {}): ParsedHistory {
  if (maps.length === 0) throw malformed(file, 1, 'at least one operation `{:process 0, :type :invoke, :f :read, …}`');
  const nobody = maps.every(
    ({ value }) => isMap(value) && value.process === undefined && knownType(value) !== undefined,
  );
  if (nobody) return { operations: [], note: 'no operation has a :process, so no client did anything' };
  const nameKey = keyNames();
  const events: LogEvent[] = [];
  for (const { line, value: map } of maps) {
    if (!isMap(map)) throw malformed(file, line, 'a map', JSON.stringify(map));
    const { process, f: action, error } = map;
    if (process === undefined) throw malformed(file, line, 'a :process in the operation', JSON.stringify(map));
    const type = knownType(map);
    if (typeof process !== 'number') {
      if (typeof process === 'string' && (type === 'info' || process === 'nemesis')) continue;
      throw malformed(file, line, 'a whole number as the :process of a client', JSON.stringify(map));
    }
    if (!Number.isSafeInteger(process)) throw malformed(file, line, 'a whole number as :process', String(process));
    if (type === undefined) throw malformed(file, line, 'a :type of :invoke, :ok, :fail or :info', JSON.stringify(map));
    let value = map.value ?? null;
    let key: string | undefined;
    if (map.key !== undefined) key = nameKey(map.key as Json);
    else if (independent || map.independent === true || isTuple(value)) {
      if (!Array.isArray(value) || value.length !== 2) {
        throw malformed(file, line, '`[key value]` as the :value', JSON.stringify(map));
      }
      key = nameKey(value[0] as Json);
      value = value[1] as Json;
    }
    const verb = action ?? (isTransaction(value) ? 'txn' : undefined); // Elle's histories may leave it out
    if (typeof verb !== 'string') {
      throw malformed(file, line, 'an :f that names the action, such as :read', JSON.stringify(map));
    }
    const lost = type === 'fail' || type === 'info';
    const why = error ?? (lost && typeof value === 'string' ? value : undefined);
    events.push({
      line,
      process,
      type,
      action: verb,
      ...(key === undefined ? {} : { key }),
      value,
      ...(why === undefined ? {} : { error: typeof why === 'string' ? why : JSON.stringify(why) }),
    });
  }
  return pairEvents(events, file);
}

const isMap = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const knownType = ({ type }: { readonly [key: string]: Json }): (typeof types)[number] | undefined =>
  types.find((one) => one === type);

/** A list of micro-operations such as `[:append 3 1]` or `[:r x nil]`. */
const isTransaction = (value: Json): boolean =>
  Array.isArray(value) && value.every((step: Json) => Array.isArray(step) && typeof step[0] === 'string');

/** Keys as text: 1 and "1" are two keys, so the second kind to come is told apart by its quotes. */
function keyNames(): (key: Json) => string {
  const names = new Map<Json, string>();
  const owners = new Map<string, string>();
  return (key) => {
    const known = names.get(key);
    if (known !== undefined) return known;
    const exact = JSON.stringify(key);
    const plain = typeof key === 'string' ? key : exact;
    const name = (owners.get(plain) ?? exact) === exact ? plain : `${exact} (${typeof key})`;
    owners.set(name, exact);
    if (typeof key !== 'object') names.set(key, name);
    return name;
  };
}
