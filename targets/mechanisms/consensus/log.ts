/**
 * The log in memory: entries behind a base that a snapshot covers. Indices begin at 1; the base of an empty log is 0.
 */
import type { Entry } from './messages.ts';

export interface Log {
  /** Index and term of the last entry that is no longer here. */
  readonly base: number;
  readonly baseTerm: number;
  readonly last: number;
  readonly lastTerm: number;
  at(index: number): Entry | undefined;
  /** Undefined where the log does not reach: below the base or beyond the end. */
  termAt(index: number): number | undefined;
  /** Where each term begins, of what is here: few, since a term is an election. Kept up to date, not to be changed. */
  readonly terms: readonly (readonly [from: number, term: number])[];
  /** Adds at the end. */
  push(entry: Entry): void;
  /** Forgets `from` and all behind it. */
  cut(from: number): void;
  /** Forgets everything up to `index`, which is in the log. */
  compact(index: number): void;
  /** Starts anew behind a snapshot. */
  reset(base: number, baseTerm: number): void;
  /** Entries of one term from `from` on, at most `limit`: a batch never crosses the border between two terms. */
  batch(from: number, limit: number): readonly Entry[];
  /** The first entry of the term that `index` has, or what is left of it here. */
  firstOfTerm(index: number): number;
  /** The last entry of `term`, or 0. */
  lastOfTerm(term: number): number;
}

export function createLog(base = 0, baseTerm = 0, entries: Entry[] = []): Log {
  const terms: [from: number, term: number][] = [];
  const begin = ({ index, term }: Entry): void => {
    if (terms.at(-1)?.[1] !== term) terms.push([index, term]);
  };
  for (const entry of entries) begin(entry);
  const log = {
    base,
    baseTerm,
    terms,
    get last() {
      return log.base + entries.length;
    },
    get lastTerm() {
      return entries.length === 0 ? log.baseTerm : (entries[entries.length - 1] as Entry).term;
    },
    at: (index: number) => entries[index - log.base - 1],
    termAt: (index: number) => (index === log.base ? log.baseTerm : entries[index - log.base - 1]?.term),
    push(entry: Entry) {
      entries.push(entry);
      begin(entry);
    },
    cut(from: number) {
      entries.length = Math.max(0, from - log.base - 1);
      while ((terms.at(-1)?.[0] ?? 0) >= from) terms.pop();
    },
    compact(index: number) {
      if (index <= log.base) return;
      const term = log.termAt(index);
      if (term === undefined) throw new Error(`cannot compact to ${index}: the log ends at ${log.last}`);
      entries.splice(0, index - log.base);
      log.base = index;
      log.baseTerm = term;
      while ((terms[1]?.[0] ?? Number.POSITIVE_INFINITY) <= index + 1) terms.shift();
      if (entries.length === 0) terms.length = 0;
      else (terms[0] as [number, number])[0] = Math.max(index + 1, (terms[0] as [number, number])[0]);
    },
    reset(index: number, term: number) {
      entries.length = 0;
      terms.length = 0;
      log.base = index;
      log.baseTerm = term;
    },
    batch(from: number, limit: number) {
      const start = from - log.base - 1;
      const term = entries[start]?.term;
      let end = start;
      while (end < entries.length && end - start < limit && (entries[end] as Entry).term === term) end++;
      return entries.slice(start, end);
    },
    firstOfTerm(index: number) {
      const term = log.termAt(index);
      let first = index;
      while (first > log.base + 1 && log.termAt(first - 1) === term) first--;
      return first;
    },
    lastOfTerm(term: number) {
      for (let index = log.last; index >= log.base; index--) if (log.termAt(index) === term) return index;
      return 0;
    },
  };
  return log;
}
