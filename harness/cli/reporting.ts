/** Which reporters speak while a suite runs, and which files they leave. Loaded when needed: they carry libraries. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { statusOf } from '../../reports/model.ts';
import type { Reporter } from '../../reports/reporter.ts';
import { createTerminalReporter } from '../../reports/terminal.ts';
import type { SuiteResult } from '../core/finding.ts';
import { latestRun, readSuite } from '../run/store.ts';
import type { Context } from './context.ts';
import type { ReporterName, Settings } from './options.ts';

type Choice = Pick<Settings, 'reporter' | 'json'>;

/** The terminal speaks where nothing else was chosen to; JSON stands alone on standard output. */
export function createReporters(choice: Choice, { stdout, stderr }: Context): Reporter[] {
  const names = namesOf(choice);
  if (names.has('json')) return [createJsonReporter(stdout.write)];
  if (names.has('line')) return [createTerminalReporter({ screen: stdout, chatter: stderr, brief: true })];
  return [createTerminalReporter({ screen: stdout, chatter: stderr })];
}

/** @returns the paths of what was written, the report for people last. */
export async function writeReportFiles(suite: SuiteResult, folder: string, choice: Choice): Promise<string[]> {
  const names = namesOf(choice);
  const paths: string[] = [];
  if (names.has('junit')) {
    const { junitText } = await import('../../reports/junit.ts');
    paths.push(join(folder, 'junit.xml'));
    writeFileSync(join(folder, 'junit.xml'), junitText(suite));
  }
  if (names.has('html')) {
    const { writePages } = await import('../../reports/html/write.ts');
    paths.push(...writePages(suite, folder, previousTo(suite, dirname(folder))));
  }
  return paths;
}

/** HTML is written unless other files were asked for: whoever asks for nothing wants to look. */
function namesOf({ reporter, json }: Choice): ReadonlySet<ReporterName> {
  const names = new Set<ReporterName>(reporter);
  if (json) names.add('json');
  if (!reporter.includes('junit')) names.add('html');
  return names;
}

/** One document and nothing else; histories stay in their files. */
const createJsonReporter = (write: (text: string) => void): Reporter => ({
  start() {},
  progress() {},
  finding() {},
  end(suite, paths) {
    const whole = { ...suite, reports: paths };
    write(`${JSON.stringify(whole, (key, value) => (key === 'history' ? undefined : value), 2)}\n`);
  },
});

/** What the run before found, pattern by pattern: an index tells what is new, still failing, or resolved. */
function previousTo(suite: SuiteResult, root: string) {
  const before = latestRun(root, suite.id);
  if (before === undefined) return undefined;
  try {
    return new Map(
      readSuite(join(root, before), 'findings').findings.map((finding) => [finding.pattern.id, statusOf(finding)]),
    );
  } catch {
    // A result of another version cannot be compared with.
    return undefined;
  }
}
