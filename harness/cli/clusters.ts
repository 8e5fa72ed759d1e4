/**
 * Worlds of containers, as the command line wants them: with the config file's own mechanisms on board, with disks whose
 * power can be cut where the schedule asks for it, and left standing where the person asked for that.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownDiskNeeded } from '../docker/cluster.ts';
import { connectEngine, requireEngine } from '../docker/engine.ts';
import { removeAll } from '../docker/sweep.ts';
import { createDockerWorld } from '../docker/world.ts';
import type { WorldFactory } from '../run/run.ts';
import type { House } from './lookup.ts';

export interface Clusters {
  readonly createWorld: WorldFactory;
  /** For the report. */
  readonly environment: Readonly<Record<string, string>>;
  /** The run whose containers still stand; only with `keep`. */
  kept(): string | undefined;
  close(): Promise<void>;
}

/** @throws HarnessError `missing` where no engine answers: before anything else is begun. */
export async function openClusters(house: House, keep: boolean, progress: (text: string) => void): Promise<Clusters> {
  const engine = connectEngine();
  const { version, apiVersion } = await requireEngine(engine);
  const { nemeses } = house.registry;
  const own = house.config.targets ?? [];
  const entry = house.configFile === undefined || own.length === 0 ? undefined : writeEntry(house.configFile);
  let standing: string | undefined;
  const removeStanding = async (): Promise<void> => {
    const run = standing;
    standing = undefined;
    if (run !== undefined) await removeAll(engine, run);
  };
  return {
    environment: { docker: `${version} (API ${apiVersion})` },
    async createWorld(options) {
      await removeStanding();
      const { schedule } = options.recorder.header;
      const world = await createDockerWorld({
        ...options,
        engine,
        progress,
        keep,
        powerCuttable: schedule.some(({ nemesis }) =>
          ownDiskNeeded.some((need) => nemeses[nemesis]?.needs.includes(need)),
        ),
        ...(entry !== undefined && own.some(({ name }) => name === options.target.name) ? { entry: entry.file } : {}),
      });
      if (keep) standing = world.runId;
      return world;
    },
    kept: () => standing,
    async close() {
      await removeStanding();
      entry?.remove();
    },
  };
}

/** A program for containers that knows the config file's targets; the bundler takes it from there. */
function writeEntry(configFile: string): { file: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'pitchpole-entry-'));
  const file = join(folder, 'entry.mjs');
  const start = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './start-node.ts' : './start-node.js', import.meta.url),
  );
  writeFileSync(
    file,
    `import config from ${JSON.stringify(configFile)};
import { startNode } from ${JSON.stringify(start)};
startNode(Object.fromEntries((config.targets ?? []).map((target) => [target.name, target])));
`,
  );
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
