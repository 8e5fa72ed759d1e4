// The front door: splits the history by partition, lets every partition be searched for a while in turn, and stops at the
// first that has no order. The surprise: budgets count configurations and not time, so the same history always gets
// the same answer, on a slow machine too.
import { explain } from './explain.ts';
import { pose } from './problem.ts';
import { retrace } from './retrace.ts';
import { breadthFirst, depthFirst, type Search } from './search.ts';
import type { CheckOptions, Linearization, Model, Operation, Result } from './types.ts';

const DEFAULT_CONFIGURATIONS = 1_000_000;
const FIRST_TURN = 4096;

/**
 * Decides whether the operations are linearizable: whether each can be given one moment between its call and its
 * return (for a lost one: any time after its call, or never) such that `model` allows what they returned.
 *
 * Throws a TypeError for an operation whose times are not finite or run backwards, and an Error for a model that
 * contradicts itself.
 */
export function checkOperations<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  options: CheckOptions = {},
): Result<S> {
  const meter = makeMeter(options);
  const linearizations: Linearization[] = [];
  let open: Turn<S, I, O>[] = [];

  // Where there is an order, depth first nearly always finds it in about one configuration for each operation.
  for (const [partition, indices] of partitioned(model, operations)) {
    const own = indices.map((index) => operations[index] as Operation<I, O>);
    const search = depthFirst(pose(model, partition, indices, own, { pruned: true }));
    const outcome = meter.run(search, 4 * indices.length + 64);
    if (outcome === false) return invalid(search);
    if (outcome === true) linearizations.push(certificate(search));
    else open.push({ problem: search.problem, search: undefined });
  }
  // The rest take turns that double, so that a partition that is easily convicted does not wait for a hard one.
  for (let turn = FIRST_TURN; open.length > 0 && meter.left() > 0; turn *= 2) {
    const still: Turn<S, I, O>[] = [];
    for (const one of open) {
      one.search ??= breadthFirst(one.problem);
      const outcome = meter.run(one.search, turn);
      if (outcome === false) return invalid(one.search);
      if (outcome === true) linearizations.push(certificate(one.search));
      else still.push(one);
    }
    open = still;
  }
  const configurations = meter.used();
  if (open.length === 0) return { verdict: 'valid', linearizations, configurations };
  const where = open[0]?.problem.partition === undefined ? '' : ` in ${open.length} of its partitions`;
  return { verdict: 'unknown', reason: `${meter.reason()}${where}`, configurations };

  function invalid(search: Search<S, I, O>): Result<S> {
    return { verdict: 'invalid', counterexample: explain(search), configurations: meter.used() };
  }
}

interface Turn<S, I, O> {
  readonly problem: Search<S, I, O>['problem'];
  search: Search<S, I, O> | undefined;
}

function certificate<S, I, O>({ problem, space, found }: Search<S, I, O>): Linearization {
  const { order } = retrace(problem, space, found);
  return { partition: problem.partition, order: order.map((op) => problem.indices[op] as number) };
}

/** Indices by partition, the smallest first: it is likely the cheapest. */
function partitioned<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
): [string | undefined, number[]][] {
  const partitions = new Map<string | undefined, number[]>();
  operations.forEach(({ input, call, return: returned }, index) => {
    if (!Number.isFinite(call)) throw new TypeError(`operation ${index}: its call is ${call}, not a finite number`);
    if (returned !== undefined && !(returned >= call && returned < Number.POSITIVE_INFINITY)) {
      throw new TypeError(
        `operation ${index}: its return is ${returned}, not a finite number from its call (${call}) on`,
      );
    }
    const partition = model.partition?.(input);
    const indices = partitions.get(partition);
    if (indices) indices.push(index);
    else partitions.set(partition, [index]);
  });
  return [...partitions].sort(([, a], [, b]) => a.length - b.length);
}

/** Counts configurations, and minutes if it must. */
function makeMeter({ budget = {} }: CheckOptions) {
  const most = budget.configurations ?? DEFAULT_CONFIGURATIONS;
  const deadline = budget.milliseconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + budget.milliseconds;
  // The clock is looked at once in a slice.
  const slice = Number.isFinite(deadline) ? 512 : Number.POSITIVE_INFINITY;
  let used = 0;
  let late = false;
  const left = (): number => (late ? 0 : most - used);

  function run<S, I, O>(search: Search<S, I, O>, turn: number): boolean | undefined {
    const end = search.space.size + turn;
    for (;;) {
      const before = search.space.size;
      const now = Math.min(end - before, left(), slice);
      if (now <= 0) return undefined;
      const outcome = search.run(before + now);
      used += search.space.size - before;
      if (Date.now() > deadline) late = true;
      if (outcome !== undefined) return outcome;
    }
  }

  const reason = (): string =>
    late ? `no verdict within ${budget.milliseconds} ms` : `no verdict within the budget of ${most} configurations`;
  return { run, left, used: () => used, reason };
}
