/**
 * Deeds at a node's durable data, found through its own root (`/proc/PID/root`), or where the engine keeps it while the
 * node is down: the disk that we made for it, or the layer that its container writes to.
 *
 * The surprise: a disk is filled by one large file in `lost+found`, where no program looks, and made read-only by way of a
 * second mount of ours, since what is read-only is the file system and not the place where somebody sees it.
 */
import { randomInt } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { Rot } from '../../core/cluster.ts';
import type { Evidence, NodeId } from '../../core/types.ts';
import type { Ground } from './places.ts';
import { canary, devicesBehind } from './power.ts';
import { reason } from './words.ts';

const spare = 'lost+found';
const ballast = join(spare, 'pitchpole-ballast');
/** Where we mount disks for ourselves. */
const ours = '/disk';

/** What is done with the data of a node, wherever it is now. `pid` is its first process, where it runs. */
export async function withData<T>(
  ground: Ground,
  node: NodeId,
  pid: number | undefined,
  folder: string,
  action: (place: string) => Promise<T>,
): Promise<T> {
  if (pid !== undefined) return action(`/proc/${pid}/root${folder}`);
  const device = deviceOf(ground, node);
  if (device !== undefined) return mounted(device, action);
  const { body } = await ground.call('GET', `/containers/${ground.placeOf(node).container}/json`);
  const { GraphDriver, Mounts = [] } = body as {
    GraphDriver?: { Data?: { UpperDir?: string } };
    Mounts?: { Destination: string; Source: string }[];
  };
  const source = Mounts.find(({ Destination }) => Destination === folder)?.Source;
  const upper = GraphDriver?.Data?.UpperDir;
  const place = source ?? (upper === undefined ? undefined : `${upper}${folder}`);
  const seen = place === undefined ? undefined : engineRoots().find((root) => existsSync(`${root}${place}`));
  if (seen === undefined) throw new Error(`the data of ${node} cannot be found while it is down`);
  return action(`${seen}${place}`);
}

/** Where the engine's machine may be seen from: as its first process sees it, which not everybody may, or the engine. */
function engineRoots(): string[] {
  const engines = readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && /^(dockerd|containerd)\n/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
    } catch {
      return false;
    }
  });
  return ['1', ...engines].map((pid) => `/proc/${pid}/root`);
}

const deviceOf = (ground: Ground, node: NodeId): string | undefined => {
  const disk = ground.leases('disk').find((lease) => lease.node === node);
  return disk === undefined ? undefined : devicesBehind(disk.image)[0];
};

async function mounted<T>(device: string, action: (place: string) => Promise<T>): Promise<T> {
  mkdirSync(ours, { recursive: true });
  await execa('mount', ['-t', 'ext4', device, ours]);
  try {
    return await action(ours);
  } finally {
    await execa('umount', [ours]);
  }
}

export async function empty(place: string): Promise<Evidence> {
  const names = (): string[] => readdirSync(place).filter((name) => name !== spare);
  const before = names().length;
  for (const name of names()) rmSync(join(place, name), { recursive: true, force: true });
  const left = names().length;
  return { took: left === 0, how: `${before} entries of its data folder are gone, ${left} are left` };
}

