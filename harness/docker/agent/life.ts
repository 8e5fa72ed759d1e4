/** Life and death of a node's processes: struck by signals, and looked at again. */
import type { Evidence, NodeId } from '../../core/types.ts';
import type { Ground } from './places.ts';
import { family, isAwake, isGone, isStopped, settled, signal } from './processes.ts';

export interface Life {
  /** @param meanwhile what is done after all have stopped and before they die: nothing of theirs comes in between */
  kill(node: NodeId, meanwhile?: (pid: number) => Promise<Evidence>): Promise<Evidence>;
  pause(nodes: readonly NodeId[]): Promise<Evidence>;
  /** Those that no pause holds any more. */
  resume(nodes: readonly NodeId[]): Promise<Evidence>;
  restarted(node: NodeId): Promise<void>;
}

export function createLife({ pidOf, running, leases }: Ground): Life {
  const still = (): Set<NodeId> => new Set(leases('pause').flatMap(({ nodes }) => nodes));

  const stop = async (pids: readonly number[]): Promise<number[]> => {
    for (const pid of pids) signal(pid, 'SIGSTOP');
    return settled(pids, (state) => isStopped(state) || isGone(state));
  };
  const all = async (nodes: readonly NodeId[]): Promise<number[]> =>
    (await running(nodes)).flatMap(({ pid }) => family(pid));

  return {
    async kill(node, meanwhile) {
      const pid = await pidOf(node);
      if (pid === undefined) return { took: true, how: `${node} did not run` };
      let deed: Evidence | undefined;
      let pids: number[] = [];
      if (meanwhile !== undefined) await stop(family(pid));
      try {
        deed = await meanwhile?.(pid);
      } finally {
        pids = family(pid);
        for (const each of pids) signal(each, 'SIGKILL');
      }
      const left = await settled(pids, isGone);
      const how = `${node}: process ${pid} ${left.length === 0 ? 'is gone' : 'lives on'}`;
      return {
        took: left.length === 0 && (deed?.took ?? true),
        how: deed === undefined ? how : `${how}, ${deed.how}`,
      };
    },
    async pause(nodes) {
      const pids = await all(nodes);
      const wrong = await stop(pids);
      // One that is down has nothing to stop, and is stopped when it starts.
      return {
        took: wrong.length === 0,
        how: `${nodes.join(' ')}: ${pids.length - wrong.length} of ${pids.length} ${pids.length === 1 ? 'process is' : 'processes are'} in state T (stopped)`,
      };
    },
    async resume(nodes) {
      const held = still();
      const pids = await all(nodes.filter((node) => !held.has(node)));
      for (const pid of pids) signal(pid, 'SIGCONT');
      const wrong = await settled(pids, isAwake);
      const awake = pids.length - wrong.length;
      return {
        took: wrong.length === 0,
        how: `${nodes.join(' ')}: ${awake} of ${pids.length} ${pids.length === 1 ? 'process' : 'processes'} ${awake === 1 ? 'runs' : 'run'} again`,
      };
    },
    async restarted(node) {
      if (still().has(node)) await stop(await all([node]));
    },
  };
}
