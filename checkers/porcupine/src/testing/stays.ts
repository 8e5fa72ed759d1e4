// Random histories of values that come in once and leave at most once, for the fast paths of the queue, the stack and the
// priority queue. The surprise: the small ones are not run on any object. Intervals are thrown at random, since then most
// of what is wrong is wrong by the order of things and not by a value that never was.
import fc from 'fast-check';
import {
  type Model,
  type Operation,
  type PriorityQueueInput,
  priorityQueue,
  type QueueInput,
  queue,
  type StackInput,
  stack,
} from '../index.ts';

export interface Collection<I> {
  readonly model: Model<readonly number[], I, number | null>;
  readonly insert: (value: number) => I;
  readonly remove: I;
  /** What a removal returns. */
  readonly next: (state: readonly number[]) => number | null;
}

function collection<I>(its: Collection<I>): Collection<unknown> {
  return its as Collection<unknown>;
}

export const collections = {
  queue: collection<QueueInput<number>>({
    model: queue<number>(),
    insert: (value) => ({ action: 'enqueue', value }),
    remove: { action: 'dequeue' },
    next: (state) => state[0] ?? null,
  }),
  stack: collection<StackInput<number>>({
    model: stack<number>(),
    insert: (value) => ({ action: 'push', value }),
    remove: { action: 'pop' },
    next: (state) => state.at(-1) ?? null,
  }),
  'priority-queue': collection<PriorityQueueInput<number>>({
    model: priorityQueue<number>(),
    insert: (value) => ({ action: 'insert', value }),
    remove: { action: 'extract' },
    next: (state) => state[0] ?? null,
  }),
};

type History = Operation<unknown, number | null>[];

/** Up to ten operations. @param areAllSeen no removal is lost, and the output of each is known */
export function scattered({ insert, remove }: Collection<unknown>, areAllSeen: boolean): fc.Arbitrary<History> {
  const interval = fc.record({ call: fc.nat(16), length: fc.nat(8) });
  const fate = areAllSeen ? fc.constant('seen') : fc.constantFrom('seen', 'seen', 'seen', 'unseen', 'lost');
  const value = fc.record({
    into: interval,
    isLost: fc.constantFrom(false, false, false, false, false, true),
    isRemoved: fc.constantFrom(true, true, true, false),
    out: interval,
    isCausal: fc.boolean(),
    fate,
  });
  const empties = fc.array(fc.record({ at: interval, fate }), { maxLength: 3 });
  return fc.tuple(fc.array(value, { minLength: 1, maxLength: 4, size: 'max' }), empties).map(([values, found]) => {
    const history: History = [];
    const add = (input: unknown, { call, length }: { call: number; length: number }, rest: object): void => {
      history.push({ process: history.length, input, call, return: call + length, ...rest });
    };
    const removed = (output: number | null, fate: string) =>
      fate === 'seen' ? { output } : fate === 'lost' ? { return: undefined } : {};
    values.forEach(({ into, isLost, isRemoved, out, isCausal, fate }, number) => {
      add(insert(number), into, isLost ? { return: undefined } : {});
      // A removal that returned before its insertion was called is wrong in itself, and would hide all else.
      const call = isCausal ? Math.max(out.call, into.call) : out.call;
      if (isRemoved) add(remove, { ...out, call }, removed(number, fate));
    });
    for (const { at, fate } of found) add(remove, at, removed(null, fate));
    return history;
  });
}

/** From `least` to `most` operations of a few clients on a real object, none of them lost: always legal. */
export function honest(
  { model, insert, remove, next }: Collection<unknown>,
  least: number,
  most: number,
): fc.Arbitrary<History> {
  const plan = fc.record({
    client: fc.nat(3),
    isInsert: fc.boolean(),
    value: fc.nat(1000),
    before: fc.nat(3),
    after: fc.nat(3),
    wait: fc.nat(2),
  });
  return fc
    .uniqueArray(plan, { minLength: least, maxLength: most, size: 'max', selector: ({ value }) => value })
    .map((plans) => {
      const free = [0, 0, 0, 0];
      const timed = plans.map(({ client, before, after, wait, ...rest }) => {
        const call = (free[client] as number) + wait;
        free[client] = call + before + after + 1;
        return { ...rest, client, call, effect: call + before, end: call + before + after };
      });
      let state = model.init;
      return timed
        .sort((a, b) => a.effect - b.effect)
        .map(({ client, isInsert, value, call, end }) => {
          const input = isInsert ? insert(value) : remove;
          const output = isInsert ? undefined : next(state);
          state = model.step(state, input, output) as readonly number[];
          return { process: client, input, call, return: end, output };
        });
    });
}

/** Two outputs change places, or one operation is elsewhere in time. */
export function mutated(histories: fc.Arbitrary<History>): fc.Arbitrary<History> {
  return fc
    .tuple(histories, fc.nat(), fc.nat(6), fc.boolean(), fc.integer({ min: -6, max: 6 }))
    .map(([history, pick, distance, isSwap, shift]) => {
      const removals = history.flatMap(({ output }, op) => (output === undefined ? [] : [op]));
      const first = removals[pick % removals.length];
      const second = removals[(pick + 1 + distance) % removals.length];
      return history.map((operation, op) => {
        if (!isSwap && op === pick % history.length) {
          return { ...operation, call: operation.call + shift, return: (operation.return as number) + shift };
        }
        if (!isSwap || (op !== first && op !== second)) return operation;
        return { ...operation, output: history[(op === first ? second : first) as number]?.output };
      });
    });
}

/**
 * A history by hand: `+1@0-2` inserted 1 from 0 to 2, `-1@3-5` removed it, `-@3-5` found nothing, `-?@3-5` was not seen,
 * and without the last number it is lost.
 */
export function told({ insert, remove }: Collection<unknown>, story: string): History {
  return story.split(' ').map((one, process) => {
    const [, sign, value, call, returned] = /^([+-])(\d*|\?)@(\d+)-(\d*)$/.exec(one) ?? [];
    if (sign === undefined) throw new Error(`cannot read ${one}`);
    const times = { process, call: Number(call), return: returned === '' ? undefined : Number(returned) };
    if (sign === '+') return { ...times, input: insert(Number(value)) };
    return { ...times, input: remove, output: value === '?' ? undefined : value === '' ? null : Number(value) };
  });
}
