/**
 * What the search of the simulator is worth: the consensus reference is driven through thousands of seeds of `hurricane`
 * and must be acquitted of all, and each of its flaws must be found within a thousand seeds of its own scenario.
 * `npm run bench:hurricane -- [--seeds 10000] [--from 0] [--tries 1000] [--workers 2] [--only reference|flaws]`.
 *
 * The one surprise: seeds are counted and not drawn, so that two people who ran 10 000 ran the same. Whoever stops it
 * (Ctrl-C) is told with which `--from` it goes on; the exit code is 1 where something was convicted or not found.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { RunResult } from '../harness/core/finding.ts';
import { seedText } from '../harness/core/random.ts';
import { addMarks } from '../harness/run/coverage.ts';
import { createPool, defaultWorkers, type Pool } from '../harness/run/pool.ts';
import type { AcquitResult, SearchResult } from '../harness/run/task.ts';
import * as registry from './hurricane-registry.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '0' },
    tries: { type: 'string', default: '1000' },
    workers: { type: 'string', default: String(defaultWorkers()) },
    only: { type: 'string', default: 'both' },
  },
});
const [seeds, from, tries, workers] = [values.seeds, values.from, values.tries, values.workers].map(Number) as [
  number,
  number,
  number,
  number,
];

const { hurricane, targets } = registry;
const pool = createPool({ workers, registryUrl: new URL('./hurricane-registry.ts', import.meta.url).href, registry });
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

let failed = false;
try {
  if (values.only !== 'flaws') failed = !(await driveReference(pool)) || failed;
  if (values.only !== 'reference') failed = !(await findFlaws(pool)) || failed;
} finally {
  await pool.close();
}
process.exitCode = stop.signal.aborted ? 130 : failed ? 1 : 0;

/** Seeds from `from` to `seeds`, the even ones under one workload and the odd ones under the other. */
async function driveReference(pool: Pool): Promise<boolean> {
  const began = performance.now();
  const size = 20;
  const told: string[] = [];
  const unsure = new Set<string>();
  const batches = new Set<number>();
  let marks: Readonly<Record<string, number>> = {};
  let [next, done, operations, faults, shown] = [from, 0, 0, 0, began];

  const take = (workload: string, result: AcquitResult): void => {
    done += result.tried;
    operations += result.operations;
    faults += result.faults;
    marks = addMarks(marks, result.marks);
    for (const run of result.convicted) told.push(`convicted  ${workload} ${seedText(run.seed)}: ${because(run)}`);
    for (const run of result.unknown) {
      unsure.add(`${workload} ${seedText(run.seed)}: ${run.doubts[0] ?? because(run)}`);
    }
  };
  const pull = async (): Promise<void> => {
    while (next < seeds && !stop.signal.aborted) {
      const first = next;
      next = Math.min(seeds, first + size);
      batches.add(first);
      const batch = Array.from({ length: next - first }, (_, index) => first + index);
      for (const [parity, { name }] of hurricane.controls.entries()) {
        const own = batch.filter((seed) => seed % 2 === parity);
        if (own.length > 0) take(name, await acquit(pool, name, own));
      }
      batches.delete(first);
      if (performance.now() - shown < 10_000) continue;
      shown = performance.now();
      console.error(` … ${progress(done, seeds - from, shown - began)}; ${told.length} convicted`);
    }
  };
  await Promise.all(Array.from({ length: pool.width }, pull));

  const time = performance.now() - began;
  console.log(`reference under hurricane: ${progress(done, done, time)}, ${operations} operations, ${faults} faults`);
  for (const line of told) console.log(line);
  for (const line of unsure) console.log(`unknown    ${line}`);
  const wanted = Object.keys(targets.consensus.marks ?? {});
  for (const name of wanted) console.log(`${String(marks[name] ?? 0).padStart(8)} runs: ${name}`);
  console.log(`${told.length} convicted, ${unsure.size} unknown`);
  if (stop.signal.aborted) console.log(`stopped; go on with --from ${Math.min(next, ...batches)}`);
  return told.length === 0;
}

async function acquit(pool: Pool, flaw: string, own: readonly number[]): Promise<AcquitResult> {
  const base = { target: targets.consensus.name, pattern: hurricane.id, flaw, overrides: {} };
  const result = await pool.run({ kind: 'acquit', ...base, seeds: own });
  if (result.kind !== 'acquit') throw new Error(`seeds ${own[0]}…: ${JSON.stringify(result)}`);
  return result;
}

async function findFlaws(pool: Pool): Promise<boolean> {
  const table = new Table({
    head: ['flaw', 'seeds needed', 'seconds', 'convicted of'],
    colAligns: ['left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  let all = true;
  for (const pattern of targets.consensus.patterns) {
    for (const { name } of pattern.flaws) {
      if (stop.signal.aborted) return false;
      const began = performance.now();
      const { tried, found } = await search(pool, pattern.id, name);
      all &&= found !== undefined;
      const needed = found === undefined ? `not in ${tried}` : String(tried);
      table.push([name, needed, ((performance.now() - began) / 1000).toFixed(2), found?.anomalies.join(', ') ?? '']);
    }
  }
  console.log(table.toString());
  return all;
}

async function search(pool: Pool, pattern: string, flaw: string): Promise<Pick<SearchResult, 'tried' | 'found'>> {
  const base = { target: targets.consensus.name, pattern, flaw, overrides: {} };
  const size = 20;
  for (let first = 0; first < tries && !stop.signal.aborted; first += size) {
    const own = Array.from({ length: Math.min(size, tries - first) }, (_, index) => first + index);
    const result = await pool.run({ kind: 'search', ...base, seeds: own });
    if (result.kind !== 'search') throw new Error(`${flaw}, seeds ${first}…: ${JSON.stringify(result)}`);
    if (result.found !== undefined) return { tried: first + result.tried, found: result.found };
  }
  return { tried: tries };
}

const because = ({ anomalies, verdicts }: RunResult): string =>
  `${anomalies.join(', ')} (${verdicts.find(({ valid }) => valid !== 'valid')?.summary ?? 'told no more of so many'})`;

function progress(done: number, of: number, milliseconds: number): string {
  const rate = (1000 * done) / milliseconds;
  const left = done < of ? `, ${Math.round((of - done) / rate)} s left` : '';
  return `${done} of ${of} seeds in ${Math.round(milliseconds / 1000)} s, ${rate.toFixed(1)} a second${left}`;
}
