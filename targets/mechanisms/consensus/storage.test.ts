import { describe, expect, test } from 'vitest';
import type { Disk } from '../../../harness/core/node.ts';
import { createRandom, type Random } from '../../../harness/core/random.ts';
import { createDisk } from '../../../harness/sim/disk.ts';
import { diskDefaults } from '../../../harness/sim/options.ts';
import { createScheduler, type Scheduler } from '../../../harness/sim/scheduler.ts';
import type { Entry } from './messages.ts';
import { encodeJson, frame } from './records.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { openStorage, type Recovered, type Storage } from './storage.ts';

/** One machine whose process comes and goes. What a process asked of the disk dies with it. */
function machine(seed: number) {
  const scheduler = createScheduler();
  const platter = createDisk(scheduler, createRandom(seed).split('disk'), diskDefaults);
  let life = 0;
  const boot = (): Disk => {
    const mine = ++life;
    const alive =
      (done: (error?: Error) => void) =>
      (error?: Error): void => {
        if (mine === life) done(error);
      };
    return {
      ...platter,
      sync: (file, done) => platter.sync(file, alive(done)),
      syncDirectory: (done) => platter.syncDirectory(alive(done)),
    };
  };
  return { scheduler, platter, boot, kill: () => void life++ };
}

const settle = (scheduler: Scheduler): void => {
  while (scheduler.step());
};

/** What counts of a log: all behind what the snapshot covers; nothing where the log contradicts the snapshot. */
interface Kept {
  readonly entries: readonly Entry[];
  readonly term: number;
  readonly vote: string | null;
}

interface Snapshot {
  readonly index: number;
  readonly term: number;
}

function keptOf({ base, baseTerm, entries, term, vote }: Recovered, snapshot: Snapshot): Kept {
  const at = snapshot.index - base;
  const termThere = at === 0 ? baseTerm : entries[at - 1]?.term;
  return { entries: termThere === snapshot.term ? entries.slice(at) : [], term, vote };
}

/** Plays random writes, syncs, snapshots, kills and power cuts, and holds what comes back against what was promised. */
function play(seed: number, steps: number): { readonly lives: number; readonly torn: number } {
  const { scheduler, platter, boot, kill } = machine(seed);
  const random = createRandom(seed).split('play');
  let snapshot: Snapshot = { index: 0, term: 0 };
  let lives = 0;
  let torn = 0;
  /** States since the one that was promised last, in the order in which they were written. */
  let states: Recovered[] = [{ term: 0, vote: null, base: 0, baseTerm: 0, entries: [] }];

  for (let left = steps; left > 0; ) {
    const { storage, recovered } = openStorage({
      disk: boot(),
      snapshotIndex: snapshot.index,
      syncEntries: true,
      keepHardState: true,
      onDurable: () => {},
    });
    lives++;
    if (recovered.torn !== undefined) torn++;
    const allowed = states.map((state) => JSON.stringify(keptOf(state, snapshot)));
    expect(allowed, `seed ${seed}, life ${lives}`).toContain(JSON.stringify(keptOf(recovered, snapshot)));
    left = live(storage, recovered, left);
    if (random.chance(0.5)) kill();
    else {
      kill();
      platter.powerCut();
    }
  }
  return { lives, torn };

  function live(storage: Storage, recovered: Recovered, left: number): number {
    let state: Recovered = { ...recovered, entries: [...recovered.entries] };
    if (keptOf(state, snapshot).entries.length === 0 && state.base + state.entries.length !== snapshot.index) {
      state = { ...state, base: snapshot.index, baseTerm: snapshot.term, entries: [] };
      storage.roll(snapshot.index, snapshot.term, true);
    }
    const write = (next: Recovered): void => {
      state = next;
      states.push(next);
    };
    const promise = (): void => {
      const promised = state;
      storage.whenDurable(() => {
        states = states.slice(states.indexOf(promised));
      });
    };
    states.push(state);
    promise();
    const life = random.int(5, 40);
    for (let step = 0; step < life && left > 0; step++, left--) {
      act(storage, state, write, random);
      promise();
      for (let events = random.int(0, 3); events > 0; events--) scheduler.step();
      takeSnapshot(storage, () => state);
    }
    return left;
  }

  /** As a replica does: only of what is on the disk, and the file is safe before the log is touched. */
  function takeSnapshot(storage: Storage, now: () => Recovered): void {
    const { base, entries } = now();
    if (!random.chance(0.15) || storage.durableIndex <= snapshot.index) return;
    const index = random.int(snapshot.index + 1, storage.durableIndex);
    const term = entries[index - base - 1]?.term;
    if (term === undefined) return;
    snapshot = { index, term };
    const last = base + entries.length;
    storage.roll(last, entries.at(-1)?.term ?? 0, false);
    storage.discard(index);
  }

  function act(storage: Storage, state: Recovered, write: (next: Recovered) => void, random: Random): void {
    const last = state.base + state.entries.length;
    if (random.chance(0.2)) {
      const term = state.term + 1;
      const vote = random.pick(['n1', 'n2', null]);
      storage.saveHardState(term, vote);
      write({ ...state, term, vote });
      return;
    }
    // A new leader overwrites a tail now and then, but nothing that a snapshot covers.
    const overwrites = random.chance(0.15) && last > Math.max(snapshot.index, state.base);
    const from = overwrites ? random.int(Math.max(snapshot.index, state.base) + 1, last) : last + 1;
    const term = (state.entries.at(-1)?.term ?? state.baseTerm) + (overwrites ? 1 : 0);
    const fresh = Array.from({ length: random.int(1, 4) }, (_, offset): Entry => {
      const command = {
        op: 'append',
        key: 'k'.repeat(random.int(1, 300)),
        value: offset,
        session: 's',
        seq: 1,
      } as const;
      return { index: from + offset, term, command };
    });
    storage.append(fresh);
    const before = state.entries.slice(0, from - state.base - 1);
    fresh.forEach((_, count) => {
      write({ ...state, entries: [...before, ...fresh.slice(0, count + 1)] });
    });
  }
}

