/**
 * Checkers that look on while the run goes on, so that a run may end as soon as it is convicted.
 *
 * The one surprise: it stands between the run and the recorder, and sees operations in the order in which they are
 * recorded. What the file holds at that moment is the prefix that convicts.
 */
import type { Recorder } from '../core/history.ts';
import type { Operation } from '../core/types.ts';
import type { Checker, Watch } from '../core/verdict.ts';

export interface Lookout {
  /** The recorder to use in place of the one that it was given. */
  readonly recorder: Recorder;
  /** Who convicted it, and of what; undefined while nobody has. */
  convicted(): string | undefined;
}

export function createLookout(recorder: Recorder, checkers: readonly Checker[]): Lookout {
  const watches = checkers.flatMap((checker): { name: string; watch: Watch }[] => {
    const watch = checker.watch?.(recorder.header);
    return watch === undefined ? [] : [{ name: checker.name, watch }];
  });
  const open = new Map<number, Operation>();
  let convicted: string | undefined;
  const tell = (event: 'called' | 'returned', operation: Operation): void => {
    if (convicted !== undefined) return;
    for (const { name, watch } of watches) {
      const because = watch[event](operation);
      if (because !== undefined) convicted ??= `${name}: ${because}`;
    }
  };
  return {
    convicted: () => convicted,
    recorder: {
      ...recorder,
      invoke(invocation, process, node, at, phase) {
        const index = recorder.invoke(invocation, process, node, at, phase);
        const completion = { type: 'info', error: 'open' } as const;
        const operation: Operation = { ...invocation, index, process, node, calledAt: at, completion, phase };
        open.set(index, operation);
        tell('called', operation);
        return index;
      },
      complete(index, completion, at) {
        recorder.complete(index, completion, at);
        const called = open.get(index);
        open.delete(index);
        if (called === undefined) return;
        tell('returned', { ...called, completion, returnedAt: at });
      },
    },
  };
}
