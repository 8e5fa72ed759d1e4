/**
 * Power failure of one node's disk: an ext4 image on a loop device, which the engine mounts as a volume. To cut the
 * power the file system is told to stop where it is, without writing anything back, and the processes are killed.
 * What was not synced is then gone, as it would be on a real machine.
 *
 * The proof is a canary: a file that we write without syncing just before, and that must not be there afterwards.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const imageFolder = '/journal/disks';
/** Its name in the folder of the data. */
export const canary = '.pitchpole-canary';

export interface LoopDisk {
  readonly image: string;
  readonly device: string;
}

/** Where a node's image will be: known before it is made, so that it can be journalled. */
export const imageOf = (run: string, node: string): string => join(imageFolder, `pitchpole-${run}-${node}.img`);

export async function makeDisk(image: string, megabytes: number): Promise<LoopDisk> {
  mkdirSync(imageFolder, { recursive: true });
  await execa('truncate', ['-s', `${megabytes}M`, image]);
  // Nothing may be left for later: a lazy initialisation would write to the disk in the background.
  await execa('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image]);
  const { stdout } = await execa('losetup', ['--find', '--show', image]);
  return { image, device: stdout.trim() };
}

export async function removeDisk(image: string): Promise<void> {
  for (const device of devicesBehind(image)) await execa('losetup', ['-d', device]);
  rmSync(image, { force: true });
}

/** The loop devices whose content is this file. */
export function devicesBehind(image: string): string[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .filter((name) => {
      try {
        // The kernel sees the path from outside of our container, so only the name can be compared.
        const file = readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trim();
        return file.replace(/ \(deleted\)$/, '').endsWith(image.slice(image.lastIndexOf('/')));
      } catch {
        return false;
      }
    })
    .map((name) => `/dev/${name}`);
}

/** @param folder of the disk, as seen from our own root, such as `/proc/42/root/data` */
export async function cutPower(folder: string): Promise<void> {
  // A disk that is full or read-only takes no canary, and its power can be cut all the same.
  try {
    writeFileSync(join(folder, canary), 'not synced');
  } catch (error) {
    if (!['ENOSPC', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH; Debian's only tool for it drags in Python, perl is there.
  const script =
    'open(my $f, "<", $ARGV[0]) or die $!; my $flag = pack("I", 2); ioctl($f, 0x8004587d, $flag) or die $!';
  await execa('perl', ['-e', script, folder]);
}

/** True when the file system refuses to work: what a shut down one does. */
export function isDark(folder: string): boolean {
  try {
    writeFileSync(join(folder, canary), 'again');
    return false;
  } catch {
    return true;
  }
}

export function canaryIsGone(folder: string): boolean {
  try {
    statSync(join(folder, canary));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
