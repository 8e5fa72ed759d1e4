// Why there is no order, told by the first return that no order can satisfy. The surprise: whoever convicted cannot always
// say it. A search that looked ahead (`restrict`, `growth`, `pin`) gave up at the write whose value a later read misses, while
// the write itself was possible; so the shortest prefix of the history that has no order is sought first.
import { type Core, minimalCore } from './core.ts';
import { describeOperation, describeValue } from './model.ts';
import { byReturn, isUnderWay, longestPossible, type Story } from './prefix.ts';
import { retrace } from './retrace.ts';
import { breadthFirst, type Search } from './search.ts';
import { DUE, LEVEL, LOST, type Space, STATE } from './space.ts';
import type { CheckOptions, Counterexample, Model, Operation } from './types.ts';

const MOST_STATES = 32;
/** Configurations to spend on finding out in which states the object may have been, beyond those of the verdict. */
const EFFORT = 20_000;
/** Configurations times operations. */
const LARGE = 4_000_000;
/** Longer linearizations do not keep their states, but work them out when asked: each may be as long as the history. */
const MOST_KEPT_STATES = 10_000;

/** `failed` is a search that ran to its end and found nothing. */
export function explain<S, I, O>(failed: Search<S, I, O>, depth: CheckOptions['explain'] = 'core'): Counterexample<S> {
  const { problem, space } = failed;
  const { model } = problem;
  const isPlain = !model.restrict && !model.growth && !model.pin;
  const reach = isPlain ? furthest(failed) : reachOf(problem, highestLevel(space), problem.timeline.levels - 1, false);
  return tell(problem, reach, depth, undefined);
}

/**
 * The same for a verdict of `model.decide`, whose `core` it is. `operations` are those of the partition, `indices` their
 * numbers among all that are checked.
 */
export function explainDecision<S, I, O>(
  model: Model<S, I, O>,
  partition: string | undefined,
  indices: readonly number[],
  operations: readonly Operation<I, O>[],
  core: readonly number[],
  depth: CheckOptions['explain'] = 'core',
): Counterexample<S> {
  const story = { model, partition, indices, operations };
  const inCore = new Set(core);
  // All of the core has returned by then, and nothing else can save it.
  const impossible = byReturn(operations).findLastIndex((op) => inCore.has(op));
  return tell(story, reachOf(story, 0, impossible, true), depth, core);
}

/** How far one can come without looking ahead. */
interface Reach<S> {
  /** The operation whose return cannot be passed. */
  readonly stuck: number;
  readonly order: readonly number[];
  /** Some of the states before it. `undefined`: only the one after `order` is known. */
  readonly states: readonly S[] | undefined;
}

function reachOf<S, I, O>(story: Story<S, I, O>, possible: number, impossible: number, fromAbove: boolean): Reach<S> {
  const { stuck, order, plain } = longestPossible(story, possible, impossible, fromAbove);
  // Where there are many operations, states may be large as well.
  const effort = Math.min(EFFORT, Math.floor(LARGE / story.operations.length));
  if (story.operations.length <= effort) {
    const search = breadthFirst(plain());
    if (search.run(effort) === false) {
      const reach = furthest(search);
      // In the shorter problem the operations have other numbers.
      const numbers = new Map(story.indices.map((index, op) => [index, op]));
      const own = (op: number): number => numbers.get(search.problem.indices[op] as number) as number;
      return { ...reach, stuck: own(reach.stuck), order: reach.order.map(own) };
    }
  }
  // Too much to look at without looking ahead. An order of what returned before is enough, if not of the longest.
  return { stuck, order, states: undefined };
}

function furthest<S, I, O>({ problem, space }: Search<S, I, O>): Reach<S> {
  const { words, stride, size } = space;
  const level = highestLevel(space);
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
  const { order } = retrace(problem, space, best);
  const reached = [...states].slice(0, MOST_STATES).map((id) => problem.transitions.states[id] as S);
  return { stuck: problem.timeline.target[level] as number, order, states: reached };
}

/** A search that came to a level has found an order for all returns before it. */
function highestLevel({ words, stride, size }: Space): number {
  let level = 0;
  for (let id = 0; id < size; id++) level = Math.max(level, words[id * stride + LEVEL] as number);
  return level;
}

function tell<S, I, O>(
  story: Story<S, I, O>,
  { stuck, order: found, states: reached }: Reach<S>,
  depth: CheckOptions['explain'],
  hint: readonly number[] | undefined,
): Counterexample<S> {
  const { model, partition, operations, indices } = story;
  const order = [...found];
  const taken = new Set(order);
  const underWay = operations.flatMap((operation, op) =>
    operation.return !== undefined && !taken.has(op) && isUnderWay(operations, op, stuck) ? [op] : [],
  );
  const step = (before: S, op: number): S | undefined => {
    const { input, output, return: returned } = operations[op] as Operation<I, O>;
    return model.step(before, input, returned === undefined ? model.supposeLost?.(input) : output);
  };
  let state = order.reduce((before, op) => step(before, op) as S, model.init);
  // The search may have left out what is no use to it; the longest order takes all that is possible.
  for (let i = 0; i < underWay.length; i++) {
    const op = underWay[i] as number;
    const after = op === stuck ? undefined : step(state, op);
    if (after === undefined) continue;
    order.push(op);
    state = after;
    underWay.splice(i, 1);
    i = -1;
  }
  const states = reached ?? [order.slice(0, found.length).reduce((before, op) => step(before, op) as S, model.init)];
  const inWords = (value: S): string => model.describeState?.(value) ?? describeValue(value);
  const name = (op: number): string => described(model, operations[op] as Operation<I, O>);
  const because = (op: number): string => `${name(op)} is not possible in the state ${inWords(state)}`;
  const where = partition === undefined ? '' : ` of ${JSON.stringify(partition)}`;
  const core = coreOf(story, stuck, depth, hint);
  return {
    partition,
    linearization: replayed(model.init, order, step, indices),
    state,
    stuck: indices[stuck] as number,
    blocked: [stuck, ...underWay.filter((op) => op !== stuck)].map((op) => ({
      operation: indices[op] as number,
      because: because(op),
    })),
    states,
    message: `${name(stuck)} by process ${operations[stuck]?.process} cannot be explained: before it returned, the state${where} could be ${states.map(inWords).join(' or ')}`,
    core: core.operations.map((op) => indices[op] as number),
    minimal: core.minimal,
  };
}

function coreOf<S, I, O>(
  { model, operations }: Story<S, I, O>,
  stuck: number,
  depth: CheckOptions['explain'],
  hint: readonly number[] | undefined,
): Core {
  const core =
    depth === 'brief'
      ? { operations: hint ?? operations.map((_, op) => op), minimal: false }
      : minimalCore(model, operations, stuck, hint);
  const call = (op: number): number => operations[op]?.call as number;
  return { ...core, operations: core.operations.toSorted((a, b) => call(a) - call(b) || a - b) };
}

/** Each operation with the state after it. */
function replayed<S>(
  init: S,
  order: readonly number[],
  step: (state: S, op: number) => S | undefined,
  indices: readonly number[],
): Counterexample<S>['linearization'] {
  if (order.length <= MOST_KEPT_STATES) {
    let state = init;
    return order.map((op) => {
      state = step(state, op) as S;
      return { operation: indices[op] as number, state };
    });
  }
  return order.map((op, i) => ({
    operation: indices[op] as number,
    get state() {
      return order.slice(0, i + 1).reduce((before, one) => step(before, one) as S, init);
    },
  }));
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
