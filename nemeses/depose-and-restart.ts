/**
 * The primary is made deaf: it goes on sending, and hears no answer, so that others hold what its clients were never told
 * of. When another leads, everybody is killed and started again, before those clients have come back.
 *
 * The one surprise: the restart is not timed but waits for the new primary, since only it makes anything of what the old
 * one left behind.
 *
 * Options: `dwellMs` (100): how long the new primary leads before the restart; `downMs` (100): how long all stay down;
 * `patienceMs` (3000): how long to wait for a primary.
 */
import type { Strike } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { JsonObject, NodeId } from '../harness/core/types.ts';
import { endOf, findPrimary } from './aim.ts';
import { deaf } from './grudge.ts';
import { durationOption } from './options.ts';

export const deposeAndRestart = defineNemesis({
  name: 'depose-and-restart',
  about: 'makes the primary deaf, and kills and restarts everybody when another leads',
  needs: ['cut', 'kill'],
  async strike(strike, options) {
    const { cluster } = strike;
    const primary = await findPrimary(strike, options);
    if (primary === undefined) return undefined;
    strike.record(cluster.nodes, `${primary} hears nobody, then all restarted`);
    const cut = await strike.inflict(cluster.cut(deaf(primary, cluster.nodes)));
    return endOf(follow(strike, options, primary, () => cut.heal()));
  },
});

async function follow(
  strike: Strike,
  options: JsonObject,
  deposed: NodeId,
  hear: () => Promise<unknown>,
): Promise<void> {
  const { cluster } = strike;
  const limit = cluster.now() + durationOption(options, 'patienceMs', 3000);
  const others = cluster.nodes.filter((node) => node !== deposed);
  const another = async (): Promise<boolean> =>
    (await Promise.all(others.map((node) => cluster.inspect(node)))).some((said) => said?.leads !== undefined);
  while (!(await another())) {
    if (strike.over() || cluster.now() > limit) return;
    await cluster.sleep(20_000_000);
  }
  await cluster.sleep(durationOption(options, 'dwellMs', 100));
  const killed = await strike.inflict(cluster.kill(cluster.nodes));
  // Healed while all are down: the deposed one must not wake up deaf, and the restart should not have to wait for it.
  await Promise.all([hear(), cluster.sleep(durationOption(options, 'downMs', 100))]);
  await killed.heal();
}
