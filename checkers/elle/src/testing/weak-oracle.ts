// The definitions of Biswas & Enea (OOPSLA 2019), word by word: is there a set of lost transactions that committed, and an
// order of all that did, for which the axiom holds? Tried for every set and every order, so for a handful of transactions.

import type { WeakLevel } from '../derived/weak.ts';
import type { RegisterOp, Transaction } from '../types.ts';

export function oracle(transactions: readonly Transaction<RegisterOp>[], level: WeakLevel): boolean {
  const all = transactions.map((_, index) => index);
  const ok = all.filter((index) => transactions[index]?.type === 'ok');
  const lost = all.filter((index) => transactions[index]?.type === 'info');
  return subsets(lost).some((some) => holds(transactions, [...ok, ...some].sort(), level));
}

interface Read {
  readonly reader: number;
  readonly at: number;
  readonly key: string | number;
  /** -1: the initial state. */
  readonly from: number;
}

function holds(
  transactions: readonly Transaction<RegisterOp>[],
  committed: readonly number[],
  level: WeakLevel,
): boolean {
  const lastWrite = (index: number, key: string | number) =>
    transactions[index]?.ops.findLast(([f, name]) => f === 'w' && name === key)?.[2];
  const reads: Read[] = [];
  for (const reader of committed) {
    if (transactions[reader]?.type !== 'ok') continue;
    for (const [at, [f, key, value]] of transactions[reader].ops.entries()) {
      if (f === 'w') continue;
      const own = transactions[reader].ops.slice(0, at).findLast(([g, name]) => g === 'w' && name === key);
      if (own) {
        if (own[2] !== value) return false;
        continue;
      }
      const from = value === null ? -1 : committed.find((index) => index !== reader && lastWrite(index, key) === value);
      if (from === undefined) return false;
      reads.push({ reader, at, key, from });
    }
  }
  const session = (a: number, b: number) =>
    a < b && transactions[a]?.process === transactions[b]?.process && transactions[a]?.type === 'ok';
  const visible = (a: number, b: number) =>
    session(a, b) || reads.some(({ reader, from }) => reader === b && from === a);
  const leads = (a: number, b: number, passed: readonly number[] = []): boolean =>
    visible(a, b) ||
    committed.some((c) => c !== b && !passed.includes(c) && visible(a, c) && leads(c, b, [...passed, c]));
  const had = (seen: number, read: Read): boolean => {
    if (level === 'causal') return leads(seen, read.reader);
    if (level === 'read-atomic') return visible(seen, read.reader);
    return reads.some(({ reader, from, at }) => reader === read.reader && from === seen && at < read.at);
  };
  const needed: (readonly [number, number])[] = committed.flatMap((a) =>
    committed.flatMap((b) => (a !== b && visible(a, b) ? [[a, b] as const] : [])),
  );
  for (const read of reads) {
    for (const seen of committed) {
      if (seen === read.from || seen === read.reader || lastWrite(seen, read.key) === undefined) continue;
      if (had(seen, read)) needed.push([seen, read.from]);
    }
  }
  return permutations(committed).some((order) =>
    needed.every(([before, after]) => after !== -1 && order.indexOf(before) < order.indexOf(after)),
  );
}

function subsets<T>([first, ...rest]: readonly T[]): T[][] {
  return first === undefined ? [[]] : subsets(rest).flatMap((set) => [set, [first, ...set]]);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, place) => permutations(items.toSpliced(place, 1)).map((rest) => [item, ...rest]));
}
