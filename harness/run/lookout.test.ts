import { describe, expect, it } from 'vitest';
import { linearizable } from '../../checkers/linearizable.ts';
import { createRecorder } from '../core/history.ts';
import type { HistoryHeader } from '../core/types.ts';
import type { Checker } from '../core/verdict.ts';
import { createLookout } from './lookout.ts';

const header: HistoryHeader = {
  pitchpole: 1,
  target: 'none',
  world: 'sim',
  seed: 1,
  variant: {},
  nodes: ['n1'],
  concurrency: 1,
  workload: 'none',
  model: 'register',
  schedule: [],
};

function lookingOn(checker: Checker = linearizable()) {
  const lookout = createLookout(createRecorder(header), [checker]);
  const { recorder } = lookout;
  let now = 0;
  const operation = (action: string, key: string, value: number | null): string | undefined => {
    const input = action === 'read' ? null : value;
    const index = recorder.invoke({ action, input, key }, 0, 'n1', now++, 'main');
    recorder.complete(index, { type: 'ok', output: action === 'read' ? value : null }, now++);
    return lookout.convicted();
  };
  return { operation, lookout, end: () => recorder.end(now) };
}

describe('a lookout', () => {
  it('convicts a return that nothing explains as soon as time goes on, and says who and what', () => {
    const { operation } = lookingOn();
    expect(operation('write', 'a', 1)).toBeUndefined();
    expect(operation('read', 'a', 1)).toBeUndefined();
    expect(operation('write', 'a', 2)).toBeUndefined();
    operation('read', 'a', 1);
    expect(operation('read', 'a', 2)).toMatch(/^linearizable: a: read\(\) → 1/);
  });

  it('keeps keys apart', () => {
    const { operation } = lookingOn();
    operation('write', 'a', 1);
    expect(operation('read', 'b', null)).toBeUndefined();
    operation('read', 'b', 1);
    operation('read', 'a', 1);
    expect(operation('read', 'b', 1)).toMatch(/^linearizable: b: /);
  });

  it('stays with its first conviction, and records all the same', () => {
    const { operation, end } = lookingOn();
    operation('read', 'a', 7);
    const first = operation('read', 'a', 7);
    expect(first).toMatch(/^linearizable: a: /);
    expect(operation('read', 'b', 8)).toBe(first);
    expect(end().operations).toHaveLength(3);
  });

  it('has nothing to say of a checker that needs the whole history', () => {
    const { operation } = lookingOn({ name: 'late', check: linearizable().check });
    operation('read', 'a', 7);
    expect(operation('read', 'a', 7)).toBeUndefined();
  });
});
