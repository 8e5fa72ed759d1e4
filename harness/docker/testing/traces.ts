/**
 * What the machine itself still shows of a run, beside what the engine lists (`leavings.ts`): processes, mounts, packet
 * filter rules. Only where the engine's machine is this one, and seen by root.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';

export async function tracesOf(run: string): Promise<string[]> {
  return [...processes(run), ...mounts(run), ...(await rules(run))];
}

/** The agent and every daemon of its own inherit the run's name. */
function processes(run: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
        if (!environment.includes(`PITCHPOLE_RUN=${run}`)) return [];
        return [`process ${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0]}`];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

const mounts = (run: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`pitchpole-${run}`))
    .map((line) => `mount ${line.split(' ')[4]}`);

/** Of the machine's own namespace, in which we lay none. */
async function rules(run: string): Promise<string[]> {
  const { stdout = '' } = await execa('iptables-save', [], { reject: false });
  return stdout
    .split('\n')
    .filter((line) => line.includes(`PP-${run}`))
    .map((line) => `rule ${line}`);
}
