// A worker as the checker sees it, and how one is begun where nobody says otherwise: as a Web Worker where there are any, as a
// thread in Node. The surprise: Node's module is asked for through `process` and not imported, so that this file is the same
// to a browser, to a bundler and to Node.
import type { Answer, Task } from './protocol.ts';

/** One worker. It answers each task once, in order. */
export interface WorkerHandle {
  post(task: Task): void;
  onAnswer(listener: (answer: Answer) => void): void;
  /** It died, or could not be begun, or spoke of something else. */
  onFailure(listener: (error: Error) => void): void;
  end(): void;
}

// The parts of the world that this package has no types of. `Worker` and `URL` go by their own names, for that is what bundlers
// look for.
declare const Worker: (new (address: unknown, options: { type: 'module' }) => WebWorker) | undefined;
declare const URL: new (path: string, base: string) => unknown;
interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(type: string, listener: (event: { data?: unknown; message?: string }) => void): void;
}
interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  on(event: 'message', listener: (message: unknown) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'exit', listener: (code: number) => void): void;
}
export interface World {
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly process?: {
    getBuiltinModule?(name: 'node:worker_threads'): {
      readonly Worker: new (address: unknown, options?: unknown) => NodeWorker;
      readonly parentPort: {
        postMessage(message: unknown): void;
        on(event: 'message', listener: (message: unknown) => void): void;
      } | null;
    };
    getBuiltinModule?(name: 'node:os'): { availableParallelism(): number };
  };
}

/** The default of `spawn`. */
export function spawnWorker(): WorkerHandle {
  const threads = (globalThis as World).process?.getBuiltinModule?.('node:worker_threads');
  if (threads !== undefined) {
    return threadHandle(new threads.Worker(new URL('./worker.js', (import.meta as { url: string }).url)));
  }
  if (typeof Worker !== 'undefined') {
    return webHandle(new Worker(new URL('./worker.js', (import.meta as { url: string }).url), { type: 'module' }));
  }
  throw new Error('there are neither Web Workers here nor worker threads (Node 20.16 or later): give `spawn`');
}

/** How many workers to begin where nobody says. */
export function processors(): number {
  const world = globalThis as World;
  return (
    world.navigator?.hardwareConcurrency ?? world.process?.getBuiltinModule?.('node:os').availableParallelism() ?? 1
  );
}

/** For a `spawn` of your own in Node: with other options, or another file that calls `serve`. */
export function threadHandle(worker: NodeWorker): WorkerHandle {
  return {
    post: (task) => worker.postMessage(task),
    onAnswer: (listener) => worker.on('message', (message) => listener(message as Answer)),
    onFailure(listener) {
      worker.on('error', listener);
      worker.on('exit', (code) => listener(new Error(`a worker ended by itself, with code ${code}`)));
    },
    end: () => void worker.terminate(),
  };
}

/** The same in a browser. */
export function webHandle(worker: WebWorker): WorkerHandle {
  return {
    post: (task) => worker.postMessage(task),
    onAnswer: (listener) => worker.addEventListener('message', ({ data }) => listener(data as Answer)),
    onFailure(listener) {
      worker.addEventListener('error', ({ message }) => listener(new Error(message ?? 'a worker could not be begun')));
      worker.addEventListener('messageerror', () => listener(new Error('a worker was sent what it could not read')));
    },
    end: () => worker.terminate(),
  };
}
