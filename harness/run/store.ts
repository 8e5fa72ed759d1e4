/**
 * Where runs are kept: `.pitchpole/runs/<id>/`, with a `result.json` and the histories that the report shows.
 *
 * The one surprise: what is read back has no functions. Patterns come back with their texts, but without checkers, and
 * with signals that never fire: enough to tell what was found, not enough to run it again.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HarnessError } from '../core/errors.ts';
import type { Finding, RunResult, SuiteResult } from '../core/finding.ts';
import type { FailurePattern, Flaw } from '../core/target.ts';
import { createHistoryFile, type HistoryFile, readHistory, writeHistory } from './history-file.ts';

export { parseHistory, readHistory } from './history-file.ts';

export interface RunStore {
  readonly id: string;
  /** Absolute, or relative to the working folder. */
  readonly folder: string;
  /** A history that grows while the run goes on; `name` is relative to the folder. */
  openHistory(name: string): HistoryFile;
  saveHistory(name: string, lines: Iterable<string>): void;
  /** Writes `result.json`, without the histories: these are files of their own. */
  saveResult(result: SuiteResult): void;
}

/** @param root such as `.pitchpole/runs` */
export function createStore(root: string, id: string): RunStore {
  const folder = join(root, id);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new HarnessError({
      code: 'missing',
      message: `The folder \`${folder}\` cannot be made: ${(cause as Error).message}.`,
      hint: 'Give another one with --out.',
      cause,
    });
  }
  return {
    id,
    folder,
    openHistory: (name) => createHistoryFile(join(folder, name)),
    saveHistory: (name, lines) => writeHistory(join(folder, name), lines),
    saveResult(result) {
      const file = join(folder, resultName);
      // Whole or not at all: a reader never sees half of it.
      writeFileSync(`${file}.part`, `${JSON.stringify(result, withoutHistories, 1)}\n`);
      renameSync(`${file}.part`, file);
    },
  };
}

/** Sorts by time, and two runs of one second differ by their seeds. */
export function createRunId(baseSeed: number, date: Date): string {
  const stamp = date.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');
  return `${stamp}-${(baseSeed >>> 0).toString(16).padStart(8, '0')}`;
}

/** The newest run under a root that has a result; with `before`, the newest that is older than that one. */
export function latestRun(root: string, before?: string): string | undefined {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch {
    return undefined;
  }
  return names
    .filter((name) => (before === undefined || name < before) && existsSync(join(root, name, resultName)))
    .sort()
    .at(-1);
}

/**
 * A suite as it was saved, with the histories of its files unless only the findings are wanted.
 *
 * @throws HarnessError `bad-input` where the folder holds no result, or one that is not ours.
 */
export function readSuite(folder: string, wanted: 'histories' | 'findings' = 'histories'): SuiteResult {
  const file = join(folder, resultName);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HarnessError({
      code: 'bad-input',
      message: `\`${folder}\` holds no run: there is no \`${resultName}\` in it.`,
      hint: 'Give a folder below `.pitchpole/runs`.',
      cause,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HarnessError({
      code: 'bad-input',
      message: `\`${file}\` is not JSON: ${(cause as Error).message}.`,
      hint: 'Run the patterns again.',
      cause,
    });
  }
  const parsed = suiteSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new HarnessError({
      code: 'bad-input',
      message: `\`${file}\` is not a result of pitchpole: ${issue?.path.join('.')}: ${issue?.message}.`,
      hint: 'Run the patterns again.',
    });
  }
  const suite = value as SuiteResult;
  if (wanted === 'findings') return suite;
  return { ...suite, findings: suite.findings.map((finding) => revive(finding, folder)) };
}

const resultName = 'result.json';

const withoutHistories = (key: string, value: unknown): unknown => (key === 'history' ? undefined : value);

function revive(finding: Finding, folder: string): Finding {
  return {
    ...finding,
    pattern: revivePattern(finding.pattern),
    flaws: finding.flaws.map((found) => ({
      ...found,
      flaw: reviveFlaw(found.flaw),
      ...(found.flawed === undefined ? {} : { flawed: withHistory(found.flawed, folder) }),
      ...(found.shrunk === undefined
        ? {}
        : { shrunk: { ...found.shrunk, run: withHistory(found.shrunk.run, folder) } }),
      ...(found.fixed === undefined ? {} : { fixed: withHistory(found.fixed, folder) }),
    })),
  };
}

const withHistory = (run: RunResult, folder: string): RunResult =>
  run.file === undefined ? run : { ...run, history: readHistory(join(folder, run.file)).history };

const revivePattern = (pattern: FailurePattern): FailurePattern => ({
  ...pattern,
  flaws: pattern.flaws.map(reviveFlaw),
});

const reviveFlaw = (flaw: Flaw): Flaw => ({
  ...flaw,
  scenario: { ...flaw.scenario, checkers: [] },
  ...(flaw.signal === undefined ? {} : { signal: { ...flaw.signal, fires: () => undefined } }),
});

const status = z.enum(['reproduced', 'not-reproduced', 'regressed', 'unknown', 'crashed']);
const run = z.looseObject({
  seed: z.number(),
  valid: z.enum(['valid', 'unknown', 'invalid']),
  verdicts: z.array(z.looseObject({ checker: z.string(), summary: z.string() })),
  file: z.string().optional(),
});
const flaw = z.looseObject({ name: z.string(), about: z.string() });
const suiteSchema = z.looseObject({
  id: z.string(),
  version: z.string(),
  world: z.enum(['sim', 'docker', 'process']),
  baseSeed: z.number(),
  findings: z.array(
    z.looseObject({
      pattern: z.looseObject({ id: z.string(), title: z.string(), flaws: z.array(flaw) }),
      target: z.string(),
      status,
      flaws: z.array(
        z.looseObject({ flaw, status, because: z.string(), flawed: run.optional(), fixed: run.optional() }),
      ),
    }),
  ),
});
