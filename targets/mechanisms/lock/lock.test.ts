import { describe, expect, test } from 'vitest';
import type { FailurePattern } from '../../../harness/core/target.ts';
import type { Fault, Json } from '../../../harness/core/types.ts';
import { flawsOf, scenarioOf, variantOf } from '../../../harness/run/circumstances.ts';
import { runOnce } from '../../../harness/run/run.ts';
import { nemeses } from '../../../nemeses/index.ts';
import { workloads } from '../../../workloads/index.ts';
import { lock } from './patterns.ts';

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

const patterns: readonly FailurePattern[] = lock.patterns;

function run(flawName: string, twin: 'flawed' | 'fixed', seed: number) {
  const pattern = patterns.find((one) => flawsOf(one).some(({ name }) => name === flawName));
  const flaw = pattern && flawsOf(pattern).find(({ name }) => name === flawName);
  if (pattern === undefined || flaw === undefined) throw new Error(`there is no flaw ${flawName}`);
  const scenario = scenarioOf(flaw, 'sim');
  const variant = variantOf(lock, flaw, scenario, twin);
  const registries = { workloads, nemeses };
  return runOnce({ target: lock, pattern, flaw, twin, scenario, variant, seed, world: 'sim', registries });
}

describe.each(patterns.flatMap(({ flaws }) => flaws))('$name', (flaw) => {
  test.each(seeds)('is convicted as expected on seed %i', async (seed) => {
    const { valid, anomalies } = await run(flaw.name, 'flawed', seed);
    expect(valid).toBe('invalid');
    expect(anomalies).toEqual(flaw.expect);
  });

  test.each(seeds)('its fixed twin is acquitted of seed %i', async (seed) => {
    const { valid, doubts, verdicts, history } = await run(flaw.name, 'fixed', seed);
    expect(verdicts.filter(({ valid: one }) => one !== 'valid')).toEqual([]);
    expect({ valid, doubts }).toEqual({ valid: 'valid', doubts: [] });
    expect(history.operations.filter(({ completion }) => completion.type === 'ok').length).toBeGreaterThan(30);
  });
});

test('the holder is the one that is paused, and its late write is refused for its token', async () => {
  const refused: string[] = [];
  for (const seed of seeds) {
    const { history } = await run('no-fencing', 'fixed', seed);
    const paused = new Set(history.faults.flatMap(({ nodes }: Fault) => nodes));
    expect([...paused].filter((node) => !node.startsWith('h'))).toEqual([]);
    for (const { action, completion } of history.operations) {
      if (action === 'write' && completion.type === 'fail' && completion.error.includes('refused'))
        refused.push(completion.error);
    }
  }
  expect(refused.length).toBeGreaterThan(seeds.length);
  expect(refused[0]).toMatch(/^token \d+ was refused: \d+ has been seen$/);
});

test('leases run out although the clock of the lock is bent', async () => {
  const { history } = await run('wall-clock-leases', 'fixed', 1);
  const notes = history.events.filter(({ node }) => node === 'l1').map(({ name }) => name);
  expect(notes.filter((name) => name === 'granted').length).toBeGreaterThan(15);
});

test.each(seeds)(
  'the reference is acquitted of everything at once on seed %i, and goes on after restarts',
  async (seed) => {
    const { valid, doubts, verdicts, history } = await run('weather', 'fixed', seed);
    expect(verdicts.filter(({ valid: one }) => one !== 'valid')).toEqual([]);
    expect({ valid, doubts }).toEqual({ valid: 'valid', doubts: [] });
    const tokens = history.events.filter(({ name }) => name === 'granted').map(({ data }) => (data as Granted).token);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(tokens.length).toBeGreaterThan(10);
  },
);

interface Granted {
  readonly [field: string]: Json;
  readonly token: number;
}

test('one node locks, one is guarded, all others hold', () => {
  expect(lock.roles(5)).toEqual({ l1: 'lock', r1: 'resource', h1: 'holder', h2: 'holder', h3: 'holder' });
  expect(lock.roles(1)).toEqual({ l1: 'lock', r1: 'resource', h1: 'holder' });
});
