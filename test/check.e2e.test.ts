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

  it('knossos: registers, several registers and locks, where the register began as its test says', async () => {
    const rows = [...expected('knossos', 3)];
    expect(rows).toHaveLength(122);
    const fromZero = (file: string): boolean => file.includes('cas-register') && !file.includes('rethink');
    const zero = rows.filter(([file]) => fromZero(file));
    const others = rows.filter(([file]) => !fromZero(file));
    const files = (some: typeof rows): string[] => some.map(([file]) => file);
    expect(await verdicts(files(others))).toEqual(new Map(others));
    expect(await verdicts(files(zero), '--initial', '0')).toEqual(new Map(zero));
  });

  it('elle: transactions, packed and not, under the levels that its table names', async () => {
    const elle = (...names: string[]) => names.map((name) => join(data, 'elle', name));
    const strict = {
      'huge-scc.edn': 'invalid',
      'si-without-g-single.edn': 'invalid',
      'paper-example.edn': 'unknown', // nobody has a process in it
      'large/ssi-100k-wide.edn.gz': 'valid',
      'large/si-100k-wide.edn.gz': 'invalid',
    };
    const judged = await verdicts(elle(...Object.keys(strict)));
    expect(judged).toEqual(new Map(Object.entries(strict).map(([name, word]) => [elle(name)[0], word])));
    const [skew] = elle('si-without-g-single.edn') as [string];
    expect((await verdicts([skew], '--consistency', 'snapshot-isolation')).get(skew)).toBe('valid');
    expect((await verdicts([skew], '--consistency', 'serializable')).get(skew)).toBe('invalid');
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

  it('names the level that still holds, and judges by the one that is asked for', async () => {
    file('stale.log', `${valid}${read('1')}${valid.replaceAll('1', '2').replaceAll('- 2', '- 0')}${read('1')}`);
    const { code, out } = await run(['check', 'stale.log'], folder);
    expect(code).toBe(1);
    expect(out).toContain('It is still sequentially consistent');
    expect((await run(['check', '--consistency', 'sequential', 'stale.log'], folder)).code).toBe(0);
  });

  it('--certificate prints an order of what is valid and a core of what is not', async () => {
    const { out } = await run(['check', '--certificate', 'good.log', 'bad.log'], folder);
    expect(out).toMatch(/^valid .*\n +in this order: 0 1\ninvalid .*\n +these alone have no order: 1\n$/);
  });

  it('a model that does not know the actions is an honest unknown: 2', async () => {
    const { code, out } = await run(['check', '--model', 'queue', 'good.log'], folder);
    expect(out).toMatch(/^unknown/);
    expect(code).toBe(2);
  });
});

describe('convert', () => {
  it('writes what check reads: EDN and JSON lines, to a file or to standard output', async () => {
    const edn = await run(['convert', 'good.log', '--to', 'edn', '--output', 'good.edn'], folder);
    expect(edn).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(join(folder, 'good.edn'), 'utf8')).toContain(
      '{:index 0, :time 0, :type :invoke, :process 0, :f :write, :value 1}',
    );
    const jsonl = await run(['convert', 'good.edn', '--to', 'jsonl'], folder);
    writeFileSync(join(folder, 'good.jsonl'), jsonl.out);
    const { out, code } = await run(['check', '--model', 'register', 'good.edn', 'good.jsonl'], folder);
    expect(out.match(/^valid/gm)).toHaveLength(2);
    expect(code).toBe(0);
  });
});
