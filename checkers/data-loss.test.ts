import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataLoss } from './data-loss.ts';
import { type Draft, fail, historyOf, info, names, ok, open } from './history.fixture.ts';

const check = (operations: readonly Draft[]) => dataLoss().check(historyOf({ operations }));
const final = { phase: 'final', key: 'k0' } as const;
const key = { key: 'k0' } as const;

test('an empty history is valid', () => {
  expect(check([]).valid).toBe('valid');
});

describe('lost', () => {
  test('acknowledged, and in none of the last reads', () => {
    const verdict = check([
      ok('append', 1, null, 0, 10, key),
      ok('append', 2, null, 20, 30, { ...key, node: 'n2' }),
      ok('read', null, [1, 2], 35, 38, key),
      ok('read', null, [1], 100, 110, final),
    ]);
    expect(names(verdict)).toEqual(['lost-write']);
    expect(verdict.anomalies[0]?.operations).toEqual([1, 2, 3]);
    expect(verdict.anomalies[0]?.because).toContain('n2');
  });

  test('not when one of the last reads has it: another was stale, and that is another checker’s business', () => {
    const verdict = check([
      ok('append', 1, null, 0, 10, key),
      ok('read', null, [], 100, 110, { ...final, node: 'n1' }),
      ok('read', null, [1], 100, 110, { ...final, node: 'n2' }),
    ]);
    expect(verdict.valid).toBe('valid');
  });

  test('not when the outcome was unknown or the run ended before it', () => {
    const verdict = check([
      info('append', 1, 0, 10, key),
      open('append', 2, 20, key),
      ok('read', null, [], 100, 110, final),
    ]);
    expect(verdict.valid).toBe('valid');
  });

  test('not when the write was refused', () => {
    expect(check([fail('append', 1, 0, 10, key), ok('read', null, [], 100, 110, final)]).valid).toBe('valid');
  });

  test('each key by itself', () => {
    const verdict = check([
      ok('append', 1, null, 0, 10, { key: 'a' }),
      ok('append', 2, null, 0, 10, { key: 'b' }),
      ok('read', null, [2], 100, 110, { phase: 'final', key: 'a' }),
      ok('read', null, [2], 100, 110, { phase: 'final', key: 'b' }),
    ]);
    expect(names(verdict)).toEqual(['lost-write', 'phantom-read']);
  });

  test('members of a set too', () => {
    const history = [ok('add', 1, null, 0, 10, key), ok('add', 2, null, 0, 10, key)];
    expect(names(check([...history, ok('read', null, [2], 100, 110, final)]))).toEqual(['lost-write']);
    expect(check([...history, ok('read', null, [2, 1], 100, 110, final)]).valid).toBe('valid');
  });
});

describe('unknown', () => {
  test('when nobody looked again after the acknowledgement', () => {
    expect(check([ok('append', 1, null, 0, 10, key)]).valid).toBe('unknown');
    expect(check([ok('read', null, [], 0, 5, key), ok('append', 1, null, 6, 10, key)]).valid).toBe('unknown');
  });

  test('when the last reads got no answer', () => {
    expect(check([ok('append', 1, null, 0, 10, key), info('read', null, 100, 110, final)]).valid).toBe('unknown');
  });
});

describe('never written', () => {
  test('a value that nobody wrote, that was refused, or that was not yet asked for', () => {
    expect(names(check([ok('read', null, [7], 0, 10, final)]))).toEqual(['phantom-read']);
    expect(names(check([fail('append', 7, 0, 5, key), ok('read', null, [7], 10, 20, final)]))).toEqual([
      'phantom-read',
    ]);
    const early = [
      ok('read', null, [7], 0, 5, key),
      ok('append', 7, null, 10, 20, key),
      ok('read', null, [7], 100, 110, final),
    ];
    expect(names(check(early))).toEqual(['phantom-read']);
  });

  test('not a write under way, nor one of unknown outcome', () => {
    expect(
      check([
        ok('append', 7, null, 0, 50, key),
        ok('read', null, [7], 10, 20, key),
        ok('read', null, [7], 60, 70, final),
      ]).valid,
    ).toBe('valid');
    expect(check([info('append', 7, 0, 5, key), ok('read', null, [7], 10, 20, final)]).valid).toBe('valid');
  });
});

describe('doubled', () => {
  test('a value that was written once and is there twice, even of unknown outcome', () => {
    expect(
      names(
        check([
          ok('append', 7, null, 0, 5, key),
          ok('read', null, [7, 8, 7], 10, 20, final),
          ok('append', 8, null, 0, 5, key),
        ]),
      ),
    ).toEqual(['duplicated-write']);
    expect(names(check([info('append', 7, 0, 5, key), ok('read', null, [7, 7], 10, 20, final)]))).toEqual([
      'duplicated-write',
    ]);
  });

  test('not one that was written twice', () => {
    const twice = [ok('append', 7, null, 0, 5, key), ok('append', 7, null, 6, 9, key)];
    expect(check([...twice, ok('read', null, [7, 7], 10, 20, final)]).valid).toBe('valid');
  });
});

test('counts every loss and tells the first few', () => {
  const appends = Array.from({ length: 20 }, (_, i) => ok('append', i, null, i, i + 0.5, key));
  const verdict = check([...appends, ok('read', null, [], 100, 110, final)]);
  expect(verdict.details).toMatchObject({ acknowledged: 20, lost: 20 });
  expect(verdict.anomalies).toHaveLength(5);
});

test('convicts exactly when something was dropped, doubled or invented', () => {
  const write = fc.constantFrom('ok', 'info', 'fail');
  fc.assert(
    fc.property(
      fc.array(write, { minLength: 1, maxLength: 12 }),
      fc.array(fc.constantFrom('keep', 'keep', 'keep', 'drop', 'double'), { minLength: 12, maxLength: 12 }),
      fc.boolean(),
      (outcomes, deeds, invents) => {
        const writes = outcomes.map((outcome, i) =>
          outcome === 'ok'
            ? ok('append', i, null, i, i + 0.5, key)
            : outcome === 'info'
              ? info('append', i, i, i + 0.5, key)
              : fail('append', i, i, i + 0.5, key),
        );
        let wrong = invents;
        const read: number[] = invents ? [99] : [];
        outcomes.forEach((outcome, i) => {
          const deed = deeds[i];
          if (outcome === 'fail') return;
          if (deed === 'keep') read.push(i);
          if (deed === 'double') read.push(i, i);
          if (deed === 'double' || (deed === 'drop' && outcome === 'ok')) wrong = true;
        });
        expect(check([...writes, ok('read', null, read, 100, 110, final)]).valid).toBe(wrong ? 'invalid' : 'valid');
      },
    ),
    { numRuns: 2000 },
  );
});
