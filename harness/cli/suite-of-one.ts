/** One run as the reports want it: a suite of one pattern, one flaw and one run. For `replay` and `shrink`. */
import type { Finding, FindingStatus, RunResult, ShrunkRun, SuiteResult } from '../core/finding.ts';
import type { Flaw } from '../core/target.ts';
import type { Twin } from '../run/circumstances.ts';
import type { Chosen } from './lookup.ts';
import { describeMachine } from './machine.ts';

export function suiteOfOne(told: {
  readonly version: string;
  readonly chosen: Chosen;
  readonly flaw: Flaw;
  readonly twin: Twin;
  readonly run: RunResult;
  readonly shrunk?: ShrunkRun;
  readonly id: string;
  readonly interrupted: boolean;
  /** What a person changed, as flags. */
  readonly changes: readonly string[];
  /** The command that made it, word by word. */
  readonly command: readonly string[];
  /** What came of it, where there is more to say than the verdict. */
  readonly because?: string;
  /** Beside the machine, for the report's last section. */
  readonly environment?: Readonly<Record<string, string>>;
}): SuiteResult {
  const { version, flaw, twin, run, id, interrupted, changes } = told;
  const { target, pattern } = told.chosen;
  const asExpected = codeOf(run, twin, flaw) === 0;
  const failed: FindingStatus = twin === 'fixed' ? 'regressed' : 'not-reproduced';
  const status: FindingStatus = run.valid === 'unknown' ? 'unknown' : asExpected ? 'reproduced' : failed;
  const seeds = (wanted: Twin): number => (twin === wanted ? 1 : 0);
  const finding: Finding = {
    pattern,
    target: target.name,
    world: run.history?.header.world ?? 'sim',
    status,
    milliseconds: run.milliseconds,
    ...(changes.length === 0 ? {} : { flags: changes }),
    flaws: [
      {
        flaw,
        status,
        because:
          told.because ??
          `one run of the ${twin} twin alone: ${run.valid}${run.anomalies.length > 0 ? `, ${run.anomalies.join(', ')}` : ''}`,
        ...(twin === 'flawed' ? { flawed: run } : { fixed: run }),
        ...(told.shrunk === undefined ? {} : { shrunk: told.shrunk }),
        flawedTried: seeds('flawed'),
        fixedTried: seeds('fixed'),
        fixedConvicted: twin === 'fixed' && run.valid === 'invalid' ? [run.seed] : [],
        fixedUnknown: twin === 'fixed' && run.valid === 'unknown' ? 1 : 0,
        operations: run.operations,
        faults: run.faults,
      },
    ],
  };
  return {
    ...{ id, version, world: finding.world, baseSeed: run.seed, seeds: 1, findings: [finding], interrupted },
    milliseconds: run.milliseconds,
    environment: { ...describeMachine(version, told.command), ...told.environment },
  };
}

/** As expected is 0: the flawed twin convicted, the fixed one acquitted. */
export function codeOf({ valid, anomalies }: RunResult, twin: Twin, { expect }: Flaw): number {
  if (twin === 'fixed') return valid === 'invalid' ? 1 : 0;
  return anomalies.some((name) => expect.includes(name)) ? 0 : 1;
}
