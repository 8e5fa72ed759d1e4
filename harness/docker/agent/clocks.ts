/**
 * Wall clocks of nodes, as the leases say: offsets add up, and so do drifts.
 *
 * The surprise: a drifting clock is bent anew many times a second, because the code in the process can only add. It so
 * gains in steps, of four milliseconds where it runs a fifth too fast; and each step is reckoned from when the drift
 * began, so that one that comes late makes up for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Evidence, NodeId } from '../../core/types.ts';
import type { Ground } from './places.ts';
import { family, isGone, stateOf, unlessGone } from './processes.ts';
import { type HeldClock, holdClock, setClockOffset } from './vdso.ts';

export interface Clocks {
  /** Brings the node's clocks to what stands. */
  apply(node: NodeId): Promise<Evidence>;
  restarted(node: NodeId): Promise<void>;
  /** What the agent's machine shows as `since`. */
  now(): number;
}

const stepMs = 20;
/** How often processes are looked for that were not there before. */
const lookMs = 1000;

export function createClocks({ leases, pidOf }: Ground): Clocks {
  const now = (): number => Number(process.hrtime.bigint());
  const drifters = new Map<NodeId, Drifter>();

  const offsetOf = (node: NodeId): bigint => {
    const offsets = leases('clock').reduce((sum, lease) => sum + (lease.node === node ? lease.offset : 0), 0);
    const at = now();
    const drifted = leases('drift').reduce(
      (sum, lease) => sum + (lease.node === node ? ((at - lease.since) * lease.ppm) / 1e6 : 0),
      0,
    );
    return BigInt(Math.round(offsets + drifted));
  };
  const ppmOf = (node: NodeId): number =>
    leases('drift').reduce((sum, lease) => sum + (lease.node === node ? lease.ppm : 0), 0);

  const apply = async (node: NodeId): Promise<Evidence> => {
    await drifters.get(node)?.stop();
    drifters.delete(node);
    const pid = await pidOf(node);
    const waiting: Evidence = { took: true, how: `${node} does not run; its clock is set when it does` };
    return pid === undefined ? waiting : ((await unlessGone(pid, () => applyTo(node, pid))) ?? waiting);
  };

  const applyTo = async (node: NodeId, pid: number): Promise<Evidence> => {
    if (leases('drift').some((lease) => lease.node === node)) return drift(node, pid);
    const wanted = offsetOf(node);
    const processes = family(pid);
    const readBack = await Promise.all(processes.map(async (each) => (await setClockOffset(each, wanted)).readBack));
    const took = readBack.every((offset) => offset === wanted);
    return { took, how: `${node}: the clock of ${count(processes.length)} is off by ${spell(wanted)}, read back` };
  };

  const drift = async (node: NodeId, pid: number): Promise<Evidence> => {
    const drifter = await startDrifter(pid, () => offsetOf(node));
    drifters.set(node, drifter);
    const [began, first] = [now(), drifter.read()];
    await sleep(10 * stepMs);
    const [took, gained] = [now() - began, Number(drifter.read() - first)];
    const expected = (took * ppmOf(node)) / 1e6;
    return {
      // Two drifts may cancel out. Steps come late on a busy machine, and the measure falls between two of them.
      took: Math.abs(gained - expected) <= Math.abs(expected) / 2 + 1000,
      how: `${node}: the clock of ${count(drifter.processes())} gained ${spell(BigInt(gained))} in ${(took / 1e6).toFixed(0)} ms, read back`,
    };
  };

  return {
    now,
    apply,
    async restarted(node) {
      if (offsetOf(node) !== 0n || ppmOf(node) !== 0) await apply(node);
    },
  };
}

interface Drifter {
  processes(): number;
  read(): bigint;
  stop(): Promise<void>;
}

async function startDrifter(first: number, offset: () => bigint): Promise<Drifter> {
  const held = new Map<number, HeldClock>();
  const letGo = (pid: number): void => {
    held.get(pid)?.close();
    held.delete(pid);
  };
  const look = async (): Promise<void> => {
    for (const pid of family(first)) {
      if (!held.has(pid)) held.set(pid, await holdClock(pid, offset()));
    }
  };
  await look();
  let over = false;
  const turn = async (): Promise<void> => {
    let looked = performance.now();
    while (!over) {
      await sleep(stepMs);
      for (const [pid, clock] of held) {
        // One that has ended needs no clock; one that cannot be set for another reason is told by the next reading.
        await clock.set(offset()).catch(() => {
          if (isGone(stateOf(pid))) letGo(pid);
        });
      }
      if (performance.now() - looked < lookMs) continue;
      looked = performance.now();
      await look().catch(() => {});
    }
  };
  const turning = turn();
  return {
    processes: () => held.size,
    read() {
      const clock = held.get(first);
      if (clock === undefined) throw new Error(`process ${first} is gone`);
      return clock.read();
    },
    async stop() {
      over = true;
      await turning;
      for (const pid of [...held.keys()]) letGo(pid);
    },
  };
}

const count = (processes: number): string => `${processes} ${processes === 1 ? 'process' : 'processes'}`;

const spell = (nanoseconds: bigint): string => `${Number(nanoseconds) / 1e6} ms`;
