/**
 * What can be done on this machine, found out by doing it where that is harmless: in a network namespace of our own, on
 * a process of our own, with a disk of our own.
 */
import { execa } from 'execa';
import { queueNumber, startDelayer } from './delay.ts';
import { cutPower, isDark, makeDisk, removeDisk } from './power.ts';
import type { Abilities, Ability } from './protocol.ts';
import { setClockOffset } from './vdso.ts';
import { reason } from './words.ts';

export async function surveyAbilities(): Promise<Abilities> {
  const [cut, slow, clock, power] = await Promise.all([cutting(), slowing(), clocks(), cuttingPower()]);
  return {
    cut,
    slow,
    clock,
    power,
    pause: { means: 'SIGSTOP to every process of the container' },
    kill: { means: 'SIGKILL to every process of the container' },
  };
}

const tried = async (means: string, attempt: () => Promise<unknown>): Promise<Ability> => {
  try {
    await attempt();
    return { means };
  } catch (error) {
    return { reason: reason(error) };
  }
};

const cutting = (): Promise<Ability> =>
  tried('iptables in the network namespace of each node', () =>
    execa('unshare', ['-n', 'iptables', '-w', '-A', 'INPUT', '-s', '192.0.2.1', '-j', 'DROP']),
  );

const slowing = (): Promise<Ability> =>
  tried('NFQUEUE and a daemon of ours in the network namespace of each node', async () => {
    const daemon = await startDelayer(['unshare', '-n'], { mean: 0, jitter: 0 });
    await daemon.stop();
    const rule = ['-A', 'OUTPUT', '-j', 'NFQUEUE', '--queue-num', String(queueNumber), '--queue-bypass'];
    await execa('unshare', ['-n', 'iptables', '-w', ...rule]);
  });

const clocks = (): Promise<Ability> =>
  tried('a patched vDSO in each process', async () => {
    const child = execa('sleep', ['30'], { reject: false });
    try {
      await setClockOffset(child.pid as number, 3_600_000_000_000n);
    } finally {
      child.kill('SIGKILL');
    }
  });

/** Only with the loop devices at hand, which the agent is given when a run needs them. */
const cuttingPower = (): Promise<Ability> =>
  tried('ext4 on a loop device, shut down where it stands', async () => {
    const disk = await makeDisk(`/journal/disks/pitchpole-trial-${process.pid}.img`, 16);
    try {
      await execa('mkdir', ['-p', '/trial']);
      await execa('mount', [disk.device, '/trial']);
      try {
        await cutPower('/trial');
        if (!isDark('/trial')) throw new Error('the file system went on after its shutdown');
      } finally {
        await execa('umount', ['/trial']);
      }
    } finally {
      await removeDisk(disk.image);
    }
  });
