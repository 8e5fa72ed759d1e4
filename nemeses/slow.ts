/**
 * A slow network: every packet that the chosen nodes send to other nodes is delayed.
 *
 * Options besides those of `aim`: `meanMs` (100), `jitterMs` (50).
 */
import { defineNemesis } from '../harness/core/define.ts';
import { aim } from './aim.ts';
import { durationOption } from './options.ts';

export const slow = defineNemesis({
  name: 'slow',
  about: 'delays what nodes send to other nodes',
  needs: ['slow'],
  async strike(strike, options) {
    const delay = { mean: durationOption(options, 'meanMs', 100), jitter: durationOption(options, 'jitterMs', 50) };
    const nodes = await aim(strike, options);
    if (nodes === undefined) return undefined;
    strike.record(nodes, `${nodes.join(' ')} slower by ${delay.mean / 1e6} ± ${delay.jitter / 1e6} ms`);
    await strike.inflict(strike.cluster.slow(nodes, delay));
    return undefined;
  },
});
