// What single reads and single keys give away, without any cycle: reads of aborted, intermediate, own future or unheard-of
// values, lists that contradict each other, updates that were lost or built on aborted ones (Kingsbury & Alvaro 2020, §6.1).
// The one surprise: reads that agree with the longest one need no look at their elements; their length says what they hold.
import { type AppendIndex, failed, ok } from './append-index.ts';
import type { Findings } from './result.ts';
import type { Anomaly, Transaction, Value } from './types.ts';
import type { Versions } from './versions.ts';

type History = readonly Transaction<unknown>[];

export function appendAnomalies(index: AppendIndex, versions: Versions, transactions: History, found: Findings): void {
  internalReads(index, transactions, found);
  futureReads(index, versions, found);
  abortedAndGarbageReads(index, versions, found);
  intermediateReads(index, versions, found);
  duplicateElements(index, versions, found);
  incompatibleOrders(index, versions, found);
  swappedAppends(index, versions, found);
  dirtyUpdates(index, versions, found);
  lostUpdates(index, versions, found);
}

function internalReads({ internal }: AppendIndex, transactions: History, found: Findings): void {
  for (const { transaction, op } of internal) {
    found.add('internal', () => {
      const [, key, list] = transactions[transaction]!.ops[op] as readonly [string, string | number, unknown];
      const message = `T${transaction} read ${show(list ?? [])} from ${show(key)}, which contradicts its own earlier operations on that key.`;
      return { type: 'internal', transactions: [transaction], key, message };
    });
  }
}

function futureReads(
  { appends, reads, keys, outcome }: AppendIndex,
  { placeOf, start, clean }: Versions,
  found: Findings,
): void {
  for (let a = 0; a < appends.count; a++) {
    const r = appends.readBefore[a]!;
    const t = appends.transaction[a]!;
    if (r < 0 || outcome[t] !== ok) continue;
    const list = reads.list[r]!;
    const k = appends.key[a]!;
    const saw =
      clean[k] === 1 ? placeOf[a] !== -1 && placeOf[a]! - start[k]! < list.length : list.includes(appends.value[a]!);
    if (!saw) continue;
    found.add('future-read', () => {
      const message = `T${t} read ${show(list)} from ${show(keys[k])} before it appended ${show(appends.value[a])} itself.`;
      return { type: 'future-read', transactions: [t], key: keys[k], message };
    });
  }
}

/** A read that holds an element of a transaction that failed (G1a), or of none (garbage). */
function abortedAndGarbageReads(index: AppendIndex, { start, order, clean }: Versions, found: Findings): void {
  const { reads, appends, keys, outcome, find } = index;
  const bad = (a: number) => a < 0 || outcome[appends.transaction[a]!] === failed;
  // By key: how long a read must be to hold something bad.
  const firstBad = new Int32Array(keys.length).fill(0x7fffffff);
  for (let k = 0; k < keys.length; k++) {
    for (let place = start[k]!; place < start[k + 1]! - 1; place++) {
      if (!bad(order[place]!)) continue;
      firstBad[k] = place - start[k]!;
      break;
    }
  }
  for (let r = 0; r < reads.count; r++) {
    const k = reads.key[r]!;
    if (clean[k] === 1 && reads.length[r]! <= firstBad[k]!) continue;
    const list = reads.list[r]!;
    const t = reads.transaction[r]!;
    for (let i = clean[k] === 1 ? firstBad[k]! : 0; i < list.length; i++) {
      const a = find(k, list[i]!);
      if (!bad(a)) continue;
      if (a < 0) found.add('garbage-read', () => garbage(t, keys[k]!, list[i]!));
      else found.add('G1a', () => aborted(t, appends.transaction[a]!, keys[k]!, list[i]!));
    }
  }
}

function garbage(t: number, key: string | number, element: Value): Anomaly {
  const message = `T${t} read ${show(element)} in ${show(key)}, which no transaction appended.`;
  return { type: 'garbage-read', transactions: [t], key, message };
}

function aborted(t: number, writer: number, key: string | number, element: Value): Anomaly {
  const message = `T${t} read ${show(element)} in ${show(key)}, which T${writer} appended, but T${writer} failed.`;
  return { type: 'G1a', transactions: [t, writer], key, message };
}

function intermediateReads(
  { reads, appends, keys, find }: AppendIndex,
  { seen, order }: Versions,
  found: Findings,
): void {
  for (let r = 0; r < reads.count; r++) {
    if (reads.length[r] === 0) continue;
    const a = seen[r] === -1 ? find(reads.key[r]!, reads.list[r]!.at(-1)!) : order[seen[r]! - 1]!;
    if (a < 0 || appends.intermediate[a] === 0) continue;
    const t = reads.transaction[r]!;
    const writer = appends.transaction[a]!;
    if (writer === t) continue;
    found.add('G1b', () => {
      const key = keys[reads.key[r]!]!;
      const message = `T${t} saw ${show(key)} just after T${writer} appended ${show(reads.list[r]!.at(-1))}, although T${writer} appended to it again.`;
      return { type: 'G1b', transactions: [t, writer], key, message };
    });
  }
}

