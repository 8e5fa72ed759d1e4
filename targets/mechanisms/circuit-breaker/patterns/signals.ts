/**
 * Alerts over what the nodes export: metrics and inspections, as an operator's monitoring would see them, never the
 * clients' outcomes. The document gives M9 no detection line; each signal quotes the line of its table that it watches.
 *
 * The one surprise: `open-on-healthy` believes the dependencies, not the breakers. A breaker that takes a 4xx for a failure
 * reports a high failure rate with a clear conscience.
 */
import { defineSignal, milliseconds } from '../../../../harness/core/define.ts';
import type { History, Json, Nanos, NodeId, Observation } from '../../../../harness/core/types.ts';
import { field, numberField } from '../message.ts';
import type { Settings } from '../settings.ts';
import { promisesOf } from './ledger.ts';

interface Circuit {
  readonly caller: NodeId;
  readonly circuit: string;
  readonly at: Nanos;
  readonly state: string;
  readonly period: number;
}

/** The states of every circuit of every caller, as they were seen, one list for each. */
function circuitsOf(history: History): readonly (readonly Circuit[])[] {
  const seen = new Map<string, Circuit[]>();
  for (const { at, node: caller, state } of history.observations) {
    const breakers = field(state, 'breakers');
    for (const [circuit, breaker] of Object.entries((breakers as { readonly [key: string]: Json } | null) ?? {})) {
      const id = `${caller} ${circuit}`;
      const list = seen.get(id) ?? [];
      seen.set(id, list);
      list.push({
        caller,
        circuit,
        at,
        state: String(field(breaker, 'state')),
        period: numberField(breaker, 'period', -1),
      });
    }
  }
  return [...seen.values()];
}

export const openOnHealthy = defineSignal({
  name: 'open-on-healthy',
  quote: 'Failure Mode: False positives',
  fires(history) {
    const settings = promisesOf(history);
    let first: { readonly at: Nanos; readonly because: string } | undefined;
    for (const circuits of circuitsOf(history)) {
      for (const [index, now] of circuits.entries()) {
        const before = circuits[index - 1];
        if (now.state === 'Closed' || before?.state !== 'Closed' || (first !== undefined && first.at <= now.at))
          continue;
        if (
          slownessOf(history, now.caller, before.at - milliseconds(settings.windowMs), now.at) >=
          settings.slowRateThreshold / 2
        ) {
          continue;
        }
        const instances = now.circuit === '*' ? dependenciesOf(history) : [now.circuit];
        for (const instance of instances) {
          const ill = troubleOf(history, instance, before.at - milliseconds(settings.windowMs), now.at);
          // Half the threshold: the probes do not cut time where the breaker's window does.
          if (ill.requests < settings.minimumVolume / 4 || ill.share >= settings.failureRateThreshold / 2) continue;
          first = {
            at: now.at,
            because: `${now.caller} opened the circuit of ${instance}, which failed only ${Math.round(ill.share * 100)} % of ${ill.requests} requests`,
          };
        }
      }
    }
    return first;
  },
});

const dependenciesOf = (history: History): readonly NodeId[] => [
  ...new Set(history.observations.filter(({ state }) => field(state, 'role') === 'dependency').map(({ node }) => node)),
];

/** Share of the caller's own calls that were slow, wherever the time went: a good reason to open, though the instance knows nothing of it. */
function slownessOf(history: History, caller: NodeId, from: Nanos, until: Nanos): number {
  const grown = growthOf(history, caller, from, until);
  const made = grown('circuit_breaker_calls_total') - grown('circuit_breaker_rejected_calls_total');
  return made > 0 ? grown('circuit_breaker_slow_calls_total') / made : 0;
}

/** What the instance itself counted, bad requests left out. */
function troubleOf(history: History, instance: NodeId, from: Nanos, until: Nanos) {
  const grown = growthOf(history, instance, from, until);
  const requests =
    grown('circuit_breaker_dependency_requests_total') - grown('circuit_breaker_dependency_bad_requests_total');
  const trouble = Math.max(
    grown('circuit_breaker_dependency_errors_total'),
    grown('circuit_breaker_dependency_slow_requests_total'),
  );
  return { requests, share: requests > 0 ? trouble / requests : 0 };
}

/** By how much a counter of the node grew from the last look before `from` to the first after `until`. */
function growthOf(history: History, node: NodeId, from: Nanos, until: Nanos): (name: string) => number {
  const looks = history.observations.filter((look) => look.node === node);
  const before = looks.findLast(({ at }) => at <= from);
  const after = looks.find(({ at }) => at >= until) ?? looks.at(-1);
  return (name) => metric(after, name) - metric(before, name);
}

const metric = (observation: Observation | undefined, name: string): number => observation?.metrics[name] ?? 0;

export const neverTried = defineSignal({
  name: 'never-tried',
  quote: 'Requires: FailureThreshold, ResetTimeout',
  fires(history) {
    const { resetMs }: Settings = promisesOf(history);
    let first: { readonly at: Nanos; readonly because: string } | undefined;
    for (const circuits of circuitsOf(history)) {
      let since: Circuit | undefined;
      for (const now of circuits) {
        if (now.state !== 'Open' || since?.period !== now.period) since = now.state === 'Open' ? now : undefined;
        if (since === undefined || now.at - since.at <= milliseconds(2 * resetMs)) continue;
        if (first !== undefined && first.at <= now.at) continue;
        const because = `${now.caller}'s circuit of ${now.circuit} has been Open without a trial for ${Math.round((now.at - since.at) / 1e6)} ms; the reset timeout is ${resetMs} ms`;
        first = { at: now.at, because };
      }
    }
    return first;
  },
});

export const crowdedTrial = defineSignal({
  name: 'crowded-trial',
  quote: 'Recovery: Gradual re-enable',
  fires(history) {
    const { trialCalls } = promisesOf(history);
    const look = history.observations.find(
      (one) =>
        metric(one, 'circuit_breaker_trial_calls_total') >
        trialCalls * metric(one, 'circuit_breaker_half_opened_total'),
    );
    if (look === undefined) return undefined;
    const calls = metric(look, 'circuit_breaker_trial_calls_total');
    const periods = metric(look, 'circuit_breaker_half_opened_total');
    return {
      at: look.at,
      because: `${look.node} made ${calls} trial calls in ${periods} HalfOpen periods; ${trialCalls} each are allowed`,
    };
  },
});
