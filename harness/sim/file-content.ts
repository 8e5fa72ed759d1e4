/**
 * The bytes of one file, twice: as read, and as they are on the platter, with the journal of writes between the two.
 *
 * An append copies its own bytes and nothing else, and a sync the bytes since the last one: a log that grows all run
 * long costs what was written to it, not its length times the number of its writes.
 */
import type { Random } from '../core/random.ts';

export const sectorSize = 512;

export interface FileContent {
  length(): number;
  /** A copy. */
  read(): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
  truncate(length: number): void;
  /** The position in the journal of writes: `settle` makes all before it durable. */
  mark(): number;
  settle(mark: number): void;
  /** Flips one bit, of what is read and of what is durable: the byte has gone bad where it lies. */
  flip(offset: number, bit: number): void;
  /** Loses, keeps or tears each unsynced sector; afterwards what can be read is what is durable. */
  powerCut(random: Random, odds: SectorOdds): SectorLoss;
}

/** Shares of one: the rest vanishes. */
interface SectorOdds {
  readonly survive: number;
  readonly tear: number;
}

interface SectorLoss {
  readonly sectors: number;
  readonly survived: number;
  readonly torn: number;
  readonly vanished: number;
}

/** A write keeps its bytes in the journal's buffer from `start` on; a truncation has `start` -1 and sets the length. */
interface Write {
  readonly offset: number;
  readonly start: number;
  readonly length: number;
}

/** A buffer that grows by doubling, and reads as zeros where nothing was written. */
interface Image {
  bytes: Uint8Array;
  length: number;
}

export function createFileContent(): FileContent {
  const cache: Image = { bytes: new Uint8Array(0), length: 0 };
  const durable: Image = { bytes: new Uint8Array(0), length: 0 };
  const journal: Image = { bytes: new Uint8Array(0), length: 0 };
  let writes: Write[] = [];
  /** How many of `writes` are durable already: they are dropped when they are the greater part. */
  let done = 0;
  /** Position of `writes[0]` since the file was made. */
  let origin = 0;

  const bytesOf = (write: Write): Uint8Array => journal.bytes.subarray(write.start, write.start + write.length);

  const forget = (): void => {
    if (done === writes.length) {
      origin += done;
      done = 0;
      writes = [];
      journal.length = 0;
    } else if (done > 64 && done * 2 > writes.length) {
      const first = writes.slice(done).find((write) => write.start >= 0)?.start ?? journal.length;
      journal.bytes.copyWithin(0, first, journal.length);
      journal.length -= first;
      writes = writes.slice(done).map((write) => (write.start < 0 ? write : { ...write, start: write.start - first }));
      origin += done;
      done = 0;
    }
  };

  return {
    length: () => cache.length,
    read: () => cache.bytes.slice(0, cache.length),
    write(offset, bytes) {
      if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`no file has an offset ${offset}`);
      if (bytes.length === 0) return;
      put(cache, offset, bytes);
      writes.push({ offset, start: journal.length, length: bytes.length });
      put(journal, journal.length, bytes);
    },
    truncate(length) {
      if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`no file has a length ${length}`);
      resize(cache, length);
      writes.push({ offset: length, start: -1, length: 0 });
    },
    mark: () => origin + writes.length,
    settle(mark) {
      for (; done < writes.length && origin + done < mark; done++) {
        const write = writes[done] as Write;
        if (write.start < 0) resize(durable, write.offset);
        else put(durable, write.offset, bytesOf(write));
      }
      forget();
    },
    flip(offset, bit) {
      for (const { bytes, length } of [cache, durable]) {
        if (offset < length) bytes[offset] = (bytes[offset] as number) ^ (1 << bit);
      }
    },
    powerCut(random, odds) {
      const pending = writes.slice(done);
      const fates = drawFates(pending, random, odds);
      // Truncations change the file's length in the directory's journal: a prefix of them survives.
      let truncations = random.int(0, pending.filter((write) => write.start < 0).length);
      for (const write of pending) {
        if (write.start < 0) {
          if (truncations-- > 0) resize(durable, write.offset);
        } else {
          putSectors(durable, write.offset, bytesOf(write), fates);
        }
      }
      cache.bytes = durable.bytes.slice(0, durable.length);
      cache.length = durable.length;
      origin += writes.length;
      writes = [];
      done = 0;
      journal.length = 0;
      return countFates(fates);
    },
  };
}

/** What becomes of one sector: so many of the writes to it arrive whole, and of the next one so many bytes. */
interface Fate {
  whole: number;
  part: number;
  readonly kind: 'survived' | 'torn' | 'vanished';
}

function drawFates(writes: readonly Write[], random: Random, odds: SectorOdds): Map<number, Fate> {
  const counts = new Map<number, number>();
  for (const { offset, start, length } of writes) {
    if (start < 0) continue;
    const last = Math.floor((offset + length - 1) / sectorSize);
    for (let sector = Math.floor(offset / sectorSize); sector <= last; sector++) {
      counts.set(sector, (counts.get(sector) ?? 0) + 1);
    }
  }
  const fates = new Map<number, Fate>();
  for (const [sector, count] of [...counts].sort(([a], [b]) => a - b)) {
    const drawn = random.unit();
    if (drawn < odds.survive) fates.set(sector, { whole: count, part: 0, kind: 'survived' });
    else if (drawn >= odds.survive + odds.tear) fates.set(sector, { whole: 0, part: 0, kind: 'vanished' });
    else fates.set(sector, { whole: random.int(0, count - 1), part: random.int(1, sectorSize - 1), kind: 'torn' });
  }
  return fates;
}

function countFates(fates: ReadonlyMap<number, Fate>): SectorLoss {
  const count = { sectors: fates.size, survived: 0, torn: 0, vanished: 0 };
  for (const { kind } of fates.values()) count[kind]++;
  return count;
}

/** Writes those sectors of `bytes` that survive, and the beginning of one that is torn. */
function putSectors(image: Image, offset: number, bytes: Uint8Array, fates: ReadonlyMap<number, Fate>): void {
  for (let from = 0; from < bytes.length; ) {
    const sector = Math.floor((offset + from) / sectorSize);
    const until = Math.min(bytes.length, (sector + 1) * sectorSize - offset);
    const fate = fates.get(sector) as Fate;
    if (fate.whole > 0) {
      fate.whole--;
      put(image, offset + from, bytes.subarray(from, until));
    } else if (fate.part > 0) {
      put(image, offset + from, bytes.subarray(from, Math.min(until, from + fate.part)));
      fate.part = 0;
    }
    from = until;
  }
}

function put(image: Image, offset: number, bytes: Uint8Array): void {
  const end = offset + bytes.length;
  reserve(image, end);
  image.bytes.set(bytes, offset);
  if (end > image.length) image.length = end;
}

function resize(image: Image, length: number): void {
  reserve(image, length);
  // What lies beyond the end must read as zeros if the file grows again.
  if (length < image.length) image.bytes.fill(0, length, image.length);
  image.length = length;
}

function reserve(image: Image, length: number): void {
  if (length <= image.bytes.length) return;
  const wider = new Uint8Array(Math.max(length, image.bytes.length * 2, 1024));
  wider.set(image.bytes.subarray(0, image.length));
  image.bytes = wider;
}
