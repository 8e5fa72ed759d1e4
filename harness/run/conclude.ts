/**
 * What the runs of two twins come to: one status and one sentence. Pure, so that every status can be tested without
 * running anything.
 *
 * The one surprise: a signal that fires in the healthy twin makes the pattern not-reproduced, and not regressed: what was
 * guaranteed held, but the document's detection line did not tell the ill from the healthy.
 */

import { type FindingStatus, type RunResult, worstStatus } from '../core/finding.ts';
import { seedText } from '../core/random.ts';
import type { Flaw } from '../core/target.ts';
import { isControl } from './circumstances.ts';
import { classify } from './task.ts';

/** What is known of one flaw when its runs are done. */
export interface Evidence {
  /** The flawed run that says most: convicted with a signal, else convicted, else the last. Absent where it was not run. */
  readonly flawed?: RunResult;
  readonly flawedTried: number;
  readonly fixedTried: number;
  /** Fixed runs that were convicted, could not be judged, or set the signal off. */
  readonly convicted: readonly RunResult[];
  readonly unknown: readonly RunResult[];
  readonly alarmed: readonly RunResult[];
  /** What broke, as a sentence. */
  readonly crashed?: string;
  readonly interrupted: boolean;
}

export interface Conclusion {
  readonly status: FindingStatus;
  readonly because: string;
}

/** The worst that can be said, with its reason; among equals the first in the order of the story. */
export function conclude(flaw: Flaw, evidence: Evidence): Conclusion {
  const all = [...reasons(flaw, evidence)];
  const status = worstStatus(all.map((reason) => reason.status));
  return all.find((reason) => reason.status === status) ?? { status, because: praise(flaw, evidence) };
}

function* reasons(flaw: Flaw, evidence: Evidence): Iterable<Conclusion> {
  const { flawed, flawedTried, fixedTried, convicted, unknown, alarmed, crashed, interrupted } = evidence;
  if (crashed !== undefined) yield { status: 'crashed', because: crashed };
  const [first] = convicted;
  if (first !== undefined) {
    const where = `on ${convicted.length} of ${seeds(fixedTried)}, first ${seedText(first.seed)}`;
    yield { status: 'regressed', because: `the fixed twin was convicted of ${first.anomalies.join(', ')} ${where}` };
  }
  // The seeds that were not tried might have shown it.
  if (flawed !== undefined && !interrupted) yield* reasonsOf(flaw, flawed, flawedTried);
  const [alarm] = alarmed;
  if (alarm !== undefined) {
    const where = `on ${alarmed.length} of ${seeds(fixedTried)}, first ${seedText(alarm.seed)}: ${alarm.signal?.because}`;
    yield {
      status: 'not-reproduced',
      because: `the signal "${flaw.signal?.name}" fired in the fixed twin too, ${where}`,
    };
  }
  if (interrupted) yield { status: 'unknown', because: 'interrupted before all seeds were tried' };
  const [unsure] = unknown;
  if (unsure !== undefined) {
    const where = `on ${unknown.length} of ${seeds(fixedTried)}, first ${seedText(unsure.seed)}`;
    yield { status: 'unknown', because: `the fixed twin could not be judged ${where}: ${doubtOf(unsure)}` };
  }
}

function* reasonsOf(flaw: Flaw, flawed: RunResult, tried: number): Iterable<Conclusion> {
  const expected = flaw.expect.join(' or ');
  switch (classify(flawed, flaw)) {
    case 'found':
      return;
    case 'silent':
      yield {
        status: 'not-reproduced',
        because: `the flawed twin was convicted of ${flawed.anomalies.join(', ')}, but the signal "${flaw.signal?.name}" stayed silent (${seeds(tried)} tried)`,
      };
      return;
    case 'other':
      yield {
        status: 'not-reproduced',
        because: `the flawed twin was convicted of ${flawed.anomalies.join(', ')}, not of ${expected} (${seeds(tried)} tried)`,
      };
      return;
    case undefined: {
      const doubt = flawed.valid === 'unknown' ? `; the last run could not be judged: ${doubtOf(flawed)}` : '';
      yield {
        status: 'not-reproduced',
        because: `the flawed twin was not convicted of ${expected} in ${seeds(tried)}${doubt}`,
      };
    }
  }
}

/** Why a run is neither valid nor invalid. */
const doubtOf = ({ doubts, verdicts }: RunResult): string =>
  doubts[0] ?? verdicts.find(({ valid }) => valid === 'unknown')?.summary ?? 'no reason was kept';

function praise(flaw: Flaw, { flawed, fixedTried }: Evidence): string {
  const acquitted =
    fixedTried === 0 ? 'the fixed twin was not run' : `the fixed twin was acquitted on ${seeds(fixedTried)}`;
  if (isControl(flaw)) return acquitted;
  if (flawed === undefined) return `${acquitted}; the flawed twin was not run`;
  return `without this prevention ${flawed.anomalies.join(', ')} at seed ${seedText(flawed.seed)}; ${acquitted}`;
}

const seeds = (count: number): string => `${count} ${count === 1 ? 'seed' : 'seeds'}`;