export async function damage(place: string, rot: Rot): Promise<Evidence> {
  const files = filesIn(place);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (total === 0) return { took: false, how: 'there was nothing on its disk to damage' };
  const draw = (): { file: string; size: number; offset: number } => {
    let offset = randomInt(total);
    for (const { file, size } of files) {
      if (offset < size) return { file, size, offset };
      offset -= size;
    }
    throw new Error('an offset beyond all files');
  };
  const short = (file: string): string => file.slice(place.length + 1);
  if (rot.kind === 'truncate') {
    const { file, size } = draw();
    const left = Math.max(0, size - rot.bytes);
    truncateSync(file, left);
    return { took: statSync(file).size === left, how: `${short(file)} ends after ${left} of ${size} bytes` };
  }
  // No bit twice, which would be as it was; nor for ever, where there are fewer bits than asked for.
  const flips = new Map<string, { file: string; offset: number; bit: number }>();
  for (let attempt = 0; flips.size < rot.bits && attempt < 20 * rot.bits; attempt++) {
    const { file, offset } = draw();
    const bit = randomInt(8);
    flips.set(`${file} ${offset} ${bit}`, { file, offset, bit });
  }
  for (const { file, offset, bit } of flips.values()) await flip(file, offset, bit);
  const told = [...flips.values()].slice(0, 5).map(({ file, offset }) => `byte ${offset} of ${short(file)}`);
  return { took: true, how: `${flips.size} bits are flipped: ${told.join(', ')}${flips.size > 5 ? ' …' : ''}` };
}

async function flip(file: string, offset: number, bit: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, offset);
    byte.writeUInt8(byte.readUInt8(0) ^ (1 << bit));
    await handle.write(byte, 0, 1, offset);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function filesIn(place: string): { file: string; size: number }[] {
  return readdirSync(place, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name !== canary)
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.slice(place.length + 1).startsWith(spare))
    .map((file) => ({ file, size: statSync(file).size }))
    .filter(({ size }) => size > 0);
}

/** Takes what room there is, also what is set aside for root; a program's last block has room still. */
export async function fill(place: string): Promise<Evidence> {
  mkdirSync(join(place, spare), { recursive: true });
  const file = join(place, ballast);
  const { bfree, bsize } = statfsSync(place);
  for (let chunk = 2 ** Math.ceil(Math.log2(Math.max(bsize, bfree * bsize))); chunk >= 1024; ) {
    const size = existsSync(file) ? statSync(file).size : 0;
    const { failed } = await execa('fallocate', ['-o', String(size), '-l', String(chunk), file], { reject: false });
    if (failed) chunk /= 2;
  }
  const refusal = refusalOf(place);
  return { took: refusal === 'ENOSPC', how: `a write to its disk ${spell(refusal)}` };
}

export async function drain(place: string): Promise<Evidence> {
  rmSync(join(place, ballast), { force: true });
  const refusal = refusalOf(place);
  return { took: refusal !== 'ENOSPC', how: `a write to its disk ${spell(refusal)}` };
}

/** @param place where a process of the node sees it, to try there whether it took */
export async function setReadOnly(ground: Ground, node: NodeId, place: string, readOnly: boolean): Promise<Evidence> {
  const device = deviceOf(ground, node);
  if (device === undefined) throw new Error(`${node} has no disk of its own`);
  mkdirSync(ours, { recursive: true });
  const was = isReadOnly(place);
  await execa('mount', ['-t', 'ext4', '-o', was ? 'ro' : 'rw', device, ours]);
  try {
    await patiently(() => execa('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, ours]));
  } finally {
    await execa('umount', [ours]);
  }
  const refusal = refusalOf(place);
  return { took: (refusal === 'EROFS') === readOnly, how: `a write to its disk ${spell(refusal)}` };
}

const isReadOnly = (place: string): boolean => refusalOf(place) === 'EROFS';

/** While a file is open for writing, a file system refuses to become read-only: nodes that write briefly let us in. */
async function patiently(attempt: () => Promise<unknown>, limitMs = 3000): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(reason(error));
      await sleep(10);
    }
  }
}

/** The code with which a write of more than one block is refused; undefined where it is not. */
function refusalOf(place: string): string | undefined {
  const file = join(place, `${canary}-trial`);
  try {
    writeFileSync(file, Buffer.alloc(16_384, 1));
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    try {
      rmSync(file, { force: true });
    } catch {
      // A read-only disk has nothing of it to remove.
    }
  }
}

const spell = (refusal: string | undefined): string =>
  refusal === undefined ? 'succeeds' : `is refused with ${refusal}`;
