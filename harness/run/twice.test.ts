import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NodeFactory } from '../core/node.ts';
import type { Flaw, Target } from '../core/target.ts';
import * as registry from './ledger.fixture.ts';
import { ledger, patternOf, scenario } from './ledger.fixture.ts';
import { runOnce, type WorldFactory } from './run.ts';
import { createStore } from './store.ts';
import { runSuite } from './suite.ts';
import { firstDifference } from './twice.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pitchpole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const flaw: Flaw = {
  name: 'unsynced',
  about: 'acknowledges before the sync',
  switches: { sync: false },
  expect: ['lost-write'],
  scenario: { ...scenario, duration: 1e9, faults: [] },
};
const pattern = patternOf('nondeterministic', flaw);

/** Remembers, outside of itself, how often the target has been run: what a static variable of a library does. */
function forgetNothing(from: number): Target {
  let runs = 0;
  const node: NodeFactory = (environment, variant) => {
    const inner = ledger.node?.(environment, variant) as ReturnType<NodeFactory>;
    return {
      ...inner,
      start() {
        inner.start();
        if (environment.self === 'n2' && ++runs >= from) environment.timers.set('late', 1e8 + 1e6 * runs, () => {});
      },
    };
  };
  return { ...ledger, node, patterns: [pattern] };
}

const suite = (target: Target, seeds: number) =>
  runSuite({
    ...{ patterns: [{ target, pattern }], world: 'sim', twins: 'fixed', baseSeed: 7, seeds },
    ...{ store: createStore(folder, 'run'), registry: { ...registry, targets: { ledger: target } } },
    ...{ registryUrl: import.meta.url, workers: 0, version: '0', environment: {} },
  });

test('a target that is not drawn from the seed is found out, with the event at which two executions part', async () => {
  const { findings } = await suite(forgetNothing(1), 3);
  expect(findings[0]?.status).toBe('crashed');
  expect(findings[0]?.flaws[0]?.because).toMatch(
    /^seed 0x00000007: the fixed twin gave another execution the second time; the first event that differs is number \d+: (?=.*a timer of n2 rang at 0\.10\d+ s).*; then /,
  );
});

test('one seed of twenty is run twice: what begins later is seen at the next of them', async () => {
  // The runs of seeds 7 (twice) to 26 are alike; that of seed 27, the twenty-second run, is not like its second.
  const { findings } = await suite(forgetNothing(23), 25);
  expect(findings[0]?.flaws[0]?.because).toMatch(/^seed 0x0000001b: the fixed twin gave another execution/);
});

test('a deterministic target is not suspected', async () => {
  const run = (createWorld: WorldFactory) =>
    runOnce({
      ...{ target: ledger, scenario: flaw.scenario, variant: ledger.reference, seed: 7, world: 'sim' },
      ...{ registries: registry, createWorld },
    });
  expect(await firstDifference(run)).toMatch(/^5 more pairs of executions were the same/);
  const { findings } = await suite({ ...ledger, patterns: [pattern] }, 3);
  expect(findings[0]?.status).toBe('reproduced');
});

test('a message that differs only in what it says is told as such', async () => {
  let runs = 0;
  const difference = await firstDifference((createWorld) => {
    runs++;
    const node: NodeFactory = (environment, variant) => {
      const inner = ledger.node?.(environment, variant) as ReturnType<NodeFactory>;
      const start = (): void => environment.network.send('n1', { type: 'answer', ticket: runs, content: null });
      return { ...inner, ...(environment.self === 'n2' ? { start } : {}) };
    };
    return runOnce({
      ...{ target: { ...ledger, node }, scenario: flaw.scenario, variant: {}, seed: 7, world: 'sim' },
      ...{ registries: registry, createWorld },
    });
  });
  expect(difference).toMatch(/a message of n2 reached n1 at 0\.00\d+ s, with other content$/);
});
