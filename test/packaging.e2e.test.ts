/**
 * The packages as `npm pack` makes them, installed into an empty folder: the program runs there, and `porcupine-ts` can be
 * imported. Nothing of this repository is in reach.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from './testing/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'pitchpole-pack-'));
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|PITCHPOLE_)/.test(name)),
);

const inside = (command: string, ...words: string[]): string =>
  execFileSync(command, words, { cwd: folder, encoding: 'utf8', env: environment, stdio: ['ignore', 'pipe', 'pipe'] });

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Without scripts: `dist` has been built just now, and building it again would take it from under other tests. */
function pack(...words: string[]): Packed {
  const text = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...words], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return (JSON.parse(text) as [Packed])[0];
}

let packages: readonly Packed[] = [];

beforeAll(() => {
  packages = [pack(), pack('--workspace', 'porcupine-ts'), pack('--workspace', 'elle-ts')];
  writeFileSync(join(folder, 'package.json'), '{ "name": "elsewhere", "private": true }\n');
  inside(
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    ...packages.map(({ filename }) => `./${filename}`),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('hold what runs and no tests, sources or data', () => {
  for (const { files } of packages) {
    const strays = files.filter(({ path }) => /\.test\.|testing\/|fixture|(?<!\.d)\.ts$|\.tsbuildinfo$/.test(path));
    expect(strays).toEqual([]);
  }
});

it('`npx pitchpole run --seeds 5` reproduces every pattern, without any install script', () => {
  const out = inside('npx', 'pitchpole', 'run', '--seeds', '5');
  expect(out).toContain('consensus/split-brain');
  expect(out).not.toMatch(/REGRESSED|NOT REPRODUCED|CRASHED/);
  const [run] = readdirSync(join(folder, '.pitchpole', 'runs'));
  expect(readdirSync(join(folder, '.pitchpole', 'runs', run as string))).toContain('index.html');
});

it('`porcupine-ts` can be imported, and judges', () => {
  writeFileSync(
    join(folder, 'try.mjs'),
    `import { checkOperations, register } from 'porcupine-ts';
const write = (value, call, end) => ({ process: 0, input: { action: 'write', value }, output: undefined, call, return: end });
const read = (value, call, end) => ({ process: 1, input: { action: 'read' }, output: value, call, return: end });
const model = register({ initial: 0 });
console.log(checkOperations(model, [write(1, 0, 1), read(1, 2, 3)]).verdict, checkOperations(model, [write(1, 0, 1), read(0, 2, 3)]).verdict);
`,
  );
  expect(inside('node', 'try.mjs')).toBe('valid invalid\n');
});

it('a config file in TypeScript is read there, and imports the package by its name', () => {
  writeFileSync(
    join(folder, 'pitchpole.config.ts'),
    "import { defineConfig } from 'pitchpole';\nexport default defineConfig({ seeds: 7 as number });\n",
  );
  expect(inside('npx', 'pitchpole', 'run', '--show-config')).toMatch(/^seeds +7 +config$/m);
});
