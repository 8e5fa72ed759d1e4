/**
 * A run told operation by operation instead of by a generator: what a history becomes when it is to be run again with
 * something left out.
 *
 * The one surprise: every process of the history gets a thread of its own. A thread that is used again after an `info`
 * would be bound to another node as soon as that `info` is left out, and the story would change under our hands.
 */
import type { Generator, GeneratorContext, Step } from '../core/generator.ts';
import type { History, Nanos, Story, StoryOperation } from '../core/types.ts';

/** All that the history's clients were asked to do, when, and by whom, in a load of `duration`. */
export function storyOf({ operations }: History, duration: Nanos): Story {
  return {
    duration,
    operations: operations.map(({ process, action, input, key, node, calledAt, phase = 'main' }) => ({
      at: phase === 'main' ? calledAt : 0,
      process,
      action,
      input,
      ...(key === undefined ? {} : { key }),
      node,
      phase,
    })),
  };
}

/** How many threads a story needs. */
export const threadsOf = ({ operations }: Story): number =>
  1 + operations.reduce((most, { process }) => Math.max(most, process), 0);

/** Plays one phase: each operation at its time, or as soon after it as its process is free. */
export function tell({ operations }: Story, phase: 'main' | 'final'): Generator {
  return telling(operations.filter((operation) => operation.phase === phase));
}

function telling(left: readonly StoryOperation[]): Generator {
  return {
    next(context): Step {
      if (left.length === 0) return { kind: 'done' };
      const { place, until } = due(left, context);
      if (place < 0) return { kind: 'wait', ...(until === undefined ? {} : { until }), next: telling(left) };
      const { at: _, process, phase: __, ...invocation } = left[place] as StoryOperation;
      return {
        kind: 'invoke',
        invocation,
        thread: process,
        next: telling(left.toSpliced(place, 1)),
      };
    },
  };
}

/** The first operation that is due and whose thread is free; else when the next of a free thread will be. */
function due(left: readonly StoryOperation[], { now, free }: GeneratorContext): { place: number; until?: number } {
  const behind = new Set<number>();
  let until: number | undefined;
  for (let place = 0; place < left.length; place++) {
    const { at, process } = left[place] as StoryOperation;
    // A process does one thing at a time, in its order.
    if (behind.has(process)) continue;
    behind.add(process);
    if (!free.includes(process)) continue;
    if (at <= now) return { place };
    until = Math.min(until ?? at, at);
  }
  return until === undefined ? { place: -1 } : { place: -1, until };
}
