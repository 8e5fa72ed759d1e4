/** Inside a node's container: which factory is meant is said in the container's settings. */
import type { Target } from '../core/target.ts';
import { readSettings, runNode } from '../docker/entry.ts';

export function startNode(targets: Readonly<Record<string, Target>>): void {
  const settings = readSettings();
  const factory = targets[settings.target]?.node;
  if (factory === undefined) throw new Error(`no mechanism \`${settings.target}\` is in this program`);
  runNode(factory, settings);
}
