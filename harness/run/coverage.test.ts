import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NodeFactory } from '../core/node.ts';
import type { FailurePattern, Target } from '../core/target.ts';
import { addMarks, coverageOf } from './coverage.ts';
import * as registry from './ledger.fixture.ts';
import { ledger, patterns } from './ledger.fixture.ts';
import { createStore } from './store.ts';
import { runSuite } from './suite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pitchpole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Marks each restart of the keeper, and what only the flawed twin does. */
const node: NodeFactory = (environment, variant) => {
  const inner = ledger.node?.(environment, variant) as ReturnType<NodeFactory>;
  return {
    ...inner,
    start() {
      if (environment.disk.read('ledger') !== undefined) environment.mark('restarted');
      if (variant.sync === false) environment.mark('hurried');
      inner.start();
    },
  };
};

const pattern = patterns.find(({ title }) => title === 'reproduced') as FailurePattern;

const run = async (given: Target, all: readonly FailurePattern[] = [pattern]) => {
  const target = { ...given, patterns: all };
  return runSuite({
    ...{ patterns: [{ target, pattern }], world: 'sim', baseSeed: 7, seeds: 4, workers: 0, version: '0' },
    ...{ store: createStore(folder, 'run'), registry: { ...registry, targets: { ledger: target } } },
    ...{ registryUrl: import.meta.url, environment: {} },
  });
};

test('a suite counts the runs of the fixed twin that came by each mark, once each, and the flawed one not at all', async () => {
  const { coverage, findings } = await run({ ...ledger, node, marks: { restarted: 3, hurried: 1, drowned: 1 } });
  expect(findings[0]?.flaws[0]?.flawed?.marks).toEqual(['hurried', 'restarted']);
  expect(coverage).toEqual([
    {
      target: 'ledger',
      marks: [
        { name: 'restarted', runs: 4, wanted: 3 },
        { name: 'hurried', runs: 0, wanted: 1 },
        { name: 'drowned', runs: 0, wanted: 1 },
      ],
    },
  ]);
});

test('where only some of its patterns were run, nothing is demanded', async () => {
  expect((await run({ ...ledger, node, marks: { restarted: 3 } }, patterns)).coverage).toBeUndefined();
});

test('a target that demands nothing, or of which no fixed twin was run, has no coverage', async () => {
  expect((await run({ ...ledger, node })).coverage).toBeUndefined();
  expect(coverageOf([{ ...ledger, marks: { restarted: 1 } }], [])).toEqual([]);
});

test('counts add up by name', () => {
  expect(addMarks({ a: 1, b: 2 }, { b: 3, c: 4 })).toEqual({ a: 1, b: 5, c: 4 });
});