function duplicateElements({ reads, keys }: AppendIndex, { clean }: Versions, found: Findings): void {
  if (!clean.includes(0)) return;
  for (let r = 0; r < reads.count; r++) {
    const k = reads.key[r]!;
    const list = reads.list[r]!;
    if (clean[k] === 1 || new Set(list).size === list.length) continue;
    found.add('duplicate-elements', () => {
      const t = reads.transaction[r]!;
      const twice = list.find((element, i) => list.indexOf(element) < i)!;
      const message = `T${t} read ${show(twice)} more than once in ${show(keys[k])} = ${show(list)}.`;
      return { type: 'duplicate-elements', transactions: [t], key: keys[k], message };
    });
  }
}

/** One for each key, as in Elle. */
function incompatibleOrders({ reads, keys }: AppendIndex, { incompatible, longest }: Versions, found: Findings): void {
  const told = new Set<number>();
  for (const r of incompatible) {
    const k = reads.key[r]!;
    if (told.has(k)) continue;
    told.add(k);
    found.add('incompatible-order', () => {
      const t = reads.transaction[r]!;
      const other = reads.transaction[longest[k]!]!;
      const message = `T${t} read ${show(reads.list[r])} from ${show(keys[k])}, T${other} read ${show(reads.list[longest[k]!])}: neither is a beginning of the other.`;
      return { type: 'incompatible-order', transactions: t === other ? [t] : [t, other], key: keys[k], message };
    });
  }
}

/** Appends of one transaction that the longest read holds in another order than the one in which they were made. */
function swappedAppends(
  { appends, reads, keys }: AppendIndex,
  { order, before, longest }: Versions,
  found: Findings,
): void {
  for (let place = 0; place < order.length; place++) {
    const a = order[place]!;
    const previous = before[place]!;
    if (a < 0 || previous < a || appends.transaction[previous] !== appends.transaction[a]) continue;
    found.add('incompatible-order', () => {
      const k = appends.key[a]!;
      const r = longest[k]!;
      const t = reads.transaction[r]!;
      const writer = appends.transaction[a]!;
      const message = `T${t} read ${show(reads.list[r])} from ${show(keys[k])}, but T${writer} appended ${show(appends.value[a])} before ${show(appends.value[previous])}.`;
      return { type: 'incompatible-order', transactions: t === writer ? [t] : [t, writer], key: keys[k], message };
    });
  }
}

/** A committed append on top of an aborted one. What lies between them, of unknown outcome, does not matter. */
function dirtyUpdates({ keys, appends, outcome }: AppendIndex, { start, order }: Versions, found: Findings): void {
  for (let k = 0; k < keys.length; k++) {
    let dirty = -1;
    for (let place = start[k]!; place < start[k + 1]! - 1; place++) {
      const a = order[place]!;
      if (a < 0) continue;
      const writer = appends.transaction[a]!;
      if (outcome[writer] === failed) dirty = a;
      if (outcome[writer] !== ok) continue;
      if (dirty >= 0) {
        const before = dirty;
        found.add('dirty-update', () => {
          const aborted = appends.transaction[before]!;
          const message = `T${writer} appended ${show(appends.value[a])} to ${show(keys[k])} on top of ${show(appends.value[before])} by T${aborted}, but T${aborted} failed.`;
          return { type: 'dirty-update', transactions: [aborted, writer], key: keys[k], message };
        });
      }
      dirty = -1;
    }
  }
}

/** Two committed transactions that read the same state of a key and then both appended to it. */
function lostUpdates({ reads, keys }: AppendIndex, versions: Versions, found: Findings): void {
  const { start, clean, order } = versions;
  const firstAt = new Int32Array(order.length).fill(-1);
  const groups = new Map<number | string, number[]>();
  for (let r = 0; r < reads.count; r++) {
    if (reads.updates[r] === 0) continue;
    const k = reads.key[r]!;
    // Where all reads agree, the length says which state it was.
    const place = start[k]! + reads.length[r]!;
    let group: number | string;
    let first: number;
    if (clean[k] === 1) {
      first = firstAt[place]!;
      if (first === -1) {
        firstAt[place] = r;
        continue;
      }
      group = place;
    } else {
      group = `${k} ${show(reads.list[r])}`;
      first = r;
    }
    const members = groups.get(group);
    if (members === undefined) groups.set(group, first === r ? [r] : [first, r]);
    else members.push(r);
  }
  for (const members of groups.values()) {
    if (members.length < 2) continue;
    found.add('lost-update', () => {
      const r = members[0]!;
      const key = keys[reads.key[r]!]!;
      const all = members.map((member) => reads.transaction[member]!);
      const message = `${all.map((t) => `T${t}`).join(', ')} all read ${show(reads.list[r])} from ${show(key)} and then appended to it: each but the first lost what another had added.`;
      return { type: 'lost-update', transactions: all, key, message };
    });
  }
}

const show = (value: unknown) => JSON.stringify(value);
