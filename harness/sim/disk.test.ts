import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/random.ts';
import { createDisk, type SimDisk } from './disk.ts';
import { sectorSize } from './file-content.ts';
import { diskDefaults } from './options.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

function create(seed: number, odds = {}): { disk: SimDisk; scheduler: Scheduler } {
  const scheduler = createScheduler();
  return { scheduler, disk: createDisk(scheduler, createRandom(seed), { ...diskDefaults, ...odds }) };
}

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

/** Syncs and waits. */
function sync(disk: SimDisk, scheduler: Scheduler, file: string): void {
  let done = false;
  disk.sync(file, () => {
    done = true;
  });
  while (!done && scheduler.step());
}

function syncDirectory(disk: SimDisk, scheduler: Scheduler): void {
  disk.syncDirectory(() => {});
  while (scheduler.step());
}

describe('the page cache', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), length: fc.integer({ min: 0, max: 1500 }) }),
    fc.record({
      kind: fc.constant('write' as const),
      offset: fc.integer({ min: 0, max: 3000 }),
      length: fc.integer({ min: 0, max: 900 }),
    }),
    fc.record({ kind: fc.constant('truncate' as const), length: fc.integer({ min: 0, max: 3000 }) }),
    fc.record({ kind: fc.constant('sync' as const) }),
    fc.record({ kind: fc.constant('pass' as const) }),
  );

  it('reads back what was written, as a plain array of bytes would, whatever is synced meanwhile', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer(), (steps, seed) => {
        const { disk, scheduler } = create(seed);
        disk.append('f', bytes(1, 9));
        let model = [9];
        steps.forEach((each, i) => {
          const value = (i % 200) + 1;
          if (each.kind === 'append') {
            disk.append('f', bytes(each.length, value));
            model.push(...bytes(each.length, value));
          } else if (each.kind === 'write') {
            disk.write('f', each.offset, bytes(each.length, value));
            if (each.length > 0) while (model.length < each.offset) model.push(0);
            for (let j = 0; j < each.length; j++) model[each.offset + j] = value;
          } else if (each.kind === 'truncate') {
            disk.truncate('f', each.length);
            model = model.slice(0, each.length);
            while (model.length < each.length) model.push(0);
          } else if (each.kind === 'sync') {
            disk.sync('f', () => {});
          } else {
            scheduler.step();
          }
        });
        expect([...(disk.read('f') ?? [])]).toEqual(model);
      }),
    );
  });

  it('hands out copies and keeps copies', () => {
    const { disk } = create(1);
    const written = bytes(4, 1);
    disk.append('f', written);
    written.fill(7);
    disk.read('f')?.fill(8);
    expect(disk.read('f')).toEqual(bytes(4, 1));
  });

  it('lists files by name, and renames over what is there', () => {
    const { disk } = create(1);
    for (const name of ['b', 'a', 'c']) disk.append(name, bytes(1, name.charCodeAt(0)));
    disk.rename('c', 'a');
    disk.remove('b');
    expect(disk.list()).toEqual(['a']);
    expect(disk.read('a')).toEqual(bytes(1, 99));
    expect(() => disk.remove('b')).toThrow('there is no file b');
  });
});

