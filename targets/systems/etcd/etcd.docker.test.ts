/** etcd as a user gets it: the whole target, through the suite. */
import { describe, expect, test } from 'vitest';
import { flawsOf, scenarioOf, variantOf } from '../../../harness/run/circumstances.ts';
import { type FullRunResult, runOnce } from '../../../harness/run/run.ts';
import { nemeses } from '../../../nemeses/index.ts';
import { workloads } from '../../../workloads/index.ts';
import { etcd } from './patterns.ts';

async function run(
  patternId: string,
  flawName: string,
  twin: 'flawed' | 'fixed',
  seed: number,
): Promise<FullRunResult> {
  const pattern = etcd.patterns.find(({ id }) => id === patternId);
  const flaw = pattern === undefined ? undefined : flawsOf(pattern).find(({ name }) => name === flawName);
  if (pattern === undefined || flaw === undefined) throw new Error(`there is no ${patternId} ${flawName}`);
  const scenario = scenarioOf(flaw, 'docker');
  const variant = variantOf(etcd, flaw, scenario, twin);
  return runOnce({
    ...{ target: etcd, pattern, flaw, twin, scenario, variant, seed },
    world: 'docker',
    registries: { workloads, nemeses },
  });
}

describe('with one follower isolated', () => {
  test('serializable reads are convicted of stale reads', async () => {
    const { valid, anomalies } = await run('etcd/stale-read', 'serializable-reads', 'flawed', 1);
    expect(valid).toBe('invalid');
    expect(anomalies).toContain('stale-read');
  });

  test('linearizable reads are acquitted', async () => {
    const { valid, anomalies, doubts } = await run('etcd/stale-read', 'serializable-reads', 'fixed', 1);
    expect({ valid, anomalies, doubts }).toEqual({ valid: 'valid', anomalies: [], doubts: [] });
  });
});

test('a long drive under partitions, kills and pauses is linearizable, and every fault struck and healed', async () => {
  const { valid, anomalies, doubts, operations, history } = await run('etcd/split-brain', 'register', 'fixed', 1);
  expect({ valid, anomalies, doubts }).toEqual({ valid: 'valid', anomalies: [], doubts: [] });
  expect(operations).toBeGreaterThan(5000);
  const kinds = new Set(history.faults.map(({ nemesis }) => nemesis));
  expect([...kinds].sort()).toEqual(['kill', 'partition', 'pause']);
  for (const { nemesis, struck, healed } of history.faults) {
    expect(
      [...struck, ...healed].every(({ took }) => took),
      nemesis,
    ).toBe(true);
  }
});

test('sets lose nothing on such a drive', async () => {
  const { valid, doubts, verdicts } = await run('etcd/split-brain', 'set', 'fixed', 1);
  expect({ valid, doubts }).toEqual({ valid: 'valid', doubts: [] });
  expect(verdicts.find(({ checker }) => checker === 'data-loss')?.summary).toMatch(/^\d+ acknowledged, 0 lost/);
});
