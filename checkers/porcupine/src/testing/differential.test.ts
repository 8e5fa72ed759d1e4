// A sample of what `npm run bench:differential` does a million times.
import { describe, expect, it } from 'vitest';
import { judgeLarge, judgeSmall, largeSubjects, smallSubjects } from './differential.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 50);

describe('small histories, against brute force', () => {
  it.each(smallSubjects().map((subject) => [subject.name, subject] as const))('%s', (_, subject) => {
    const seen = { valid: 0, invalid: 0 };
    for (let seed = 0; seed < runs; seed++) {
      const operations = subject.source.small(seed);
      const { verdict, fault } = judgeSmall(subject, operations);
      seen[verdict]++;
      expect(fault, `seed ${seed}: ${JSON.stringify(operations)}`).toBeUndefined();
    }
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(0);
  });
});

describe('larger histories, the fast path against the search', () => {
  it.each(largeSubjects().map((subject) => [subject.name, subject] as const))('%s', (_, subject) => {
    let compared = 0;
    for (let seed = 0; seed < Math.ceil(runs / 5); seed++) {
      const operations = subject.source.large(seed);
      const outcome = judgeLarge(subject, operations, 2_000);
      if (outcome?.isCompared) compared++;
      expect(outcome?.fault, `seed ${seed}: ${JSON.stringify(operations)}`).toBeUndefined();
    }
    expect(compared).toBeGreaterThan(0);
  });
});
