/**
 * The service behind the breaker: it answers, fails or dawdles as it is told. It counts for itself what it did, so that
 * a breaker's word about it can be doubted.
 *
 * `control({ failureRate, latencyMs })` makes it ill; its illness comes on top of what it is like anyway, so zeros make it
 * healthy again, not perfect.
 */
import type { Environment, Node } from '../../../harness/core/node.ts';
import type { Json, NodeId } from '../../../harness/core/types.ts';
import { field, numberField } from './message.ts';
import { settingsOf } from './settings.ts';

interface Illness {
  readonly failureRate: number;
  readonly latencyMs: number;
}

export function createDependency(environment: Environment, variant: Parameters<typeof settingsOf>[0]): Node {
  const { random, timers, network, metrics } = environment;
  const settings = settingsOf(variant);
  let illness: Illness = { failureRate: 0, latencyMs: 0 };
  let served = 0;
  let concurrent = 0;
  let peak = 0;

  const serve = (from: NodeId, id: number, kind: Json): void => {
    const failureRate = Math.max(settings.dependencyFailureRate, illness.failureRate);
    // Drawn whatever the kind: a bad request must not shift the fate of the good ones.
    const fails = random.chance(failureRate);
    const latencyMs = settings.dependencyLatencyMs + settings.dependencyJitterMs * random.unit() + illness.latencyMs;
    const outcome = kind === 'bad' ? 'bad' : fails ? 'error' : 'ok';
    concurrent++;
    peak = Math.max(peak, concurrent);
    metrics.add('circuit_breaker_dependency_requests_total');
    if (outcome === 'bad') metrics.add('circuit_breaker_dependency_bad_requests_total');
    if (outcome === 'error') metrics.add('circuit_breaker_dependency_errors_total');
    if (latencyMs >= settings.slowCallMs) metrics.add('circuit_breaker_dependency_slow_requests_total');
    metrics.set('circuit_breaker_dependency_concurrent_requests', concurrent);
    timers.set(`serve ${served++}`, Math.round(latencyMs * 1e6), () => {
      concurrent--;
      metrics.set('circuit_breaker_dependency_concurrent_requests', concurrent);
      network.send(from, { type: 'answer', id, outcome });
    });
  };

  return {
    start() {},
    onMessage(from, body) {
      if (field(body, 'type') === 'call') serve(from, numberField(body, 'id', 0), field(body, 'kind'));
    },
    onRequest(_body, reply) {
      reply({ outcome: 'error', because: `${environment.self} is a dependency; ask a caller` });
    },
    inspect: () => ({ role: 'dependency', ...illness, served, concurrent, peak }),
    control(body) {
      illness = {
        failureRate: numberField(body, 'failureRate', illness.failureRate),
        latencyMs: numberField(body, 'latencyMs', illness.latencyMs),
      };
      return { ...illness };
    },
  };
}