describe('storage', () => {
  test('after any kill and any power failure all that was promised is there, and nothing that was never written', () => {
    let lives = 0;
    let torn = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const played = play(seed, 200);
      lives += played.lives;
      torn += played.torn;
    }
    expect(lives).toBeGreaterThan(1000);
    // The play is worth something only where tails are torn in it.
    expect(torn).toBeGreaterThan(50);
  });

  test('the vote outlives every way in which one segment takes over from another', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const { scheduler, platter, boot, kill } = machine(seed);
      const random = createRandom(seed).split('moments');
      const some = (most: number): void => {
        for (let events = random.int(0, most); events > 0; events--) scheduler.step();
      };
      const { storage } = open(boot());
      storage.saveHardState(5, 'n2');
      storage.append([1, 2, 3].map((index) => ({ index, term: 4, command: null })));
      settle(scheduler);
      const anew = random.chance(0.5);
      for (let rolls = random.int(1, 3); rolls > 0; rolls--) {
        storage.roll(3, 4, anew);
        storage.discard(3);
        some(2);
      }
      kill();
      if (random.chance(0.5)) {
        open(boot(), true, 3);
        some(2);
        kill();
      }
      platter.powerCut();
      const { recovered } = open(boot(), true, 3);
      expect(recovered, `seed ${seed}`).toMatchObject({ term: 5, vote: 'n2' });
    }
  });

  test('an entry that takes the place of another takes its durability away', () => {
    const { scheduler, boot } = machine(1);
    const { storage } = open(boot());
    const append = (from: number, to: number, term: number): void => {
      const entries = Array.from(
        { length: to - from + 1 },
        (_, at): Entry => ({ index: from + at, term, command: null }),
      );
      storage.append(entries);
    };
    settle(scheduler);
    append(1, 10, 1);
    settle(scheduler);
    append(6, 6, 2);
    expect(storage.durableIndex).toBe(5);
    settle(scheduler);
    // The sync for these is on its way when one of them is superseded.
    append(7, 9, 2);
    append(8, 8, 3);
    let seen = 0;
    while (scheduler.step()) {
      if (storage.durableIndex !== 8) expect(storage.durableIndex).toBeLessThanOrEqual(7);
      seen++;
    }
    expect(seen).toBeGreaterThan(0);
    expect(storage.durableIndex).toBe(8);
  });

  test('many writes share one sync', () => {
    const { scheduler, boot } = machine(1);
    const disk = boot();
    let syncs = 0;
    const counted: Disk = {
      ...disk,
      sync(file, done) {
        syncs++;
        disk.sync(file, done);
      },
    };
    const { storage } = open(counted);
    settle(scheduler);
    syncs = 0;
    let promised = 0;
    for (let index = 1; index <= 100; index++) {
      storage.append([{ index, term: 1, command: null }]);
      storage.whenDurable(() => promised++);
    }
    expect(promised).toBe(0);
    settle(scheduler);
    expect(promised).toBe(100);
    expect(storage.durableIndex).toBe(100);
    expect(syncs).toBe(2);
  });

  test('without the sync before the acknowledgement a power failure takes back what was said', () => {
    const { scheduler, platter, boot, kill } = machine(3);
    const { storage } = open(boot(), false);
    settle(scheduler);
    for (let index = 1; index <= 100; index++) storage.append([{ index, term: 1, command: null }]);
    expect(storage.durableIndex).toBe(100);
    settle(scheduler);
    kill();
    platter.powerCut();
    expect(open(boot()).recovered.entries.length).toBeLessThan(100);
  });

  test('a failed sync kills the node: nobody knows what is on the disk', () => {
    const { scheduler, boot } = machine(1);
    const disk = boot();
    const { storage } = open({ ...disk, sync: (file, done) => disk.sync(file, () => done(new Error(`EIO ${file}`))) });
    storage.append([{ index: 1, term: 1, command: null }]);
    expect(() => settle(scheduler)).toThrow('EIO');
  });
});

const open = (disk: Disk, syncEntries = true, snapshotIndex = 0) =>
  openStorage({ disk, snapshotIndex, syncEntries, keepHardState: true, onDurable: () => {} });

describe('the snapshot file', () => {
  const image = (index: number) => ({
    index,
    term: 1,
    data: { values: [['k', 'v'.repeat(3000)]] as const, sessions: [], digest: index },
  });

  test('at any moment of a power failure there is one whole snapshot, and never an older one than was promised', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { scheduler, platter, boot, kill } = machine(seed);
      const random = createRandom(seed).split('moments');
      let promised = 0;
      for (let round = 1; round <= 4; round++) {
        const disk = boot();
        const found = readSnapshot(disk)?.index ?? 0;
        expect(found).toBeGreaterThanOrEqual(promised);
        writeSnapshot(disk, image(round), () => {
          promised = round;
        });
        for (let events = random.int(0, 4); events > 0; events--) scheduler.step();
        kill();
        if (random.chance(0.7)) platter.powerCut();
      }
    }
  });

  test('a damaged snapshot is refused, not served', () => {
    const { boot } = machine(1);
    const disk = boot();
    const { bytes } = frame([encodeJson(image(1))], 0);
    bytes[100] = (bytes[100] as number) ^ 1;
    disk.append('snapshot', bytes);
    expect(() => readSnapshot(disk)).toThrow('the snapshot is damaged at byte 0');
  });
});
