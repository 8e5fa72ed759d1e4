/**
 * Liveness: a majority that can reach each other must serve, whatever happened before and whoever else is gone. It judges
 * the phase that `Scenario.liveness` asks for (as the second phase of TigerBeetle's VOPR).
 *
 * The one surprise: one operation that succeeds in time is enough. How many and how fast is for `availability` to say;
 * here it is only decided whether anything is stuck, and then it is said who leads and in which term everybody is.
 */
import { coreFault, type History, type Nanos, type NodeId, type Observation } from '../harness/core/types.ts';
import { type Checker, invalid, unknown, valid } from '../harness/core/verdict.ts';

const name = 'progress';

export const progress = (): Checker => ({
  name,
  check(history) {
    const fault = history.faults.find(({ nemesis }) => nemesis === coreFault);
    if (fault === undefined) return unknown(name, 'nothing was demanded: the scenario has no `liveness`');
    const core = history.header.nodes.filter((node) => !fault.nodes.includes(node));
    const { from, until = history.endedAt } = fault;
    const asked = history.operations.filter(
      ({ node, calledAt }) => core.includes(node) && calledAt >= from && calledAt < until,
    );
    if (asked.length === 0)
      return unknown(name, `nobody asked ${core.join(', ')} for anything after ${inSeconds(from)}`);
    const served = asked
      .filter(
        ({ completion, returnedAt = Number.POSITIVE_INFINITY }) => completion.type === 'ok' && returnedAt <= until,
      )
      .map(({ returnedAt = until }) => returnedAt);
    if (served.length > 0) {
      const first = inSeconds(Math.min(...served) - from);
      return valid(name, `${core.join(', ')} served again ${first} after all else was given up`);
    }
    const because = `${core.join(', ')} could reach each other from ${inSeconds(from)} on, and served none of ${asked.length} operations within ${inSeconds(until - from)}: ${whyNot(history, core, from, until)}`;
    return invalid(
      name,
      [{ name: 'no-progress', because: `${because}.`, operations: asked.map(({ index }) => index), at: until }],
      because,
    );
  },
});

/** Who led, and what everybody said of itself last. */
function whyNot({ observations }: History, core: readonly NodeId[], from: Nanos, until: Nanos): string {
  const seen = observations.filter(({ at, node }) => at >= from && at <= until && core.includes(node));
  const leaders = new Set(
    seen.flatMap(({ node, leads }) => (leads === undefined ? [] : [`${node} (term ${leads.term})`])),
  );
  const led = leaders.size === 0 ? 'nobody led' : `${[...leaders].join(', then ')} led`;
  const last = core.map((node) => {
    const observation = seen.findLast((one) => one.node === node);
    return observation === undefined ? `${node} said nothing` : `${node} ${stateOf(observation)}`;
  });
  return `${led}; at last ${last.join('; ')}`;
}

/** What says where a protocol stands, of whatever a node shows. */
const telling = ['role', 'term', 'epoch', 'leader', 'vote', 'commit', 'lastIndex'];

function stateOf({ state }: Observation): string {
  if (typeof state !== 'object' || state === null || Array.isArray(state)) return `was ${JSON.stringify(state)}`;
  const fields = Object.entries(state).filter(([field]) => telling.includes(field));
  if (fields.length === 0) return 'did not say where it stands';
  return `had ${fields.map(([field, value]) => `${field} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ')}`;
}

const inSeconds = (time: Nanos): string => `${(time / 1e9).toFixed(2)} s`;
