/**
 * One history, checked in a process of its own: cold once, then warm, with the peak of memory. Run as a program it is given
 * the task as JSON and prints what it measured as JSON.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type AppendOp, checkListAppend, checkRegister, type RegisterOp, type Result, type Transaction } from 'elle-ts';
import { simulateLists, simulateRegisters } from '../../checkers/elle/src/testing/database.ts';
import { appendsOf } from '../../checkers/transactions.ts';
import { readEdn } from '../../harness/run/formats/edn.ts';
import { sourceOf } from '../../harness/run/formats/source.ts';
import { dataFolder } from '../../harness/run/formats/testing/data-set.ts';

export type Task =
  | { readonly file: string; readonly runs: number }
  | { readonly generated: 'lists' | 'registers'; readonly transactions: number; readonly runs: number };

export interface Measured {
  readonly verdict: string;
  readonly anomalyTypes: readonly string[];
  readonly not: readonly string[];
  readonly transactions: number;
  readonly committed: number;
  readonly microOperations: number;
  readonly coldMs: number;
  readonly warmMs: number;
  /** The least user time of a warm run: what remains comparable on a machine with other things to do. */
  readonly cpuMs: number;
  /** Of the whole process, the history included. */
  readonly peakMb: number;
}

export async function inFreshProcess(task: Task): Promise<Measured> {
  const program = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--max-old-space-size=8000', program, JSON.stringify(task)],
    { maxBuffer: 1 << 24 },
  );
  return JSON.parse(stdout) as Measured;
}

const given = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url) && given !== undefined) {
  console.log(JSON.stringify(measure(JSON.parse(given) as Task)));
}

function measure(task: Task): Measured {
  const check = prepare(task);
  const cold = timed(check);
  let warmMs = Number.POSITIVE_INFINITY;
  let cpuMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < task.runs; run++) {
    const before = process.cpuUsage().user;
    warmMs = Math.min(warmMs, timed(check).ms);
    cpuMs = Math.min(cpuMs, (process.cpuUsage().user - before) / 1000);
  }
  const { verdict, anomalyTypes, not, counts } = cold.result;
  const { transactions, committed, microOperations } = counts;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  return {
    verdict,
    anomalyTypes,
    not,
    transactions,
    committed,
    microOperations,
    coldMs: cold.ms,
    warmMs,
    cpuMs,
    peakMb,
  };
}

function prepare(task: Task): () => Result {
  if ('file' in task) {
    const history = listsFrom(task.file);
    return () => checkListAppend(history);
  }
  const simulation = {
    seed: 1,
    transactions: task.transactions,
    processes: 20,
    keys: 50,
    operations: 10,
    isolation: 'serial',
    fail: 2,
    info: 1,
    writesPerKey: 64,
  } as const;
  if (task.generated === 'lists') {
    const history: Transaction<AppendOp>[] = simulateLists(simulation);
    return () => checkListAppend(history);
  }
  const history: Transaction<RegisterOp>[] = simulateRegisters(simulation);
  return () => checkRegister(history, { wfr: true, linearizableKeys: true });
}

function listsFrom(file: string): Transaction<AppendOp>[] {
  const source = sourceOf(readFileSync(new URL(file, dataFolder)), file);
  if (!('text' in source)) throw new Error(`${file} is no text`);
  const transactions = appendsOf(readEdn(source.text, file).operations);
  if (typeof transactions === 'string') throw new Error(`${file}: ${transactions}`);
  return transactions;
}

function timed<T>(work: () => T): { ms: number; result: T } {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
}
