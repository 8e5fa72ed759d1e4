/** Named timers on the monotonic clock; never early, which `setTimeout` alone does not promise. */
import type { Timers } from '../../core/node.ts';

export function createTimers(take: (handler: () => void) => void): Timers {
  const armed = new Map<string, NodeJS.Timeout>();
  const cancel = (name: string): void => {
    clearTimeout(armed.get(name));
    armed.delete(name);
  };
  const wait = (name: string, deadline: number, handler: () => void): void => {
    const left = deadline - performance.now();
    const timeout = setTimeout(
      () => {
        if (performance.now() < deadline) {
          wait(name, deadline, handler);
          return;
        }
        armed.delete(name);
        take(handler);
      },
      Math.max(0, Math.ceil(left)),
    );
    armed.set(name, timeout);
  };
  return {
    set(name, after, handler) {
      cancel(name);
      wait(name, performance.now() + after / 1e6, handler);
    },
    cancel,
  };
}
