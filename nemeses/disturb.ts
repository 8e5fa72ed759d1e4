/**
 * What befalls packets between nodes: loss, duplicates, overtaking, a narrow pipe, altered contents. Each is a nemesis of
 * its own, with one number that says how much of it; they share their aim (`aim.ts`), and packets of clients pass untouched.
 *
 * Options besides those of `aim`: `share` (loss 0.2, duplicate 0.2, reorder 0.3, corrupt 0.05), `byMs` (reorder, 50),
 * `bytesPerSecond` (bandwidth, 20 000).
 */
import type { Disturbance } from '../harness/core/cluster.ts';
import { defineNemesis } from '../harness/core/define.ts';
import type { JsonObject } from '../harness/core/types.ts';
import { aim } from './aim.ts';
import { durationOption, numberOption, shareOption } from './options.ts';

export const loss = disturbing({
  name: 'loss',
  about: 'loses some of the packets that nodes send to other nodes',
  read: (options) => ({ kind: 'loss', share: shareOption(options, 'share', 0.2) }),
});

export const duplicate = disturbing({
  name: 'duplicate',
  about: 'delivers some of the packets between nodes twice',
  read: (options) => ({ kind: 'duplication', share: shareOption(options, 'share', 0.2) }),
});

export const reorder = disturbing({
  name: 'reorder',
  about: 'holds some of the packets between nodes back, so that later ones overtake them',
  read: (options) => ({
    kind: 'reordering',
    share: shareOption(options, 'share', 0.3),
    by: durationOption(options, 'byMs', 50),
  }),
});

export const bandwidth = disturbing({
  name: 'bandwidth',
  about: 'lets only so many bytes a second through from nodes to other nodes',
  read: (options) => ({ kind: 'bandwidth', bytesPerSecond: numberOption(options, 'bytesPerSecond', 20_000, 1) }),
});

export const corrupt = disturbing({
  name: 'corrupt',
  about: 'changes values inside some of the messages between nodes, unnoticed',
  read: (options) => ({ kind: 'corruption', share: shareOption(options, 'share', 0.05) }),
});

export const slow = disturbing({
  name: 'slow',
  about: 'delays what nodes send to other nodes',
  read: (options) => ({
    kind: 'slow',
    mean: durationOption(options, 'meanMs', 100),
    jitter: durationOption(options, 'jitterMs', 50),
  }),
});

function disturbing<const Name extends string>(kind: {
  readonly name: Name;
  readonly about: string;
  read(options: JsonObject): Disturbance;
}) {
  const { name, about } = kind;
  return defineNemesis({
    name,
    about,
    needs: [kind.read({}).kind],
    async strike(strike, options) {
      const disturbance = kind.read(options);
      const nodes = await aim(strike, options);
      if (nodes === undefined) return undefined;
      strike.record(nodes, `${nodes.join(' ')}: ${inWords(disturbance)}`);
      await strike.inflict(strike.cluster.disturb(nodes, disturbance));
      return undefined;
    },
  });
}

function inWords(disturbance: Disturbance): string {
  switch (disturbance.kind) {
    case 'slow':
      return `slower by ${disturbance.mean / 1e6} ± ${disturbance.jitter / 1e6} ms`;
    case 'loss':
      return `${percent(disturbance.share)} lost`;
    case 'duplication':
      return `${percent(disturbance.share)} doubled`;
    case 'reordering':
      return `${percent(disturbance.share)} late by ${disturbance.by / 1e6} ms`;
    case 'bandwidth':
      return `${disturbance.bytesPerSecond} bytes a second`;
    case 'corruption':
      return `${percent(disturbance.share)} altered`;
  }
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
