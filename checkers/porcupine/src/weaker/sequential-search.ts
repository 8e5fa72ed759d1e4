// The search behind `checkSequential`: depth first over how far each process has come, which lost operations took effect, and
// the state of every partition. The surprise: there is no time here, so nothing is ever too late; a dead end is only found
// when no process can go on. What real time would have done first is tried first, for most histories nearly kept to it.
import { canonicalKey } from '../key.ts';
import type { Model, Operation } from '../types.ts';
import { type Configurations, makeConfigurations } from './configurations.ts';
import { findForced } from './forced.ts';
import { type ProgramOrder, programOrder } from './program-order.ts';
import { absorb, countTaken, movesOf, openOf, retraced, take } from './sequential-moves.ts';
import { makeSteps, type Steps } from './steps.ts';
import { findStretches } from './stretches.ts';

export interface SequentialProblem<S> {
  /** By operation: infinite where it was lost. */
  readonly returns: Float64Array;
  readonly program: ProgramOrder;
  readonly steps: Steps<S>;
  /** By operation: the bit that says that it was taken out of turn; -1 where that cannot be. */
  readonly bitOf: Int32Array;
  /** By operation and process: so many of the process must come before it, whatever the order; see `findForced`. */
  readonly before: readonly Int32Array[] | undefined;
  /** Operations that have no order already by what each must come before. */
  readonly circle: readonly number[] | undefined;
  /** Lost operations that do the same. Those whose turn has come are alike, so a number says which took effect. */
  readonly lost: readonly (readonly number[])[];
  /** Where in a configuration the parts begin: how far each process is, bits, states, uses of lost ones. */
  readonly bitsAt: number;
  readonly statesAt: number;
  readonly lostAt: number;
  readonly stride: number;
}

export interface Ended<S> {
  /** `undefined`: the budget did not do. */
  readonly found: boolean | undefined;
  /** The order that was found, or one of the longest. */
  readonly order: readonly number[];
  /** After `order`: the operations that returned and whose turn it is. */
  readonly heads: readonly number[];
  readonly stateOf: (partition: string | undefined) => S;
  readonly configurations: number;
}

/** A configuration takes some words for each process and partition; beyond this many the answer is `unknown`. */
const MOST_WORDS = 1 << 27;

const EFFORT = 1000;
/** Operations times processes: beyond, what is forced is not worked out. */
const MOST_CLOCKS = 2_000_000;

export function poseSequential<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
): SequentialProblem<S> {
  const program = programOrder(operations);
  const steps = makeSteps(model, operations);
  const bitOf = new Int32Array(operations.length).fill(-1);
  let bits = 0;
  for (const ops of program.due) {
    ops.forEach((op, place) => {
      if ((program.needs[op] as number) < place) bitOf[op] = bits++;
    });
  }
  const byClass = new Map<string, number[]>();
  operations.forEach(({ input, return: returned }, op) => {
    if (returned !== undefined || steps.isReadOnly(op)) return;
    const key = canonicalKey(input);
    const alike = byClass.get(key);
    if (alike) alike.push(op);
    else byClass.set(key, [op]);
  });
  const stretches =
    program.isChain.every(Boolean) && operations.length * program.due.length <= MOST_CLOCKS
      ? findStretches(operations, steps)
      : undefined;
  const forced = stretches && !stretches.impossible ? findForced(program, stretches.all) : undefined;
  const circle = stretches?.impossible ?? forced?.circle;
  const before = forced?.circle ? undefined : forced?.before;
  const returns = Float64Array.from(operations, (operation) => operation.return ?? Number.POSITIVE_INFINITY);
  const lost = [...byClass.values()];
  const bitsAt = program.due.length;
  const statesAt = bitsAt + Math.ceil(bits / 32);
  const lostAt = statesAt + steps.partitions;
  const stride = lostAt + lost.length;
  return { returns, before, circle, program, steps, bitOf, lost, bitsAt, statesAt, lostAt, stride };
}

export function searchSequential<S>(problem: SequentialProblem<S>, most: number): Ended<S> {
  const { returns, program, stride } = problem;
  const set = makeConfigurations(stride, problem.lost.length);
  const now = new Int32Array(stride);
  const all = program.due.reduce((total, ops) => total + ops.length, 0);
  // By configuration: where it comes from, and through which operation (lost: the complement of its class).
  const parents: number[] = [];
  const by: number[] = [];
  const stack: number[] = []; // moves not yet made: a configuration and what it does next
  let best = 0;
  let bestTaken = -1;
  let found = -1;
  // What has no order is searched a little all the same, for an order to tell of.
  const limit = Math.min(problem.circle ? Math.min(most, EFFORT) : most, Math.floor(MOST_WORDS / stride));

  enter(-1, -1);
  while (found < 0 && stack.length > 0 && set.size < limit) {
    const move = stack.pop() as number;
    const from = stack.pop() as number;
    load(set, from, now);
    take(problem, now, move);
    enter(from, move);
  }
  const id = found < 0 ? best : found;
  load(set, id, now);
  return {
    found: found >= 0 ? true : stack.length > 0 && !problem.circle ? undefined : false,
    order: retraced(problem, path(parents, by, id)),
    heads: program.due.flatMap((_, process) => openOf(problem, now, process)),
    stateOf: (partition) => problem.steps.stateOf(partition, now, problem.statesAt),
    configurations: set.size,
  };

  function enter(parent: number, move: number): void {
    absorb(problem, now);
    const id = set.add(now);
    if (id < 0) return;
    parents.push(parent);
    by.push(move);
    const taken = countTaken(problem, now);
    if (taken > bestTaken) {
      best = id;
      bestTaken = taken;
    }
    if (taken === all) {
      found = id;
      return;
    }
    // Last in, first out: what returned first is tried first, lost operations last.
    for (const next of movesOf(problem, now).sort((a, b) => urgency(a) - urgency(b) || b - a)) stack.push(id, next);
  }

  function urgency(move: number): number {
    return move < 0 ? Number.NEGATIVE_INFINITY : -(returns[move] as number);
  }
}

function load({ words, stride }: Configurations, id: number, now: Int32Array): void {
  now.set(words.subarray(id * stride, (id + 1) * stride));
}

function path(parents: readonly number[], by: readonly number[], id: number): number[] {
  const moves: number[] = [];
  for (let at = id; (parents[at] as number) >= 0; at = parents[at] as number) moves.push(by[at] as number);
  return moves.reverse();
}
