/**
 * What can be done on this machine, found out by doing it where that is harmless: in a network namespace of our own, on
 * a process of our own, with a disk of our own.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { execa } from 'execa';
import { cutPower, isDark, makeDisk, removeDisk } from './power.ts';
import { type Abilities, type Ability, impossible } from './protocol.ts';
import { queueNumber, startQueue } from './queue.ts';
import { breakConnections } from './reset.ts';
import { traceSyncs } from './syncs.ts';
import { setClockOffset } from './vdso.ts';
import { reason } from './words.ts';

export async function surveyAbilities(): Promise<Abilities> {
  const [cut, queue, loss, duplication, reset, clock, syncs, disk] = await Promise.all([
    cutting(),
    queueing(),
    losing(),
    doubling(),
    resetting(),
    clocks(),
    tracing(),
    disks(),
  ]);
  return {
    kill: { means: 'SIGKILL to every process of the container' },
    wipe: { means: 'SIGKILL, and the data folder is emptied' },
    pause: { means: 'SIGSTOP to every process of the container' },
    power: by(disk, 'ext4 on a loop device, shut down where it stands'),
    cut,
    hold: by(queue, `${queued} keeps packets and lets them go in their order`),
    reset,
    slow: by(queue, `${queued} delays packets`),
    loss,
    duplication,
    reordering: by(queue, `${queued} holds some packets back`),
    bandwidth: by(queue, `${queued} lets so many bytes a second through`),
    corruption: { reason: impossible.corruption },
    clock,
    drift: by(clock, 'a patched vDSO in each process, its offset renewed every 20 ms'),
    'disk-full': by(disk, 'ext4 on a loop device, filled up'),
    'disk-read-only': by(disk, 'ext4 on a loop device, remounted'),
    'disk-slow': by(syncs, 'ptrace holds up each fsync of the processes'),
    'disk-error': by(syncs, 'ptrace answers some fsyncs of the processes with EIO'),
    'disk-rot': { means: 'the files are edited between SIGKILL and the next start' },
    files: { means: 'prlimit on each process of the container' },
  };
}

const queued = 'NFQUEUE and a daemon of ours in the network namespace of each node';

/** The same, by other words. */
const by = (ability: Ability, means: string): Ability => ('means' in ability ? { means } : ability);

const tried = async (means: string, attempt: () => Promise<unknown>): Promise<Ability> => {
  try {
    await attempt();
    return { means };
  } catch (error) {
    return { reason: reason(error) };
  }
};

const filter = (...rule: string[]) => execa('unshare', ['-n', 'iptables', '-w', ...rule]);
const some = ['-m', 'statistic', '--mode', 'random', '--probability', '0.5'];

const cutting = (): Promise<Ability> =>
  tried('iptables in the network namespace of each node', () => filter('-A', 'INPUT', '-s', '192.0.2.1', '-j', 'DROP'));

const losing = (): Promise<Ability> =>
  tried('iptables (statistic) in the network namespace of each node', () =>
    filter('-A', 'OUTPUT', ...some, '-j', 'DROP'),
  );

const doubling = (): Promise<Ability> =>
  tried('iptables (statistic and TEE) in the network namespace of each node', () =>
    filter('-t', 'mangle', '-A', 'POSTROUTING', ...some, '-j', 'TEE', '--gateway', '192.0.2.1'),
  );

const queueing = (): Promise<Ability> =>
  tried(queued, async () => {
    const handling = { mean: 0, jitter: 0, share: 0, by: 0, rate: 0, held: [] };
    const daemon = await startQueue(['unshare', '-n'], handling);
    await daemon.stop();
    await filter('-A', 'OUTPUT', '-j', 'NFQUEUE', '--queue-num', String(queueNumber), '--queue-bypass');
  });

const resetting = (): Promise<Ability> =>
  tried('the kernel destroys the sockets (ss -K)', async () => {
    const { proven } = await breakConnections(['unshare', '-n', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh']);
    if (!proven) throw new Error('the kernel does not destroy sockets on request (INET_DIAG_DESTROY)');
  });

const withChild = async (use: (pid: number) => Promise<unknown>): Promise<void> => {
  const child = execa('sleep', ['30'], { reject: false });
  try {
    await use(child.pid as number);
  } finally {
    child.kill('SIGKILL');
  }
};

const clocks = (): Promise<Ability> =>
  tried('a patched vDSO in each process', () => withChild((pid) => setClockOffset(pid, 3_600_000_000_000n)));

const tracing = (): Promise<Ability> =>
  tried('ptrace', () =>
    withChild(async (pid) => {
      const tracer = await traceSyncs([pid], { delay: 0, share: 0 });
      await tracer.stop();
    }),
  );

/** Only with the loop devices at hand, which the agent is given when a run needs them. */
const disks = async (): Promise<Ability> => {
  if (!existsSync('/dev/loop-control')) return { reason: 'this run was started without disks of its own' };
  return tried('ext4 on a loop device', async () => {
    const disk = await makeDisk(`/journal/disks/pitchpole-trial-${process.pid}.img`, 16);
    try {
      mkdirSync('/trial', { recursive: true });
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
};
