import { describe, expect, test } from 'vitest';
import { event, historyOf, names, note } from './history.fixture.ts';
import { stateMachine } from './state-machine.ts';

const edges = [
  ['Closed', 'Open'],
  ['Open', 'HalfOpen'],
  ['HalfOpen', 'Closed'],
  ['HalfOpen', 'Open'],
] as const;

const move = (from: string, to: string, at: number, instance = 'd1', node = 'c1') =>
  note(node, 'breaker', { from, to, instance }, at);

const check = (events: Parameters<typeof historyOf>[0]['events'] = []) =>
  stateMachine({ event: 'breaker', initial: 'Closed', edges }).check(historyOf({ events }));

test('no move at all is legal', () => {
  expect(check().valid).toBe('valid');
});

test('every edge of the diagram is', () => {
  const events = [
    move('Closed', 'Open', 1),
    move('Open', 'HalfOpen', 2),
    move('HalfOpen', 'Open', 3),
    move('Open', 'HalfOpen', 4),
    move('HalfOpen', 'Closed', 5),
  ];
  const verdict = check(events);
  expect(verdict.valid).toBe('valid');
  expect(verdict.summary).toContain('Open → HalfOpen 2×');
});

describe('convicted', () => {
  test('an edge that the diagram lacks', () => {
    const verdict = check([move('Closed', 'Open', 1), move('Open', 'Closed', 2)]);
    expect(names(verdict)).toEqual(['illegal-transition']);
    expect(verdict.anomalies).toHaveLength(1);
    expect(verdict.anomalies[0]?.because).toContain('c1 d1');
  });

  test('a move that begins where the machine was not', () => {
    expect(check([move('HalfOpen', 'Closed', 1)]).anomalies).toHaveLength(1);
    expect(check([move('Closed', 'Open', 1), move('HalfOpen', 'Closed', 2)]).anomalies).toHaveLength(1);
  });

  test('a note without its fields', () => {
    expect(check([note('c1', 'breaker', null, 1)]).valid).toBe('invalid');
  });
});

describe('acquitted', () => {
  test('machines that move in turn, on one node or on several', () => {
    expect(
      check([move('Closed', 'Open', 1, 'd1'), move('Closed', 'Open', 2, 'd2'), move('Closed', 'Open', 3, 'd1', 'c2')])
        .valid,
    ).toBe('valid');
  });

  test('a restarted node that begins anew, though not its neighbour', () => {
    const events = [move('Closed', 'Open', 1), event('c1', 'started', 2), move('Closed', 'Open', 3)];
    expect(check(events).valid).toBe('valid');
    expect(check([move('Closed', 'Open', 1), event('c2', 'started', 2), move('Closed', 'Open', 3)]).valid).toBe(
      'invalid',
    );
  });

  test('notes of another name', () => {
    expect(check([note('c1', 'leader', { from: 'a', to: 'b' }, 1)]).valid).toBe('valid');
  });
});
