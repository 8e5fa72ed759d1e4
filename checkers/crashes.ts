/**
 * A node whose own code threw has crashed, and no fault excuses it. Nodes that a nemesis killed are `killed`, not
 * `crashed`, and are no concern of this checker.
 */
import type { NodeEvent } from '../harness/core/types.ts';
import type { Checker } from '../harness/core/verdict.ts';
import { invalid, valid } from '../harness/core/verdict.ts';

const name = 'crashes';

export const crashes = (): Checker => ({
  name,
  check(history) {
    const crashed = history.events.filter(({ kind }) => kind === 'crashed');
    if (crashed.length === 0) return valid(name, 'no node crashed by itself');
    const anomalies = firstOfEach(crashed).map(({ event, times }) => ({
      name: 'node-crashed',
      because: `${event.node} crashed${times > 1 ? ` ${times} times` : ''}: ${event.name ?? 'no reason given'}`,
      operations: [],
      at: event.at,
    }));
    return invalid(name, anomalies, `${crashed.length} crashes. ${anomalies[0]?.because}`);
  },
});

/** The same error on the same node is one story, however often it was restarted into it. */
function firstOfEach(events: readonly NodeEvent[]): readonly { readonly event: NodeEvent; readonly times: number }[] {
  const groups = new Map<string, { event: NodeEvent; times: number }>();
  for (const event of events) {
    const id = `${event.node} ${event.name}`;
    const group = groups.get(id);
    if (group) group.times++;
    else groups.set(id, { event, times: 1 });
  }
  return [...groups.values()];
}
