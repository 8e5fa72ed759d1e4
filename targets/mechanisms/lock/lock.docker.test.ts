/** The lock on containers: what is missing in a flawed twin is missed there too, and only there. */
import { describe, expect, test } from 'vitest';
import { scenarioOf, variantOf } from '../../../harness/run/circumstances.ts';
import { runOnce } from '../../../harness/run/run.ts';
import { nemeses } from '../../../nemeses/index.ts';
import { workloads } from '../../../workloads/index.ts';
import { lock } from './patterns.ts';

const [pattern] = lock.patterns;

function run(flaw: (typeof pattern.flaws)[number], twin: 'flawed' | 'fixed') {
  const scenario = scenarioOf(flaw, 'docker');
  const variant = variantOf(lock, flaw, scenario, twin);
  const registries = { workloads, nemeses };
  return runOnce({ target: lock, pattern, flaw, twin, scenario, variant, seed: 1, world: 'docker', registries });
}

describe.each(pattern.flaws)('$name', (flaw) => {
  test('is convicted as expected', async () => {
    const { valid, anomalies, doubts } = await run(flaw, 'flawed');
    expect({ valid, doubts }).toEqual({ valid: 'invalid', doubts: [] });
    expect(anomalies).toEqual(flaw.expect);
  });

  test('its fixed twin is acquitted, and every fault struck and healed', async () => {
    const { valid, anomalies, doubts, history } = await run(flaw, 'fixed');
    expect({ valid, anomalies, doubts }).toEqual({ valid: 'valid', anomalies: [], doubts: [] });
    expect(history.faults.length).toBeGreaterThan(1);
    const evidence = history.faults.flatMap(({ struck, healed }) => [...struck, ...healed]);
    expect(evidence.filter(({ took }) => !took)).toEqual([]);
  });
});
