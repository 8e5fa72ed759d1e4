import { expect, test } from 'vitest';
import type { RunResult } from '../core/finding.ts';
import type { Flaw } from '../core/target.ts';
import { conclude, type Evidence } from './conclude.ts';
import { scenario } from './ledger.fixture.ts';

const flaw: Flaw = {
  name: 'f',
  about: '',
  switches: {},
  expect: ['lost-write'],
  scenario,
  signal: { name: 'alert', quote: '', fires: () => undefined },
};
const run = (change: Partial<RunResult>): RunResult => ({
  ...{ seed: 1, variant: {}, valid: 'valid', verdicts: [], anomalies: [], operations: 1, faults: 1, doubts: [] },
  milliseconds: 1,
  ...change,
});
const signal = { at: 1, because: 'so' };
const convicted = run({ valid: 'invalid', anomalies: ['lost-write'], signal });
const nothing: Evidence = {
  flawed: convicted,
  ...{ flawedTried: 1, fixedTried: 9, convicted: [], unknown: [], alarmed: [], interrupted: false },
};

test.each<[string, Partial<Evidence>, string]>([
  ['as expected', {}, 'reproduced'],
  ['never convicted', { flawed: run({}) }, 'not-reproduced'],
  ['convicted of something else', { flawed: run({ valid: 'invalid', anomalies: ['other'] }) }, 'not-reproduced'],
  ['silent signal', { flawed: run({ valid: 'invalid', anomalies: ['lost-write'] }) }, 'not-reproduced'],
  ['false alarm', { alarmed: [run({ signal })] }, 'not-reproduced'],
  ['fixed twin unknown', { unknown: [run({ valid: 'unknown', doubts: ['no proof'] })] }, 'unknown'],
  ['fixed twin convicted', { convicted: [convicted] }, 'regressed'],
  ['crashed', { crashed: 'boom' }, 'crashed'],
  ['interrupted', { interrupted: true }, 'unknown'],
  ['interrupted before the flaw showed', { interrupted: true, flawed: run({}) }, 'unknown'],
  ['interrupted after a conviction of the fixed twin', { interrupted: true, convicted: [convicted] }, 'regressed'],
  ['unknown and false alarm', { unknown: [run({})], alarmed: [run({ signal })] }, 'not-reproduced'],
  ['convicted and crashed', { convicted: [convicted], crashed: 'boom' }, 'crashed'],
])('%s', (_, change, status) => {
  const conclusion = conclude(flaw, { ...nothing, ...change });
  expect(conclusion.status).toBe(status);
  expect(conclusion.because).not.toMatch(/undefined/);
});

test('what breaks first in the story is the reason among equals', () => {
  const { because } = conclude(flaw, { ...nothing, flawed: run({}), alarmed: [run({ signal })] });
  expect(because).toBe('the flawed twin was not convicted of lost-write in 1 seed');
});
