/** What the engine and the kernel still have of a run, for tests that want nothing left. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Engine, runLabel } from '../engine.ts';

export async function leavingsOf(engine: Engine, run: string): Promise<string[]> {
  const filters = { label: [`${runLabel}=${run}`] };
  const [containers, networks, volumes] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  return [
    ...containers.map(({ Names }) => `container ${Names[0]}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...(volumes.Volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ...loopDevices(run),
  ];
}

/** Loop devices whose image bears the run's name. */
function loopDevices(run: string): string[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .flatMap((name) => {
      try {
        const file = readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8');
        return file.includes(`pitchpole-${run}-`) ? [`/dev/${name}`] : [];
      } catch {
        return [];
      }
    });
}
