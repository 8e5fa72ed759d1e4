/**
 * Processes of a container as the machine sees them: found by their process-id namespace, struck by signals, and looked
 * at again to see whether the signal did what it should.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** All processes that live in the same container as `first`, which is among them. */
export function family(first: number): number[] {
  const home = namespaceOf(first);
  if (home === undefined) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => namespaceOf(pid) === home);
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** `R`, `S`, `T` …, as in proc(5); undefined when there is no such process. */
export function stateOf(pid: number): string | undefined {
  try {
    return parseState(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined;
  }
}

export const parseState = (status: string): string | undefined => /^State:\s*(\S)/m.exec(status)?.[1];

/** Sends a signal; a process that is gone already needs none. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until all of them look right, and returns those that do not in time. */
export async function settled(
  pids: readonly number[],
  right: (state: string | undefined) => boolean,
  limitMs = 2000,
): Promise<number[]> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const wrong = pids.filter((pid) => !right(stateOf(pid)));
    if (wrong.length === 0 || performance.now() > deadline) return wrong;
    await sleep(2);
  }
}

/** `t`: stopped in the hands of a tracer, which ours leaves a stopped process in. */
export const isStopped = (state: string | undefined): boolean => state === 'T' || state === 't';
export const isAwake = (state: string | undefined): boolean => state !== undefined && !isStopped(state);
/** A zombie counts as gone: nothing of it runs, and its parent may take its time. */
export const isGone = (state: string | undefined): boolean => state === undefined || state === 'Z' || state === 'X';

/** What cannot be done to a node because its first process has just died need not be done. */
export async function unlessGone<T>(pid: number | undefined, deed: () => Promise<T>): Promise<T | undefined> {
  try {
    return await deed();
  } catch (error) {
    if (pid === undefined || !isGone(stateOf(pid))) throw error;
    return undefined;
  }
}
