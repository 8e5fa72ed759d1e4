/**
 * Keys that live for a while and are then replaced, and the reads of all of them at the end. Shared by the workloads over
 * several objects.
 *
 * The one surprise: the keys of a run are known before it begins (`keysOf`), however many of them the load then touches.
 * So the final reads need no memory of the main phase, and both phases stay pure.
 */
import type { Generator, Step } from '../harness/core/generator.ts';
import type { WorkloadPlan } from '../harness/core/target.ts';
import type { Nanos, NodeId } from '../harness/core/types.ts';
import { numberOption } from './options.ts';

/** How many keys are in use at any one time, and how many operations each gets before a fresh one takes its place. */
export interface KeyPlan {
  readonly live: number;
  readonly operationsPerKey: number;
  /** `k0` … `k<total-1>`; the last ones are kept when the load turns out heavier than planned. */
  readonly total: number;
}

/** A key's histories are checked one by one, and checking costs more than linearly: short lives keep it cheap. */
export function keysOf(plan: WorkloadPlan, defaults: { live: number; operationsPerKey: number }): KeyPlan {
  const live = numberOption(plan.options, 'keys', defaults.live, 1);
  const operationsPerKey = numberOption(plan.options, 'operationsPerKey', defaults.operationsPerKey, 1);
  const expected = (plan.rate * plan.duration) / 1e9;
  return { live, operationsPerKey, total: live + Math.floor(expected / operationsPerKey) };
}

export const keyName = (index: number): string => `k${index}`;

/** How often a final read is asked again of the same node when it got no answer, and how long it waits before. */
const attempts = 5;
const pause: Nanos = 200_000_000;

interface Reading {
  readonly key: string;
  readonly node: NodeId;
  readonly attempt: number;
  readonly notBefore: Nanos;
}

/** Reads every key of the run through every node; a read without an answer is asked again, and all are recorded. */
export function finalReads(plan: WorkloadPlan, keys: KeyPlan, nodes: readonly NodeId[] = plan.nodes): Generator {
  const readings: Reading[] = [];
  for (let index = 0; index < keys.total; index++) {
    for (const node of nodes) readings.push({ key: keyName(index), node, attempt: 1, notBefore: 0 });
  }
  return reading(readings, []);
}

function reading(waiting: readonly Reading[], running: readonly Reading[]): Generator {
  return {
    next(context): Step {
      const due = waiting.findIndex(({ notBefore }) => notBefore <= context.now);
      if (due < 0) {
        if (waiting.length === 0 && running.length === 0) return { kind: 'done' };
        if (waiting.length === 0) return { kind: 'wait', next: this };
        return { kind: 'wait', until: Math.min(...waiting.map(({ notBefore }) => notBefore)), next: this };
      }
      const chosen = waiting[due] as Reading;
      const rest = due === 0 ? waiting.slice(1) : [...waiting.slice(0, due), ...waiting.slice(due + 1)];
      return {
        kind: 'invoke',
        invocation: { action: 'read', input: null, key: chosen.key, node: chosen.node },
        next: reading(rest, [...running, chosen]),
      };
    },
    update({ invocation, completion, at }) {
      const index = running.findIndex(({ key, node }) => key === invocation.key && node === invocation.node);
      if (index < 0) return this;
      const { key, node, attempt } = running[index] as Reading;
      const rest = [...running.slice(0, index), ...running.slice(index + 1)];
      if (completion.type === 'ok' || attempt >= attempts) return reading(waiting, rest);
      return reading([...waiting, { key, node, attempt: attempt + 1, notBefore: at + pause }], rest);
    },
  };
}
