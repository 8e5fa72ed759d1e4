/**
 * Too little of something: processor, memory, file descriptors. In containers only.
 *
 * Options besides those of `aim`: `share` (cpu, 0.1 of a core), `megabytes` (memory, 64), `count` (files, 16).
 */
import type { Limit } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { JsonObject } from '../harness/core/types.ts';
import { aim } from './aim.ts';
import { numberOption, shareOption } from './options.ts';

export const cpu = limiting('cpu', 'gives nodes a small share of a processor', (options) => ({
  kind: 'cpu',
  share: shareOption(options, 'share', 0.1),
}));

export const memory = limiting('memory', 'gives nodes little memory', (options) => ({
  kind: 'memory',
  bytes: numberOption(options, 'megabytes', 64, 1) * 1024 * 1024,
}));

export const files = limiting('files', 'gives nodes few file descriptors, and so few connections', (options) => ({
  kind: 'files',
  count: numberOption(options, 'count', 16, 1),
}));

function limiting<const Name extends Limit['kind']>(name: Name, about: string, read: (options: JsonObject) => Limit) {
  return defineNemesis({
    name,
    about,
    needs: [name],
    async strike(strike, options) {
      const limit = read(options);
      // `count` says how many files here, not how many nodes.
      const { count: _, ...aimed } = options;
      const nodes = await aim(strike, aimed);
      if (nodes === undefined) return undefined;
      strike.record(nodes, `${nodes.join(' ')} limited: ${JSON.stringify(limit)}`);
      await strike.inflict(strike.cluster.limit(nodes, limit));
      return undefined;
    },
  });
}
