/**
 * Everything that can be named on the command line. The house's own maps, and what the config file adds.
 *
 * The surprise: the config file is part of the module's address (`registry.js?config=…`). So a worker thread that
 * imports the same address sees the same guests, without a function ever crossing a thread.
 */
import { checkers } from '../../checkers/index.ts';
import { nemeses as houseNemeses } from '../../nemeses/index.ts';
import { targets as houseTargets } from '../../targets/index.ts';
import { workloads as houseWorkloads } from '../../workloads/index.ts';
import type { Config } from '../config.ts';
import type { Nemesis } from '../core/cluster.ts';
import type { Target, Workload } from '../core/target.ts';
import { loadConfig } from './config.ts';

export interface Registry {
  readonly targets: Readonly<Record<string, Target>>;
  readonly workloads: Readonly<Record<string, Workload>>;
  readonly nemeses: Readonly<Record<string, Nemesis>>;
  readonly checkers: typeof checkers;
}

/** The house's own, and beside them what the config file brings. */
export const registryOf = (config: Config): Registry => ({
  targets: { ...houseTargets, ...byName(config.targets) },
  workloads: { ...houseWorkloads, ...byName(config.workloads) },
  nemeses: { ...houseNemeses, ...byName(config.nemeses) },
  checkers,
});

/** The address of this module for a worker thread that shall know the config file too. */
export function registryUrl(configFile: string | undefined): string {
  const address = new URL(import.meta.url);
  address.search = '';
  if (configFile !== undefined) address.searchParams.set('config', configFile);
  return address.href;
}

const file = new URL(import.meta.url).searchParams.get('config');

export const { targets, workloads, nemeses } = registryOf(file === null ? {} : await loadConfig(file));

function byName<T extends { readonly name: string }>(items: readonly T[] = []): Record<string, T> {
  return Object.fromEntries(items.map((item) => [item.name, item]));
}
