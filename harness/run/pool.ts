/**
 * Worker threads that run tasks, or none at all: with no workers the tasks are done here, which starts sooner and can be
 * stepped through.
 *
 * The one surprise: from the sources (tsx, vitest) a thread begins with a line of JavaScript that fetches tsx, since
 * Node 20 reads no TypeScript.
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { perform, type Registry, type Task, type TaskResult } from './task.ts';
import type { WorkerAnswer, WorkerData } from './worker.ts';

export interface Pool {
  /** How many tasks are done at the same time. */
  readonly width: number;
  /** In the order in which they come. @throws when the pool is closed, or when the worker died of the task. */
  run(task: Task): Promise<TaskResult>;
  /** Stops at once, whatever is under way. Idempotent. */
  close(): Promise<void>;
}

export const defaultWorkers = (): number => availableParallelism();

export interface PoolOptions {
  /** 0: no threads. */
  readonly workers: number;
  /** Address of the module that workers import. */
  readonly registryUrl: string;
  /** The same, for tasks that are done here. */
  readonly registry: Registry;
}

export const createPool = (options: PoolOptions): Pool =>
  options.workers === 0 ? createInline(options.registry) : createThreads(options);

interface Errand {
  readonly task: Task;
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: Error) => void;
}

function createThreads({ workers, registryUrl }: PoolOptions): Pool {
  const queue: Errand[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, Errand>();
  const all = new Set<Worker>();
  let closed = false;

  const hire = (): void => {
    const worker = startWorker({ registry: registryUrl });
    all.add(worker);
    worker.on('message', (answer: WorkerAnswer) => {
      const errand = busy.get(worker);
      busy.delete(worker);
      idle.push(worker);
      if ('result' in answer) errand?.resolve(answer.result);
      else errand?.reject(new Error(answer.error));
      assign();
    });
    // A worker dies of what nobody caught; its errand fails, and another takes its place.
    worker.on('error', (error) => lose(worker, error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => lose(worker, new Error('the worker thread ended')));
    idle.push(worker);
  };
  const lose = (worker: Worker, error: Error): void => {
    if (!all.delete(worker)) return;
    if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    busy.get(worker)?.reject(error);
    busy.delete(worker);
    assign();
  };
  const assign = (): void => {
    while (queue.length > 0 && !closed) {
      if (idle.length === 0 && all.size < workers) hire();
      const worker = idle.pop();
      if (worker === undefined) return;
      const errand = queue.shift() as Errand;
      busy.set(worker, errand);
      worker.postMessage(errand.task);
    }
  };

  return {
    width: workers,
    run: (task) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(new Error('the pool is closed'));
          return;
        }
        queue.push({ task, resolve, reject });
        assign();
      }),
    async close() {
      closed = true;
      for (const { reject } of queue.splice(0)) reject(new Error('the pool is closed'));
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

/** In megabytes. A run is many small objects that die young: with room for them, a simulated second costs a third less. */
const resourceLimits = { maxYoungGenerationSizeMb: 128 };

function startWorker(workerData: WorkerData): Worker {
  const options = { workerData, resourceLimits };
  if (import.meta.url.endsWith('.js')) return new Worker(new URL('./worker.js', import.meta.url), options);
  const resolved = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const [tsx, file] = [pathToFileURL(resolved).href, new URL('./worker.ts', import.meta.url).href];
  const start = `import { register } from ${JSON.stringify(tsx)}; register(); await import(${JSON.stringify(file)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(start)}`), options);
}

function createInline(registry: Registry): Pool {
  let closed = false;
  return {
    width: 1,
    run: (task) => (closed ? Promise.reject(new Error('the pool is closed')) : perform(task, registry)),
    async close() {
      closed = true;
    },
  };
}
