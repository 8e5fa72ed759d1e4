/**
 * Who made a thing: written into its label, so that a later process can tell the leavings of the dead from the work of
 * the living. A process id alone would not do, since ids are used again; with its start time it names one process.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export const owner = (): string => `${hostname()}:${process.pid}:${startOf(process.pid) ?? 0}`;

/** `unknown` where the owner ran on another machine, or the label is not ours. */
export function fateOf(label: string): 'alive' | 'dead' | 'unknown' {
  const [host, pid, start] = splitOwner(label);
  if (host !== hostname() || pid === undefined) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'dead';
  }
  const now = startOf(pid);
  return now === undefined || start === 0 || now === start ? 'alive' : 'dead';
}

export function splitOwner(label: string): [host: string | undefined, pid: number | undefined, start: number] {
  const match = /^(.*):(\d+):(\d+)$/.exec(label);
  return match === null ? [undefined, undefined, 0] : [match[1], Number(match[2]), Number(match[3])];
}

/** Clock ticks after boot, from proc(5); undefined on systems without it. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it may hold spaces and brackets: count from the last bracket.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}
