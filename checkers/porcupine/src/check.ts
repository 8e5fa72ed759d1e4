// The front door: splits the history by partition, asks the model to decide by itself, lets every partition that it does not
// decide be searched for a while in turn, and stops at the first that has no order. The surprise: budgets count
// configurations and bytes, not time, so the same history always gets the same answer, on a slow machine too.
import { boldSearch, calledBy, convicted } from './bold.ts';
import { explain, explainDecision } from './explain.ts';
import { freedomOf } from './freedom.ts';
import { makeMeter } from './meter.ts';
import { type Problem, pose } from './problem.ts';
import { retrace } from './retrace.ts';
import { breadthFirst, depthFirst, type Search } from './search.ts';
import { LEVEL, type Space } from './space.ts';
import type { CheckOptions, Counterexample, Linearization, Model, Operation, Result } from './types.ts';

const FIRST_TURN = 4096;
/** Up to so many operations a search that succeeds is quicker than to find out whether the model can decide. */
const FEW = 256;
/** With many lost operations, so many configurations for each operation are worth a try. */
const MOST_PATIENT = 12;
/** So that something is left of the budget to be careful with. */
const MOST_BOLD = 1_000_000;

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

  for (const { partition, indices } of partitioned(model, operations)) {
    const own =
      indices.length === operations.length ? operations : indices.map((index) => operations[index] as Operation<I, O>);
    let decision = own.length > FEW ? model.decide?.(own) : undefined;
    if (decision === undefined) {
      const search = depthFirst(
        pose(model, partition, indices, own, { pruned: true, pinned: own.length > FEW, unnoticed: false }),
      );
      const isHard = own.length > FEW && search.problem.lost.length > 0;
      const freedom = isHard ? freedomOf(search.problem) : undefined;
      if (freedom !== undefined && freedom.stuck >= 0) return refutedAt(search.problem, freedom.stuck);
      const outcome = isHard ? dive(search, own.length) : meter.run(search, mostDeep(own.length));
      if (outcome === false) return refuted(search);
      if (outcome === true) {
        linearizations.push(certificate(search));
        continue;
      }
      let deep: Search<S, I, O> | undefined;
      if (own.length <= FEW) decision = model.decide?.(own);
      if (decision === undefined) {
        const problem = pose(model, partition, indices, own, { pruned: true });
        const its = freedomOf(problem);
        if (its !== undefined && its.stuck >= 0) return refutedAt(problem, its.stuck);
        const bold = its === undefined || furthest(search.space) >= its.level ? undefined : boldSearch(problem, its);
        // To take things unnoticed costs more for each operation, and leads to fewer dead ends.
        if (isHard) deep = problem.timeline.overwriters === undefined ? search : depthFirst(problem);
        open.push({ problem, searches: [bold, deep, breadthFirst(problem)] });
      }
      if (deep !== search) meter.release(search);
    }
    if (decision === undefined) continue;
    if (decision.verdict === 'invalid') {
      const { core } = decision;
      return invalid(() => explainDecision(model, partition, indices, own, core, options.explain));
    }
    linearizations.push({ partition, order: decision.order.map((op) => indices[op] as number) });
  }
  // The rest take turns that double, so that a partition that is easily convicted does not wait for a hard one.
  for (let turn = FIRST_TURN; open.length > 0 && meter.left() > 0; turn *= 2) {
    const still: Turn<S, I, O>[] = [];
    for (const one of open) {
      const [bold, deep, broad] = one.searches;
      const search = bold ?? deep ?? broad;
      const outcome = meter.run(search, turn);
      if (search === bold) {
        if (outcome === false) return refutedBoldly(bold);
        if (outcome === true || bold.space.size > MOST_BOLD) one.searches[0] = undefined;
      } else {
        if (outcome === false) return refuted(search);
        if (outcome === true) {
          linearizations.push(certificate(search));
          continue;
        }
        if (search === deep && deep.space.size > MOST_PATIENT * one.problem.operations.length)
          one.searches[1] = undefined;
      }
      still.push(one);
      for (const done of [bold, deep]) if (done !== undefined && !one.searches.includes(done)) meter.release(done);
    }
    open = still;
  }
  const configurations = meter.used();
  if (open.length === 0) return { verdict: 'valid', linearizations, configurations };
  const where = open[0]?.problem.partition === undefined ? '' : ` in ${open.length} of its partitions`;
  return { verdict: 'unknown', reason: `${meter.reason()}${where}`, configurations };

  /** Goes on depth first as long as each `slice` of configurations comes further in time than those before. */
  function dive(search: Search<S, I, O>, slice: number): boolean | undefined {
    const { space } = search;
    for (let before = -1; ; ) {
      const from = space.size;
      const outcome = meter.run(search, slice);
      if (outcome !== undefined || space.size === from) return outcome;
      const reached = furthest(space, from);
      if (reached <= before || space.size > mostDeep(search.problem.operations.length)) return undefined;
      before = reached;
    }
  }

  function refuted(search: Search<S, I, O>): Result<S> {
    return invalid(() => explain(search, options.explain));
  }

  function refutedBoldly(bold: Search<S, I, O>): Result<S> {
    const { partition, indices, operations: own } = bold.problem;
    return invalid(() => explainDecision(model, partition, indices, own, convicted(bold), options.explain));
  }

  function refutedAt(problem: Problem<S, I, O>, level: number): Result<S> {
    const { partition, indices, operations: own } = problem;
    return invalid(() => explainDecision(model, partition, indices, own, calledBy(problem, level), options.explain));
  }

  /** To explain may take longer than to convict, so it waits until somebody asks. */
  function invalid(tell: () => Counterexample<S>): Result<S> {
    let told: Counterexample<S> | undefined;
    return {
      verdict: 'invalid',
      get counterexample() {
        told ??= tell();
        return told;
      },
      configurations: meter.used(),
    };
  }
}

interface Turn<S, I, O> {
  readonly problem: Problem<S, I, O>;
  /** A bold one, if there is anything to be bold about; one that goes on depth first, if it was cut short for that; breadth first. */
  readonly searches: [Search<S, I, O> | undefined, Search<S, I, O> | undefined, Search<S, I, O>];
}

/** Depth first, an order is found within a few configurations for each operation, or not at all. */
function mostDeep(operations: number): number {
  return 8 * operations + 64;
}

/** The last level that a configuration has come to. */
function furthest({ words, stride, size }: Space, from = 0): number {
  let level = -1;
  for (let id = from; id < size; id++) level = Math.max(level, words[id * stride + LEVEL] as number);
  return level;
}

function certificate<S, I, O>({ problem, space, found }: Search<S, I, O>): Linearization {
  const { order } = retrace(problem, space, found);
  return { partition: problem.partition, order: order.map((op) => problem.indices[op] as number) };
}

interface Partition {
  readonly partition: string | undefined;
  readonly indices: readonly number[];
}

/** The smallest first: it is likely the cheapest. */
function partitioned<S, I, O>(model: Model<S, I, O>, operations: readonly Operation<I, O>[]): Partition[] {
  const partitions = new Map<string | undefined, number[]>();
  for (let index = 0; index < operations.length; index++) {
    const { input, call, return: returned } = operations[index] as Operation<I, O>;
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
  }
  const all = [...partitions].map(([partition, indices]) => ({ partition, indices }));
  return all.sort((a, b) => a.indices.length - b.indices.length);
}
