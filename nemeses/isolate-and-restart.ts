/**
 * The primary is cut off, and while it is, everybody else is killed and started again: the others must forget nothing
 * that they promised it, and it must not believe for long that it still leads.
 *
 * Options: `downMs` (500): how long the others stay down; `patienceMs` (2000): how long to wait for a primary.
 */
import { defineNemesis } from '../harness/core/define.ts';
import { findPrimary } from './aim.ts';
import { apart } from './grudge.ts';
import { durationOption } from './options.ts';

export const isolateAndRestart = defineNemesis({
  name: 'isolate-and-restart',
  about: 'cuts the primary off, then kills all others and starts them again',
  needs: ['cut', 'kill'],
  async strike(strike, options) {
    const { cluster } = strike;
    const down = durationOption(options, 'downMs', 500);
    const primary = await findPrimary(strike, options);
    if (primary === undefined) return undefined;
    const others = cluster.nodes.filter((node) => node !== primary);
    strike.record(cluster.nodes, `{${primary}} | {${others.join(' ')}}, and the latter restarted`);
    await strike.inflict(cluster.cut(apart([[primary], others])));
    const killed = await strike.inflict(cluster.kill(others));
    await cluster.sleep(down);
    await killed.heal();
    return undefined;
  },
});
