/**
 * File descriptors: the soft limit of each process of a node, as prlimit(2) sets it from outside. The hard one stays, so
 * that what was can be put back without a privilege.
 */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import type { Evidence, NodeId } from '../../core/types.ts';
import type { Ground } from './places.ts';
import { family, unlessGone } from './processes.ts';
import { reason } from './words.ts';

export interface Limits {
  /** Brings the node's processes to what stands. */
  apply(nodes: readonly NodeId[]): Promise<Evidence>;
  restarted(node: NodeId): Promise<void>;
}

export function createLimits({ leases, pidOf }: Ground): Limits {
  /** What the limit of a process was, by its id and node. */
  const before = new Map<number, number>();
  const countOf = (node: NodeId): number | undefined => {
    const counts = leases('files')
      .filter(({ nodes }) => nodes.includes(node))
      .map(({ count }) => count);
    return counts.length === 0 ? undefined : Math.min(...counts);
  };

  const apply = async (node: NodeId): Promise<Evidence> => {
    const pid = await pidOf(node);
    const waiting: Evidence = { took: true, how: `${node} does not run; it is limited when it does` };
    return pid === undefined ? waiting : ((await unlessGone(pid, () => applyTo(node, pid))) ?? waiting);
  };

  const applyTo = async (node: NodeId, pid: number): Promise<Evidence> => {
    const wanted = countOf(node);
    const processes = family(pid);
    let took = true;
    const told = new Set<string>();
    for (const each of processes) {
      const { soft, hard, uid } = limitOf(each);
      const next = wanted === undefined ? (before.get(each) ?? soft) : Math.min(wanted, hard);
      if (wanted === undefined) before.delete(each);
      else if (!before.has(each)) before.set(each, soft);
      await setLimit(each, next, hard, uid);
      const now = limitOf(each).soft;
      took &&= now === next;
      told.add(String(now));
    }
    return { took, how: `${node}: ${processes.length} processes may open ${[...told].join(' or ')} files, read back` };
  };

  return {
    async apply(nodes) {
      const parts = await Promise.all([...new Set(nodes)].map(apply));
      return { took: parts.every(({ took }) => took), how: parts.map(({ how }) => how).join(', ') };
    },
    async restarted(node) {
      if (countOf(node) !== undefined) await apply(node);
    },
  };
}

function limitOf(pid: number): { soft: number; hard: number; uid: number } {
  const number = (text: string | undefined): number =>
    text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text ?? Number.NaN);
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
  const [, uid] = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { soft: number(soft), hard: number(hard), uid: Number(uid) };
}

/** As the user whose process it is: only SYS_RESOURCE could do it for others, and many engines have it not to give. */
async function setLimit(pid: number, soft: number, hard: number, uid: number): Promise<void> {
  const spell = (value: number): string => (Number.isFinite(value) ? String(value) : 'unlimited');
  const [, gid] = /^Gid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const as = uid === 0 ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const [program = '', ...args] = [...as, 'prlimit', '--pid', String(pid), `--nofile=${spell(soft)}:${spell(hard)}`];
  try {
    await execa(program, args);
  } catch (error) {
    throw new Error(reason(error));
  }
}
