// From a configuration back to the order of operations that led to it. A configuration remembers only the operation that
// made it from its parent: the reads taken along on the way are found again by walking the same way once more.
import type { Problem } from './problem.ts';
import { BY, LEVEL, PARENT, type Space } from './space.ts';
import { IMPOSSIBLE, next } from './transitions.ts';
import type { Operation } from './types.ts';

/** The operations (this problem's own numbers) that took effect in configuration `id`, in order, and each state after. */
export function retrace<S, I, O>(
  problem: Problem<S, I, O>,
  space: Space,
  id: number,
): { order: number[]; states: S[] } {
  const { model, timeline, transitions, classOf, operations } = problem;
  const { levels, target, readers } = timeline;
  const done = new Uint8Array(classOf.length);
  const order: number[] = [];
  const states: S[] = [];
  // What took effect unnoticed, and where the operation before which it did so is.
  const unnoticed: number[] = [];
  const before: number[] = [];
  let overwriter = -1;
  let level = 0;
  let state = 0;
  const take = (op: number, after: number): void => {
    done[op] = 1;
    state = after;
    if (transitions.classes[classOf[op] as number]?.overwrites) overwriter = order.length;
    order.push(op);
    states.push(transitions.states[after] as S);
  };
  const settle = (end: number): void => {
    for (; level < levels; level++) {
      for (let i = readers.from[level] as number; i < (readers.from[level + 1] as number); i++) {
        const op = readers.items[i] as number;
        if (!done[op] && next(transitions, state, classOf[op] as number) !== IMPOSSIBLE) take(op, state);
      }
      if (level === end) return;
      const op = target[level] as number;
      if (done[op]) continue;
      unnoticed.push(op);
      before.push(overwriter);
    }
  };
  const ids = path(space, id);
  for (let i = 0; i < ids.length; i++) {
    const node = (ids[i] as number) * space.stride;
    const by = space.words[node + BY] as number;
    if (by >= 0) take(by, next(transitions, state, classOf[by] as number));
    settle(space.words[node + LEVEL] as number);
  }
  return unnoticed.length === 0 ? { order, states } : withUnnoticed();

  function withUnnoticed(): { order: number[]; states: S[] } {
    const whole: { order: number[]; states: S[] } = { order: [], states: [] };
    const sorted = unnoticed.map((_, i) => i).sort((a, b) => (before[a] as number) - (before[b] as number) || a - b);
    let taken = 0;
    for (let i = 0; i < order.length; i++) {
      for (; taken < sorted.length && before[sorted[taken] as number] === i; taken++) {
        const op = unnoticed[sorted[taken] as number] as number;
        const { input, output } = operations[op] as Operation<I, O>;
        whole.order.push(op);
        whole.states.push(model.step(whole.states.at(-1) ?? model.init, input, output) as S);
      }
      whole.order.push(order[i] as number);
      whole.states.push(states[i] as S);
    }
    return whole;
  }
}

/** The configurations from the first to this one. */
function path({ words, stride }: Space, id: number): number[] {
  const ids: number[] = [];
  for (let node = id; node >= 0; node = words[node * stride + PARENT] as number) ids.push(node);
  return ids.reverse();
}
