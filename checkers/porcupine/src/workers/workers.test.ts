// Real worker threads, on the sources: the same answers as without them, however many there are, and a clear word when one dies.
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { checkOperations } from '../check.ts';
import { keyValue } from '../models/key-value.ts';
import type { Operation, Result } from '../types.ts';
import { verifyLinearization } from '../verify.ts';
import { checkInWorkers, type WorkerOptions } from './check.ts';
import { threadHandle, type WorkerHandle } from './spawn.ts';

const here = (file: string): URL => new URL(file, import.meta.url);
const model = { module: here('../models/key-value.ts'), name: 'keyValue' };

/** TypeScript in a thread needs a loader; otherwise it is begun as everywhere. */
const begin = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(here('./worker.ts').href)})))`;
const spawn = (): WorkerHandle => threadHandle(new Worker(begin, { eval: true }));
const inWorkers = (operations: readonly Operation[], options: WorkerOptions = {}) =>
  checkInWorkers(model, operations, { spawn, keepFree: true, ...options });

/** Each key is put twice and got twice; `wrong` keys are got the other way round. */
function history(keys: number, wrong: readonly number[] = []): Operation[] {
  return Array.from({ length: keys }, (_, key) => {
    const name = `k${key}`;
    const put = (value: string, call: number) => ({
      process: key,
      input: { action: 'put', key: name, value },
      call,
      return: call + 1,
    });
    const get = (output: string, call: number) => ({
      process: key,
      input: { action: 'get', key: name },
      output,
      call,
      return: call + 1,
    });
    const [first, second] = wrong.includes(key) ? ['2', '1'] : ['1', '2'];
    return [put('1', 0), get(first as string, 2), put('2', 4), get(second as string, 6)];
  }).flat();
}

describe('in workers', () => {
  it('a valid history is valid, with evidence, and an invalid one convicted of the same as without them', async () => {
    const good = history(40);
    const result = await inWorkers(good, { workers: 2 });
    expect(result.verdict).toBe('valid');
    if (result.verdict === 'valid') {
      expect(verifyLinearization(keyValue() as never, good as never, result.linearizations)).toBeUndefined();
    }
    const bad = history(40, [7, 8, 31]);
    const alone = checkOperations(keyValue() as never, bad as never);
    const together = await inWorkers(bad, { workers: 2 });
    expect(together.verdict).toBe('invalid');
    expect({ ...together, configurations: 0 }).toEqual({ ...alone, configurations: 0 });
  });

  it('a model that cannot be imported, and one that is none, are errors', async () => {
    const none = { ...model, name: 'describeValue' };
    await expect(checkInWorkers(none, history(2))).rejects.toThrow(/`describeValue` of .*key-value.ts is no model/);
    await expect(checkInWorkers({ ...model, module: here('./absent.ts') }, history(2))).rejects.toThrow();
  });

  it('a wrong time is told with its own number', async () => {
    const operations = history(3).with(5, { process: 0, input: { action: 'get', key: 'k1' }, call: Number.NaN });
    await expect(inWorkers(operations)).rejects.toThrow(/operation 5: its call is NaN/);
  });

  it('what cannot be cloned is an error', async () => {
    const operations = [...history(3), { process: () => 1, input: { action: 'get', key: 'k0' }, call: 9 } as never];
    await expect(inWorkers(operations, { workers: 1 })).rejects.toThrow(/could not be sent to a worker/);
  });

  it('a worker that dies, one that throws, and one that cannot begin are errors', async () => {
    const dying = () => threadHandle(new Worker('process.exit(3)', { eval: true }));
    await expect(inWorkers(history(4), { spawn: dying })).rejects.toThrow(/a worker failed: .* with code 3/);
    const absent = () => threadHandle(new Worker(here('./absent.js')));
    await expect(inWorkers(history(4), { spawn: absent })).rejects.toThrow(/a worker failed/);
  });
});

/** No threads: the same protocol, so that what is decided can be tested without waiting for any. */
describe('the rounds', () => {
  const immediate =
    (seen: number[] = []) =>
    (): WorkerHandle => {
      let listener: Parameters<WorkerHandle['onAnswer']>[0] = () => {};
      return {
        post({ jobs }) {
          const results: Result<unknown>[] = [];
          for (const { operations, configurations } of jobs) {
            seen.push(configurations);
            const result = checkOperations(keyValue() as never, operations as never, { budget: { configurations } });
            results.push(result);
            if (result.verdict === 'invalid') break;
          }
          queueMicrotask(() => listener({ results }));
        },
        onAnswer(its) {
          listener = its;
        },
        onFailure() {},
        end() {},
      };
    };

  it.each([1, 2, 3, 7, 50])('with %i workers the answer is the same, to the configuration', async (workers) => {
    const of = (operations: readonly Operation[], many: number, configurations = 1_000_000) =>
      inWorkers(operations, { spawn: immediate(), workers: many, budget: { configurations } });
    for (const operations of [history(30), history(30, [3, 20]), history(30, [29])]) {
      expect(await of(operations, workers)).toEqual(await of(operations, 1));
    }
    const unknown = await of(history(30), workers, 20);
    expect(unknown).toMatchObject({ verdict: 'unknown' });
    expect(unknown).toEqual(await of(history(30), 1, 20));
  });

  it('the budget is shared, and never exceeded by what is decided', async () => {
    const seen: number[] = [];
    await inWorkers(history(30), { spawn: immediate(seen), workers: 1, budget: { configurations: 3000 } });
    expect(Math.max(...seen)).toBeLessThanOrEqual(100);
  });

  it('what is easy never meets a worker', async () => {
    const never = (): WorkerHandle => {
      throw new Error('begun for nothing');
    };
    const options = { spawn: never };
    expect((await checkInWorkers(model, history(10), options)).verdict).toBe('valid');
    const single = history(1);
    expect((await checkInWorkers(model, single, { ...options, keepFree: true })).verdict).toBe('valid');
  });
});
