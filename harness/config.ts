/**
 * What `pitchpole.config.ts` may say: guests of one's own, and defaults for the settings of the command line.
 */
import type { Nemesis } from './core/cluster.ts';
import type { Target, Weather, Workload } from './core/target.ts';
import type { WorldKind } from './core/types.ts';

export interface Config {
  /** Systems and mechanisms of one's own; they stand beside those of the house, under their `name`. */
  readonly targets?: readonly Target[];
  readonly workloads?: readonly Workload[];
  readonly nemeses?: readonly Nemesis[];
  /** Defaults for the flags of the same names; times as on the command line, such as `'30s'`. */
  readonly world?: WorldKind;
  readonly grep?: string;
  readonly seed?: number | string;
  readonly seeds?: number;
  readonly duration?: string;
  readonly rate?: number;
  readonly concurrency?: number;
  readonly nodes?: number;
  readonly workload?: string;
  readonly nemesis?: string;
  /** A preset, a file, JSON, or the data itself. */
  readonly weather?: string | readonly Weather[];
  readonly stopEarly?: boolean;
  readonly bin?: string;
  readonly consistency?: string;
  readonly variant?: 'flawed' | 'fixed' | 'both';
  readonly workers?: number;
  readonly bail?: boolean;
  readonly reporter?: string | readonly string[];
  readonly out?: string;
  readonly json?: boolean;
  readonly failOn?: 'unknown';
  readonly keepCluster?: boolean;
}

export const defineConfig = (config: Config): Config => config;
