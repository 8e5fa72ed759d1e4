/** The short version of `soak.ts`. */
import { expect, test } from 'vitest';
import { connectEngine } from '../harness/docker/engine.ts';
import { soak } from './soak.ts';

const engine = connectEngine();

test.each([
  { seed: 0, what: 'of all nemeses' },
  { seed: 1, what: 'of a hurricane' },
])('a random schedule $what leaves nothing behind', async ({ seed }) => {
  const { run, result, left } = await soak(engine, seed, undefined);
  expect(run).toBeDefined();
  expect(result?.struck).toBeGreaterThan(0);
  expect(left).toEqual([]);
});

test('nor does one whose controller is killed while faults stand', async () => {
  const { run, killed, left } = await soak(engine, 2, 6000);
  expect([run === undefined, killed]).toEqual([false, true]);
  expect(left).toEqual([]);
});
