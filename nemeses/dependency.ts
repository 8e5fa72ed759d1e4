/**
 * A dependency that fails or is slow while it still answers: no process dies and no packet is lost, the service itself is
 * ill. Nodes of the role take the command `{ failureRate, latencyMs }` and obey until told otherwise.
 *
 * Options besides those of `aim` (`role` is `dependency` where nothing is said, `target` is `all`): `failureRate` (0…1),
 * `latencyMs`; both 0 where left out, which is also what the nodes are told at the end.
 */
import { defineNemesis } from '../harness/core/define.ts';
import { aim } from './aim.ts';
import { numberOption } from './options.ts';

const healthy = { failureRate: 0, latencyMs: 0 } as const;

export const dependency = defineNemesis({
  name: 'dependency',
  about: 'makes a dependency fail or answer slowly',
  needs: ['control'],
  async strike(strike, options) {
    const illness = {
      failureRate: Math.min(1, numberOption(options, 'failureRate', healthy.failureRate)),
      latencyMs: numberOption(options, 'latencyMs', healthy.latencyMs),
    };
    const nodes = await aim(strike, { role: 'dependency', target: 'all', ...options });
    if (nodes === undefined) return undefined;
    const how = [
      ...(illness.failureRate > 0 ? [`fails ${Math.round(illness.failureRate * 100)} %`] : []),
      ...(illness.latencyMs > 0 ? [`takes ${illness.latencyMs} ms`] : []),
    ];
    strike.record(nodes, `${nodes.join(' ')} ${how.join(' and ') || 'is told to be healthy'}`);
    for (const node of nodes) await strike.inflict(strike.cluster.control(node, illness, healthy));
    return undefined;
  },
});
