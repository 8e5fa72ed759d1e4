// The workers of one check. They are begun when there is something for them to do, get partitions in order and in parcels, and
// are ended with the check. The surprise: once a partition is known to have no order, only those in line before it still matter.
import type { Result } from '../types.ts';
import type { Partition } from './check.ts';
import type { Answer, Limits, Task } from './protocol.ts';
import type { WorkerHandle } from './spawn.ts';

export interface Job {
  readonly partition: Partition;
  readonly configurations: number;
}

export interface Pool {
  /** The results of the jobs in their order, up to the first invalid one. */
  round(jobs: readonly Job[]): Promise<readonly Result<unknown>[]>;
  end(): void;
}

/** Parcels for each worker: more balance better, fewer cost less. */
const PARCELS = 8;

export function makePool(spawn: () => WorkerHandle, size: number, model: Task['model'], limits: Limits): Pool {
  const workers: Member[] = [];
  return {
    end: () => workers.forEach(({ handle }) => void handle.end()),
    async round(jobs) {
      const parcels = parcelled(jobs, size * PARCELS);
      const answers: (readonly Result<unknown>[])[] = [];
      let next = 0;
      let wanted = parcels.length; // parcels from here on come after one that has no order
      const serve = async (worker: Member): Promise<void> => {
        while (next < wanted) {
          const parcel = next++;
          const results = await ask(worker, parcels[parcel] as readonly Job[]);
          answers[parcel] = results;
          if (results.at(-1)?.verdict === 'invalid') wanted = Math.min(wanted, parcel + 1);
        }
      };
      while (workers.length < Math.min(size, parcels.length)) workers.push(member(spawn()));
      await Promise.all(workers.map(serve));
      const results = answers.slice(0, wanted).flat();
      const end = results.findIndex(({ verdict }) => verdict === 'invalid');
      return end < 0 ? results : results.slice(0, end + 1);
    },
  };

  async function ask(worker: Member, jobs: readonly Job[]): Promise<readonly Result<unknown>[]> {
    const answer = await worker.ask({
      model,
      jobs: jobs.map(({ partition, configurations }) => ({ operations: partition.operations, configurations })),
      limits,
    });
    if ('error' in answer) throw new Error(`a worker could not check its part: ${answer.error}`);
    return answer.results;
  }
}

interface Member {
  readonly handle: WorkerHandle;
  ask(task: Task): Promise<Answer>;
}

function member(handle: WorkerHandle): Member {
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  let failure: Error | undefined;
  handle.onAnswer((answer) => waiting?.resolve(answer));
  handle.onFailure((error) => {
    failure ??= new Error(`a worker failed: ${error.message}`, { cause: error });
    waiting?.reject(failure);
  });
  return {
    handle,
    ask: (task) =>
      new Promise((resolve, reject) => {
        if (failure) reject(failure);
        waiting = { resolve, reject };
        try {
          handle.post(task);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          reject(new Error(`the operations could not be sent to a worker: ${why}`, { cause: error }));
        }
      }),
  };
}

/** Neighbours together, about the same number of operations in each. */
function parcelled(jobs: readonly Job[], most: number): readonly (readonly Job[])[] {
  const size = jobs.reduce((sum, { partition }) => sum + partition.operations.length, 0) / most;
  const parcels: Job[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  for (const job of jobs) {
    if (filled >= size) {
      parcels.push([]);
      filled = 0;
    }
    parcels.at(-1)?.push(job);
    filled += job.partition.operations.length;
  }
  return parcels;
}
