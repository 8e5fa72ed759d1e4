// Answers one question, many times: is there an order, if only these operations are known, and of the others no more than
// that they were asked for? The surprise: it asks a bolder one first. If every forgotten operation could take effect as often
// as one likes, nobody would have to count them, and most stories that are wrong are wrong even so.
import { canonicalKey } from './key.ts';
import { withoutOutgrown } from './outgrown.ts';
import { type LostClass, type Problem, pose } from './problem.ts';
import { retrace } from './retrace.ts';
import { breadthFirst, depthFirst, type Search } from './search.ts';
import type { Model, Operation } from './types.ts';

export interface Forgetting {
  /** `undefined`: it was not found out. */
  hasOrder(known: readonly number[]): boolean | undefined;
  /** Configurations looked at so far. */
  used(): number;
}

/** From here on, the forgotten operations that have a value in common with a known one are tried before all of them. */
const MANY = 2_000;
/** So many ways to use some of the forgotten operations are not too many to count. */
const FEW_WAYS = 256;

/** @param effort configurations for one question. For those of one partition. */
export function makeForgetting<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  effort: number,
): Forgetting {
  let used = 0;
  // Not later than any return, which is as good as before everything.
  const early = operations.reduce((least, { call }) => Math.min(least, call), Number.POSITIVE_INFINITY);
  const forgotten = operations.map(({ process, input }): Operation<I, O> | undefined =>
    model.readOnly?.(input, model.supposeLost?.(input)) ? undefined : { process, input, call: early },
  );
  const byWord = operations.length > MANY ? indexed(forgotten) : undefined;

  return {
    used: () => used,
    hasOrder(known) {
      const isKnown = new Set(known);
      if (byWord !== undefined) {
        // An order that uses only some of the forgotten operations is an order.
        const near = new Set<number>();
        for (const op of known) {
          near.add(op);
          const { input, output } = operations[op] as Operation<I, O>;
          for (const word of wordsOf([input, output])) for (const other of byWord.get(word) ?? []) near.add(other);
        }
        for (let op = 0; op < operations.length && near.size < MANY; op += 97) near.add(op);
        if (
          answer(
            known,
            [...near].filter((op) => !isKnown.has(op)),
          ) === true
        )
          return true;
      }
      return answer(
        known,
        forgotten.flatMap((_, op) => (isKnown.has(op) ? [] : [op])),
      );
    },
  };

  function answer(known: readonly number[], others: readonly number[]): boolean | undefined {
    const given = known.map((op) => operations[op] as Operation<I, O>);
    for (const op of others) {
      const one = forgotten[op];
      if (one !== undefined) given.push(one);
    }
    const decision = model.decide?.(given);
    if (decision) return decision.verdict === 'valid';
    const problem = pose(withoutOutgrown(model, given), undefined, [...given.keys()], given, { pruned: true });
    // Where there are few, or where they make states without end, all are counted at once.
    const all = new Set(problem.lost.map(({ classId }) => classId));
    const ways = problem.lost.reduce((product, { ops }) => product * (ops.length + 1), 1);
    let scarce = ways <= FEW_WAYS ? all : new Set<number>();
    for (;;) {
      const isBold = scarce.size < all.size;
      const bold = breadthFirst(unlimited(problem, known.length, scarce));
      const outcome = run(bold, isBold ? Math.min(effort, 1000 + 40 * known.length) : effort);
      if (outcome === false || !isBold) return outcome;
      if (outcome === undefined) {
        const found = run(depthFirst(problem), 4 * known.length + 64);
        if (found !== undefined) return found;
        scarce = all;
        continue;
      }
      const before = scarce.size;
      for (const classId of usedUp(bold, problem, known.length)) scarce.add(classId);
      if (scarce.size === before) return true;
    }
  }

  function run(search: Search<S, I, O>, limit: number): boolean | undefined {
    const outcome = search.run(limit);
    used += search.space.size;
    return outcome;
  }
}

/** The problem in which no class of lost operations that has a forgotten one (`known` and above) is used up, but for `scarce`. */
function unlimited<S, I, O>(problem: Problem<S, I, O>, known: number, scarce: ReadonlySet<number>): Problem<S, I, O> {
  // A counter without a mask reads as 0, and one without a guard is not compared.
  const word = problem.guards.length;
  const lost = problem.lost.map(
    (its): LostClass =>
      its.ops.some((op) => op >= known) && !scarce.has(its.classId) ? { ...its, word, shift: 0, mask: 0 } : its,
  );
  return { ...problem, lost, guards: Int32Array.from([...problem.guards, 0]) };
}

/** The classes of which the order found in the unlimited problem used more than there are. */
function usedUp<S, I, O>({ problem, space, found }: Search<S, I, O>, exact: Problem<S, I, O>, known: number): number[] {
  const uses = new Map<number, number>();
  for (const op of retrace(problem, space, found).order) {
    const classId = exact.classOf[op] as number;
    if (exact.timeline.returnLevel[op] === -1) uses.set(classId, (uses.get(classId) ?? 0) + 1);
  }
  return exact.lost.flatMap(({ classId, ops }) => {
    const there = ops.some((op) => op >= known) ? ops.filter((op) => op >= known).length : ops.length;
    return (uses.get(classId) ?? 0) > there ? [classId] : [];
  });
}

/** Operations by the words of their input, except for words that are in very many. */
function indexed<I, O>(operations: readonly (Operation<I, O> | undefined)[]): Map<string, number[]> {
  const byWord = new Map<string, number[]>();
  operations.forEach((operation, op) => {
    for (const word of operation === undefined ? [] : wordsOf(operation.input)) {
      const its = byWord.get(word);
      if (its) its.push(op);
      else byWord.set(word, [op]);
    }
  });
  for (const [word, ops] of byWord) if (ops.length > MANY / 4) byWord.delete(word);
  return byWord;
}

/** The primitive values in it. */
function wordsOf(value: unknown, into: string[] = []): string[] {
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) into.push(canonicalKey(value));
    return into;
  }
  for (const part of Object.values(value)) wordsOf(part, into);
  return into;
}
