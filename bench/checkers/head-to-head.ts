/**
 * Porcupine's own test data, by both, in turns: the best of several runs of each file, and what a process that has just
 * begun needs. Reading and parsing are not counted for either. Ours includes laying out the history, and the evidence.
 */
import { checkOperations } from 'porcupine-ts';
import { dataFolder, type Sample } from '../../harness/run/formats/testing/data-set.ts';
import { inFreshProcess, porcupineSamples } from './fresh-process.ts';
import { startPorcupineGo } from './porcupine-go.ts';
import { geometricMean, printTable, shown, sum } from './table.ts';

const RUNS = 15;
const COLD_RUNS = 3;
/** A microsecond-long run says little about itself: so many are made in a row, of theirs as of ours, and the best counts. */
const IN_A_ROW = 3;

interface Compared {
  readonly file: string;
  readonly operations: number;
  readonly right: boolean;
  go: number;
  ours: number;
}

/** Without `program` our own times alone. */
export async function headToHead(program: string | undefined): Promise<boolean> {
  const theirs = program === undefined ? undefined : startPorcupineGo(program);
  const files = porcupineSamples();
  const loaded = files.map((sample) => ({ ...sample, ...sample.load() }));
  for (const { file, group } of files) await theirs?.load(file, group === 'kv' ? 'kv' : 'jepsen', pathOf(file));
  const compared = loaded.map(
    ({ file, operations }): Compared => ({
      file,
      operations: operations.length,
      right: true,
      go: Number.POSITIVE_INFINITY,
      ours: Number.POSITIVE_INFINITY,
    }),
  );
  const rights = new Uint8Array(loaded.length).fill(1);
  for (let round = 0; round < RUNS; round++) {
    for (const [i, { file, model, operations, expected }] of loaded.entries()) {
      const its = compared[i] as Compared;
      for (let run = 0; run < IN_A_ROW && theirs !== undefined; run++) {
        const { ms, verdict } = await theirs.run(file);
        its.go = Math.min(its.go, ms ?? Number.POSITIVE_INFINITY);
        if (verdict !== expected) rights[i] = 0;
      }
      for (let run = 0; run < IN_A_ROW; run++) {
        const start = performance.now();
        const { verdict } = checkOperations(model, operations);
        its.ours = Math.min(its.ours, performance.now() - start);
        if (verdict !== expected) rights[i] = 0;
      }
    }
  }
  theirs?.close();
  console.log(`\nPorcupine's own histories, warm, ms: the best of ${RUNS} rounds of ${IN_A_ROW} each, in turns\n`);
  tell(compared, theirs !== undefined);
  await cold(program, files);
  const wrong = compared.filter((_, i) => rights[i] === 0);
  for (const { file } of wrong) console.log(`WRONG: ${file}`);
  return wrong.length === 0;
}

function tell(compared: readonly Compared[], hasGo: boolean): void {
  const rows = compared.map(({ file, operations, go, ours }) =>
    hasGo
      ? [short(file), `${operations}`, shown(go), shown(ours), (go / ours).toFixed(1)]
      : [short(file), `${operations}`, shown(ours)],
  );
  printTable(hasGo ? ['file', 'operations', 'Go', 'ours', 'Go/ours'] : ['file', 'operations', 'ours'], rows);
  console.log(`sums: ours ${shown(sum(compared.map(({ ours }) => ours)))} ms`);
  if (!hasGo) return;
  const ratios = compared.map(({ go, ours }) => go / ours);
  const worst = compared.reduce((a, b) => (b.go / b.ours < a.go / a.ours ? b : a));
  console.log(`      Go ${shown(sum(compared.map(({ go }) => go)))} ms`);
  console.log(`geometric mean of Go/ours: ${geometricMean(ratios).toFixed(2)}`);
  console.log(`worst: ${short(worst.file)} ${(worst.go / worst.ours).toFixed(2)}`);
  const slow = compared.filter(({ go, ours }) => ours > 1.2 * go);
  console.log(
    `slower than 1.2 times Go: ${slow.length === 0 ? 'none' : slow.map(({ file }) => short(file)).join(', ')}`,
  );
}

/** Both in processes that have just begun: the first file by itself, and every file once. The best of a few processes. */
async function cold(program: string | undefined, files: readonly Sample[]): Promise<void> {
  const ours = { first: [] as number[], suite: [] as number[] };
  const go = { first: [] as number[], suite: [] as number[] };
  for (let run = 0; run < COLD_RUNS; run++) {
    const { times } = (await inFreshProcess({ task: 'cold' })) as { times: number[] };
    ours.first.push(times[0] as number);
    ours.suite.push(sum(times));
    if (program === undefined) continue;
    const theirs = startPorcupineGo(program);
    for (const { file, group } of files) await theirs.load(file, group === 'kv' ? 'kv' : 'jepsen', pathOf(file));
    const runs: number[] = [];
    for (const { file } of files) runs.push((await theirs.run(file)).ms ?? Number.POSITIVE_INFINITY);
    theirs.close();
    go.first.push(runs[0] as number);
    go.suite.push(sum(runs));
  }
  const told = ({ first, suite }: typeof ours): string =>
    `the first file ${shown(Math.min(...first))} ms, every file once ${shown(Math.min(...suite))} ms`;
  console.log(`\ncold (a fresh process, the best of ${COLD_RUNS}): ours ${told(ours)}`);
  if (program !== undefined) console.log(`${' '.repeat(41)}Go   ${told(go)}`);
}

function pathOf(file: string): string {
  return new URL(file, dataFolder).pathname;
}

function short(file: string): string {
  return file.split('/').at(-1) as string;
}
