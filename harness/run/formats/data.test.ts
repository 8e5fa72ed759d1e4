/**
 * Every history of other projects that lies beside the repository gets the verdict that those projects give it, and the
 * evidence for it holds.
 */
import { checkOperations, verifyLinearization } from 'porcupine-ts';
import { describe, expect, it } from 'vitest';
import { dataFolder, hasData, samples } from './testing/data-set.ts';

if (!hasData) console.log(`skipped: the verdicts of other projects' histories, for ${dataFolder.pathname} is missing`);

describe.skipIf(!hasData)('other projects agree on the verdict of', () => {
  const all = samples();

  it.each(['etcd', 'kv', 'synthetic-crash', 'knossos'])('%s', (group) => {
    const its = all.filter((sample) => sample.group === group);
    expect(its.length).toBeGreaterThan(5);
    for (const { file, expected, load } of its) {
      const { model, operations } = load();
      const result = checkOperations(model, operations);
      expect([file, result.verdict]).toEqual([file, expected]);
      if (result.verdict === 'valid') {
        expect(verifyLinearization(model, operations, result.linearizations)).toBeUndefined();
      } else if (result.verdict === 'invalid') {
        const { stuck, states } = result.counterexample;
        for (const state of states) {
          expect(model.step(state, operations[stuck]?.input, operations[stuck]?.output)).toBeUndefined();
        }
      }
    }
  });
});
