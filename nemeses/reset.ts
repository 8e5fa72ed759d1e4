/** Connections break: to clients, who cannot know what became of their requests, and between nodes. Over and over until the end. */
import { defineNemesis } from '../harness/core/define.ts';
import { aim, endOf } from './aim.ts';
import { durationOption } from './options.ts';

/** Options besides those of `aim`: `everyMs` (200). */
export const reset = defineNemesis({
  name: 'reset',
  about: "breaks nodes' connections to clients and to each other, over and over",
  needs: ['reset'],
  async strike(strike, options) {
    const { cluster } = strike;
    const every = durationOption(options, 'everyMs', 200);
    const nodes = await aim(strike, options);
    if (nodes === undefined) return undefined;
    strike.record(nodes, `connections of ${nodes.join(' ')} broken every ${every / 1e6} ms`);
    const loop = async (): Promise<void> => {
      while (!strike.over()) {
        await strike.inflict(cluster.reset(nodes));
        await cluster.sleep(every);
      }
    };
    return endOf(loop());
  },
});
