/**
 * The example nodes of the process world, again and again: each must be acquitted and its flawed twin convicted, in both
 * languages, under every workload, within 30 s a run.
 *
 *     npx tsx bench/process.ts [runs] [at once] [workload,…]
 *
 * Other seeds each time, and real processes, so that no two runs are the same. Ends with 1 where one was not as it must be.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { seconds } from '../harness/core/define.ts';
import { flawOf } from '../harness/core/target.ts';
import { createProcessWorld } from '../harness/process/world.ts';
import { scenarioOf } from '../harness/run/circumstances.ts';
import { runOnce } from '../harness/run/run.ts';
import { nemeses } from '../nemeses/index.ts';
import { greetingsOf, ownProgram, programWorkloads } from '../targets/programs/program.ts';
import { workloads } from '../workloads/index.ts';

const [runs = 20, atOnce = 1] = process.argv.slice(2, 4).map(Number);
const chosen = process.argv[4]?.split(',') ?? programWorkloads;
const examples = fileURLToPath(new URL('../examples/process/', import.meta.url));
const languages = {
  Python: ['python3', `${examples}node.py`],
  JavaScript: [process.execPath, `${examples}node.mjs`],
} as const;

interface Row {
  readonly workload: string;
  readonly language: keyof typeof languages;
  readonly twin: 'fixed' | 'flawed';
  asItMustBe: number;
  tried: number;
  slowestMs: number;
  operations: number;
  readonly found: Set<string>;
}

const rows = chosen.flatMap((workload) =>
  (Object.keys(languages) as (keyof typeof languages)[]).flatMap((language) =>
    (['fixed', 'flawed'] as const).map(
      (twin): Row => ({
        ...{ workload, language, twin, asItMustBe: 0, tried: 0, slowestMs: 0, operations: 0 },
        found: new Set(),
      }),
    ),
  ),
);
const folder = mkdtempSync(join(tmpdir(), 'pitchpole-bench-'));
const queue = Array.from({ length: runs }, (_, seed) => rows.map((row) => ({ row, seed }))).flat();
const pull = async (): Promise<void> => {
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) await once(job.row, job.seed);
};
await Promise.all(Array.from({ length: atOnce }, pull));
rmSync(folder, { recursive: true, force: true });

const table = new Table({
  head: ['workload', 'language', 'twin', 'as it must be', 'operations', 'slowest', 'anomalies'],
});
for (const row of rows) {
  const { workload, language, twin, asItMustBe, tried, operations, slowestMs, found } = row;
  const verdict = `${twin === 'fixed' ? 'acquitted' : 'convicted'} ${asItMustBe} of ${tried}`;
  const slowest = `${(slowestMs / 1000).toFixed(1)} s`;
  table.push([workload, language, twin, verdict, operations, slowest, [...found].join(', ')]);
}
console.log(table.toString());
if (rows.some(({ asItMustBe, tried, slowestMs }) => asItMustBe < tried || slowestMs > 30_000)) process.exitCode = 1;

async function once(row: Row, seed: number): Promise<void> {
  const { workload, language, twin } = row;
  const [program, file] = languages[language];
  const { target, pattern, control } = ownProgram(`${language} example`, workload);
  const flaw = flawOf(control);
  const began = performance.now();
  const { valid, anomalies, operations, doubts, verdicts } = await runOnce({
    ...{ target, pattern, flaw, twin, seed, world: 'process', variant: {}, registries: { workloads, nemeses } },
    scenario: scenarioOf(flaw, 'process', { duration: seconds(3), nemesis: 'partition' }),
    createWorld: (options) =>
      createProcessWorld({
        ...options,
        command: [program, file, workload, ...(twin === 'flawed' ? ['flawed'] : [])],
        logs: join(folder, `${workload}-${language}-${twin}-${seed}`),
        greetings: (_node, nodes) => greetingsOf(workload, nodes),
      }),
  });
  row.tried++;
  row.operations += operations;
  row.slowestMs = Math.max(row.slowestMs, performance.now() - began);
  for (const anomaly of anomalies) row.found.add(anomaly);
  if (valid === (twin === 'fixed' ? 'valid' : 'invalid')) row.asItMustBe++;
  else {
    const why = doubts[0] ?? verdicts.find((verdict) => verdict.valid === valid)?.summary;
    console.log(`${workload}, ${language}, ${twin}, seed ${seed}: ${valid}: ${why}`);
  }
}
