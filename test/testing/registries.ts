/** What the suites of this folder go through: every guest, every twin of every flaw, every nemesis. */

import type { Nemesis } from '../../harness/core/cluster.ts';
import { seconds } from '../../harness/core/define.ts';
import type { FailurePattern, FaultRule, Flaw, Scenario, Target, Workload } from '../../harness/core/target.ts';
import type { Variant } from '../../harness/core/types.ts';
import { type FullRunResult, runOnce } from '../../harness/run/run.ts';
import { nemeses as nemesisMap } from '../../nemeses/index.ts';
import { targets as targetMap } from '../../targets/index.ts';
import { workloads as workloadMap } from '../../workloads/index.ts';

export const targets: Readonly<Record<string, Target>> = targetMap;
export const nemeses: Readonly<Record<string, Nemesis>> = nemesisMap;
export const workloads: Readonly<Record<string, Workload>> = workloadMap;

export interface Twin {
  readonly target: Target;
  readonly pattern: FailurePattern;
  readonly flaw: Flaw;
  readonly twin: 'flawed' | 'fixed';
  readonly variant: Variant;
}

/** Every twin that runs in the simulator. */
export const twins: readonly Twin[] = Object.values(targets).flatMap((target) =>
  target.patterns
    .filter(({ worlds }) => worlds.includes('sim'))
    .flatMap((pattern) =>
      pattern.flaws.flatMap((flaw) => {
        const fixed = { ...target.reference, ...flaw.scenario.settings };
        return [
          { target, pattern, flaw, twin: 'flawed' as const, variant: { ...fixed, ...flaw.switches } },
          { target, pattern, flaw, twin: 'fixed' as const, variant: fixed },
        ];
      }),
    ),
);

/** The lines as they went to the file, and what was made of them. */
export async function runTwin(
  { target, pattern, flaw, twin, variant }: Twin,
  seed: number,
  scenario: Scenario = flaw.scenario,
): Promise<{ lines: string[]; result: FullRunResult }> {
  const lines: string[] = [];
  const result = await runOnce({
    target,
    pattern,
    flaw,
    twin,
    scenario,
    variant,
    seed,
    world: 'sim',
    registries: { workloads, nemeses },
    messages: true,
    sink: (line) => lines.push(line),
  });
  return { lines, result };
}

/** One blow of a nemesis that needs no options, early in a short run. */
export const blow = (nemesis: string): FaultRule => ({
  nemesis,
  first: [seconds(1), seconds(1.5)],
  lasts: [seconds(0.5), seconds(1)],
  times: 1,
});

export const short = (scenario: Scenario, faults: readonly FaultRule[]): Scenario => ({
  ...scenario,
  duration: seconds(4),
  faults,
});
