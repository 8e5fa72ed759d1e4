// All versions that objects can have had, where each is changed at most once, and what a predicate read must have looked at.
// The surprise is that what was not seen says as much as what was: if all versions of an object but one match the predicate,
// and the object is missing, then it was that one (jepsen-io/elle, closed_predicate.clj).
import type { Key, Transaction, Value } from '../types.ts';

/** Which objects a read asks for: all, those equal to a value, or those whose value has a remainder. */
export type Predicate = 'true' | readonly ['=', Value] | readonly ['mod', number, number];

/**
 * `init` makes an object before all else (in the one transaction that makes the universe); `insert`, `w` and `delete` change
 * it. `['rp', predicate, matches]` reads all objects that match; null where nobody knows what was read.
 */
export type PredicateOp =
  | readonly ['init' | 'insert' | 'w', Key, Value]
  | readonly ['delete', Key]
  | readonly ['r', Key, Value | null]
  | readonly ['rp', Predicate, readonly (readonly [Key, Value])[] | null];

/** Not yet there, and there no more: no predicate matches either. */
export const unborn = Symbol('unborn');
export const dead = Symbol('dead');
export type Version = Value | typeof unborn | typeof dead;

export interface Universe {
  /** By key, in their order: at most two. */
  readonly versions: ReadonlyMap<Key, readonly Version[]>;
  /** Which transaction made a version; `unborn` is nobody's. */
  writer(key: Key, version: Version): number | undefined;
  /** The transaction that failed and would have made it. */
  aborted(key: Key, version: Version): number | undefined;
}

/** A text says why nothing can be concluded. */
export function universeOf(transactions: readonly Transaction<PredicateOp>[]): Universe | string {
  const versions = new Map<Key, Version[]>();
  const writers = new Map<Key, Map<Version, number>>();
  const aborted = new Map<Key, Map<Version, number>>();
  const changed = new Set<Key>();
  const made = new Set<Key>();
  for (const [transaction, { type, ops }] of transactions.entries()) {
    for (const op of ops) {
      if (op[0] === 'r' || op[0] === 'rp') continue;
      const key = op[1];
      const version = op[0] === 'delete' ? dead : op[2];
      put(type === 'fail' ? aborted : writers, key, version, transaction);
      if (type === 'fail') continue;
      const before = op[0] === 'init' ? made : changed;
      if (before.has(key)) return `${key} was changed more than once`;
      before.add(key);
      const known = versions.get(key);
      if (op[0] === 'init') versions.set(key, [version, ...(known?.slice(1) ?? [])]);
      else versions.set(key, [known?.[0] ?? unborn, version]);
      if (known?.includes(version)) return `${key} was set to ${String(version)} twice`;
    }
  }
  return {
    versions,
    writer: (key, version) => writers.get(key)?.get(version),
    aborted: (key, version) => aborted.get(key)?.get(version),
  };
}

export function matches(predicate: Predicate, version: Version): boolean {
  if (version === unborn || version === dead) return false;
  if (predicate === 'true') return true;
  if (predicate[0] === '=') return predicate[1] === version;
  const [, modulus, remainder] = predicate;
  // As in mathematics, and in Clojure: the remainder has the sign of the modulus.
  return typeof version === 'number' && ((version % modulus) + modulus) % modulus === remainder;
}

/** What a read of nothing saw: not yet there or no more, where only one can be. */
export function resolved({ versions }: Universe, key: Key, value: Value | null): Version | undefined {
  if (value !== null) return value;
  const known = versions.get(key) ?? [];
  const isDead = known.at(-1) === dead;
  if (known[0] === unborn) return isDead ? undefined : unborn;
  return isDead ? dead : unborn;
}

/** Of each object the version that a predicate read must have looked at, where that is known. */
export function versionSet(
  { versions }: Universe,
  predicate: Predicate,
  seen: readonly (readonly [Key, Value])[],
): ReadonlyMap<Key, Version> {
  const chosen = new Map<Key, Version>(seen);
  for (const [key, all] of versions) {
    if (chosen.has(key)) continue;
    const unmatched = all.filter((version) => !matches(predicate, version));
    if (unmatched.length === 1 && unmatched[0] !== undefined) chosen.set(key, unmatched[0]);
  }
  return chosen;
}

function put(map: Map<Key, Map<Version, number>>, key: Key, version: Version, transaction: number): void {
  const known = map.get(key);
  if (known) known.set(version, transaction);
  else map.set(key, new Map([[version, transaction]]));
}
