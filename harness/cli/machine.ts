/** Where a run took place: for the last section of the report, so that a finding can be looked at years later. */
import { cpus, totalmem } from 'node:os';

export function describeMachine(version: string, words: readonly string[]): Readonly<Record<string, string>> {
  const processors = cpus();
  return {
    pitchpole: version,
    command: ['pitchpole', ...words].join(' '),
    node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
    processors: `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}
