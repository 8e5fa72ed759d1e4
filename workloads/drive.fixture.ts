/** Plays a generator against made-up outcomes, one operation at a time: enough to see what a workload asks for. */
import type { Generator } from '../harness/core/generator.ts';
import { createRandom } from '../harness/core/random.ts';
import type { WorkloadPlan } from '../harness/core/target.ts';
import type { Completion, Invocation, JsonObject, Nanos } from '../harness/core/types.ts';

export const planOf = (options: JsonObject = {}, rest: Partial<WorkloadPlan> = {}): WorkloadPlan => ({
  duration: 10_000_000_000,
  rate: 100,
  random: createRandom(1),
  nodes: ['n1', 'n2', 'n3'],
  roles: { n1: 'replica', n2: 'replica', n3: 'replica' },
  options,
  ...rest,
});

export interface Driven {
  readonly invocation: Invocation;
  readonly thread: number | undefined;
  readonly at: Nanos;
}

interface DriveOptions {
  readonly seed?: number;
  readonly threads?: number;
  /** Stops after so many. */
  readonly count: number;
  readonly answer?: (invocation: Invocation, index: number) => Completion;
}

/** @returns what was invoked; each operation takes a millisecond. */
export function drive(generator: Generator, options: DriveOptions): readonly Driven[] {
  const { seed = 1, threads = 4, count, answer = () => ({ type: 'ok', output: null }) } = options;
  const random = createRandom(seed);
  const free = Array.from({ length: threads }, (_, thread) => thread);
  const driven: Driven[] = [];
  let current = generator;
  let now = 0;
  while (driven.length < count) {
    const step = current.next({ now, random, free, threads, nodes: ['n1', 'n2', 'n3'] });
    if (step.kind === 'done') break;
    current = step.next;
    if (step.kind === 'wait') {
      if (step.until === undefined) throw new Error('waits for nothing');
      now = step.until;
      continue;
    }
    const at = step.at ?? now;
    const { invocation } = step;
    const completion = answer(invocation, driven.length);
    driven.push({ invocation, thread: step.thread, at });
    now = at + 1_000_000;
    current = current.update?.({ invocation, completion, at: now, thread: step.thread ?? 0 }) ?? current;
  }
  return driven;
}
