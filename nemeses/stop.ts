/**
 * Processes that are asked to end, and end in their own time: what an operator or an orchestrator does every day.
 *
 * - `stop`: SIGTERM, and started again at the end. Options: those of `aim`.
 * - `rolling-restart`: one node after the other, each once, the next when the one before has answered again.
 *   Options: `downMs` (200), `role`.
 * - `wipe`: kill -9, and it comes back with an empty disk, as a machine that was replaced. Options: those of `aim`.
 */
import type { Strike } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { Nanos, NodeId } from '../harness/core/types.ts';
import { againstNodes, candidates, endOf } from './aim.ts';
import { durationOption } from './options.ts';

export const stop = againstNodes({
  name: 'stop',
  about: 'stops processes as an operator does (SIGTERM) and starts them again at the end',
  need: 'stop',
  verb: 'stopped',
  act: (cluster, nodes) => cluster.stop(nodes),
});

export const wipe = againstNodes({
  name: 'wipe',
  about: 'kills processes and empties their disks; they rejoin with nothing at the end',
  need: 'wipe',
  verb: 'wiped',
  act: (cluster, nodes) => cluster.wipe(nodes),
});

export const rollingRestart = defineNemesis({
  name: 'rolling-restart',
  about: 'stops and starts one node after the other, each when the one before answers again',
  needs: ['stop'],
  async strike(strike, options) {
    const nodes = candidates(strike.cluster, options);
    strike.record(nodes, `${nodes.join(' ')} restarted one after the other`);
    return endOf(roll(strike, nodes, durationOption(options, 'downMs', 200)));
  },
});

const glance: Nanos = 20_000_000;

async function roll({ cluster, inflict, over }: Strike, nodes: readonly NodeId[], down: Nanos): Promise<void> {
  for (const node of nodes) {
    if (over()) return;
    const stopped = await inflict(cluster.stop([node]));
    await cluster.sleep(down);
    await stopped.heal();
    while (!over() && (await cluster.inspect(node)) === undefined) await cluster.sleep(glance);
  }
}
