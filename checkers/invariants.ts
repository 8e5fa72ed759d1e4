/**
 * What the simulator held against the mechanism's own invariants at every event (`Target.invariants`), and what came of
 * it: the moment of the cause, where the other checkers see only its effects.
 *
 * The one surprise: it has no opinion of its own. The world writes a broken invariant into the history as it happens; a
 * run in containers, where nobody looks at every event, is judged by its history alone.
 */
import type { NodeEvent } from '../harness/core/types.ts';
import { invariantNote } from '../harness/core/types.ts';
import { type Anomaly, type Checker, invalid, valid } from '../harness/core/verdict.ts';

const name = 'invariants';

export const invariants = (): Checker => ({
  name,
  check({ events, header }) {
    const broken = events.filter(({ kind, name: note }) => kind === 'note' && note === invariantNote);
    if (broken.length > 0) {
      const anomalies = broken.map(anomalyOf);
      return invalid(name, anomalies, `${anomalies[0]?.because}`);
    }
    return valid(
      name,
      header.world === 'sim'
        ? 'none was broken at any event'
        : 'looked at by the simulator only: the history alone decides here',
    );
  },
});

function anomalyOf({ at, data }: NodeEvent): Anomaly {
  const { invariant, because } = data as { readonly invariant: string; readonly because: string };
  return { name: invariant, because: `${because}.`, operations: [], at };
}
