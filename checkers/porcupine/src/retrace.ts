// From a configuration back to the order of operations that led to it. A configuration remembers only the operation that
// made it from its parent: the reads taken along on the way are found again by walking the same way once more.
import type { Problem } from './problem.ts';
import { BY, PARENT, type Space } from './space.ts';
import { IMPOSSIBLE, next } from './transitions.ts';

/** The operations (this problem's own numbers) that took effect in configuration `id`, in order, and each state after. */
export function retrace<S, I, O>(
  problem: Problem<S, I, O>,
  space: Space,
  id: number,
): { order: number[]; states: S[] } {
  const { timeline, transitions, classOf } = problem;
  const { levels, target, readers } = timeline;
  const done = new Uint8Array(classOf.length);
  const order: number[] = [];
  const states: S[] = [];
  let level = 0;
  let state = 0;
  const take = (op: number, after: number): void => {
    done[op] = 1;
    state = after;
    order.push(op);
    states.push(transitions.states[after] as S);
  };
  const settle = (): void => {
    for (; level < levels; level++) {
      for (let i = readers.from[level] as number; i < (readers.from[level + 1] as number); i++) {
        const op = readers.items[i] as number;
        if (!done[op] && next(transitions, state, classOf[op] as number) !== IMPOSSIBLE) take(op, state);
      }
      if (!done[target[level] as number]) return;
    }
  };
  settle();
  for (const op of path(space, id)) {
    take(op, next(transitions, state, classOf[op] as number));
    settle();
  }
  return { order, states };
}

function path({ words, stride }: Space, id: number): number[] {
  const ops: number[] = [];
  for (let node = id; (words[node * stride + PARENT] as number) >= 0; node = words[node * stride + PARENT] as number) {
    ops.push(words[node * stride + BY] as number);
  }
  return ops.reverse();
}
