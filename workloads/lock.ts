/**
 * Critical sections: each thread acquires a lock, writes a few times to what it guards and releases it, over and over, in
 * contention with all others. For locks with leases and fencing tokens.
 *
 * Actions: `acquire` (input: the lease asked for, in ms; output: `{ token, ttlMs, waitedMs }`, where `waitedMs` is how long
 * the request certainly stood in line, so that the lease began no earlier), `write` (input: a number that is used once in
 * the whole run), `release`, and at the end `read` of the guarded resource (output: `[token, value]` of every write that it
 * took, in its order). The key names the lock and what it guards.
 *
 * Options: `keys` (1), `ttlMs` (600), `writes` (in one critical section, at most, 3), `holder` and `resource` (roles of the
 * nodes that are asked to hold and to be read).
 */
import { mutualExclusion } from '../checkers/mutual-exclusion.ts';
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator, Step } from '../harness/core/generator.ts';
import { stagger } from '../harness/core/generators.ts';
import type { WorkloadPlan } from '../harness/core/target.ts';
import type { Json, NodeId } from '../harness/core/types.ts';
import { nodesOf } from './calls.ts';
import { finalReads, keyName } from './keys.ts';
import { numberOption, stringOption } from './options.ts';

export const lock = defineWorkload({
  name: 'lock',
  about: 'acquires locks, writes under them and releases them: at any moment one holder, and no write of a former one',
  generator: (plan) => stagger(plan.rate, criticalSections(plan)),
  final: (plan) => {
    const total = keysIn(plan);
    const resources = nodesOf(plan, stringOption(plan.options, 'resource', 'resource'));
    return finalReads(plan, { live: total, operationsPerKey: Number.POSITIVE_INFINITY, total }, resources);
  },
  checkers: () => [mutualExclusion()],
});

const keysIn = (plan: WorkloadPlan): number => numberOption(plan.options, 'keys', 1, 1);

interface Sections {
  readonly keys: number;
  readonly ttlMs: number;
  readonly writes: number;
  readonly holders: readonly NodeId[];
}

/** A thread that has asked for a lock or holds it, and how often it will still write. */
interface Section {
  readonly key: string;
  readonly held: boolean;
  readonly left: number;
}

/** The operations without their times: as many as are asked for. */
function criticalSections(plan: WorkloadPlan): Generator {
  const sections: Sections = {
    keys: keysIn(plan),
    ttlMs: numberOption(plan.options, 'ttlMs', 600, 1),
    writes: numberOption(plan.options, 'writes', 3, 1),
    holders: nodesOf(plan, stringOption(plan.options, 'holder', 'holder')),
  };
  return going(sections, new Map(), 1);
}

function going(sections: Sections, inside: ReadonlyMap<number, Section>, value: number): Generator {
  return {
    next({ random, free }) {
      const thread = random.pick(free);
      const node = sections.holders[thread % sections.holders.length] as NodeId;
      const section = inside.get(thread);
      const invoke = (action: string, input: Json, after: Section): Step => ({
        kind: 'invoke',
        invocation: { action, input, key: after.key, node },
        thread,
        next: going(sections, new Map(inside).set(thread, after), action === 'write' ? value + 1 : value),
      });
      if (section?.held !== true) {
        const key = keyName(random.int(0, sections.keys - 1));
        return invoke('acquire', sections.ttlMs, { key, held: false, left: random.int(1, sections.writes) });
      }
      return section.left > 0
        ? invoke('write', value, { ...section, left: section.left - 1 })
        : invoke('release', null, section);
    },
    update({ invocation: { action }, completion, thread }) {
      const section = inside.get(thread);
      if (section === undefined) return this;
      const after = new Map(inside);
      // Whoever fails in between no longer knows whether the lock is held, and asks anew.
      if (completion.type !== 'ok' || action === 'release') after.delete(thread);
      else if (action === 'acquire') after.set(thread, { ...section, held: true });
      return going(sections, after, value);
    },
  };
}
