import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oracle } from '../testing/weak-oracle.ts';
import type { RegisterOp, Transaction } from '../types.ts';
import { checkWeak, type WeakLevel } from './weak.ts';

const levels: readonly WeakLevel[] = ['read-committed', 'read-atomic', 'causal'];

/** `a wx1 ry2`: process a wrote 1 to x and read 2 from y; `r…0` reads the initial state; `?` and `!` end lost and failed ones. */
function history(...lines: readonly string[]): Transaction<RegisterOp>[] {
  return lines.map((line, index) => {
    const [process = '', ...words] = line.split(' ');
    const type = words.at(-1) === '?' ? 'info' : words.at(-1) === '!' ? 'fail' : 'ok';
    const ops = words
      .filter((word) => word.length > 1)
      .map((word): RegisterOp => {
        const value = Number(word.slice(2));
        return word[0] === 'w' ? ['w', word[1] ?? '', value] : ['r', word[1] ?? '', value === 0 ? null : value];
      });
    return { process, type, ops, call: index * 2, return: type === 'info' ? undefined : index * 2 + 1 };
  });
}

const verdicts = (...lines: readonly string[]) => levels.map((level) => checkWeak(history(...lines), level).verdict);
const [v, i] = ['valid', 'invalid'] as const;

describe('the weak levels', () => {
  it.each([
    ['a read of what was there', ['a wx1 wy1', 'b rx1 ry1'], [v, v, v]],
    ['a fractured read', ['a wx1 wy1', 'b rx0 ry1'], [v, i, i]],
    ['a read behind what was read before', ['a wx1 wy1', 'b ry1 rx0'], [i, i, i]],
    ['its twin with another writer', ['a wx1', 'c wy1', 'b ry1 rx0'], [v, v, v]],
    ['a reply without what it replies to', ['a wx1', 'b rx1 wy1', 'c ry1 rx0'], [v, v, i]],
    ['its twin that also saw the cause', ['a wx1', 'b rx1 wy1', 'c ry1 rx1'], [v, v, v]],
    ['a session that forgets its own write', ['a wx1', 'a rx0'], [v, i, i]],
    ['another session that has not seen it yet', ['a wx1', 'b rx0'], [v, v, v]],
    [
      'two orders of the same writes in one session each',
      ['a wx1', 'b wx2', 'c rx1', 'c rx2', 'd rx2', 'd rx1'],
      [v, v, i],
    ],
    ['a long fork, which causality allows', ['a wx1', 'b wy1', 'c rx1 ry0', 'd ry1 rx0'], [v, v, v]],
    ['an observed cycle', ['a rx1 wy1', 'b ry1 wx1'], [i, i, i]],
    ['a session read before it was written', ['a rx1', 'a wx1'], [i, i, i]],
    ['a lost transaction that was seen', ['a wx1 wy1 ?', 'b ry1 rx0'], [i, i, i]],
    ['one that was not', ['a wx1 wy1 ?', 'b ry0 rx0'], [v, v, v]],
    ['what a lost one is not before', ['a wx1 ?', 'a rx0', 'b rx1'], [v, v, v]],
    ['what it is after', ['a wx1', 'a wy1 ?', 'b ry1 rx0'], [v, v, i]],
  ])('%s', (_, lines, expected) => expect(verdicts(...lines)).toEqual(expected));

  it.each([
    ['G1a', ['a wx1 !', 'b rx1'], 'T1 read 1 in x, which T0 wrote before it was aborted', [1, 0]],
    ['G1b', ['a wx1 wx2', 'b rx1'], 'T1 read 1 in x, which T0 then wrote over itself', [1, 0]],
    ['internal', ['a wx1 rx0'], 'T0 read null in x, where it had written 1 itself', [0]],
    ['future-read', ['a rx1 wx1'], 'T0 read 1 in x, before it wrote it', [0]],
    ['garbage-read', ['a rx7'], 'T0 read 7 in x, which nobody wrote', [0]],
  ])('%s is one at every level', (type, lines, message, transactions) => {
    for (const level of levels) {
      const result = checkWeak(history(...lines), level);
      expect(result.verdict).toBe('invalid');
      expect(result.anomalies[0]).toMatchObject({ type, message, transactions });
    }
  });

  it('names the weakest level that is broken, and whether a session was needed', () => {
    const types = (...lines: readonly string[]) => checkWeak(history(...lines), 'causal');
    expect(types('a wx1 wy1', 'b ry1 rx0')).toMatchObject({
      anomalyTypes: ['non-monotonic-read'],
      not: ['monotonic-atomic-view', 'monotonic-view'],
    });
    expect(types('a wx1 wy1', 'b rx0 ry1')).toMatchObject({ anomalyTypes: ['fractured-read'], not: ['read-atomic'] });
    expect(types('a wx1', 'b rx1 wy1', 'c ry1 rx0')).toMatchObject({
      anomalyTypes: ['causality-violation'],
      not: ['causal-cerone'],
    });
    expect(types('a wx1', 'a rx0')).toMatchObject({
      anomalyTypes: ['fractured-read-process'],
      not: ['strong-session-snapshot-isolation'],
    });
    expect(types('a rx1 wy1', 'b ry1 wx1').anomalyTypes).toEqual(['G1c']);
    expect(types('a rx1', 'a wx1').anomalyTypes).toEqual(['G1c-process']);
  });

  it('proves it with a cycle', () => {
    const [cycle] = checkWeak(history('a wx1 wy1', 'b wx2 wy2', 'c ry1 rx2', 'd ry2 rx1'), 'read-committed').anomalies;
    expect(cycle?.cycle?.map(({ from, to, type }) => [from, to, type])).toEqual([
      [0, 1, 'ww'],
      [1, 0, 'ww'],
    ]);
    expect(cycle?.cycle?.[0]?.because).toBe(
      'T2 read x from T1 and had seen T0, which wrote x too, so T0 wrote it before T1',
    );
    const [reply] = checkWeak(history('a wx1', 'b rx1 wy1', 'c ry1 rx0'), 'causal').anomalies;
    expect(reply?.cycle?.map(({ from, to, type }) => [from, to, type])).toEqual([
      [2, 0, 'rw'],
      [0, 1, 'wr'],
      [1, 2, 'wr'],
    ]);
  });

  it('says nothing where a value was written twice, or nothing committed', () => {
    expect(checkWeak(history('a wx1', 'b wx1'), 'causal')).toMatchObject({
      verdict: 'unknown',
      reason: 'x was set to 1 by both T0 and T1',
    });
    expect(checkWeak(history('a wx1 !', 'b wx1', 'c rx1'), 'causal').verdict).toBe('valid');
    expect(checkWeak(history('a wx1 ?'), 'causal').verdict).toBe('unknown');
  });
});

