/**
 * The node's disk: plain files in one folder, with real fsync. Nothing is cached here, so that what the node reads is
 * what the operating system has, also after kill -9.
 */
import {
  closeSync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Disk } from '../../core/node.ts';

/** @param take runs a handler of the node; a completion must not slip in between the lines of another one */
export function createFiles(folder: string, take: (handler: () => void) => void): Disk {
  mkdirSync(folder, { recursive: true });
  // Any name is allowed, a path out of the folder is not. Names of ours and of the file system begin otherwise.
  const path = (file: string): string => join(folder, `f-${encodeURIComponent(file)}`);
  const opened = <T>(file: string, flags: string | number, use: (handle: number) => T): T => {
    const handle = openSync(path(file), flags);
    try {
      return use(handle);
    } finally {
      closeSync(handle);
    }
  };
  const put = (handle: number, offset: number | null, bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(handle, bytes, done, bytes.length - done, offset === null ? null : offset + done);
    }
  };
  /** Syncs of one place complete in their order; those that arrive while one is under way share the next. */
  const waiting = new Map<string, ((error?: Error) => void)[]>();
  const synced = (place: string, done: (error?: Error) => void): void => {
    const queue = waiting.get(place);
    if (queue !== undefined) queue.push(done);
    else {
      waiting.set(place, [done]);
      // Whatever is written until the end of this handler belongs to a later sync, so begin at once.
      flush(place);
    }
  };
  const flush = (place: string): void => {
    const served = waiting.get(place)?.splice(0) ?? [];
    if (served.length === 0) {
      waiting.delete(place);
      return;
    }
    syncPlace(place, (error) => {
      for (const done of served) take(() => (error === null ? done() : done(error)));
      flush(place);
    });
  };
  return {
    read(file) {
      try {
        return new Uint8Array(readFileSync(path(file)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    append: (file, bytes) => opened(file, 'a', (handle) => put(handle, null, bytes)),
    write(file, offset, bytes) {
      // `r+` refuses to create and `a` ignores the position, so a new file is made first.
      opened(file, 'a', () => {});
      opened(file, 'r+', (handle) => put(handle, offset, bytes));
    },
    truncate: (file, length) =>
      opened(file, 'r+', (handle) => {
        if (fstatSync(handle).size > length) ftruncateSync(handle, length);
      }),
    rename: (from, to) => renameSync(path(from), path(to)),
    remove: (file) => rmSync(path(file)),
    list: () =>
      readdirSync(folder)
        .filter((name) => name.startsWith('f-'))
        .map((name) => decodeURIComponent(name.slice(2)))
        .sort(),
    sync: (file, done) => synced(path(file), done),
    syncDirectory: (done) => synced(folder, done),
  };
}

function syncPlace(place: string, done: (error: Error | null) => void): void {
  open(place, 'r', (error, handle) => {
    if (error !== null) done(error);
    else {
      fsync(handle, (failure) => {
        closeSync(handle);
        done(failure);
      });
    }
  });
}
