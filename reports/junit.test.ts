import { describe, expect, it } from 'vitest';
import { fixtureFinding, fixtureSuite } from './fixtures.ts';
import { junitText } from './junit.ts';

describe('JUnit', () => {
  it('has a suite for the target and a case for the pattern', () => {
    const finding = fixtureFinding();
    const xml = junitText(fixtureSuite([finding]));
    expect(xml).toContain(`<testcase classname="${finding.target}" name="${finding.pattern.id}"`);
    expect(xml).toMatch(/tests="1" failures="0" errors="0" skipped="0"/);
  });

  it.each([
    ['regressed', /failures="1"/],
    ['not-reproduced', /failures="1"/],
    ['crashed', /errors="1"/],
    ['unknown', /skipped="1"/],
  ] as const)('%s is told as what CI knows', (status, expected) => {
    expect(junitText(fixtureSuite([fixtureFinding({ status })]))).toMatch(expected);
  });

  it('a failure holds the command that shows it again', () => {
    expect(junitText(fixtureSuite([fixtureFinding({ status: 'regressed' })]))).toContain('npx pitchpole replay');
  });

  it('what a target says stays text', () => {
    const xml = junitText(fixtureSuite([fixtureFinding({ status: 'regressed', hostile: true })]));
    expect(xml).not.toMatch(/<(img|script|svg|b )/);
  });
});
