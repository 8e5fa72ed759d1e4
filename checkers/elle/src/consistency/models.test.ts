import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weakerModels } from './lattice.ts';
import {
  anomalyNames,
  canonical,
  expand,
  forbidden,
  friendly,
  isModel,
  modelNames,
  ruledOut,
  suggestModel,
} from './models.ts';

/** What Elle has no name for. */
const ours =
  'garbage-read long-fork causal-reverse wrong-total negative-value non-monotonic-read fractured-read causality-violation non-monotonic-read-process fractured-read-process causality-violation-process'.split(
    ' ',
  );

// The expected sets are those of Elle's consistency_model_test.clj, with its one other name for strict serializability.
describe('the lattice of Elle', () => {
  const top = [
    'serializable',
    'snapshot-isolation',
    'strict-serializable',
    'strong-session-serializable',
    'strong-session-snapshot-isolation',
    'strong-snapshot-isolation',
  ];
  const aboveReadAtomic = [...top, 'causal-cerone', 'parallel-snapshot-isolation', 'prefix', 'update-atomic'];
  const aboveReadCommitted = [
    ...aboveReadAtomic,
    'consistent-view',
    'cursor-stability',
    'forward-consistent-view',
    'monotonic-atomic-view',
    'monotonic-snapshot-read',
    'monotonic-view',
    'read-atomic',
    'repeatable-read',
    'strong-read-committed',
    'strong-session-read-committed',
    'update-serializable',
  ];
  it.each([
    [[], [], []],
    [
      ['cyclic-versions'],
      ['read-uncommitted'],
      [...aboveReadCommitted, 'read-committed', 'strong-read-uncommitted', 'strong-session-read-uncommitted'],
    ],
    [['internal'], ['read-atomic'], aboveReadAtomic],
    [['G2', 'internal'], ['read-atomic'], aboveReadAtomic],
    [['G1a'], ['read-committed'], aboveReadCommitted],
    [['dirty-update'], ['read-committed'], aboveReadCommitted],
    [['G-single'], ['consistent-view'], [...top, 'forward-consistent-view', 'update-serializable']],
    [['G-SI'], ['snapshot-isolation'], top.filter((name) => name !== 'snapshot-isolation')],
    [['G-single-realtime'], ['strong-snapshot-isolation'], ['strict-serializable']],
  ])('%j', (anomalies, not, alsoNot) => {
    expect(ruledOut(anomalies)).toMatchObject({ not, alsoNot: [...alsoNot].sort() });
  });

  it('agrees with what Elle found in its own histories', () => {
    expect(ruledOut(['G-single-item-realtime', 'G2-item']).not).toEqual([
      'repeatable-read',
      'strong-snapshot-isolation',
    ]);
    expect(ruledOut(['G2-item-realtime', 'strong-snapshot-isolation-cycle-exists']).not).toEqual([
      'strong-snapshot-isolation',
    ]);
    expect(ruledOut(['lost-update']).not).toEqual(['cursor-stability', 'update-atomic']);
  });

  it('lists what read committed forbids', () => {
    expect([...forbidden(['read-committed'])].sort()).toEqual([
      'G0',
      'G1',
      'G1a',
      'G1b',
      'G1c',
      'PL-1-cycle-exists',
      'PL-2-cycle-exists',
      'cyclic-versions',
      'dirty-update',
      'duplicate-elements',
      'future-read',
      'garbage-read',
      'incompatible-order',
    ]);
  });

  it('orders anomalies as Elle does, by implication, severity and name', () => {
    expect(anomalyNames.filter((name) => !ours.includes(name))).toEqual(
      [
        'G-MSR G-SI G-SIb G-cursor G-monotonic G-single-item G-update G0 G1b GSIa',
        'PL-1-cycle-exists PL-2-cycle-exists PL-2.99-cycle-exists PL-3-cycle-exists PL-SI-cycle-exists PL-SS-cycle-exists',
        'cyclic-versions dirty-update duplicate-elements future-read incompatible-order internal lost-update',
        'predicate-read-miss strong-PL-1-cycle-exists strong-PL-2-cycle-exists strong-session-PL-1-cycle-exists',
        'strong-session-PL-2-cycle-exists strong-session-serializable-cycle-exists',
        'strong-session-snapshot-isolation-cycle-exists strong-snapshot-isolation-cycle-exists',
        'G-nonadjacent-item G-single-item-process G1a G1c write-skew',
        'G-nonadjacent-item-process G-single G-single-item-realtime G1 G2-item',
        'G-nonadjacent G-nonadjacent-item-realtime GSIb G2 GSI',
        'G0-process G1c-process G-single-process G1-process G2-item-process G-nonadjacent-process G2-process',
        'G0-realtime G1c-realtime G-single-realtime G1-realtime G2-item-realtime G-nonadjacent-realtime G2-realtime',
      ].flatMap((line) => line.split(' ')),
    );
  });

  it('leaves the strongest models', () => {
    expect(ruledOut([]).strongest).toEqual(['strict-serializable']);
    expect(ruledOut(['G2-realtime']).strongest).toEqual(['strong-session-serializable', 'strong-snapshot-isolation']);
    expect(ruledOut(['G2-process']).strongest).toEqual(['serializable', 'strong-snapshot-isolation']);
    expect(ruledOut(['G2-item']).strongest).toEqual(['strong-snapshot-isolation', 'update-serializable']);
    expect(ruledOut(['G0', 'internal']).strongest).toEqual([]);
    expect(ruledOut(['no-such-anomaly'])).toEqual(ruledOut([]));
  });
});

