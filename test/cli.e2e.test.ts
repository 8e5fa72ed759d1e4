/** The built program as a person meets it: exit codes, what is printed where, interruption, the files that are left. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run, start } from './testing/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'pitchpole-e2e-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quick = ['run', 'consensus/split-brain', '--seeds', '3', '--seed', '0x5eed1a7e'];

describe('run', () => {
  it('prints the seed first and the path of the report last, and ends with 0 where all is as expected', async () => {
    const { code, out } = await run(quick, folder);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toContain('base seed 0x5eed1a7e');
    expect(out).toMatch(/✓ consensus\/split-brain +reproduced/);
    const report = /^report {2}(.+index\.html)$/.exec(lines.at(-1) ?? '')?.[1];
    expect(report).toBeDefined();
    expect(readFileSync(report as string, 'utf8')).toContain('consensus/split-brain');
    expect(code).toBe(0);
  });

  it('--json prints one document and nothing else, and the chatter goes to standard error', async () => {
    const { code, out } = await run([...quick, '--json'], folder);
    const document = JSON.parse(out) as { baseSeed: number; findings: { status: string }[]; reports: string[] };
    expect(document).toMatchObject({ baseSeed: 0x5eed1a7e, interrupted: false });
    expect(document.findings.map(({ status }) => status)).toEqual(['reproduced']);
    for (const path of document.reports) expect(existsSync(path)).toBe(true);
    expect(code).toBe(0);
  });

  it('without colours unless they are forced', async () => {
    const words = [...quick, '--reporter', 'line'];
    const colour = '\u001b[';
    expect((await run(words, folder)).out).not.toContain(colour);
    expect((await run(words, folder, { FORCE_COLOR: '1' })).out).toContain(colour);
  });

  it('a fixed twin alone is acquitted; a flawed one alone convicted; both are as expected', async () => {
    for (const variant of ['fixed', 'flawed']) {
      expect({ variant, code: (await run([...quick, '--variant', variant], folder)).code }).toEqual({
        variant,
        code: 0,
      });
    }
  });

  it('a pattern that does not show is not reproduced: 1, and says so', async () => {
    // Without faults to speak of, nothing can go wrong.
    const words = [
      'run',
      'consensus/unsynced-log',
      '--seeds',
      '2',
      '--nemesis',
      'slow',
      '--duration',
      '2s',
      '--variant',
      'both',
    ];
    const { code, out } = await run(words, folder);
    expect(out).toContain('NOT REPRODUCED');
    expect(out).toContain('pitchpole replay consensus/unsynced-log');
    expect(code).toBe(1);
  });

  it('writes JUnit where it is asked for', async () => {
    const { out } = await run([...quick, '--json', '--reporter', 'junit'], folder);
    const [path] = (JSON.parse(out) as { reports: string[] }).reports;
    expect(readFileSync(path as string, 'utf8')).toMatch(
      /<testcase classname="consensus" name="consensus\/split-brain"/,
    );
  });
});

describe('an interruption', () => {
  it('once: the report is written all the same, and the exit code is 130', async () => {
    const { child, ended, said } = start(['run', 'consensus', '--seeds', '100000'], folder);
    await said('base seed');
    child.kill('SIGINT');
    const { code, out, err } = await ended;
    expect(err).toContain('Once more to stop at once');
    expect(out).toContain('interrupted');
    const report =
      out
        .trimEnd()
        .split('\n')
        .at(-1)
        ?.replace(/^report {2}/, '') ?? '';
    expect(existsSync(report)).toBe(true);
    expect(code).toBe(130);
  });

  it('twice: it ends at once', async () => {
    const { child, ended, said } = start(['run', 'consensus', '--seeds', '100000'], folder);
    await said('base seed');
    child.kill('SIGINT');
    await said('Once more to stop at once');
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
  });
});

describe('replay', () => {
  const words = ['replay', 'consensus/split-brain', '--flaw', 'stale-read', '--seed', '0x5eed1a7e'];

  it('gives the same history, byte for byte, twice', async () => {
    const histories: string[] = [];
    for (const out of ['one', 'two']) {
      const { code, out: told } = await run([...words, '--out', out, '--json'], folder);
      expect(code).toBe(0);
      const { file, valid, digest } = JSON.parse(told) as { file: string; valid: string; digest: string };
      expect(valid).toBe('invalid');
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      histories.push(readFileSync(file, 'utf8'));
    }
    expect(histories[0]).toBe(histories[1]);
  });

  it('leaves a history that `check` judges alike, whole or cut short', async () => {
    const { out } = await run([...words, '--json'], folder);
    const { file } = JSON.parse(out) as { file: string };
    expect(await run(['check', file], folder)).toMatchObject({ code: 1, out: expect.stringMatching(/^invalid/) });
    const text = readFileSync(file, 'utf8');
    const torn = join(folder, 'torn.jsonl');
    writeFileSync(torn, text.slice(0, Math.floor(text.length / 3)));
    const short = await run(['check', torn], folder);
    expect(short.out).toMatch(/^(valid|invalid|unknown)/);
    expect(short.err).toContain('torn');
    writeFileSync(torn, text.replace('"t":"invoke"', '"t":"invake"'));
    const malformed = await run(['check', torn], folder);
    expect(malformed.code).toBe(64);
    expect(malformed.out).toMatch(/^unreadable/);
  });

  it('the fixed twin on the same seed is acquitted', async () => {
    expect(await run([...words, '--variant', 'fixed'], folder)).toMatchObject({
      code: 0,
      out: expect.stringContaining('valid'),
    });
  });
});

describe('report', () => {
  it('pours the same page again from what is stored', async () => {
    const { out } = await run([...quick, '--out', 'again', '--json'], folder);
    const { id } = JSON.parse(out) as { id: string };
    const page = join(folder, 'again', id, 'consensus-split-brain.html');
    const before = readFileSync(page, 'utf8');
    rmSync(page);
    const again = await run(['report', id, '--out', 'again'], folder);
    expect(again).toMatchObject({ code: 0, out: `${join(folder, 'again', id, 'index.html')}\n` });
    expect(readFileSync(page, 'utf8')).toBe(before);
    expect(readdirSync(join(folder, 'again', id))).toContain('junit.xml');
  });
});

describe('whatever is wrong', () => {
  it.each([
    [['run', 'nothing'], 3],
    [['run', '--seeds', 'x'], 64],
    [['run', '--world', 'moon'], 64],
    [['explain', 'nothing'], 3],
    [['check', 'nothing', '--model', 'nothing'], 64],
    [['report', 'nothing'], 64],
    [['frobnicate'], 64],
  ])('%j: %i, one sentence on standard error, no stack trace', async (words, expected) => {
    const { code, out, err } = await run(words, folder);
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toMatch(/^pitchpole: .+\n$/);
  });

  it('no Docker: 69, and what to do', async () => {
    const environment = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const { code, out, err } = await run(['run', 'consensus', '-w', 'docker'], folder, environment);
    expect({ code, out }).toEqual({ code: 69, out: '' });
    expect(err).toMatch(/^pitchpole: No Docker engine answers .*pitchpole doctor.*\n$/);
    expect((await run(['doctor'], folder, environment)).code).toBe(69);
  });
});
