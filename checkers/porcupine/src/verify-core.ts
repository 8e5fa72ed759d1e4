// The other half of an `invalid` verdict: a core has no order whatever the rest did, which is tried out here in the most
// obvious way, one (operations done, state) after the other, by code that the checker does not use. The surprise: it asks
// first with as many copies of each forgotten operation as one likes, and counts only those of which an order used too many.
import { canonicalKey } from './key.ts';
import { withoutOutgrown } from './outgrown.ts';
import type { Model, Operation } from './types.ts';

/** Configurations for one question, and for one in which not all is counted. */
const MOST = 200_000;
const MOST_BOLD = 20_000;
/** So many ways to use some of the forgotten operations are not too many to count. */
const FEW_WAYS = 1_000;

/**
 * Checks that the operations of `core` have no order, if of all others of their partition no more is known than that they were
 * asked for; and, unless `minimal` is false, that to forget any one more of them leaves an order.
 *
 * For cores of a few dozen operations: it is brute force, and says so when it is too much.
 *
 * @param core indices into `operations`
 * @returns `undefined` if all is well, else what is wrong, in words.
 */
export function verifyCore<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  core: readonly number[],
  { minimal = true }: { readonly minimal?: boolean } = {},
): string | undefined {
  const [first] = core;
  if (first === undefined) return 'the core is empty';
  const stranger = core.find((index) => operations[index] === undefined);
  if (stranger !== undefined) return `there is no operation ${stranger}`;
  if (new Set(core).size < core.length) return 'an operation is in the core twice';
  const partitionOf = (index: number): string | undefined => model.partition?.(operations[index]?.input as I);
  const partition = partitionOf(first);
  const other = core.find((index) => partitionOf(index) !== partition);
  if (other !== undefined) return `operation ${other} is of another partition than operation ${first}`;
  const own = [...operations.keys()].filter((index) => partitionOf(index) === partition);

  const outcome = hasOrder(model, operations, own, core);
  if (outcome === undefined) return 'too much for brute force: whether the core has an order was not found out';
  if (outcome) return 'the core has an order';
  for (const index of minimal ? core : []) {
    const rest = core.filter((one) => one !== index);
    const spared = hasOrder(model, operations, own, rest);
    if (spared === undefined) return `too much for brute force: whether operation ${index} is needed was not found out`;
    if (!spared) return `operation ${index} is not needed`;
  }
  return undefined;
}

interface Asked<I, O> {
  readonly input: I;
  readonly output: O | undefined;
  readonly count: number;
}

function hasOrder<S, I, O>(
  given: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  own: readonly number[],
  known: readonly number[],
): boolean | undefined {
  const isKnown = new Set(known);
  const model = withoutOutgrown(
    given,
    known.map((index) => operations[index] as Operation<I, O>),
  );
  const forgotten = new Map<string, Asked<I, O>>();
  for (const index of own) {
    if (isKnown.has(index)) continue;
    const { input } = operations[index] as Operation<I, O>;
    const key = canonicalKey(input);
    const count = (forgotten.get(key)?.count ?? 0) + 1;
    forgotten.set(key, { input, output: model.supposeLost?.(input), count });
  }
  const asked = [...forgotten.values()];
  const told = known.map((index) => {
    const { input, output, call, return: end } = operations[index] as Operation<I, O>;
    const supposed = end === undefined ? model.supposeLost?.(input) : output;
    return { input, output: supposed, call, end: end ?? Number.POSITIVE_INFINITY };
  });
  const ways = asked.reduce((product, { count }) => product * (count + 1), 1);
  const counted = new Set<number>(ways <= FEW_WAYS ? asked.keys() : []);
  for (;;) {
    const isBold = counted.size < asked.length;
    const uses = findOrder(model, told, asked, counted, isBold ? MOST_BOLD : MOST);
    // Endless without counting, perhaps; so count all.
    if (uses === 'too much' && isBold) for (const i of asked.keys()) counted.add(i);
    else if (uses === 'too much') return undefined;
    else if (uses === undefined) return false;
    else {
      const before = counted.size;
      for (const [i, used] of uses) if (used > (asked[i]?.count as number)) counted.add(i);
      if (counted.size === before) return true;
    }
  }
}

interface Told<I, O> {
  readonly input: I;
  readonly output: O | undefined;
  readonly call: number;
  readonly end: number;
}

/** One configuration: which of `told` took effect (bits), how often each of `counted` did, the state. */
interface Configuration<S> {
  readonly done: bigint;
  readonly used: readonly number[];
  readonly state: S;
  /** For the uses of those that are not counted. */
  readonly parent: Configuration<S> | undefined;
  readonly by: number;
}

/** How often each of `asked` took effect in an order, of those with the fewest steps; `undefined` if there is no order. */
function findOrder<S, I, O>(
  model: Model<S, I, O>,
  told: readonly Told<I, O>[],
  asked: readonly Asked<I, O>[],
  counted: ReadonlySet<number>,
  most: number,
): Map<number, number> | undefined | 'too much' {
  const due = told.reduce((bits, { end }, i) => (end < Number.POSITIVE_INFINITY ? bits | (1n << BigInt(i)) : bits), 0n);
  const nothing = asked.map(() => 0);
  const queue: Configuration<S>[] = [{ done: 0n, used: nothing, state: model.init, parent: undefined, by: -1 }];
  const seen = new Set<string>();
  for (let head = 0; head < queue.length; head++) {
    if (queue.length > most) return 'too much';
    const here = queue[head] as Configuration<S>;
    if ((here.done & due) === due) return usesOf(here);
    const isDone = (i: number): boolean => ((here.done >> BigInt(i)) & 1n) === 1n;
    const firstEnd = told.reduce((least, { end }, i) => (isDone(i) ? least : Math.min(least, end)), Number.MAX_VALUE);
    told.forEach(({ input, output, call }, i) => {
      if (!isDone(i) && call <= firstEnd) visit(here, input, output, i, here.done | (1n << BigInt(i)), here.used);
    });
    asked.forEach(({ input, output, count }, i) => {
      const used = here.used[i] as number;
      if (counted.has(i) && used >= count) return;
      const after = counted.has(i) ? here.used.with(i, used + 1) : here.used;
      visit(here, input, output, told.length + i, here.done, after);
    });
  }
  return undefined;

  function visit(
    parent: Configuration<S>,
    input: I,
    output: O | undefined,
    by: number,
    done: bigint,
    used: readonly number[],
  ) {
    const state = model.step(parent.state, input, output);
    if (state === undefined) return;
    const key = `${done}|${used.join()}|${model.key ? model.key(state) : canonicalKey(state)}`;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push({ done, used, state, parent, by });
  }

  function usesOf(last: Configuration<S>): Map<number, number> {
    const uses = new Map<number, number>();
    for (let one: Configuration<S> | undefined = last; one !== undefined; one = one.parent) {
      if (one.by >= told.length) uses.set(one.by - told.length, (uses.get(one.by - told.length) ?? 0) + 1);
    }
    return uses;
  }
}
