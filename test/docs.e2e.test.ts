/**
 * The pages "add a …" are followed word for word in a copy of the repository: files are created, changes applied, commands
 * run. A page that no longer works fails here.
 *
 * What a page may say: "Create `path`:" before a block of code, "Change `path`:" before a diff, and blocks of `sh`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from './testing/program.ts';

const copy = mkdtempSync(join(tmpdir(), 'pitchpole-docs-'));
const left = ['node_modules', 'dist', '.git', '.pitchpole'];

beforeAll(() => {
  cpSync(root, copy, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

type Step = { readonly kind: 'create' | 'change'; readonly path: string; readonly text: string } | Command;
interface Command {
  readonly kind: 'command';
  readonly text: string;
}

function stepsOf(page: string): Step[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  const blocks = text.matchAll(/(?:(Create|Change) `([^`]+)`:\n\n)?^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, verb, path, language, body]): Step[] => {
    if (verb !== undefined && path !== undefined) {
      return [{ kind: verb === 'Create' ? 'create' : 'change', path, text: body as string }];
    }
    if (language !== 'sh') return [];
    return (body as string)
      .trim()
      .split('\n')
      .map((line) => ({ kind: 'command', text: line }));
  });
}

function follow(step: Step): string {
  if (step.kind === 'command') {
    const environment = { ...process.env, CI: '1', NO_COLOR: '1' };
    const { status, stdout, stderr } = spawnSync('bash', ['-c', step.text], {
      cwd: copy,
      encoding: 'utf8',
      env: environment,
    });
    expect({ command: step.text, status, said: status === 0 ? '' : `${stdout}\n${stderr}` }).toEqual({
      command: step.text,
      status: 0,
      said: '',
    });
    return stdout;
  }
  const file = join(copy, step.path);
  mkdirSync(dirname(file), { recursive: true });
  if (step.kind === 'create') writeFileSync(file, step.text);
  else execFileSync('patch', ['-p1', '--no-backup-if-mismatch'], { cwd: copy, input: step.text });
  return '';
}

it.each([
  ['add-a-mechanism.md', /cell\/unsynced-write +reproduced/],
  ['add-a-nemesis.md', /^ +stutter /m],
  ['add-a-checker.md', /^/],
])(
  '%s can be followed word for word',
  (page, said) => {
    const steps = stepsOf(page);
    expect(steps.length).toBeGreaterThan(3);
    expect(steps.map(follow).join('')).toMatch(said);
  },
  240_000,
);
