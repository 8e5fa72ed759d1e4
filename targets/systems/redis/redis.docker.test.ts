/** Redis as a user gets it: the whole target, through a power failure. */
import { expect, test } from 'vitest';
import { scenarioOf, variantOf } from '../../../harness/run/circumstances.ts';
import { runOnce } from '../../../harness/run/run.ts';
import { nemeses } from '../../../nemeses/index.ts';
import { workloads } from '../../../workloads/index.ts';
import { redis } from './patterns.ts';

const [pattern] = redis.patterns;
const [flaw] = pattern.flaws;

function run(twin: 'flawed' | 'fixed') {
  const scenario = scenarioOf(flaw, 'docker');
  const variant = variantOf(redis, flaw, scenario, twin);
  const registries = { workloads, nemeses };
  return runOnce({ target: redis, pattern, flaw, twin, scenario, variant, seed: 1, world: 'docker', registries });
}

test('a power failure loses acknowledged writes with `appendfsync no`', async () => {
  const { valid, anomalies, doubts, verdicts } = await run('flawed');
  expect({ valid, doubts }).toEqual({ valid: 'invalid', doubts: [] });
  expect(anomalies).toContain('lost-write');
  const lost = verdicts.find(({ checker }) => checker === 'data-loss')?.details as { readonly lost: number };
  expect(lost.lost).toBeGreaterThan(100);
});

test('and none with `appendfsync always`', async () => {
  const { valid, anomalies, doubts, history, verdicts } = await run('fixed');
  expect({ valid, anomalies, doubts }).toEqual({ valid: 'valid', anomalies: [], doubts: [] });
  expect(verdicts.find(({ checker }) => checker === 'data-loss')?.summary).toMatch(/^\d+ acknowledged, 0 lost/);
  const [fault] = history.faults;
  const before = history.operations.filter(
    ({ action, completion, returnedAt = Number.POSITIVE_INFINITY }) =>
      action === 'append' && completion.type === 'ok' && returnedAt < (fault?.from ?? 0),
  );
  expect(before.length).toBeGreaterThan(100);
});
