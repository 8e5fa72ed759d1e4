/**
 * The core of every invalid history that lies beside the repository is minimal, by a brute force that shares nothing with the
 * checker. All of them with `PORCUPINE_RUNS` set; else every twelfth, and no core of a hundred operations and more.
 */
import { checkOperations, verifyCore } from 'porcupine-ts';
import { describe, expect, it } from 'vitest';
import { dataFolder, hasData, samples } from './testing/data-set.ts';

if (!hasData) console.log(`skipped: the cores of other projects' histories, for ${dataFolder.pathname} is missing`);

describe.skipIf(!hasData)('the smallest wrong part of', () => {
  const all = samples().filter(({ expected }) => expected === 'invalid');
  const isDeep = process.env.PORCUPINE_RUNS !== undefined;

  it.each(['etcd', 'kv', 'synthetic-crash', 'knossos'])('%s', (group) => {
    const its = all.filter((sample) => sample.group === group);
    expect(its.length).toBeGreaterThan(2);
    for (const [i, { file, load }] of its.entries()) {
      if (!isDeep && i % 12 !== 0) continue;
      const { model, operations } = load();
      const result = checkOperations(model, operations);
      if (result.verdict !== 'invalid') throw new Error(`${file} is ${result.verdict}`);
      const { core, minimal } = result.counterexample;
      expect([file, minimal]).toEqual([file, true]);
      if (isDeep || core.length < 100) expect([file, verifyCore(model, operations, core)]).toEqual([file, undefined]);
    }
  });
});
