/**
 * `pitchpole check` gives every stored history of other projects the verdict that those projects give it, and says what it
 * cannot read.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from './testing/program.ts';

const data = fileURLToPath(new URL('../../shared/data', import.meta.url));
const here = existsSync(data);
if (!here) console.log(`skipped: verdicts over the shared histories (${data} is not there)`);

const folder = mkdtempSync(join(tmpdir(), 'pitchpole-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rows of `EXPECTED.tsv`: the file, and whether it is linearizable; `-` is an empty file, whose cluster never started. */
const words: Readonly<Record<string, string>> = { true: 'valid', false: 'invalid', '-': 'unreadable' };

function expected(source: string, column: number): ReadonlyMap<string, string> {
  const rows = readFileSync(join(data, source, 'EXPECTED.tsv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  return new Map(
    rows.map((row) => {
      const cells = row.split('\t');
      const word = words[cells[column]?.split(' ')[0] ?? ''];
      if (word === undefined) throw new Error(`${source}: no verdict in the row ${row}`);
      return [join(data, source, cells[0] as string), word] as const;
    }),
  );
}

async function verdicts(files: readonly string[], ...flags: string[]): Promise<Map<string, string>> {
  const { out } = await run(['check', ...flags, ...files], folder);
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(files.length);
  return new Map(lines.map((line) => line.split(/\s+/) as [string, string]).map(([verdict, file]) => [file, verdict]));
}

describe.skipIf(!here)('the histories of other projects', () => {
  it.each([
    ['porcupine', 2, 109],
    ['synthetic-crash', 4, 54],
  ])('%s: one line a file, each with the verdict that is expected', async (source, column, count) => {
    const rows = expected(source, column);
    expect(rows.size).toBe(count);
    expect(await verdicts([...rows.keys()])).toEqual(new Map(rows));
  });

  it('knossos: registers and locks, where the register began as its test says', async () => {
    const rows = [...expected('knossos', 3)].filter(([file]) => !file.includes('multi-register'));
    const [rethink, others] = [true, false].map((wanted) =>
      rows.filter(([file]) => file.includes('rethink') === wanted),
    );
    expect(rows.length).toBeGreaterThan(100);
    expect(await verdicts((rethink ?? []).map(([file]) => file))).toEqual(new Map(rethink));
    const registers = (others ?? []).filter(([file]) => file.includes('cas-register'));
    expect(
      await verdicts(
        registers.map(([file]) => file),
        '--initial',
        '0',
      ),
    ).toEqual(new Map(registers));
    const locks = (others ?? []).filter(([file]) => file.includes('mutex'));
    expect(await verdicts(locks.map(([file]) => file))).toEqual(new Map(locks));
  });
});

const valid = 'INFO  jepsen.util - 0\t:invoke\t:write\t1\nINFO  jepsen.util - 0\t:ok\t:write\t1\n';
const read = (value: string) =>
  `INFO  jepsen.util - 1\t:invoke\t:read\tnil\nINFO  jepsen.util - 1\t:ok\t:read\t${value}\n`;

describe('check', () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return name;
  };

  it.each([
    ['valid alone: 0', [file('good.log', valid + read('1'))], 0, ['valid']],
    ['an invalid one among valid ones: 1', ['good.log', file('bad.log', valid + read('2'))], 1, ['valid', 'invalid']],
    [
      'an unreadable one among others: 64',
      ['bad.log', file('torn.log', `${valid}INFO  jepsen.util - 0\t:ok\n`), 'good.log'],
      64,
      ['invalid', 'unreadable', 'valid'],
    ],
    ['one that is not there: 64', ['gone.log'], 64, ['unreadable']],
    ['one that is no history at all: 64', [file('poem.txt', 'The sea is calm tonight.\n')], 64, ['unreadable']],
    ['an empty one: 64', [file('empty', '')], 64, ['unreadable']],
  ])('%s', async (_what, files, code, words) => {
    const ended = await run(['check', ...files], folder);
    expect(ended.code).toBe(code);
    expect(
      ended.out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/\s+/)[0]),
    ).toEqual(words);
    expect(ended.err).toBe('');
  });

  it('says where a malformed file is wrong, and what was expected there', async () => {
    const { out } = await run(['check', 'torn.log'], folder);
    expect(out).toContain('torn.log:3');
    expect(out).toContain(':invoke|:ok|:fail|:info');
  });

  it('--json prints one document and nothing else', async () => {
    const { code, out, err } = await run(['check', '--json', 'good.log', 'bad.log', 'gone.log'], folder);
    const { files } = JSON.parse(out) as { files: { verdict: string }[] };
    expect(files.map(({ verdict }) => verdict)).toEqual(['valid', 'invalid', 'unreadable']);
    expect({ code, err }).toEqual({ code: 64, err: '' });
  });

  it('a model that does not know the actions is an honest unknown: 2', async () => {
    const { code, out } = await run(['check', '--model', 'queue', 'good.log'], folder);
    expect(out).toMatch(/^unknown/);
    expect(code).toBe(2);
  });
});
