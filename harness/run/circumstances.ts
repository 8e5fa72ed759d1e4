/**
 * What a pattern, a flaw and a twin come to in a given world: the scenario and the variant of one run. Everybody who
 * runs anything asks here, so that a replay is the same run.
 */
import {
  type FailurePattern,
  type FaultRule,
  type Flaw,
  flawOf,
  type Range,
  type Scenario,
  type Target,
  type Weather,
} from '../core/target.ts';
import type { Nanos, Variant, WorldKind } from '../core/types.ts';

export type Twin = 'flawed' | 'fixed';

/** What a person changed for this run, over what the pattern says. */
export interface Overrides extends Partial<Pick<Scenario, 'nodes' | 'duration' | 'rate' | 'concurrency' | 'workload'>> {
  /** This one alone, without options, instead of the scenario's faults. */
  readonly nemesis?: string;
  /** See `RunOptions.stopEarly`. */
  readonly stopEarly?: boolean;
  /** The same as the scenario's faults, instead of them. */
  readonly weather?: readonly Weather[];
}

export function scenarioOf(flaw: Flaw, world: WorldKind, overrides: Overrides = {}): Scenario {
  const { nemesis, weather, stopEarly: _, ...plain } = overrides;
  const planned = { ...flaw.scenario, ...(world === 'docker' ? flaw.inDocker : {}) };
  const scenario = { ...planned, ...plain };
  return {
    ...scenario,
    // Another workload does not know the options of the one that was planned.
    ...(scenario.workload === planned.workload ? {} : { workloadOptions: {} }),
    ...(weather === undefined ? {} : { faults: weather }),
    ...(nemesis === undefined ? {} : { faults: [againAndAgain(nemesis, scenario.duration)] }),
  };
}

/** A strike for a tenth of the time or two, then as long a rest, and so on. */
function againAndAgain(nemesis: string, duration: Nanos): FaultRule {
  const range: Range = [Math.round(duration / 10), Math.round(duration / 5)];
  return { nemesis, first: range, lasts: range, gap: range };
}

/** The flaws of a pattern, and after them its controls, which stand as flaws without switches. */
export const flawsOf = ({ flaws, controls = [] }: FailurePattern): readonly Flaw[] => [
  ...flaws,
  ...controls.map(flawOf),
];

/** The reference, the scenario's settings for both twins, and for the flawed one the flaw's switches. */
export function variantOf(target: Target, flaw: Flaw, scenario: Scenario, twin: Twin): Variant {
  return { ...target.reference, ...scenario.settings, ...(twin === 'flawed' ? flaw.switches : {}) };
}

/** A flaw that expects nothing: only the fixed twin is run. */
export const isControl = (flaw: Flaw): boolean => flaw.expect.length === 0;

/** Seed number `index` of a suite. */
export const seedOf = (baseSeed: number, index: number): number => (baseSeed + index) >>> 0;
