/**
 * What has to be measured in a process of its own, since a process is cold only once and its peak of memory never falls.
 * Run as a program it does one task, which it is given as JSON, and prints what it measured as JSON.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkOperations } from 'porcupine-ts';
import { type Sample, samples } from '../../harness/run/formats/testing/data-set.ts';
import { generate, type Plan } from './generate.ts';

export type Task = { readonly task: 'cold' } | ({ readonly task: 'generated'; readonly runs: number } & Plan);

export interface MeasuredPlan {
  readonly verdict: string;
  readonly reason: string | undefined;
  readonly operations: number;
  readonly firstMs: number;
  readonly bestMs: number;
  /** Of the whole process, the history included. */
  readonly peakMb: number;
  /** What the process had before the first check. */
  readonly beforeMb: number;
}

/** The histories that Porcupine is tested with. */
export function porcupineSamples(): Sample[] {
  return samples().filter(({ group }) => group === 'etcd' || group === 'kv');
}

export async function inFreshProcess(task: Task): Promise<unknown> {
  const program = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--max-old-space-size=8000', program, JSON.stringify(task)],
    { maxBuffer: 1 << 24 },
  );
  return JSON.parse(stdout);
}

const given = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url) && given !== undefined) {
  const task = JSON.parse(given) as Task;
  console.log(JSON.stringify(task.task === 'cold' ? measureCold() : measurePlan(task, task.runs)));
}

function measureCold(): { times: number[] } {
  const loaded = porcupineSamples().map((sample) => sample.load());
  return { times: loaded.map(({ model, operations }) => timed(() => checkOperations(model, operations)).ms) };
}

function measurePlan(plan: Plan, runs: number): MeasuredPlan {
  const { model, operations } = generate(plan);
  const beforeMb = rssMb();
  const first = timed(() => checkOperations(model, operations));
  let bestMs = first.ms;
  for (let run = 1; run < runs; run++) bestMs = Math.min(bestMs, timed(() => checkOperations(model, operations)).ms);
  const { result } = first;
  return {
    verdict: result.verdict,
    reason: result.verdict === 'unknown' ? result.reason : undefined,
    operations: operations.length,
    firstMs: first.ms,
    bestMs,
    peakMb: rssMb(),
    beforeMb,
  };
}

function rssMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}

function timed<T>(work: () => T): { ms: number; result: T } {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
}
