/**
 * A machine's disk. There are two of everything: what the processes of the machine see (the page cache) and what is on
 * the platter. A sync carries the difference over; a killed process changes neither; a power failure leaves of the
 * difference what the seed decides, sector by sector.
 *
 * Names and contents are separate, as in a real file system: a file that was synced under a name which was not
 * (`syncDirectory`) may be gone, and a rename may be undone. Of the directory's changes a prefix survives, as in a
 * journalling file system; of the contents any sectors do.
 */
import type { Disk } from '../core/node.ts';
import type { Random } from '../core/random.ts';
import type { Nanos } from '../core/types.ts';
import { createDelay } from './delay.ts';
import { createFileContent, type FileContent } from './file-content.ts';
import type { DiskOptions } from './options.ts';
import type { Scheduler } from './scheduler.ts';

/** What a node may do with it, and what can only befall it. A sync that the power cuts off never calls back. */
export interface SimDisk extends Disk {
  /** Loses what was not synced; says how much there was and what became of it. */
  powerCut(): PowerLoss;
}

export interface PowerLoss {
  readonly sectors: number;
  readonly survived: number;
  readonly torn: number;
  readonly vanished: number;
  /** Changes of the directory that were undone. */
  readonly undone: number;
}

interface File {
  readonly content: FileContent;
  /** Syncs of one file complete in their order. */
  lastSync: Nanos;
}

type Change =
  | { readonly kind: 'create'; readonly name: string; readonly file: File }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly name: string };

export function createDisk(scheduler: Scheduler, random: Random, options: DiskOptions): SimDisk {
  const draw = createDelay(options.sync, random);
  const [fastest, slowest] = options.sync.median;
  const median = fastest + random.unit() * (slowest - fastest);
  let names = new Map<string, File>();
  /** The directory on the platter. */
  const durable = new Map<string, File>();
  let changes: Change[] = [];
  /** Changes that have become durable so far: the position of `changes[0]`. */
  let settled = 0;
  let lastDirectorySync: Nanos = 0;
  /** Grows when the power fails: what was being synced then never completes. */
  let powerCuts = 0;

  const open = (name: string): File => {
    let file = names.get(name);
    if (file === undefined) {
      file = { content: createFileContent(), lastSync: 0 };
      names.set(name, file);
      changes.push({ kind: 'create', name, file });
    }
    return file;
  };
  const existing = (name: string): File => {
    const file = names.get(name);
    if (file === undefined) throw new Error(`there is no file ${name}`);
    return file;
  };
  const settleChanges = (upTo: number): void => {
    const count = Math.max(0, Math.min(changes.length, upTo - settled));
    for (const change of changes.slice(0, count)) apply(durable, change);
    changes = changes.slice(count);
    settled += count;
  };

  return {
    read: (name) => names.get(name)?.content.read(),
    append(name, bytes) {
      const { content } = open(name);
      content.write(content.length(), bytes);
    },
    write(name, offset, bytes) {
      open(name).content.write(offset, bytes);
    },
    truncate(name, length) {
      existing(name).content.truncate(length);
    },
    rename(from, to) {
      existing(from);
      const change: Change = { kind: 'rename', from, to };
      apply(names, change);
      changes.push(change);
    },
    remove(name) {
      existing(name);
      const change: Change = { kind: 'remove', name };
      apply(names, change);
      changes.push(change);
    },
    list: () => [...names.keys()].sort(),
    sync(name, done) {
      const file = names.get(name);
      if (file === undefined) {
        scheduler.at(scheduler.now, done, new Error(`there is no file ${name}`));
        return;
      }
      const mark = file.content.mark();
      const power = powerCuts;
      file.lastSync = Math.max(file.lastSync, scheduler.now + draw(median));
      scheduler.at(
        file.lastSync,
        () => {
          if (power !== powerCuts) return;
          file.content.settle(mark);
          done(undefined);
        },
        undefined,
      );
    },
    syncDirectory(done) {
      const mark = settled + changes.length;
      const power = powerCuts;
      lastDirectorySync = Math.max(lastDirectorySync, scheduler.now + draw(median));
      scheduler.at(
        lastDirectorySync,
        () => {
          if (power !== powerCuts) return;
          settleChanges(mark);
          done(undefined);
        },
        undefined,
      );
    },
    powerCut() {
      powerCuts++;
      const kept = random.int(0, changes.length);
      const undone = changes.length - kept;
      settleChanges(settled + kept);
      settled += changes.length;
      changes = [];
      const total = { sectors: 0, survived: 0, torn: 0, vanished: 0 };
      for (const { content } of new Set(durable.values())) {
        const loss = content.powerCut(random, options);
        total.sectors += loss.sectors;
        total.survived += loss.survived;
        total.torn += loss.torn;
        total.vanished += loss.vanished;
      }
      names = new Map(durable);
      return { ...total, undone };
    },
  };
}

function apply(names: Map<string, File>, change: Change): void {
  switch (change.kind) {
    case 'create':
      names.set(change.name, change.file);
      break;
    case 'rename': {
      const file = names.get(change.from);
      if (file === undefined || change.from === change.to) break;
      names.delete(change.from);
      names.set(change.to, file);
      break;
    }
    case 'remove':
      names.delete(change.name);
      break;
  }
}
