// The smallest story that is still wrong. Operations are forgotten, many at once and then fewer, as long as what is left has
// no order (delta debugging: Zeller and Hildebrandt 2002). The surprise: one pass over single operations is enough at the end.
// To forget never makes a history wrong, so an operation that was needed once is needed in whatever is left later.
import { type Forgetting, makeForgetting } from './forgetting.ts';
import { canonicalKey } from './key.ts';
import type { Model, Operation } from './types.ts';

export interface Core {
  /** Indices into the operations of the partition. */
  readonly operations: readonly number[];
  readonly minimal: boolean;
}

/** Configurations, for all questions together and for one. */
const EFFORT = 400_000;
const EFFORT_EACH = 10_000;
const FIRST_WINDOW = 8;

/**
 * `operations` are those of one partition, which has no order.
 *
 * @param stuck the return that no order can pass; the core is most likely near it
 * @param hint operations that probably have no order whatever the others do
 */
export function minimalCore<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  stuck: number,
  hint: readonly number[] | undefined,
): Core {
  const forgetting = makeForgetting(model, operations, EFFORT_EACH);
  const matters = (op: number): boolean => {
    const { input, return: returned } = operations[op] as Operation<I, O>;
    return returned !== undefined || !model.readOnly?.(input, model.supposeLost?.(input));
  };
  const start = hint && forgetting.hasOrder(hint) === false ? hint : window(operations, stuck, matters, forgetting);
  return shrink(inGroups(start, model, operations), forgetting);
}

/** What is read-only first, for it is least often needed; then what asks for the same, for it is needed or not together. */
function inGroups<S, I, O>(start: readonly number[], model: Model<S, I, O>, operations: readonly Operation<I, O>[]) {
  const groups = new Map<string, number[]>();
  for (const op of start) {
    const { input, output, return: returned } = operations[op] as Operation<I, O>;
    const isRead = returned !== undefined && model.readOnly?.(input, output) === true;
    const key = isRead ? 'read-only' : canonicalKey(input);
    const group = groups.get(key);
    if (group) group.push(op);
    else groups.set(key, [op]);
  }
  const reads = groups.get('read-only') ?? [];
  groups.delete('read-only');
  return [...reads, ...[...groups.values()].flat()];
}

/** So many operations before the return that is stuck that they have no order. */
function window<I, O>(
  operations: readonly Operation<I, O>[],
  stuck: number,
  matters: (op: number) => boolean,
  forgetting: Forgetting,
): number[] {
  const end = operations[stuck]?.return as number;
  // The last to return first; what was called later comes last, for it matters only by being late.
  const lateness = (op: number): number => {
    const { call, return: returned = Number.POSITIVE_INFINITY } = operations[op] as Operation<I, O>;
    return call > end ? Number.NEGATIVE_INFINITY : Math.min(returned, end);
  };
  const near = [...operations.keys()].filter((op) => op === stuck || matters(op));
  near.sort((a, b) => Number(b === stuck) - Number(a === stuck) || descending(lateness(a), lateness(b)) || a - b);
  for (let size = FIRST_WINDOW; size < near.length && forgetting.used() < EFFORT / 2; size *= 2) {
    const some = near.slice(0, size);
    if (forgetting.hasOrder(some) === false) return some;
  }
  return near;
}

function shrink(start: readonly number[], forgetting: Forgetting): Core {
  let core = [...start];
  let minimal = true;
  let size = Math.max(1, core.length >> 1);
  for (;;) {
    for (let from = 0; from < core.length; ) {
      if (forgetting.used() > EFFORT) return { operations: core, minimal: false };
      const rest = [...core.slice(0, from), ...core.slice(from + size)];
      const outcome = forgetting.hasOrder(rest);
      if (outcome === false) {
        core = rest;
        continue;
      }
      if (size === 1 && outcome === undefined) minimal = false;
      from += size;
    }
    if (size === 1) return { operations: core, minimal };
    size = Math.min(size >> 1, Math.max(1, core.length >> 1));
  }
}

function descending(a: number, b: number): number {
  return a > b ? -1 : a < b ? 1 : 0;
}