describe('names', () => {
  it('are translated both ways, and unknown ones are left alone', () => {
    expect(friendly('PL-2.99')).toBe('repeatable-read');
    expect(friendly('conflict-serializable')).toBe('serializable');
    expect(friendly('strong-serializable')).toBe('strict-serializable');
    expect(canonical('strict-serializable')).toBe('PL-SS');
    expect(friendly('prefix')).toBe('prefix');
    expect(friendly('PL-7')).toBe('PL-7');
    expect(isModel('PL-SI') && isModel('snapshot-isolation') && isModel('linearizable')).toBe(true);
    expect(isModel('G0') || isModel('toString') || isModel('')).toBe(false);
    expect(modelNames.map(canonical).map(friendly)).toEqual(modelNames);
  });

  it('that are unknown are refused with the nearest one', () => {
    expect(() => forbidden(['stricct-snappshot-isolation'])).toThrow('did you mean "strong-snapshot-isolation"?');
    expect(() => forbidden(['qqqqq'])).toThrow(/"qqqqq"$/);
    expect(suggestModel('serialisable')).toBe('serializable');
    expect(suggestModel('pl-si')).toBe('PL-SI');
  });
});

/** The definition, without anything of models.ts: a path in the relation. */
function implies(model: string, other: string): boolean {
  return model === other || (weakerModels[model] ?? []).some((each) => implies(each, other));
}

describe('whatever was found', () => {
  const anomalies = fc.uniqueArray(fc.constantFrom(...anomalyNames), { maxLength: 6 });
  const models = fc.uniqueArray(fc.constantFrom(...modelNames), { maxLength: 4 });
  const broken = (found: Iterable<string>) => {
    const { not, alsoNot } = ruledOut(found);
    return new Set([...not, ...alsoNot]);
  };

  it('more anomalies rule out more models', () => {
    fc.assert(
      fc.property(anomalies, anomalies, (some, others) => {
        const more = broken([...some, ...others]);
        for (const model of broken(some)) expect(more).toContain(model);
      }),
    );
  });

  it('a model is ruled out exactly if one of the anomalies is forbidden by it', () => {
    fc.assert(
      fc.property(anomalies, (found) => {
        const out = broken(found);
        for (const model of modelNames) {
          const breaks = forbidden([model]);
          expect(out.has(model)).toBe(found.some((anomaly) => breaks.has(anomaly)));
        }
      }),
    );
  });

  it('implied anomalies say nothing new', () => {
    fc.assert(
      fc.property(anomalies, (found) => {
        expect(ruledOut(expand(found))).toEqual(ruledOut(found));
      }),
    );
  });

  it('no two models at one boundary are comparable, and each list is a boundary', () => {
    fc.assert(
      fc.property(anomalies, (found) => {
        const { not, alsoNot, strongest } = ruledOut(found);
        for (const model of strongest) expect(not.concat(alsoNot)).not.toContain(model);
        for (const model of alsoNot) expect(not.some((each) => implies(model, each))).toBe(true);
        for (const list of [not, strongest]) {
          expect(list).toEqual([...new Set(list)].sort());
          for (const a of list) for (const b of list) expect(a !== b && implies(a, b)).toBe(false);
        }
      }),
    );
  });

  it('a stronger model forbids at least as much', () => {
    fc.assert(
      fc.property(models, models, (some, others) => {
        const both = forbidden([...some, ...others]);
        for (const anomaly of forbidden(some)) expect(both).toContain(anomaly);
      }),
    );
  });
});