describe('a power cut', () => {
  it('never takes a byte that was synced, nor one that was there before an unsynced append', () => {
    const appends = fc.array(fc.record({ length: fc.integer({ min: 1, max: 1300 }), sync: fc.boolean() }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(appends, fc.integer(), (steps, seed) => {
        const { disk, scheduler } = create(seed);
        disk.append('log', bytes(1, 1));
        syncDirectory(disk, scheduler);
        let synced = 0;
        let all: number[] = [1];
        steps.forEach(({ length, sync: syncs }, i) => {
          disk.append('log', bytes(length, (i % 250) + 2));
          all = [...all, ...bytes(length, (i % 250) + 2)];
          if (syncs) {
            sync(disk, scheduler, 'log');
            synced = all.length;
          }
        });
        disk.powerCut();
        const left = [...(disk.read('log') ?? [])];
        expect(left.length).toBeLessThanOrEqual(all.length);
        expect(left.slice(0, synced)).toEqual(all.slice(0, synced));
        // What was not synced is there or reads as zero, never as something else.
        left.forEach((byte, i) => {
          if (i >= synced) expect([0, all[i]]).toContain(byte);
        });
        // And a second one finds nothing more to take.
        disk.powerCut();
        expect([...(disk.read('log') ?? [])]).toEqual(left);
      }),
    );
  });

  it('leaves of an unsynced overwrite the old or the new bytes of each sector, or the one before the other', () => {
    let torn = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { disk, scheduler } = create(seed);
      disk.append('f', bytes(sectorSize * 4, 1));
      sync(disk, scheduler, 'f');
      syncDirectory(disk, scheduler);
      disk.write('f', 0, bytes(sectorSize * 4, 2));
      const loss = disk.powerCut();
      const left = disk.read('f') as Uint8Array;
      expect(left.length).toBe(sectorSize * 4);
      for (let sector = 0; sector < 4; sector++) {
        const part = [...left.subarray(sector * sectorSize, (sector + 1) * sectorSize)];
        const fresh = part.filter((byte) => byte === 2).length;
        expect(part).toEqual([...bytes(fresh, 2), ...bytes(sectorSize - fresh, 1)]);
        if (fresh > 0 && fresh < sectorSize) torn++;
      }
      expect(loss.survived + loss.torn + loss.vanished).toBe(4);
    }
    expect(torn).toBeGreaterThan(20);
  });

  it('takes the odds from the options: all survives, or all vanishes', () => {
    for (const [odds, expected] of [
      [{ survive: 1, tear: 0 }, 2],
      [{ survive: 0, tear: 0 }, 1],
    ] as const) {
      const { disk, scheduler } = create(3, odds);
      disk.append('f', bytes(2000, 1));
      sync(disk, scheduler, 'f');
      syncDirectory(disk, scheduler);
      disk.write('f', 0, bytes(2000, 2));
      disk.powerCut();
      expect(disk.read('f')).toEqual(bytes(2000, expected));
    }
  });

  it('interrupts a sync: its bytes are not safe and it never completes', () => {
    const { disk, scheduler } = create(4, { survive: 0, tear: 0 });
    disk.append('f', bytes(10, 1));
    syncDirectory(disk, scheduler);
    let completed = false;
    disk.sync('f', () => {
      completed = true;
    });
    disk.powerCut();
    while (scheduler.step());
    expect(completed).toBe(false);
    expect(disk.read('f')).toEqual(new Uint8Array(0));
  });

  it('keeps what was written after a sync was asked for out of that sync', () => {
    const { disk, scheduler } = create(5, { survive: 0, tear: 0 });
    disk.append('f', bytes(10, 1));
    syncDirectory(disk, scheduler);
    let done = false;
    disk.sync('f', () => {
      done = true;
    });
    disk.append('f', bytes(10, 2));
    while (!done) scheduler.step();
    disk.powerCut();
    expect(disk.read('f')).toEqual(bytes(10, 1));
  });

  it('may undo a rename and lose a new file until the directory is synced, never after', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      for (const synced of [false, true]) {
        const { disk, scheduler } = create(seed);
        disk.append('state', bytes(3, 1));
        sync(disk, scheduler, 'state');
        syncDirectory(disk, scheduler);
        disk.append('state.new', bytes(3, 2));
        sync(disk, scheduler, 'state.new');
        disk.rename('state.new', 'state');
        if (synced) syncDirectory(disk, scheduler);
        disk.powerCut();
        const found = `${disk.list().join('+')} ${disk.read('state')?.[0]}`;
        if (synced) expect(found).toBe('state 2');
        else outcomes.add(found);
      }
    }
    // The old state, the old state beside the new file, or the new one: never none, never a mixture.
    expect([...outcomes].sort()).toEqual(['state 1', 'state 2', 'state+state.new 1']);
  });
});

describe('syncs', () => {
  it('of one file complete in the order in which they were asked for', () => {
    const { disk, scheduler } = create(6, { sync: { ...diskDefaults.sync, tailChance: 0.3 } });
    const order: number[] = [];
    for (let i = 0; i < 50; i++) {
      disk.append('f', bytes(10, i));
      disk.sync('f', () => order.push(i));
    }
    while (scheduler.step());
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order.length).toBe(50);
  });

  it('of a file that is not there say so', () => {
    const { disk, scheduler } = create(7);
    let error: Error | undefined;
    disk.sync('none', (given) => {
      error = given;
    });
    while (scheduler.step());
    expect(error?.message).toBe('there is no file none');
  });

  it('cost what was written since the last one, not what the file holds', () => {
    const { disk, scheduler } = create(8);
    const before = process.cpuUsage();
    for (let i = 0; i < 40_000; i++) {
      disk.append('f', bytes(100, 1));
      disk.sync('f', () => {});
      scheduler.step();
    }
    // It takes 50 ms; copying the file each time would be 80 GB.
    expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
  });
});
