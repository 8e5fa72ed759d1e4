/** Histories that are not linearizable, and what they still are; each level convicts one and acquits its near-twin. */
import { describe, expect, it } from 'vitest';
import { type Draft, fail, historyOf, info, ok } from './history.fixture.ts';
import { linearizable } from './linearizable.ts';
import { type WeakerLevel, weaker } from './weaker.ts';

const verdict = (level: WeakerLevel | 'linearizable', operations: readonly Draft[], model = 'register') => {
  const history = historyOf({ operations });
  return (level === 'linearizable' ? linearizable({ model }) : weaker({ level, model })).check(history).valid;
};

const by = (process: number, key?: string) => ({ process, ...(key === undefined ? {} : { key }) });

/** Another process reads what was there before a write that has returned. */
const stale = [ok('write', 1, null, 0, 1, by(0)), ok('read', null, null, 2, 3, by(1))];
/** The process itself does. */
const ownStale = [ok('write', 1, null, 0, 1, by(0)), ok('read', null, null, 2, 3, by(0))];
/** While a write is under way its value is seen, and then no longer. */
const inversion = [
  ok('write', 1, null, 0, 9, by(0)),
  ok('read', null, 1, 1, 2, by(1)),
  ok('read', null, null, 3, 4, by(1)),
];
/** Nobody wrote it, but somebody is writing. */
const garbage = [ok('write', 1, null, 0, 9, by(0)), ok('read', null, 7, 1, 2, by(1))];
const garbageAlone = [ok('write', 1, null, 0, 1, by(0)), ok('read', null, 7, 2, 3, by(1))];

describe('a history that is not linearizable', () => {
  it.each<[string, readonly Draft[], string]>([
    ['a stale read of another process', stale, 'sequential'],
    ['a stale read of what the process itself wrote', ownStale, ''],
    ['an inversion of new and old', inversion, 'regular safe'],
    ['a value out of thin air during a write', garbage, 'safe'],
    ['a value out of thin air', garbageAlone, ''],
  ])('%s is still: %s', (_, operations, levels) => {
    expect(verdict('linearizable', operations)).toBe('invalid');
    const held = (['sequential', 'regular', 'safe'] as const).filter((level) => verdict(level, operations) === 'valid');
    expect(held.join(' ')).toBe(levels);
  });

  it('sequential consistency is asked of all keys together', () => {
    const [x, y] = ['x', 'y'] as const;
    const one = (key: string, process: number, at: number) => ok('write', 1, null, at, at + 1, by(process, key));
    const saw = (key: string, process: number, at: number, value: number | null) =>
      ok('read', null, value, at, at + 1, by(process, key));
    // Dekker: each writes its flag and does not see the other's. Each key alone is in order.
    const both = [one(x, 0, 0), one(y, 1, 0), saw(y, 0, 2, null), saw(x, 1, 2, null)];
    expect(verdict('sequential', both)).toBe('invalid');
    expect(verdict('sequential', [one(x, 0, 0), one(y, 1, 0), saw(y, 0, 2, null), saw(x, 1, 2, 1)])).toBe('valid');
  });

  it('a write that failed did not happen, and one that is unknown may have', () => {
    const read = ok('read', null, 1, 2, 3, by(1));
    expect(verdict('regular', [fail('write', 1, 0, 1, by(0)), read])).toBe('invalid');
    expect(verdict('regular', [info('write', 1, 0, 1, by(0)), read])).toBe('valid');
    expect(verdict('sequential', [fail('write', 1, 0, 1, by(0)), read])).toBe('invalid');
    expect(verdict('sequential', [info('write', 1, 0, 1, by(0)), read])).toBe('valid');
  });

  it('begins as it is told', () => {
    const history = historyOf({ operations: [ok('read', null, 0, 0, 1)] });
    for (const level of ['sequential', 'regular', 'safe'] as const) {
      expect(weaker({ level, model: 'register', initial: 0 }).check(history).valid).toBe('valid');
      expect(weaker({ level, model: 'register', initial: 5 }).check(history).valid).toBe('invalid');
    }
  });

  it('other objects than registers are not regular or safe: unknown', () => {
    expect(verdict('regular', [ok('cas', [1, 2], null, 0, 1)], 'cas-register')).toBe('unknown');
    expect(verdict('sequential', [ok('enqueue', 1, null, 0, 1)], 'register')).toBe('unknown');
    expect(verdict('sequential', [ok('enqueue', 1, null, 0, 1)], 'queue')).toBe('valid');
  });
});
