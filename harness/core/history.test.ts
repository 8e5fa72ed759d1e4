import { describe, expect, it } from 'vitest';
import { createBuilder, createRecorder, type HistoryLine, linesOf } from './history.ts';
import type { HistoryHeader } from './types.ts';

const header: HistoryHeader = {
  pitchpole: 1,
  target: 'toy',
  world: 'sim',
  seed: 7,
  variant: {},
  nodes: ['n1', 'n2'],
  concurrency: 2,
  workload: 'register',
  schedule: [],
};

const rebuild = (lines: Iterable<string>): ReturnType<ReturnType<typeof createBuilder>['history']> => {
  const builder = createBuilder(header);
  for (const line of lines) builder.add(JSON.parse(line) as HistoryLine);
  return builder.history();
};

describe('a history', () => {
  it('is the same in memory and read back from its lines', () => {
    const lines: string[] = [];
    const recorder = createRecorder(header, (line) => lines.push(line));
    const write = recorder.invoke({ action: 'write', input: 1, key: 'k0' }, 0, 'n1', 10, 'main');
    const fault = recorder.strike({
      nemesis: 'partition',
      options: { shape: 'halves' },
      nodes: ['n1'],
      what: '{n1} | {n2}',
      from: 12,
      struck: [{ took: true, how: 'n1 → n2: 0 of 3 probes answered' }],
    });
    recorder.complete(write, { type: 'ok', output: null }, 20);
    recorder.observe({ at: 21, node: 'n1', state: { role: 'leader' }, metrics: {}, leads: { term: 1 } });
    recorder.event({ at: 22, node: 'n2', kind: 'crashed', name: 'TypeError: no' });
    recorder.heal(fault, 30, [{ took: true, how: 'n1 → n2: 3 of 3' }]);
    const history = recorder.end(40);
    expect(rebuild(lines)).toEqual(history);
    expect(rebuild(linesOf(history))).toEqual(history);
    expect(history.complete).toBe(true);
  });

  it('keeps an operation open when the controller died before it returned', () => {
    const lines: string[] = [];
    createRecorder(header, (line) => lines.push(line)).invoke({ action: 'read', input: null }, 1, 'n2', 5, 'main');
    const history = rebuild(lines);
    expect(history.complete).toBe(false);
    expect(history.operations[0]?.completion.type).toBe('info');
    expect(history.operations[0]?.returnedAt).toBeUndefined();
  });

  it('refuses a return without an invocation', () => {
    const builder = createBuilder(header);
    expect(() => builder.add({ t: 'return', index: 3, at: 1, completion: { type: 'ok', output: 1 } })).toThrow('3');
  });
});
