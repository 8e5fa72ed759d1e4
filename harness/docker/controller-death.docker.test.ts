import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { connectEngine, partLabel, runLabel } from './engine.ts';
import { findLeavings, sweep } from './sweep.ts';
import { leavingsOf } from './testing/leavings.ts';

const engine = connectEngine();
const program = fileURLToPath(new URL('./testing/doomed-controller.ts', import.meta.url));
let controller: ChildProcess | undefined;

afterEach(() => {
  controller?.kill('SIGKILL');
});

/** A controller in mid-fault: cut, pause, bent clock and kill all stand. */
async function doomed(): Promise<{ child: ChildProcess; run: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  controller = child;
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { run } = JSON.parse(line) as { run: string };
  const left = await leavingsOf(engine, run);
  // Four nodes and the agent; the network; four disks, as volumes and as loop devices.
  expect(left).toHaveLength(5 + 1 + 4 + 4);
  return { child, run };
}

const nothingLeftOf = async (run: string, withinMs: number): Promise<void> => {
  await expect.poll(() => leavingsOf(engine, run), { timeout: withinMs, interval: 250 }).toEqual([]);
};

describe('within 30 s everything of a run is healed and removed', () => {
  test('when its controller is killed in mid-fault', async () => {
    const { child, run } = await doomed();
    child.kill('SIGKILL');
    await nothingLeftOf(run, 30_000);
  });

  test('when its controller only falls silent, with its end of the line still open', async () => {
    const { child, run } = await doomed();
    child.kill('SIGSTOP');
    await nothingLeftOf(run, 30_000);
  });
});

describe('a sweep', () => {
  test('leaves a living run alone, and what a dead one left when its agent died too, it removes', async () => {
    const { child, run } = await doomed();
    expect((await findLeavings(engine)).find((leaving) => leaving.run === run)?.state).toBe('alive');
    await sweep(engine);
    expect(await leavingsOf(engine, run)).toHaveLength(14);

    // First the agent, so that nobody mends; then its controller.
    const filters = { label: [`${runLabel}=${run}`, `${partLabel}=agent`] };
    const [agent] = await engine.listContainers({ filters });
    await engine.getContainer(agent?.Id ?? '').kill();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await findLeavings(engine)).find((leaving) => leaving.run === run)?.state).toBe('dead');
    await sweep(engine);
    expect(await leavingsOf(engine, run)).toEqual([]);
  });
});
