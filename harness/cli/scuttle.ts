/**
 * The second Ctrl-C: whatever this process has made is removed by its label, without mending first. What the engine does
 * not remove in time, the run's agent does once this process is gone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { connectEngine } from '../docker/engine.ts';
import { owner } from '../docker/owner.ts';
import { findLeavings, removeAll } from '../docker/sweep.ts';

const patienceMs = 10_000;

export async function scuttle(): Promise<void> {
  await Promise.race([removeOurs(), pause(patienceMs, undefined, { ref: false })]);
}

async function removeOurs(): Promise<void> {
  const engine = connectEngine();
  const answers = await engine.ping().then(
    () => true,
    () => false,
  );
  // No engine: the run was a simulation.
  if (!answers) return;
  const ours = (await findLeavings(engine)).filter((leaving) => leaving.owner === owner());
  await Promise.all(ours.map(({ run }) => removeAll(engine, run)));
}