// Reads are mostly of what the history holds, so that many histories are nearly right.
const op = fc.record({ write: fc.boolean(), key: fc.constantFrom('x', 'y'), pick: fc.nat(5) });
const transaction = fc.record({
  process: fc.constantFrom('a', 'b', 'c'),
  type: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'info', 'fail'),
  ops: fc.array(op, { minLength: 1, maxLength: 3 }),
});

function materialize(
  drawn: readonly {
    process: string;
    type: 'ok' | 'info' | 'fail';
    ops: readonly { write: boolean; key: string; pick: number }[];
  }[],
) {
  const counts: Record<string, number> = {};
  const written = drawn.map(({ ops }) =>
    ops.map(({ write, key }) => {
      if (write) counts[key] = (counts[key] ?? 0) + 1;
      return counts[key] ?? 0;
    }),
  );
  return drawn.map(
    ({ process, type, ops }, at): Transaction<RegisterOp> => ({
      process,
      type,
      call: at,
      ops: ops.map(({ write, key, pick }, n): RegisterOp => {
        if (write) return ['w', key, written[at]?.[n] ?? 0];
        const value = pick % ((counts[key] ?? 0) + 1);
        return ['r', key, value === 0 || type !== 'ok' ? null : value];
      }),
    }),
  );
}

describe('against every order of the committed transactions', () => {
  const numRuns = Number(process.env.PORCUPINE_RUNS ?? 800) / 4;
  it.each(levels)('%s is decided as its definition says', (level) => {
    const seen = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(fc.array(transaction, { minLength: 2, maxLength: 5 }), (drawn) => {
        const transactions = materialize(drawn);
        if (transactions.every(({ type }) => type !== 'ok')) return;
        const expected = oracle(transactions, level) ? 'valid' : 'invalid';
        seen[expected] += 1;
        expect(checkWeak(transactions, level).verdict).toBe(expected);
      }),
      { numRuns },
    );
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(numRuns / 10);
  });

  it('a stronger level is broken by whatever breaks a weaker one, and every cycle closes', () => {
    fc.assert(
      fc.property(fc.array(transaction, { minLength: 3, maxLength: 9 }), (drawn) => {
        const results = levels.map((level) => checkWeak(materialize(drawn), level));
        const broken = results.map(({ verdict }) => verdict === 'invalid');
        expect(broken).toEqual([...broken].sort());
        for (const { cycle = [], transactions } of results.flatMap(({ anomalies }) => anomalies)) {
          for (const [at, step] of cycle.entries()) {
            expect(step.to).toBe(cycle[(at + 1) % cycle.length]?.from);
            expect(step.from).toBe(transactions[at]);
            expect(step.from).not.toBe(step.to);
          }
        }
      }),
      { numRuns },
    );
  });
});
