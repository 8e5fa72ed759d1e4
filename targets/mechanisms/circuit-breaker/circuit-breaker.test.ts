import { describe, expect, test } from 'vitest';
import type { Json } from '../../../harness/core/types.ts';
import { runOnce } from '../../../harness/run/run.ts';
import { nemeses } from '../../../nemeses/index.ts';
import { workloads } from '../../../workloads/index.ts';
import { circuitBreaker } from './patterns.ts';

const [pattern] = circuitBreaker.patterns;
const seeds = [1, 2, 3, 4, 5];

const run = (flaw: (typeof pattern.flaws)[number], flawed: boolean, seed: number) =>
  runOnce({
    target: circuitBreaker,
    pattern,
    flaw,
    twin: flawed ? 'flawed' : 'fixed',
    scenario: flaw.scenario,
    variant: { ...circuitBreaker.reference, ...flaw.scenario.settings, ...(flawed ? flaw.switches : {}) },
    seed,
    world: 'sim',
    registries: { workloads, nemeses },
  });

describe.each(pattern.flaws)('$name', (flaw) => {
  test.each(seeds)('is convicted as expected, and its signal fires, on seed %i', async (seed) => {
    const { valid, anomalies, signal } = await run(flaw, true, seed);
    expect(valid).toBe('invalid');
    expect(anomalies).toEqual(expect.arrayContaining([...flaw.expect]));
    expect(signal?.because).toBeTruthy();
  });

  test.each(seeds)('its fixed twin is acquitted in silence, having opened and closed, on seed %i', async (seed) => {
    const { verdicts, valid, signal, history } = await run(flaw, false, seed);
    expect(verdicts.filter(({ valid: one }) => one !== 'valid')).toEqual([]);
    expect(valid).toBe('valid');
    expect(signal).toBeUndefined();
    const edges = new Set(
      history.events.filter(({ name }) => name === 'breaker').map(({ data }) => edgeOf(data ?? null)),
    );
    expect(edges).toContain('Closed → Open');
    expect(edges).toContain('HalfOpen → Closed');
  });
});

const edgeOf = (data: Json): string => {
  const { from, to } = data as { readonly from: string; readonly to: string };
  return `${from} → ${to}`;
};

test('the same seed gives the same history', async () => {
  const [flaw] = pattern.flaws;
  const hashes = await Promise.all([1, 2].map(async () => (await run(flaw, true, 42)).hash));
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).toBeTruthy();
});

test('half of the nodes call, the other half is called', () => {
  expect(circuitBreaker.roles(4)).toEqual({ c1: 'caller', c2: 'caller', d1: 'dependency', d2: 'dependency' });
  expect(circuitBreaker.roles(5)).toEqual({
    c1: 'caller',
    c2: 'caller',
    d1: 'dependency',
    d2: 'dependency',
    d3: 'dependency',
  });
  expect(circuitBreaker.roles(2)).toEqual({ c1: 'caller', d1: 'dependency' });
});
