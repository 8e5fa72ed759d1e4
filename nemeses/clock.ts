/**
 * Wall clocks that lie. `jump`: once, and back at the end. `strobe`: there and back again, over and over. The monotonic
 * clock is never touched, and neither is the machine's: only what a node is told.
 *
 * Options besides those of `aim`: `mode` (`jump`, `strobe`), `offsetMs` (drawn up to this far, forwards or backwards;
 * 10 000), `direction` (`either`, `forwards`, `backwards`), `everyMs` (strobe, 100).
 */
import type { Strike } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { Nanos, NodeId } from '../harness/core/types.ts';
import { aim, endOf } from './aim.ts';
import { choiceOption, durationOption, numberOption } from './options.ts';

export const clock = defineNemesis({
  name: 'clock',
  about: 'makes wall clocks jump, once or over and over',
  needs: ['clock'],
  async strike(strike, options) {
    const { cluster, random } = strike;
    const mode = choiceOption(options, 'mode', ['jump', 'strobe'], 'jump');
    const most = durationOption(options, 'offsetMs', 10_000);
    const direction = choiceOption(options, 'direction', ['either', 'forwards', 'backwards'], 'either');
    const every = durationOption(options, 'everyMs', 100);
    const nodes = await aim(strike, options);
    if (nodes === undefined) return undefined;
    const offsets = nodes.map((node): [NodeId, Nanos] => {
      const size = Math.round(most * (0.5 + random.unit() / 2));
      const backwards = direction === 'backwards' || (direction === 'either' && random.chance(0.5));
      return [node, backwards ? -size : size];
    });
    const what = offsets.map(([node, offset]) => `${node} ${offset < 0 ? '−' : '+'}${Math.abs(offset / 1e6)} ms`);
    strike.record(nodes, mode === 'jump' ? what.join(', ') : `${what.join(', ')}, every ${every / 1e6} ms`);
    if (mode === 'jump') {
      for (const [node, offset] of offsets) await strike.inflict(cluster.bendClock(node, offset));
      return undefined;
    }
    return endOf(strobe(strike, offsets, every));
  },
});

/**
 * Wall clocks that run fast or slow, and are set right at the end.
 *
 * Options besides those of `aim`: `ppm` (drawn up to so many parts per million; 50 000, which is 50 ms a second),
 * `direction` (`either`, `forwards`, `backwards`).
 */
export const drift = defineNemesis({
  name: 'drift',
  about: 'makes wall clocks run fast or slow',
  needs: ['drift'],
  async strike(strike, options) {
    const { cluster, random } = strike;
    const most = numberOption(options, 'ppm', 50_000, 1);
    const direction = choiceOption(options, 'direction', ['either', 'forwards', 'backwards'], 'either');
    const nodes = await aim(strike, options);
    if (nodes === undefined) return undefined;
    const rates = nodes.map((node): [NodeId, number] => {
      const size = Math.round(most * (0.5 + random.unit() / 2));
      const backwards = direction === 'backwards' || (direction === 'either' && random.chance(0.5));
      return [node, backwards ? -size : size];
    });
    strike.record(
      nodes,
      rates.map(([node, ppm]) => `${node} ${ppm < 0 ? '−' : '+'}${Math.abs(ppm) / 1000} ms a second`).join(', '),
    );
    for (const [node, ppm] of rates) await strike.inflict(cluster.driftClock(node, ppm));
    return undefined;
  },
});

async function strobe(strike: Strike, offsets: readonly [NodeId, Nanos][], every: Nanos): Promise<void> {
  while (!strike.over()) {
    const bent = [];
    for (const [node, offset] of offsets) bent.push(await strike.inflict(strike.cluster.bendClock(node, offset)));
    await strike.cluster.sleep(every);
    for (const injury of bent) await injury.heal();
    if (!strike.over()) await strike.cluster.sleep(every);
  }
}
