/** Puts a suite's pages beside its histories, so that the links between them hold. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SuiteResult } from '../../harness/core/finding.ts';
import { pageName } from '../model.ts';
import { renderFinding, renderIndex } from './render.ts';
import type { PreviousStatuses } from './view/index-page.ts';

/** @returns the paths of what was written; the index is the last. */
export function writePages(suite: SuiteResult, folder: string, previous?: PreviousStatuses): string[] {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const pages = suite.findings
    .filter(({ skipped }) => skipped === undefined)
    .map((finding) => write(pageName(finding), renderFinding(finding, suite)));
  return [...pages, write('index.html', renderIndex(suite, previous))];
}
