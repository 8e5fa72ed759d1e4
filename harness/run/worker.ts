/**
 * What runs in each worker thread: it imports the registry whose address comes with its start, and does as it is told,
 * one task at a time. A file of its own, because a thread is started from a file.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, perform, type Registry, type Task, type TaskResult } from './task.ts';

export interface WorkerData {
  /** Address of a module that exports `targets`, `workloads` and `nemeses`. */
  readonly registry: string;
}

export type WorkerAnswer = { readonly result: TaskResult } | { readonly error: string };

const { registry } = workerData as WorkerData;
// Not awaited here: whoever is told of a task must be listening already.
const loading = import(registry) as Promise<Registry>;

parentPort?.on('message', (task: Task) => {
  loading
    .then((loaded) => perform(task, loaded))
    .then(
      (result): WorkerAnswer => ({ result }),
      (error: unknown): WorkerAnswer => ({ error: messageOf(error) }),
    )
    .then((answer) => parentPort?.postMessage(answer));
});
