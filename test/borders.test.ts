/**
 * The walls stand: each ban of `biome.json` fires on a file that breaks it, and leaves alone the one that does not. The
 * snippets are written into a folder of their own that has the same rooms, and Biome goes through it once.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const imports = 'lint/style/noRestrictedImports';
const globals = 'lint/style/noRestrictedGlobals';

/** [file, what it says, the rule that must object]. */
const forbidden: readonly (readonly [file: string, line: string, rule: string])[] = [
  ['harness/core/a.ts', "import 'node:fs';", imports],
  ['harness/core/b.ts', "import 'zod';", imports],
  ['harness/core/c.ts', "import '../sim/world.ts';", imports],
  ['harness/sim/a.ts', "import '../docker/world.ts';", imports],
  ['harness/sim/b.ts', "import '../run/run.ts';", imports],
  ['harness/sim/c.ts', "import 'node:crypto';", imports],
  ['harness/docker/a.ts', "import '../sim/world.ts';", imports],
  ['harness/docker/b.ts', "import '../../targets/index.ts';", imports],
  ['harness/process/a.ts', "import '../docker/world.ts';", imports],
  ['harness/process/b.ts', "import '../run/run.ts';", imports],
  ['harness/run/a.ts', "import '../../targets/index.ts';", imports],
  ['harness/run/b.ts', "import '../cli/registry.ts';", imports],
  ['harness/run/c.ts', "import '../../checkers/linearizable.ts';", imports],
  ['checkers/a.ts', "import '../harness/run/run.ts';", imports],
  ['checkers/b.ts', "import '../targets/index.ts';", imports],
  ['checkers/porcupine/src/a.ts', "import 'simple-statistics';", imports],
  ['checkers/porcupine/src/b.ts', "import '../../../harness/core/types.ts';", imports],
  ['nemeses/a.ts', "import '../harness/docker/world.ts';", imports],
  ['nemeses/b.ts', "import '../targets/index.ts';", imports],
  ['workloads/a.ts', "import '../nemeses/index.ts';", imports],
  ['workloads/b.ts', "import '../harness/run/run.ts';", imports],
  ['reports/a.ts', "import '../harness/run/store.ts';", imports],
  ['reports/html/b.ts', "import '../../checkers/index.ts';", imports],
  ['targets/mechanisms/x/a.ts', "import 'node:fs';", imports],
  ['targets/mechanisms/x/b.ts', "import '../../../checkers/index.ts';", imports],
  ['targets/mechanisms/x/c.ts', "import '../../../harness/sim/world.ts';", imports],
  ['targets/mechanisms/x/patterns.ts', "import '../../../harness/run/run.ts';", imports],
  ['targets/systems/x/a.ts', "import '../../../harness/docker/world.ts';", imports],
  ['targets/programs/a.ts', "import '../../harness/process/world.ts';", imports],
  ['targets/programs/b.ts', "import 'node:fs';", imports],
  ['targets/index.ts', "import '../harness/core/types.ts';", imports],
  ['targets/mechanisms/x/d.ts', 'export const x = Math.random();', 'plugin'],
  ['targets/mechanisms/x/e.ts', 'export const x = Date.now();', 'plugin'],
  ['targets/mechanisms/x/f.ts', 'export const x = new Date();', 'plugin'],
  ['targets/mechanisms/x/g.ts', 'setTimeout(() => {}, 1);', globals],
  ['targets/mechanisms/x/h.ts', 'export const x = process.pid;', globals],
  ['harness/core/d.ts', 'export const x = Math.random();', 'plugin'],
  ['harness/core/e.ts', 'export const x = Date.now();', globals],
  ['harness/sim/d.ts', 'export const x = performance.now();', 'plugin'],
  ['harness/sim/e.ts', 'setImmediate(() => {});', globals],
  ['workloads/c.ts', 'export const x = Math.random();', 'plugin'],
  ['nemeses/c.ts', 'setInterval(() => {}, 1);', globals],
  ['checkers/c.ts', 'export const x = new Date();', 'plugin'],
];

const allowed: readonly (readonly [file: string, line: string])[] = [
  ['harness/core/ok.ts', "import 'pure-rand/generator/xoroshiro128plus';\nimport './types.ts';"],
  ['harness/sim/ok.ts', "import '../core/types.ts';"],
  ['harness/docker/ok.ts', "import '../core/types.ts';\nimport 'node:fs';\nimport 'dockerode';"],
  ['harness/process/ok.ts', "import '../core/types.ts';\nimport '../sim/network.ts';\nimport 'node:fs';"],
  ['harness/run/ok.ts', "import '../sim/world.ts';\nimport '../docker/world.ts';\nimport 'zod';"],
  ['harness/cli/ok.ts', "import '../../targets/index.ts';\nimport '../../reports/model.ts';"],
  ['checkers/ok.ts', "import '../harness/core/types.ts';\nimport 'porcupine-ts';"],
  ['checkers/porcupine/src/models/ok.ts', "import '../types.ts';"],
  ['nemeses/ok.ts', "import '../harness/core/define.ts';"],
  ['workloads/ok.ts', "import '../checkers/linearizable.ts';"],
  ['reports/html/ok.ts', "import '../../harness/core/types.ts';"],
  ['targets/mechanisms/x/ok.ts', "import '../../../harness/core/node.ts';\nimport './log.ts';\nimport '../y/y.ts';"],
  ['targets/mechanisms/y/patterns.ts', "import '../../../checkers/index.ts';\nimport './y.ts';"],
  ['targets/programs/ok.ts', "import '../../harness/core/define.ts';\nimport '../../checkers/answered.ts';"],
  ['targets/systems/x/ok.ts', "import '../../../harness/core/define.ts';"],
];

describe('the borders of the rooms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pitchpole-borders-'));
  const found = new Map<string, string[]>();

  beforeAll(() => {
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    cpSync(join(root, 'lint'), join(folder, 'lint'), { recursive: true });
    for (const [file, line] of [...forbidden, ...allowed]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${line}\n`);
    }
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const { stdout } = spawnSync(
      process.execPath,
      [biome, 'lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', '.'],
      { cwd: folder, encoding: 'utf8' },
    );
    for (const { category, location } of diagnosticsIn(stdout)) {
      found.set(location.path, [...(found.get(location.path) ?? []), category]);
    }
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(forbidden)('%s may not say `%s`', (file, _line, rule) => {
    expect(found.get(file)).toContain(rule);
  });

  it.each(allowed)('%s may', (file) => {
    expect(found.get(file) ?? []).not.toContain(imports);
  });
});

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

function diagnosticsIn(stdout: string): readonly Diagnostic[] {
  const report = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
  return report.diagnostics;
}
