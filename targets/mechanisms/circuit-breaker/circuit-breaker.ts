/**
 * The mechanism (M9, P9) as nodes: callers `c1`, `c2` …, each with a breaker for every dependency `d1`, `d2` …, and the
 * dependencies themselves. A caller answers every request of its clients: with the dependency's answer, with a timeout of
 * its own, or at once with a refusal while the circuit is open.
 *
 * The one surprise: time is the monotonic clock alone. A breaker that reads the wall clock opens for an hour when the clock is set back.
 */
import type { Environment, Node, NodeFactory } from '../../../harness/core/node.ts';
import type { Json, NodeId, Variant } from '../../../harness/core/types.ts';
import { type Admission, type Breaker, createBreaker, type Outcome } from './breaker.ts';
import { createDependency } from './dependency.ts';
import { field, numberField } from './message.ts';
import { settingsOf } from './settings.ts';

export const circuitBreakerNode: NodeFactory = (environment, variant) =>
  environment.roles[environment.self] === 'dependency'
    ? createDependency(environment, variant)
    : createCaller(environment, variant);

/** A call that was let through and has not come back. */
interface Pending {
  readonly instance: NodeId;
  readonly breaker: Breaker;
  readonly admission: Admission;
  readonly since: number;
  readonly reply: (body: Json) => void;
}

function createCaller(environment: Environment, variant: Variant): Node {
  const { clock, timers, network, metrics, random, note } = environment;
  const settings = settingsOf(variant);
  const instances = environment.nodes.filter((node) => environment.roles[node] === 'dependency');
  const pending = new Map<number, Pending>();
  const breakers = new Map<string, Breaker>();
  // Begins anywhere: an answer to the process that was here before a restart must not be taken for one of ours.
  let calls = random.int(0, 2 ** 40);

  const circuitOf = (instance: NodeId): string => (settings.perInstance ? instance : '*');

  const breakerOf = (circuit: string): Breaker => {
    const breaker = createBreaker(settings, random, (from, to, counts) => {
      note('breaker', { instance: circuit, from, to, ...counts });
      if (to === 'Open') {
        metrics.add('circuit_breaker_opened_total');
        if (settings.halfOpens)
          timers.set(`reset ${circuit}`, settings.resetMs * 1e6, () => breaker.wake(clock.monotonic()));
      }
      if (to === 'HalfOpen') metrics.add('circuit_breaker_half_opened_total');
      if (to === 'Closed') metrics.add('circuit_breaker_closed_total');
      metrics.set(
        'circuit_breaker_open_circuits',
        [...breakers.values()].filter(({ state }) => state !== 'Closed').length,
      );
    });
    return breaker;
  };
  for (const instance of instances) {
    const circuit = circuitOf(instance);
    if (!breakers.has(circuit)) breakers.set(circuit, breakerOf(circuit));
  }

  /** Ends a call: tells the breaker, then the client. */
  const finish = (id: number, outcome: 'ok' | 'error' | 'bad' | 'timeout'): void => {
    const call = pending.get(id);
    if (call === undefined) return;
    pending.delete(id);
    timers.cancel(`call ${id}`);
    const now = clock.monotonic();
    const tookMs = (now - call.since) / 1e6;
    const slow = tookMs >= settings.slowCallMs;
    if (outcome === 'error' || outcome === 'timeout') metrics.add('circuit_breaker_failed_calls_total');
    if (outcome === 'bad') metrics.add('circuit_breaker_caller_errors_total');
    if (slow) metrics.add('circuit_breaker_slow_calls_total');
    const verdict: Outcome =
      outcome === 'bad' && settings.ignoresCallerErrors ? 'ignored' : { failed: outcome !== 'ok', slow };
    if (call.admission.state === 'HalfOpen' && verdict !== 'ignored') metrics.add('circuit_breaker_trial_calls_total');
    call.breaker.record(call.admission, verdict, now);
    const { state, period } = call.admission;
    call.reply({ outcome, instance: call.instance, state, period, tookMs });
  };

  const call = (instance: NodeId, kind: Json, reply: (body: Json) => void): void => {
    const breaker = breakers.get(circuitOf(instance));
    if (breaker === undefined) {
      reply({ outcome: 'bad', instance, because: `there is no instance ${instance}` });
      return;
    }
    const since = clock.monotonic();
    const admission = breaker.admit(since);
    metrics.add('circuit_breaker_calls_total');
    if ('refused' in admission) {
      metrics.add('circuit_breaker_rejected_calls_total');
      reply({ outcome: 'rejected', instance, state: admission.state, because: admission.refused });
      return;
    }
    const id = calls++;
    pending.set(id, { instance, breaker, admission, since, reply });
    timers.set(`call ${id}`, settings.callTimeoutMs * 1e6, () => finish(id, 'timeout'));
    network.send(instance, { type: 'call', id, kind });
  };

  return {
    start() {
      metrics.set('circuit_breaker_open_circuits', 0);
    },
    onMessage(_from, body) {
      if (field(body, 'type') !== 'answer') return;
      const outcome = field(body, 'outcome');
      finish(numberField(body, 'id', -1), outcome === 'ok' || outcome === 'bad' ? outcome : 'error');
    },
    onRequest(body, reply) {
      if (field(body, 'action') !== 'call') reply({ outcome: 'bad', because: 'the only action is `call`' });
      else call(String(field(body, 'to')), field(body, 'kind'), reply);
    },
    inspect() {
      const now = clock.monotonic();
      const states: Record<string, Json> = {};
      for (const [circuit, { state, period, counts }] of breakers) states[circuit] = { state, period, ...counts(now) };
      return { role: 'caller', pending: pending.size, breakers: states };
    },
  };
}
