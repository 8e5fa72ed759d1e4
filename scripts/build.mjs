// Everything that a clone needs to run: compiled rooms, the two programs that run inside containers, the report's app.
// It begins from nothing each time, so that no file of a room that has moved can linger in the package.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

for (const folder of ['dist', 'checkers/porcupine/dist', 'checkers/elle/dist'])
  rmSync(folder, { recursive: true, force: true });

run('node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json');

// A container holds Node and nothing else, so these two carry all that they import.
await build({
  entryPoints: { entry: 'harness/cli/container-entry.ts', agent: 'harness/docker/agent.ts' },
  outdir: 'dist/container',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  // Libraries that still ask for modules in the old way need a `require`.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});

run('reports/html/build.mjs');

chmodSync('dist/harness/cli/main.js', 0o755);

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
