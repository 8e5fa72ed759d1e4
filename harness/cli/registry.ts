/**
 * Everything that can be named on the command line. The house's own maps, and what the config file adds.
 *
 * The surprise: the config file is part of the module's address (`registry.js?config=…`). So a worker thread that
 * imports the same address sees the same guests, without a function ever crossing a thread.
 */
import { checkers as houseCheckers } from '../../checkers/index.ts';
import { nemeses as houseNemeses } from '../../nemeses/index.ts';
import { targets as houseTargets } from '../../targets/index.ts';
import { workloads as houseWorkloads } from '../../workloads/index.ts';
import type { Nemesis } from '../core/cluster.ts';
import type { Target, Workload } from '../core/target.ts';
import { loadConfig } from './config.ts';

const file = new URL(import.meta.url).searchParams.get('config');
const own = file === null ? {} : await loadConfig(file);

export const targets: Readonly<Record<string, Target>> = { ...houseTargets, ...byName(own.targets) };
export const workloads: Readonly<Record<string, Workload>> = { ...houseWorkloads, ...byName(own.workloads) };
export const nemeses: Readonly<Record<string, Nemesis>> = { ...houseNemeses, ...byName(own.nemeses) };
export const checkers = houseCheckers;

function byName<T extends { readonly name: string }>(items: readonly T[] = []): Record<string, T> {
  return Object.fromEntries(items.map((item) => [item.name, item]));
}
