/**
 * 100 000 spoiled histories through what `pitchpole check` does with a file: never anything but a verdict or a refusal, never
 * a verdict without having read to the end, never for ever. `npm run bench:fuzz`, or `npx tsx bench/fuzz.ts [files] [seed]`.
 *
 * The surprise is the watchdog. A file that hangs us hangs this thread too, so another one looks whether the count still
 * grows, and names the seed that stopped it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import Table from 'cli-table3';
import { examine, mutantOf } from '../harness/cli/testing/fuzz.ts';
import { type Specimen, specimens } from '../harness/run/formats/testing/specimens.ts';

const files = Number(process.argv[2] ?? 100_000);
const first = Number(process.argv[3] ?? 0);
/** Far more than the slowest file takes on a busy machine. */
const patienceSeconds = 120;

const progress = new Int32Array(new SharedArrayBuffer(4));
progress[0] = first;
const watchdog = new Worker(
  `const { workerData } = require('node:worker_threads');
   let seen = -1;
   setInterval(() => {
     const now = Atomics.load(workerData.progress, 0);
     if (now === seen) { console.error('seed ' + now + ' has taken more than ${patienceSeconds} s'); process.kill(process.pid, 'SIGKILL'); }
     seen = now;
   }, ${patienceSeconds} * 1000);`,
  { eval: true, workerData: { progress } },
);
watchdog.unref();

const all = [...specimens(), ...realHistories()];
const counts = new Map<string, Map<string, number>>();
const times: number[] = [];
let worst = { milliseconds: 0, story: '' };
const failures: string[] = [];
const began = performance.now();
for (let seed = first; seed < first + files; seed++) {
  Atomics.store(progress, 0, seed);
  const mutant = mutantOf(all, seed);
  const before = performance.now();
  try {
    const { word, format } = await examine(mutant);
    const row = counts.get(format) ?? new Map<string, number>();
    counts.set(format, row.set(word, (row.get(word) ?? 0) + 1));
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
    if (failures.length >= 20) break;
  }
  const milliseconds = performance.now() - before;
  times.push(milliseconds);
  if (milliseconds > worst.milliseconds) worst = { milliseconds, story: mutant.story };
}

times.sort((a, b) => a - b);
const quantile = (part: number): string => (times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(2);
const verdicts = ['valid', 'invalid', 'unknown', 'refused'];
const table = new Table({ head: ['taken for', ...verdicts], style: { head: [], border: [], compact: true } });
for (const [format, row] of [...counts].sort()) table.push([format, ...verdicts.map((word) => row.get(word) ?? 0)]);
console.log(table.toString());
console.log(`${times.length} files of ${all.length} specimens in ${((performance.now() - began) / 1000).toFixed(0)} s`);
console.log(
  `per file, in ms: median ${quantile(0.5)}, 99% ${quantile(0.99)}, worst ${worst.milliseconds.toFixed(0)} (${worst.story})`,
);
for (const failure of failures) console.error(failure);
console.log(failures.length === 0 ? 'Nothing but verdicts and refusals.' : `${failures.length} files broke it.`);
process.exit(failures.length === 0 ? 0 : 1);

/** Small ones of other projects, where they lie beside the repository. */
function realHistories(): Specimen[] {
  const data = new URL('../../shared/data/', import.meta.url);
  if (!existsSync(data)) return [];
  const folders = [
    'porcupine/jepsen',
    'knossos/cas-register/bad',
    'knossos/multi-register/good',
    'elle',
    'synthetic-crash',
  ];
  return folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, data))
      .filter((name) => /\.(edn|log|txt)$/.test(name))
      .map((name) => ({ name: `${folder}/${name}`, bytes: readFileSync(new URL(`${folder}/${name}`, data)) }))
      .filter(({ bytes }) => bytes.byteLength > 0 && bytes.byteLength < 20_000)
      .slice(0, 6),
  );
}
