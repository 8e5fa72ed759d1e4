import { describe, expect, test } from 'vitest';
import { type Draft, fail, historyOf, info, names, ok } from './history.fixture.ts';
import { kafka } from './kafka.ts';

const check = (...operations: readonly Draft[]) => kafka().check(historyOf({ operations }));
const send = (value: number, offset: number, at: number, process = 0): Draft =>
  ok('send', value, offset, at, at + 5, { key: 'a', process });
const poll = (pairs: readonly (readonly [number, number])[], at: number, process = 1): Draft =>
  ok('poll', ['a'], { a: pairs }, at, at + 5, { process });
const scan = (pairs: readonly (readonly [number, number])[], from = 0): Draft =>
  ok('poll', { a: from }, { a: pairs }, 900, 910, { phase: 'final', process: 9 });
const assign = (start: number, at: number, process = 1): Draft =>
  ok('assign', ['a'], { a: start }, at, at + 5, { process });

test('a log that was read in its order, to its end, is valid', () => {
  const verdict = check(
    send(10, 0, 0),
    send(11, 1, 10),
    poll([[0, 10]], 20),
    poll([[1, 11]], 30),
    scan([
      [0, 10],
      [1, 11],
    ]),
  );
  expect(verdict.valid).toBe('valid');
});

test('offsets may be sparse, and sends of unknown outcome may be there', () => {
  const unsure = info('send', 12, 15, 20, { key: 'a', process: 3 });
  const verdict = check(
    send(10, 0, 0),
    unsure,
    send(11, 7, 30),
    scan([
      [0, 10],
      [4, 12],
      [7, 11],
    ]),
  );
  expect(verdict.valid).toBe('valid');
});

describe('lost', () => {
  test('acknowledged, never polled, and somebody polled behind it', () => {
    const verdict = check(send(10, 0, 0), send(11, 1, 10), poll([[1, 11]], 20));
    expect(names(verdict)).toEqual(['lost-write']);
  });

  test('not known while nobody polled behind it: then nothing is known at all', () => {
    expect(check(send(10, 0, 0), send(11, 1, 10), scan([[0, 10]])).valid).toBe('unknown');
  });

  test('nothing was acknowledged, so nothing was shown', () => {
    expect(check(info('send', 1, 0, 5, { key: 'a' })).valid).toBe('unknown');
  });
});

describe('what stands where', () => {
  test('one offset with two messages', () => {
    const verdict = check(send(10, 0, 0), poll([[0, 11]], 20), send(11, 0, 0, 2));
    expect(names(verdict)).toContain('inconsistent-offsets');
  });

  test('one message at two offsets', () => {
    const verdict = check(
      send(10, 0, 0),
      scan([
        [0, 10],
        [1, 10],
      ]),
    );
    expect(names(verdict)).toEqual(['duplicate-write']);
  });

  test('a message that nobody sent, or whose send was refused', () => {
    expect(
      names(
        check(
          send(10, 0, 0),
          scan([
            [0, 10],
            [1, 99],
          ]),
        ),
      ),
    ).toEqual(['phantom-read']);
    const refused = fail('send', 11, 10, 15, { key: 'a' });
    expect(
      names(
        check(
          send(10, 0, 0),
          refused,
          scan([
            [0, 10],
            [1, 11],
          ]),
        ),
      ),
    ).toEqual(['aborted-read']);
  });
});

describe('the way of one client', () => {
  const sent = [send(10, 0, 0), send(11, 1, 10), send(12, 2, 20)];
  const all = scan([
    [0, 10],
    [1, 11],
    [2, 12],
  ]);

  test('may not go back between two polls', () => {
    expect(names(check(...sent, poll([[1, 11]], 30), poll([[0, 10]], 40), all))).toEqual(['nonmonotonic-poll']);
  });

  test('may not leave out what exists between two polls', () => {
    const verdict = check(...sent, poll([[0, 10]], 30), poll([[2, 12]], 40), all);
    expect(names(verdict)).toEqual(['poll-skip']);
    expect(verdict.anomalies[0]?.because).toContain('past 1 with 11');
  });

  test('may do both after an assign, and another client may do as it likes', () => {
    expect(check(...sent, poll([[1, 11]], 30), assign(0, 35), poll([[0, 10]], 40), all).valid).toBe('valid');
    expect(check(...sent, poll([[1, 11]], 30), poll([[0, 10]], 40, 2), all).valid).toBe('valid');
  });

  test('may not go back, nor leave out, within one poll', () => {
    expect(
      names(
        check(
          ...sent,
          poll(
            [
              [1, 11],
              [0, 10],
            ],
            30,
          ),
          all,
        ),
      ),
    ).toEqual(['nonmonotonic-poll']);
    expect(
      names(
        check(
          ...sent,
          poll(
            [
              [0, 10],
              [2, 12],
            ],
            30,
          ),
          all,
        ),
      ),
    ).toEqual(['poll-skip']);
  });

  test('begins where it asked to begin', () => {
    expect(names(check(...sent, all, scan([[2, 12]], 1)))).toEqual(['poll-skip']);
  });

  test('sends to rising offsets', () => {
    expect(
      names(
        check(
          send(10, 1, 0),
          send(11, 0, 10),
          scan([
            [0, 11],
            [1, 10],
          ]),
        ),
      ),
    ).toEqual(['nonmonotonic-send']);
  });
});

describe('committed offsets', () => {
  const commit = (offset: number, at: number): Draft => ok('commit', null, { a: offset }, at, at + 5, { process: 1 });
  const sent = [send(10, 0, 0), send(11, 1, 5)];
  const all = scan([
    [0, 10],
    [1, 11],
  ]);

  test('nobody begins behind what was committed', () => {
    expect(names(check(...sent, commit(0, 20), assign(2, 30, 2), all))).toEqual(['invented-commit']);
    expect(check(...sent, commit(1, 20), assign(2, 30, 2), all).valid).toBe('valid');
  });

  test('a commit of unknown outcome may have committed anything', () => {
    expect(check(...sent, info('commit', null, 20, 25), assign(2, 30, 2), all).valid).toBe('valid');
  });
});
