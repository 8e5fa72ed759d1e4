/**
 * Snapshots: the state machine's image in one file, and the log cut behind it.
 *
 * The one surprise is the order. Write the new file, sync it, rename it over the old one, sync the directory, and only
 * then cut the log: a crash between any two steps finds either the old snapshot with its log or the new one.
 */
import type { Disk } from '../../../harness/core/node.ts';
import { marks } from './marks.ts';
import type { Install, InstallReply, SnapshotImage } from './messages.ts';
import { encodeJson, frame, unframe } from './records.ts';
import type { Replica } from './replica.ts';
import { note, send } from './replica.ts';
import { heardLeader } from './roles.ts';

const file = 'snapshot';
const draft = 'snapshot.new';

/** Undefined where there is none yet. A file that is there and damaged is no torn write, and nothing to start from. */
export function readSnapshot(disk: Disk): SnapshotImage | undefined {
  if (disk.list().includes(draft)) disk.remove(draft);
  const bytes = disk.read(file);
  if (bytes === undefined) return undefined;
  const { records, length } = unframe(bytes, 0);
  if (records.length !== 1 || length !== bytes.length) throw new Error(`the snapshot is damaged at byte ${length}`);
  return records[0] as unknown as SnapshotImage;
}

/** `done` runs when the image has taken the place of the one before, for good. */
export function writeSnapshot(disk: Disk, image: SnapshotImage, done: () => void): void {
  const check = (next: () => void) => (error?: Error) => {
    if (error !== undefined) throw error;
    next();
  };
  if (disk.list().includes(draft)) disk.remove(draft);
  disk.append(draft, frame([encodeJson(image)], 0).bytes);
  disk.sync(
    draft,
    check(() => {
      disk.rename(draft, file);
      disk.syncDirectory(check(done));
    }),
  );
}

/** Takes a snapshot of what is applied when enough has come together since the last one. */
export function considerSnapshot(replica: Replica): void {
  const { applied, settings, log, storage } = replica;
  if (!settings.compaction || replica.saving || applied - replica.snapshot.index < settings.snapshotThreshold) return;
  // Behind a snapshot of entries that its own disk lacks the log would begin with entries that another leader overwrote.
  if (storage.durableIndex < applied) return;
  const term = log.termAt(applied);
  if (term === undefined) return;
  replica.saving = true;
  const image = { index: applied, term, data: replica.machine.save(settings.sessionsInSnapshot) };
  writeSnapshot(replica.environment.disk, image, () => {
    replica.saving = false;
    keep(replica, image);
    replica.environment.mark(marks.snapshot);
    note(replica, 'snapshot', { index: image.index, sessions: image.data.sessions.length });
    log.compact(Math.min(log.last, Math.max(log.base, image.index - settings.snapshotTrailing)));
    storage.roll(log.last, log.lastTerm, false);
    storage.discard(image.index);
  });
}

/** A follower too far behind takes over the leader's image. */
export function onInstall(replica: Replica, from: string, message: Install): void {
  if (message.term < replica.term) {
    answer(replica, from, 0);
    return;
  }
  heardLeader(replica, from, message.term);
  const { image } = message;
  if (replica.saving) return;
  if (image.index <= replica.commit) {
    answer(replica, from, Math.min(replica.commit, replica.storage.durableIndex));
    return;
  }
  replica.saving = true;
  writeSnapshot(replica.environment.disk, image, () => {
    replica.saving = false;
    keep(replica, image);
    if (image.index > replica.commit) adopt(replica, image);
    replica.storage.discard(image.index);
    replica.storage.whenDurable(() => answer(replica, from, image.index));
  });
}

function keep(replica: Replica, image: SnapshotImage): void {
  replica.snapshot = image;
  replica.snapshotAt = replica.environment.clock.monotonic();
}

function adopt(replica: Replica, image: SnapshotImage): void {
  const { log, storage, machine } = replica;
  if (log.termAt(image.index) === image.term) {
    // The log goes on where the image ends: what follows may have been acknowledged and must stay.
    log.compact(image.index);
    storage.roll(log.last, log.lastTerm, false);
  } else {
    log.reset(image.index, image.term);
    storage.roll(image.index, image.term, true);
  }
  machine.restore(image.data);
  replica.applied = image.index;
  replica.commit = image.index;
  replica.environment.mark(marks.installed);
  note(replica, 'installed', { index: image.index, sessions: image.data.sessions.length });
}

function answer(replica: Replica, to: string, match: number): void {
  const reply: InstallReply = { type: 'install-reply', term: replica.term, match };
  send(replica, to, reply);
}
