/**
 * A machine's disk. There are two of everything: what the processes of the machine see (the page cache) and what is on
 * the platter. A sync carries the difference over; a killed process changes neither; a power failure leaves of the
 * difference what the seed decides, sector by sector.
 *
 * Names and contents are separate, as in a real file system: a file that was synced under a name which was not
 * (`syncDirectory`) may be gone, and a rename may be undone. Of the directory's changes a prefix survives, as in a
 * journalling file system; of the contents any sectors do.
 */
import type { DiskSpoil, Rot } from '../core/cluster.ts';
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
  /** Each stands until it is taken back. */
  spoil(how: DiskSpoil): void;
  unspoil(how: DiskSpoil): void;
  /** All that stands. */
  spoils(): readonly DiskSpoil[];
  /** Every file is gone; says how many there were. */
  wipe(): number;
  /** Damages one file that holds something, where there is one; says which, and what was done. */
  rot(how: Rot): string | undefined;
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
  const spoils: DiskSpoil[] = [];
  /** As a system call fails: the error is thrown at whoever writes. */
  const refuseWrites = (what: string): void => {
    for (const { kind } of spoils) {
      if (kind === 'disk-full') throw new Error(`ENOSPC: no space left on device, ${what}`);
      if (kind === 'disk-read-only') throw new Error(`EROFS: read-only file system, ${what}`);
    }
  };
  const extraSync = (): Nanos => spoils.reduce((sum, spoil) => sum + (spoil.kind === 'disk-slow' ? spoil.by : 0), 0);
  const failedSync = (): Error | undefined =>
    spoils.some((spoil) => spoil.kind === 'disk-error' && random.unit() < spoil.share)
      ? new Error('EIO: input/output error, fsync')
      : undefined;

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
      if (spoils.length > 0) refuseWrites(`write '${name}'`);
      const { content } = open(name);
      content.write(content.length(), bytes);
    },
    write(name, offset, bytes) {
      if (spoils.length > 0) refuseWrites(`write '${name}'`);
      open(name).content.write(offset, bytes);
    },
    truncate(name, length) {
      existing(name).content.truncate(length);
    },
    rename(from, to) {
      if (spoils.length > 0) refuseWrites(`rename '${from}'`);
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
      file.lastSync = Math.max(file.lastSync, scheduler.now + draw(median) + extraSync());
      const error = failedSync();
      scheduler.at(
        file.lastSync,
        () => {
          if (power !== powerCuts) return;
          if (error === undefined) file.content.settle(mark);
          done(error);
        },
        undefined,
      );
    },
    syncDirectory(done) {
      const mark = settled + changes.length;
      const power = powerCuts;
      lastDirectorySync = Math.max(lastDirectorySync, scheduler.now + draw(median) + extraSync());
      const error = failedSync();
      scheduler.at(
        lastDirectorySync,
        () => {
          if (power !== powerCuts) return;
          if (error === undefined) settleChanges(mark);
          done(error);
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
    spoil(how) {
      spoils.push(how);
    },
    unspoil(how) {
      const index = spoils.indexOf(how);
      if (index >= 0) spoils.splice(index, 1);
    },
    spoils: () => spoils,
    wipe() {
      const count = names.size;
      powerCuts++;
      settled += changes.length;
      changes = [];
      names = new Map();
      durable.clear();
      return count;
    },
    rot(how) {
      const full = [...names].filter(([, { content }]) => content.length() > 0).sort(([a], [b]) => (a < b ? -1 : 1));
      if (full.length === 0) return undefined;
      const [name, { content }] = random.pick(full);
      const length = content.length();
      if (how.kind === 'truncate') {
        const left = Math.max(0, length - how.bytes);
        content.truncate(left);
        content.settle(content.mark());
        return `${name} ends after ${left} of ${length} bytes`;
      }
      const flipped = Array.from({ length: how.bits }, () => random.int(0, length - 1));
      for (const offset of flipped) content.flip(offset, random.int(0, 7));
      return `${name}: one bit each of ${flipped.length === 1 ? 'byte' : 'bytes'} ${flipped.join(', ')} of ${length}`;
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
