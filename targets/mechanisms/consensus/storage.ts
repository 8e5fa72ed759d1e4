/**
 * What a replica must not forget: term, vote and log, in segments that are only ever written at the end.
 *
 * The one surprise: nothing is overwritten. An entry with an index that is already there supersedes it and all behind
 * it, so a torn write can only hurt what nobody was promised. A segment begins with a record that carries the hard
 * state, which is why whole segments can be deleted once a snapshot covers them.
 */
import type { Disk } from '../../../harness/core/node.ts';
import type { Json, NodeId } from '../../../harness/core/types.ts';
import type { Command, Entry } from './messages.ts';
import { encodeJson, frame, unframe } from './records.ts';

export interface Storage {
  /** Of all segments together. */
  readonly bytes: number;
  /** The log up to here survives a power failure. */
  readonly durableIndex: number;
  saveHardState(term: number, vote: NodeId | null): void;
  /** Adds entries with consecutive indices; the first one may supersede older ones. */
  append(entries: readonly Entry[]): void;
  /** Runs `action` when all that was written so far is on the disk: at once where it already is. */
  whenDurable(action: () => void): void;
  /** Begins a new segment. `restart`: the log begins anew behind `base`, and no earlier segment counts. */
  roll(base: number, baseTerm: number, restart: boolean): void;
  /** Deletes the segments before the current one that hold nothing beyond `index`, once the current one is durable. */
  discard(index: number): void;
}

export interface StorageOptions {
  readonly disk: Disk;
  /** What the snapshot on the disk covers. */
  readonly snapshotIndex: number;
  /** False: entries are acknowledged as they are written, and reach the disk whenever the next vote does. */
  readonly syncEntries: boolean;
  /** False: term and vote are not written. */
  readonly keepHardState: boolean;
  /** Runs after each sync. */
  readonly onDurable: () => void;
}

/** What the segments held. */
export interface Recovered {
  readonly term: number;
  readonly vote: NodeId | null;
  readonly base: number;
  readonly baseTerm: number;
  readonly entries: Entry[];
  /** Where a torn tail was cut off. */
  readonly torn?: { readonly file: string; readonly at: number; readonly bytes: number };
}

interface Segment {
  readonly file: string;
  /** Highest index ever written in it. */
  max: number;
  bytes: number;
}

export function openStorage(options: StorageOptions): { readonly storage: Storage; readonly recovered: Recovered } {
  const { disk, snapshotIndex, syncEntries, keepHardState, onDurable } = options;
  const { segments, chain: recoveredChain, recovered } = recover(disk, snapshotIndex);
  let { term, vote } = recovered;
  let chain = recoveredChain;
  let last = recovered.base + recovered.entries.length;
  let durableIndex = 0;
  let written = 0;
  let durable = 0;
  /** What the sync under way will have made durable. */
  let underway: { readonly write: number; index: number } | undefined;
  const dirty = new Set<string>();
  let directoryDirty = false;
  let waiting: { readonly write: number; readonly action: () => void }[] = [];

  const current = (): Segment => segments[segments.length - 1] as Segment;
  const write = (bodies: readonly Uint8Array[]): void => {
    const framed = frame(bodies, chain);
    chain = framed.chain;
    disk.append(current().file, framed.bytes);
    current().bytes += framed.bytes.length;
  };
  const promise = (): void => {
    written++;
    dirty.add(current().file);
    flush();
  };
  const begin = (base: number, baseTerm: number, restart: boolean): void => {
    const number = segments.length === 0 ? 1 : numberOf(current().file) + 1;
    segments.push({ file: `${prefix}${String(number).padStart(8, '0')}`, max: 0, bytes: 0 });
    chain = 0;
    write([encodeJson(['start', base, baseTerm, term, vote, restart])]);
    directoryDirty = true;
  };

  const storage: Storage = {
    get bytes() {
      let sum = 0;
      for (const segment of segments) sum += segment.bytes;
      return sum;
    },
    get durableIndex() {
      return durableIndex;
    },
    saveHardState(newTerm, newVote) {
      if (!keepHardState) return;
      term = newTerm;
      vote = newVote;
      write([encodeJson(['hard', term, vote])]);
      promise();
    },
    append(entries) {
      const first = entries[0];
      if (first === undefined) return;
      if (first.index <= durableIndex) durableIndex = first.index - 1;
      if (underway !== undefined && first.index <= underway.index) underway.index = first.index - 1;
      write(entries.map(bodyOf));
      last = first.index + entries.length - 1;
      if (last > current().max) current().max = last;
      if (syncEntries) promise();
      else durableIndex = last;
    },
    whenDurable(action) {
      if (durable === written) action();
      else waiting.push({ write: written, action });
    },
    roll(base, baseTerm, restart) {
      if (restart) {
        for (const segment of segments) segment.max = 0;
        last = base;
        durableIndex = base;
        if (underway !== undefined) underway.index = base;
      }
      dirty.add(current().file);
      begin(base, baseTerm, restart);
      promise();
    },
    discard(index) {
      // Only what lies before the segment that begins the log from now on, and only when that one is safe on the disk.
      const keep = current();
      storage.whenDurable(() => {
        while (segments[0] !== keep && (segments[0] as Segment).max <= index) {
          dirty.delete((segments[0] as Segment).file);
          disk.remove((segments.shift() as Segment).file);
          directoryDirty = true;
        }
      });
    },
  };

  // What a killed process wrote is here although perhaps never synced: it counts for nothing until it is.
  if (segments.length === 0) begin(recovered.base, recovered.baseTerm, true);
  for (const segment of segments) dirty.add(segment.file);
  directoryDirty = true;
  promise();
  return { storage, recovered };

  /** Group commit: what is written while one sync is under way shares the next one. */
  function flush(): void {
    if (underway !== undefined || durable === written) return;
    underway = { write: written, index: last };
    const files = [...dirty];
    dirty.clear();
    let left = files.length + (directoryDirty ? 1 : 0);
    const done = (error?: Error): void => {
      // After a failed sync nobody knows what is on the disk: dying is the only honest answer.
      if (error !== undefined) throw error;
      if (--left === 0) finish();
    };
    for (const file of files) disk.sync(file, done);
    if (directoryDirty) disk.syncDirectory(done);
    directoryDirty = false;
  }

  function finish(): void {
    if (underway === undefined) return;
    durable = underway.write;
    if (syncEntries || durableIndex < underway.index) durableIndex = underway.index;
    underway = undefined;
    const due = waiting.filter((waiter) => waiter.write <= durable);
    waiting = waiting.filter((waiter) => waiter.write > durable);
    for (const { action } of due) action();
    onDurable();
    flush();
  }
}

