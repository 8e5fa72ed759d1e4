// What runs in each worker: it imports the model that a task names, checks the task's partitions one after the other, and stops
// at the first that has no order. One file for Web Workers and for Node's threads.
import { checkOperations } from '../check.ts';
import { type Answer, type AnyModel, importModel, optionsOf, type Task } from './protocol.ts';
import type { World } from './spawn.ts';

interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
}

let model: Promise<AnyModel> | undefined; // one for all tasks: a worker serves one check

const thread = (globalThis as World).process?.getBuiltinModule?.('node:worker_threads').parentPort;
if (thread) {
  thread.on('message', (task) => void perform(task as Task).then((answer) => thread.postMessage(answer)));
} else {
  const page = globalThis as unknown as Port;
  page.addEventListener('message', ({ data }) => void perform(data as Task).then((answer) => page.postMessage(answer)));
}

async function perform({ model: named, jobs, limits }: Task): Promise<Answer> {
  try {
    model ??= importModel(named);
    const its = await model;
    const results = [];
    for (const { operations, configurations } of jobs) {
      const result = checkOperations(its, operations, optionsOf(limits, configurations));
      results.push(result);
      if (result.verdict === 'invalid') break;
    }
    return { results };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
