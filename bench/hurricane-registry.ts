/**
 * What the workers of `bench/hurricane.ts` import: consensus with one more pattern, whose controls drive the reference
 * through a hurricane. It stands here and not with the target, because a suite of everything need not take this long.
 */
import { progress } from '../checkers/progress.ts';
import { definePattern, seconds } from '../harness/core/define.ts';
import type { Control, Target } from '../harness/core/target.ts';
import { presets } from '../nemeses/presets.ts';
import { common } from '../targets/mechanisms/consensus/patterns/scenario.ts';
import { consensus } from '../targets/mechanisms/consensus/patterns.ts';

export { nemeses } from '../nemeses/index.ts';
export { workloads } from '../workloads/index.ts';

const through = (workload: string): Control => ({
  name: workload,
  about: `ten seconds of hurricane under the workload ${workload}, then three in which a majority must serve`,
  scenario: {
    ...{ ...common, workload, duration: seconds(10), faults: presets.hurricane },
    ...{ liveness: { within: seconds(3) }, checkers: [...common.checkers, progress()] },
  },
});

export const hurricane = definePattern({
  id: 'consensus/hurricane',
  title: 'Everything at once',
  card: { section: 'not of the document', symptoms: 'None: nothing is wrong with it.' },
  worlds: ['sim'],
  flaws: [],
  controls: [through('register'), through('append')],
});

const target: Target = { ...consensus, patterns: [...consensus.patterns, hurricane] };

export const targets = { consensus: target };