const prefix = 'log-';

/** An entry is written by every replica, and in the simulator all of them hold the same object. */
const bodies = new WeakMap<Entry, Uint8Array>();

function bodyOf(entry: Entry): Uint8Array {
  let body = bodies.get(entry);
  if (body === undefined) {
    body = encodeJson(['entry', entry.index, entry.term, entry.command]);
    bodies.set(entry, body);
  }
  return body;
}

type StartRecord = readonly [
  'start',
  base: number,
  baseTerm: number,
  term: number,
  vote: NodeId | null,
  restart: boolean,
];

const numberOf = (file: string): number => Number(file.slice(prefix.length));

function recover(disk: Disk, snapshotIndex: number): { segments: Segment[]; chain: number; recovered: Recovered } {
  const segments: Segment[] = [];
  let term = 0;
  let vote: NodeId | null = null;
  let base = 0;
  let baseTerm = 0;
  let entries: Entry[] = [];
  let chain = 0;
  let torn: Recovered['torn'];
  for (const file of disk.list()) {
    if (!file.startsWith(prefix)) continue;
    const bytes = disk.read(file) ?? new Uint8Array();
    const valid = unframe(bytes, 0);
    const start = valid.records[0] as StartRecord | undefined;
    const joins = start !== undefined && segments.length > 0 && follows(start);
    const anew = start !== undefined && (segments.length === 0 || start[5] || (!joins && start[1] <= snapshotIndex));
    if (start === undefined || torn !== undefined || !(joins || anew)) {
      // It was begun, but what lies before it was never safe: so nobody was promised anything that is in it.
      disk.remove(file);
      torn ??= { file, at: 0, bytes: bytes.length };
      continue;
    }
    if (anew) {
      // Earlier ones are left-overs that a snapshot covers. They stay until the next one: this one may not be safe yet.
      for (const segment of segments) segment.max = 0;
      [, base, baseTerm] = start;
      entries = [];
    }
    [, , , term, vote] = start;
    const segment = { file, max: 0, bytes: valid.length };
    for (const record of valid.records.slice(1)) replay(record as readonly Json[], segment);
    if (valid.length < bytes.length) {
      disk.truncate(file, valid.length);
      torn = { file, at: valid.length, bytes: bytes.length - valid.length };
    }
    chain = valid.chain;
    segments.push(segment);
  }
  return {
    segments,
    chain,
    recovered: { term, vote, base, baseTerm, entries, ...(torn === undefined ? {} : { torn }) },
  };

  /** A torn tail may end between two records and look whole: the next segment knows where the log ended. */
  function follows([, startBase, startTerm]: StartRecord): boolean {
    return base + entries.length === startBase && (entries[entries.length - 1]?.term ?? baseTerm) === startTerm;
  }

  function replay(record: readonly Json[], segment: Segment): void {
    if (record[0] === 'hard') {
      [, term, vote] = record as readonly [string, number, NodeId | null];
      return;
    }
    const [, index, entryTerm, command] = record as readonly [string, number, number, Command | null];
    const position = index - base - 1;
    if (position > entries.length)
      throw new Error(`${segment.file}: entry ${index} follows entry ${base + entries.length}`);
    if (position < 0) {
      // Only a replica that was made to forget committed entries (a flawed twin) writes below its base.
      base = index - 1;
    }
    entries.length = Math.max(0, position);
    entries.push({ index, term: entryTerm, command });
    if (index > segment.max) segment.max = index;
  }
}
