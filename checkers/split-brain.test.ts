import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { milliseconds } from '../harness/core/define.ts';
import { event, fault, follows, historyOf, leads, names, note, ok } from './history.fixture.ts';
import { without } from './leadership.ts';
import { splitBrain } from './split-brain.ts';

const header = { facts: { electionTimeoutMs: 300 } };
const check = (parts: Parameters<typeof historyOf>[0], options = {}) =>
  splitBrain(options).check(historyOf({ header, ...parts }));

/** Seen to lead every 50 ms. */
const reign = (node: string, term: number, from: number, until: number) =>
  Array.from({ length: Math.floor((until - from) / 50) + 1 }, (_, i) => leads(node, term, from + i * 50));

test('a history in which nobody was seen to lead is unknown', () => {
  expect(check({}).valid).toBe('unknown');
  expect(check({ observations: [follows('n1', 5)] }).valid).toBe('unknown');
});

describe('two primaries of one term', () => {
  test('are split brain, however far apart they were seen', () => {
    const verdict = check({
      observations: [leads('n1', 4, 10), leads('n2', 4, 9000)],
      operations: [ok('write', 1, null, 10, 12, { node: 'n1' }), ok('write', 2, null, 9000, 9001, { node: 'n2' })],
    });
    expect(names(verdict)).toEqual(['split-brain']);
    // Only what was acknowledged while the node was seen to lead.
    expect(verdict.anomalies[0]?.operations).toEqual([0, 1]);
    expect(verdict.anomalies[0]?.because).toContain('n1');
  });

  test('are found from the nodes’ own word, with no probe at all', () => {
    const verdict = check({ events: [note('n1', 'leader', { term: 4 }, 5), note('n3', 'leader', { term: 4 }, 6)] });
    expect(names(verdict)).toEqual(['split-brain']);
  });

  test('not the same one, seen twice, nor two of different terms', () => {
    expect(
      check({ observations: [leads('n1', 4, 10), leads('n1', 4, 20)], events: [note('n1', 'leader', { term: 4 }, 5)] })
        .valid,
    ).toBe('valid');
    expect(check({ observations: [leads('n1', 4, 10), leads('n2', 5, 20)] }).valid).toBe('valid');
  });

  test('are believed at the second sign only where inspections are not one moment', () => {
    const once = { observations: [...reign('n1', 4, 0, 200), leads('n2', 4, 300)] };
    expect(check(once).valid).toBe('invalid');
    expect(check(once, { signs: 2 }).valid).toBe('valid');
    expect(check({ observations: [...once.observations, leads('n2', 4, 350)] }, { signs: 2 }).valid).toBe('invalid');
  });
});

describe('two primaries at once', () => {
  test('for much longer than an election timeout are convicted', () => {
    const verdict = check({ observations: [...reign('n1', 4, 0, 1500), ...reign('n2', 5, 800, 3000)] });
    expect(names(verdict)).toEqual(['two-primaries']);
    expect(verdict.anomalies[0]?.at).toBe(milliseconds(800));
  });

  test('for about an election timeout are a deposed one that has not noticed', () => {
    expect(check({ observations: [...reign('n1', 4, 0, 1200), ...reign('n2', 5, 800, 3000)] }).valid).toBe('valid');
  });

  test('the last sign of the old one counts, not the lack of a later one', () => {
    expect(
      check({ observations: [...reign('n1', 4, 0, 700), ...reign('n2', 5, 800, 3000), follows('n1', 2900)] }).valid,
    ).toBe('valid');
  });

  test('a paused primary that wakes up deposed is innocent, whoever recorded the pause', () => {
    const observations = [...reign('n1', 4, 0, 500), leads('n1', 4, 2510), ...reign('n2', 5, 900, 3000)];
    expect(check({ observations }).valid).toBe('invalid');
    const events = [event('n1', 'paused', 510), event('n1', 'resumed', 2500)];
    expect(check({ observations, events }).valid).toBe('valid');
    expect(check({ observations, faults: [fault('pause', ['n1'], 510, 2500)] }).valid).toBe('valid');
    // Another node's pause is no excuse.
    expect(check({ observations, faults: [fault('pause', ['n3'], 510, 2500)] }).valid).toBe('invalid');
  });

  test('are not judged where no election timeout is known', () => {
    const observations = [...reign('n1', 4, 0, 5000), ...reign('n2', 5, 800, 5000)];
    const verdict = check({ observations, header: {} });
    expect(verdict.valid).toBe('valid');
    expect(verdict.summary).toContain('overlaps not judged');
    expect(check({ observations, header: {} }, { electionTimeoutMs: 300 }).valid).toBe('invalid');
  });
});

test('time without pauses agrees with counting it tick by tick', () => {
  const span = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }));
  fc.assert(
    fc.property(span, fc.array(span, { maxLength: 5 }), ([a, b], spans) => {
      const from = Math.min(a, b);
      const until = Math.max(a, b);
      let ticks = 0;
      for (let tick = from; tick < until; tick++) {
        if (!spans.some(([start, end]) => start <= tick && tick < end)) ticks++;
      }
      expect(without(from, until, spans)).toBe(ticks);
    }),
  );
});
