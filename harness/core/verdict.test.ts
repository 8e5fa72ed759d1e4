import { describe, expect, it } from 'vitest';
import { judge, worstStatus } from './finding.ts';
import { invalid, unknown, valid, worst } from './verdict.ts';

describe('verdicts add up', () => {
  it('so that one broken guarantee outweighs every pass, and doubt outweighs a pass', () => {
    expect(worst([])).toBe('valid');
    expect(worst(['valid', 'unknown', 'valid'])).toBe('unknown');
    expect(worst(['valid', 'unknown', 'invalid'])).toBe('invalid');
  });

  it('so that a fault that did not take effect makes a valid run unknown, and never hides a conviction', () => {
    const good = valid('a', 'fine');
    const bad = invalid('b', [{ name: 'stale-read', because: '', operations: [] }], 'no');
    expect(judge([good], [])).toBe('valid');
    expect(judge([good], ['the cut did not take'])).toBe('unknown');
    expect(judge([good, bad], ['the cut did not take'])).toBe('invalid');
    expect(judge([good, unknown('c', 'budget')], [])).toBe('unknown');
  });

  it('and findings in the order crashed, regressed, not-reproduced, unknown, reproduced', () => {
    expect(worstStatus([])).toBe('reproduced');
    expect(worstStatus(['reproduced', 'unknown', 'not-reproduced'])).toBe('not-reproduced');
    expect(worstStatus(['regressed', 'not-reproduced'])).toBe('regressed');
    expect(worstStatus(['regressed', 'crashed'])).toBe('crashed');
  });
});
