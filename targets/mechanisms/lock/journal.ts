/**
 * A file of records that is only ever added to. What a killed process left in it counts for nothing until it is synced,
 * so an opened journal says nothing before `ready`.
 */
import type { Disk } from '../../../harness/core/node.ts';
import type { Json } from '../../../harness/core/types.ts';
import { encodeJson, frame, unframe } from '../consensus/records.ts';

export interface Journal {
  /** Adds a record; `durable` runs when it, and all before it, would survive a power failure. */
  append(record: Json, durable: () => void): void;
}

export interface Opened {
  readonly journal: Journal;
  /** What was found, in order. A torn end is cut off: nobody was promised what it held. */
  readonly records: readonly Json[];
}

export function openJournal(disk: Disk, file: string, ready: () => void): Opened {
  const bytes = disk.read(file) ?? new Uint8Array();
  const { records, length, chain: found } = unframe(bytes, 0);
  let chain = found;
  if (length < bytes.length) disk.truncate(file, length);
  // An empty file too has to be there after a power failure.
  disk.append(file, new Uint8Array());
  disk.syncDirectory(orDie(() => disk.sync(file, orDie(ready))));
  return {
    journal: {
      append(record, durable) {
        const framed = frame([encodeJson(record)], chain);
        chain = framed.chain;
        disk.append(file, framed.bytes);
        disk.sync(file, orDie(durable));
      },
    },
    records,
  };
}

/** After a failed sync nobody knows what is on the disk: dying is the only honest answer. */
const orDie =
  (action: () => void) =>
  (error?: Error): void => {
    if (error !== undefined) throw error;
    action();
  };
