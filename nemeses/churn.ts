/**
 * Restarts without end: one random node after the other is killed and started again, so that elections and recoveries meet
 * each other. One at a time: a majority is up throughout.
 *
 * Options: `downMs` (200), `everyMs` (500): from one restart to the next kill; `role`.
 */
import type { Strike } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { Nanos, NodeId } from '../harness/core/types.ts';
import { candidates, endOf } from './aim.ts';
import { durationOption } from './options.ts';

export const churn = defineNemesis({
  name: 'churn',
  about: 'kills and restarts one random node after the other',
  needs: ['kill'],
  async strike(strike, options) {
    const nodes = candidates(strike.cluster, options);
    const down = durationOption(options, 'downMs', 200);
    const every = durationOption(options, 'everyMs', 500);
    strike.record(nodes, `${nodes.join(' ')} restarted one after the other, ${down / 1e6} ms each`);
    return endOf(restart(strike, nodes, down, every));
  },
});

async function restart(strike: Strike, nodes: readonly NodeId[], down: Nanos, every: Nanos): Promise<void> {
  while (!strike.over()) {
    const killed = await strike.inflict(strike.cluster.kill([strike.random.pick(nodes)]));
    await strike.cluster.sleep(down);
    await killed.heal();
    if (!strike.over()) await strike.cluster.sleep(every);
  }
}
