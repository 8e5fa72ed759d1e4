// Every test there is, one stage after the other, with what each took. `npm test` runs them all; `npm test -- unit lint`
// only those. All stages run even where one fails, so that one look shows all that is broken.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const SKIPPED = 75;
const stages = {
  build: () => node('scripts/build.mjs'),
  lint: () => node('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
  typecheck: () => node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'),
  knip: () => node('node_modules/knip/bin/knip.js'),
  browser: () => node('scripts/browser-needs.mjs'),
  unit: () => node('node_modules/vitest/vitest.mjs', 'run'),
  e2e: () => node('node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.e2e.config.ts'),
  containers() {
    const needs = node('scripts/container-needs.mjs');
    return needs === 0 ? node('node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.docker.config.ts') : needs;
  },
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(stages, name));
if (unknown !== undefined) {
  console.error(`There is no stage \`${unknown}\`. There are ${Object.keys(stages).join(', ')}.`);
  process.exit(64);
}

const outcomes = [];
for (const [name, stage] of Object.entries(stages)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n▸ ${name}`);
  const began = performance.now();
  const status = stage();
  outcomes.push({ name, status, seconds: (performance.now() - began) / 1000 });
}

console.log('');
for (const { name, status, seconds } of outcomes) {
  const word = status === 0 ? '✓ passed ' : status === SKIPPED ? '– skipped' : '✕ FAILED ';
  console.log(`${word}  ${name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s`);
}
process.exit(outcomes.some(({ status }) => status !== 0 && status !== SKIPPED) ? 1 : 0);

function node(script, ...args) {
  const { status, signal } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  if (signal === 'SIGINT') process.exit(130);
  return status ?? 1;
}
