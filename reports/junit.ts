/**
 * JUnit's XML, as CI systems read it: a suite for each target, a case for each pattern. What is unknown is skipped with
 * its reason, and the body of a failure holds the command that shows it again.
 */
import junit, { type Builder } from 'junit-report-builder';
import type { SuiteResult } from '../harness/core/finding.ts';
import { findingReplay, findingSentence, statusOf } from './model.ts';
import { statusWords } from './text.ts';

// Node gives the library's builder itself as the default import; its types speak of a module around it.
const builder = junit as unknown as Builder;

export function junitText(suite: SuiteResult): string {
  const report = builder.newBuilder();
  for (const target of new Set(suite.findings.map((finding) => finding.target))) {
    const cases = report.testSuite().name(`${target} (${suite.world})`);
    for (const finding of suite.findings.filter((candidate) => candidate.target === target)) {
      const status = statusOf(finding);
      const test = cases
        .testCase()
        .className(target)
        .name(finding.pattern.id)
        .time(finding.milliseconds / 1000);
      const sentence = findingSentence(finding);
      const body = [sentence, findingReplay(finding)].filter((line) => line !== undefined).join('\n');
      if (status === 'skipped' || status === 'unknown') test.skipped().standardOutput(sentence);
      else if (status === 'crashed') test.error(sentence, statusWords[status], body);
      else if (status !== 'reproduced') test.failure(body, statusWords[status]);
    }
  }
  return report.build();
}
