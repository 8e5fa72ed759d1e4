// What single reads and single keys of registers give away without a cycle between transactions. The one surprise: a value
// that nobody wrote is a garbage read here, where Elle takes it for an initial state; name that with `initialValue`.
import { failed, ok } from './append-index.ts';
import type { RegisterIndex } from './register-index.ts';
import type { VersionOrder } from './register-versions.ts';
import type { Findings } from './result.ts';
import type { Transaction } from './types.ts';

export function registerAnomalies(
  index: RegisterIndex,
  order: VersionOrder,
  transactions: readonly Transaction<unknown>[],
  found: Findings,
): void {
  internalReads(index, transactions, found);
  badReads(index, found);
  lostUpdates(index, found);
  cyclicVersions(index, order, found);
}

function internalReads(
  { internal }: RegisterIndex,
  transactions: readonly Transaction<unknown>[],
  found: Findings,
): void {
  for (const { transaction, op } of internal) {
    found.add('internal', () => {
      const [, key, value] = transactions[transaction]!.ops[op] as readonly [string, string | number, unknown];
      const message = `T${transaction} read ${show(key)} = ${show(value)}, which contradicts its own earlier operations on that key.`;
      return { type: 'internal', transactions: [transaction], key, message };
    });
  }
}

/** Reads of values that were aborted, overwritten by their own transaction, or never written. */
function badReads({ reads, versions, keys, outcome, initial }: RegisterIndex, found: Findings): void {
  for (let r = 0; r < reads.count; r++) {
    const version = reads.version[r]!;
    const k = versions.key[version]!;
    if (version === initial[k]) continue;
    const t = reads.transaction[r]!;
    const writer = versions.writer[version]!;
    if (writer === t) continue;
    const key = keys[k]!;
    const what = () => `T${t} read ${show(key)} = ${show(versions.value[version])}`;
    if (writer < 0) {
      found.add('garbage-read', () => {
        return { type: 'garbage-read', transactions: [t], key, message: `${what()}, which no transaction wrote.` };
      });
      continue;
    }
    if (outcome[writer] === failed) {
      found.add('G1a', () => {
        const message = `${what()}, which T${writer} wrote, but T${writer} failed.`;
        return { type: 'G1a', transactions: [t, writer], key, message };
      });
    }
    if (versions.intermediate[version] === 1) {
      found.add('G1b', () => {
        const message = `${what()}, which T${writer} wrote and then overwrote itself.`;
        return { type: 'G1b', transactions: [t, writer], key, message };
      });
    }
  }
}

/** Committed transactions that read the same version of a key and then wrote the key. */
function lostUpdates({ accesses, versions, keys, outcome }: RegisterIndex, found: Findings): void {
  const updaters = new Map<number, number[]>();
  for (let a = 0; a < accesses.count; a++) {
    const read = accesses.read[a]!;
    if (read < 0 || accesses.write[a]! < 0 || outcome[accesses.transaction[a]!] !== ok) continue;
    const others = updaters.get(read);
    if (others === undefined) updaters.set(read, [accesses.transaction[a]!]);
    else others.push(accesses.transaction[a]!);
  }
  for (const [version, all] of updaters) {
    if (all.length < 2) continue;
    found.add('lost-update', () => {
      const key = keys[versions.key[version]!]!;
      const message = `${all.map((t) => `T${t}`).join(', ')} all read ${show(key)} = ${show(versions.value[version])} and then wrote it: each but the first lost what another had written.`;
      return { type: 'lost-update', transactions: all, key, message };
    });
  }
}

function cyclicVersions({ versions, keys }: RegisterIndex, { cycles }: VersionOrder, found: Findings): void {
  for (const { key: k, versions: members, sources } of cycles) {
    found.add('cyclic-versions', () => {
      const key = keys[k]!;
      const writers = members.map((version) => versions.writer[version]!).filter((writer) => writer >= 0);
      const values = members.map((version) => show(versions.value[version])).join(', ');
      const message = `The versions ${values} of ${show(key)} would each have to come before the others, by ${sources.join(' and ')}.`;
      return { type: 'cyclic-versions', transactions: [...new Set(writers)], key, message };
    });
  }
}

const show = (value: unknown) => JSON.stringify(value);
