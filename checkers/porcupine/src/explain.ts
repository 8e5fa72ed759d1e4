// Why there is no order, told by the first return that no order can satisfy. The surprise: the search that convicted
// cannot always say it. Where it looked ahead (`restrict`, `growth`, `pin`) it gave up at the write whose value a later read
// misses, while the write itself was possible: so the shortest prefix of the history that has no order is sought first.
import { describeOperation, describeValue } from './model.ts';
import { type Problem, pose } from './problem.ts';
import { retrace } from './retrace.ts';
import { breadthFirst, depthFirst, type Search } from './search.ts';
import { DUE, LEVEL, LOST, type Space, STATE } from './space.ts';
import type { Counterexample, Model, Operation } from './types.ts';

const MOST_STATES = 32;
/** Configurations to spend on the explanation, beyond those of the verdict. */
const EFFORT = 20_000;

/** `failed` is a search that ran to its end and found nothing. */
export function explain<S, I, O>(failed: Search<S, I, O>): Counterexample<S> {
  const { problem } = failed;
  const { model } = problem;
  if (!model.restrict && !model.growth && !model.pin) return tell(problem, furthest(problem, failed.space));

  const stuck = firstHopelessReturn(failed);
  const plain = prefix(problem, stuck, false);
  const search = breadthFirst(plain);
  if (search.run(EFFORT) === false) return tell(plain, furthest(plain, search.space));
  // Too much to look at without looking ahead. An order of what returned before is enough, if not of the longest.
  const before = depthFirst(prefix(problem, stuck - 1, true));
  const partial = before.run(EFFORT) ? retrace(before.problem, before.space, before.found) : { order: [], states: [] };
  // In the shorter problem the operations have other numbers.
  const numbers = new Map(plain.indices.map((index, op) => [index, op]));
  const order = partial.order.map((op) => numbers.get(before.problem.indices[op] as number) as number);
  return tell(plain, {
    level: stuck,
    order,
    orderStates: partial.states,
    states: [partial.states.at(-1) ?? model.init],
  });
}

/** How far a search came that used no foresight. */
interface Reach<S> {
  /** The level that could not be passed. */
  readonly level: number;
  readonly order: readonly number[];
  readonly orderStates: readonly S[];
  readonly states: readonly S[];
}

function furthest<S, I, O>(problem: Problem<S, I, O>, space: Space): Reach<S> {
  const { words, stride, size } = space;
  let level = 0;
  for (let id = 0; id < size; id++) level = Math.max(level, words[id * stride + LEVEL] as number);
  const states = new Set<number>();
  let best = -1;
  let bestTaken = -1;
  for (let id = 0; id < size; id++) {
    const at = id * stride;
    if (words[at + LEVEL] !== level) continue;
    states.add(words[at + STATE] as number);
    let taken = words[at + LOST] as number;
    for (let i = DUE; i < DUE + space.dueWords; i++) taken += ones(words[at + i] as number);
    if (taken > bestTaken) {
      best = id;
      bestTaken = taken;
    }
  }
  const { order, states: orderStates } = retrace(problem, space, best);
  const reached = [...states].slice(0, MOST_STATES).map((id) => problem.transitions.states[id] as S);
  return { level, order, orderStates, states: reached };
}

/** The level of the first return such that the history up to it has no order. */
function firstHopelessReturn<S, I, O>(failed: Search<S, I, O>): number {
  const { problem } = failed;
  // A search with foresight that came to a level has found an order for all returns before it.
  let possible = -1;
  for (let id = 0; id < failed.space.size; id++) {
    possible = Math.max(possible, (failed.space.words[id * failed.space.stride + LEVEL] as number) - 1);
  }
  let impossible = problem.timeline.levels - 1;
  // Gallop from where the search gave up, for that is usually near; then halve.
  for (let stride = 1; possible + 1 < impossible; stride *= 2) {
    const level = Math.min(possible + stride, (possible + impossible) >> 1);
    if (hasNoOrder(prefix(problem, level, true))) impossible = level;
    else possible = level;
  }
  return impossible;
}

function hasNoOrder<S, I, O>(problem: Problem<S, I, O>): boolean {
  const verdict = depthFirst(problem).run(4 * problem.operations.length + 64);
  return (verdict ?? breadthFirst(problem).run(EFFORT)) === false;
}

/** The problem as it was when return `level` happened: what was under way may take effect or not, what came later is not there. */
function prefix<S, I, O>(problem: Problem<S, I, O>, level: number, pruned: boolean): Problem<S, I, O> {
  const { callLevel, returnLevel } = problem.timeline;
  const kept = problem.operations.flatMap((_, op) => ((callLevel[op] as number) <= level ? [op] : []));
  return pose(
    problem.model,
    problem.partition,
    kept.map((op) => problem.indices[op] as number),
    kept.map((op) => problem.operations[op] as Operation<I, O>),
    { pruned, isCut: (op) => (returnLevel[kept[op] as number] as number) > level },
  );
}

function tell<S, I, O>(problem: Problem<S, I, O>, reach: Reach<S>): Counterexample<S> {
  const { model, operations, indices, timeline, transitions, classOf } = problem;
  const stuck = timeline.target[reach.level] as number;
  const order = [...reach.order];
  const states = [...reach.orderStates];
  const taken = new Set(order);
  const underWay = operations.flatMap((operation, op) => {
    const due = timeline.returnLevel[op] as number;
    const isHere = (timeline.callLevel[op] as number) <= reach.level && (due < 0 || due >= reach.level);
    return isHere && operation.return !== undefined && !taken.has(op) ? [op] : [];
  });
  let state = states.at(-1) ?? model.init;
  const step = (op: number): S | undefined => {
    const { input, output } = transitions.classes[classOf[op] as number] as { input: I; output: O | undefined };
    return model.step(state, input, output);
  };
  // The search may have left out what is no use to it; the longest order takes all that is possible.
  for (let i = 0; i < underWay.length; i++) {
    const op = underWay[i] as number;
    const after = op === stuck ? undefined : step(op);
    if (after === undefined) continue;
    order.push(op);
    states.push(after);
    state = after;
    underWay.splice(i, 1);
    i = -1;
  }
  const inWords = (value: S): string => model.describeState?.(value) ?? describeValue(value);
  const name = (op: number): string => described(model, operations[op] as Operation<I, O>);
  const because = (op: number): string => `${name(op)} is not possible in the state ${inWords(state)}`;
  const where = problem.partition === undefined ? '' : ` of ${JSON.stringify(problem.partition)}`;
  const among = reach.states.map(inWords).join(' or ');
  return {
    partition: problem.partition,
    linearization: order.map((op, i) => ({ operation: indices[op] as number, state: states[i] as S })),
    state,
    stuck: indices[stuck] as number,
    blocked: [stuck, ...underWay.filter((op) => op !== stuck)].map((op) => ({
      operation: indices[op] as number,
      because: because(op),
    })),
    states: reach.states,
    core: [...order, stuck].map((op) => indices[op] as number), // TODO minimal
    message: `${name(stuck)} by process ${operations[stuck]?.process} cannot be explained: before it returned, the state${where} could be ${among}`,
  };
}

function described<S, I, O>(model: Model<S, I, O>, { input, output, return: returned }: Operation<I, O>): string {
  const shown = returned === undefined ? undefined : output;
  return model.describe?.(input, shown) ?? describeOperation(input, shown);
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
