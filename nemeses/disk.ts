/**
 * Disks that fail. The first four stand while the process runs; `bit-flip` and `cut-short` damage what lies there while it
 * is down. Whoever damages more nodes than a majority can spare damages every copy of something: `rot` keeps to a minority
 * unless it is told otherwise.
 *
 * Options besides those of `aim`: `byMs` (disk-slow, 200), `share` (disk-error, 0.5), `bits` (bit-flip, 1), `bytes`
 * (cut-short, 100), `unbounded` (`yes`: more than a minority may be damaged).
 */
import type { DiskSpoil, Rot } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { JsonObject } from '../harness/core/types.ts';
import { aim } from './aim.ts';
import { choiceOption, durationOption, numberOption, shareOption } from './options.ts';

export const diskFull = spoiling('disk-full', 'lets writes fail as on a full disk', () => ({ kind: 'disk-full' }));

export const diskReadOnly = spoiling('disk-read-only', 'lets writes fail as on a read-only file system', () => ({
  kind: 'disk-read-only',
}));

export const diskSlow = spoiling('disk-slow', 'makes every sync take longer', (options) => ({
  kind: 'disk-slow',
  by: durationOption(options, 'byMs', 200),
}));

export const diskError = spoiling('disk-error', 'lets some syncs fail with an input/output error', (options) => ({
  kind: 'disk-error',
  share: shareOption(options, 'share', 0.5),
}));

export const bitFlip = rotting('bit-flip', 'kills processes and flips bits of their files', (options) => ({
  kind: 'bit-flip',
  bits: numberOption(options, 'bits', 1, 1),
}));

export const cutShort = rotting('cut-short', 'kills processes and cuts a file of theirs short', (options) => ({
  kind: 'truncate',
  bytes: numberOption(options, 'bytes', 100, 1),
}));

function spoiling<const Name extends DiskSpoil['kind']>(
  name: Name,
  about: string,
  read: (options: JsonObject) => DiskSpoil,
) {
  return defineNemesis({
    name,
    about,
    needs: [name],
    async strike(strike, options) {
      const spoil = read(options);
      const nodes = await aim(strike, options);
      if (nodes === undefined) return undefined;
      strike.record(nodes, `${name} on ${nodes.join(' ')}`);
      await strike.inflict(strike.cluster.spoilDisk(nodes, spoil));
      return undefined;
    },
  });
}

function rotting<const Name extends string>(name: Name, about: string, read: (options: JsonObject) => Rot) {
  return defineNemesis({
    name,
    about,
    needs: ['disk-rot'],
    async strike(strike, options) {
      const rot = read(options);
      const nodes = await aim(strike, options);
      if (nodes === undefined) return undefined;
      const spare = Math.floor((strike.cluster.nodes.length - 1) / 2);
      const unbounded = choiceOption(options, 'unbounded', ['no', 'yes'], 'no') === 'yes';
      const chosen = unbounded ? nodes : nodes.slice(0, spare);
      if (chosen.length === 0) {
        strike.skip(
          `${strike.cluster.nodes.length} nodes can spare none; say \`unbounded: 'yes'\` to damage them all the same`,
        );
        return undefined;
      }
      strike.record(chosen, `${name} on ${chosen.join(' ')}`);
      await strike.inflict(strike.cluster.rot(chosen, rot));
      return undefined;
    },
  });
}
