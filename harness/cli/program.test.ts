/** What a person types, and what comes back; in this process, with screens that keep what was written. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'pitchpole-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function type(words: string, variables: Record<string, string> = {}) {
  const written = { out: '', err: '' };
  const screen = (where: 'out' | 'err') => ({
    write(text: string) {
      written[where] += text;
    },
    live: false,
    columns: 100,
    colors: 0 as const,
    now: () => 0,
  });
  const code = await runProgram(words === '' ? [] : words.split(' '), {
    version: '1.2.3',
    stdout: screen('out'),
    stderr: screen('err'),
    variables,
    folder,
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

describe('the command line', () => {
  it('prints its version', async () => {
    expect(await type('--version')).toEqual({ code: 0, out: 'pitchpole 1.2.3\n', err: '' });
  });

  it('prints help for itself and for each command, with an example under each', async () => {
    expect((await type('--help')).out).toContain('explain');
    for (const command of ['run', 'list', 'explain', 'replay', 'check', 'convert', 'report', 'doctor']) {
      const { code, out, err } = await type(`${command} --help`);
      expect({ command, code, err }).toEqual({ command, code: 0, err: '' });
      expect(out).toContain(`$ pitchpole ${command}`);
    }
  });

  it('without a command shows its help among the chatter, and calls that bad usage', async () => {
    const { code, out, err } = await type('');
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain('Usage: pitchpole');
  });

  it.each([
    ['rum', 64, 'Unknown command `rum`. Did you mean `run`?'],
    ['run --sede 4', 64, 'Unknown option `--sede`. Did you mean `--seed`?'],
    ['run --seeds', 64, 'argument missing.'],
    ['run --seeds many', 64, '--seeds does not take `many`.'],
    ['run konsensus', 3, 'No target and no pattern is called `konsensus`. Did you mean `consensus`?'],
    ['run -g nothinglikethis', 3, 'No pattern matches `nothinglikethis`.'],
    ['run etcd', 3, '-w docker'],
    ['run consensus --workload regsiter', 64, 'Did you mean `register`?'],
    ['run consensus --nemesis nobody', 64, 'There is no nemesis `nobody`.'],
    ['explain split-brian', 3, 'There is no pattern `split-brian`.'],
    ['replay consensus/split-brain', 64, '--seed'],
    ['replay consensus/split-brain --seed 1 --flaw none', 64, 'has no flaw `none`.'],
    ['check', 64, 'Missing required argument `file`.'],
    ['check nowhere.log --model regster', 64, 'There is no model `regster`. Did you mean `register`?'],
    ['check nowhere.log --format edm', 64, 'There is no format `edm`. Did you mean `edn`?'],
    [
      'check nowhere.log --consistency serialisable',
      64,
      'There is no level of consistency `serialisable`. Did you mean `serializable`?',
    ],
    ['convert nowhere.log --to edm', 64, '--to does not take `edm`. Did you mean `edn`? It takes one of edn, jsonl.'],
    ['convert nowhere.log --to edn', 64, '`nowhere.log` cannot be read: it does not exist.'],
    ['check nowhere.log --initial {', 64, '--initial does not take `{`.'],
    ['report nowhere', 64, '`nowhere`'],
    ['list --config nowhere.ts', 64, 'There is no config file `nowhere.ts`.'],
  ])('%s: %i and one sentence with the value and the remedy', async (words, expected, sentence) => {
    const { code, out, err } = await type(words);
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toContain(sentence);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('shows the stack only to whoever asks for it', async () => {
    expect((await type('explain nothing', { PITCHPOLE_DEBUG: '1' })).err).toMatch(/\n\s+at /);
  });

  it('lists and explains what there is', async () => {
    const { targets, nemeses } = JSON.parse((await type('list --json')).out) as {
      targets: { name: string; patterns: { id: string }[] }[];
      nemeses: { name: string }[];
    };
    expect(targets.map(({ name }) => name)).toEqual(expect.arrayContaining(['consensus', 'circuit-breaker', 'etcd']));
    expect(nemeses.length).toBeGreaterThan(5);
    for (const { id } of targets.flatMap(({ patterns }) => patterns)) {
      const { code, out } = await type(`explain ${id}`);
      expect({ id, code }).toEqual({ id, code: 0 });
      expect(out).toMatch(/Symptoms:.*\n/);
      expect(out).toContain(`pitchpole replay ${id} --flaw `);
    }
  });

  it('says where every setting came from', async () => {
    const { out } = await type('run --show-config --seeds 9', { PITCHPOLE_WORLD: 'docker' });
    expect(out).toMatch(/^seeds +9 +flag$/m);
    expect(out).toMatch(/^world +docker +environment$/m);
    expect(out).toMatch(/^variant +both +default$/m);
  });

  let files = 0;
  it.each([
    ['export default { nodez: 3 };', 'has a key `nodez` that means nothing. Did you mean `nodes`?'],
    ['export default 3;', 'does not export a config as its default.'],
    ['export default { targets: [3] };', 'has `targets` that are not a list of named objects.'],
    ['export default {', 'cannot be loaded'],
    ["export default { world: 'moon' };", '`world` in the config file does not take `moon`.'],
  ])('refuses the config file `%s`', async (text, sentence) => {
    const file = join(folder, `bad-${files++}.config.ts`);
    writeFileSync(file, text);
    const { code, err } = await type(`run --config ${file}`);
    expect(code).toBe(64);
    expect(err).toContain(sentence);
  });

  it('reads defaults and guests from a config file in TypeScript', async () => {
    const file = join(folder, 'good.config.ts');
    writeFileSync(file, config);
    expect((await type(`run --show-config --config ${file}`)).out).toMatch(/^seeds +5 +config$/m);
    expect((await type(`list --config ${file}`)).out).toMatch(/^mine {2}/m);
  });
});

const config = `
import { defineConfig, defineTarget, type Target } from 'pitchpole';
const mine: Target = defineTarget({
  name: 'mine', kind: 'mechanism', worlds: ['sim'], roles: () => ({ n1: 'replica' }), defaultNodes: 1,
  reference: {}, clients: {}, patterns: [],
});
export default defineConfig({ seeds: 5, targets: [mine] });
`;
