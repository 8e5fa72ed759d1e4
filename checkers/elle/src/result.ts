// From anomalies to the answer: which of them break the models that were asked for, which models are ruled out, which are
// left. The one surprise: an invalid history is called invalid only relative to what was asked; everything is listed anyway.
import { forbidden, ruledOut } from './consistency/models.ts';
import type { Anomaly, CheckOptions, Result } from './types.ts';

/** Gathers anomalies by type, and makes only as many of each type as shall be reported. */
export interface Findings {
  add(type: string, make: () => Anomaly): void;
  all(): readonly Anomaly[];
}

export function findings(options: CheckOptions): Findings {
  const most = options.most ?? 8;
  const found = new Map<string, Anomaly[]>();
  return {
    add(type, make) {
      const already = found.get(type);
      if (already === undefined) found.set(type, [make()]);
      else if (already.length < most) already.push(make());
    },
    all: () => [...found.values()].flat(),
  };
}

export function toResult(anomalies: readonly Anomaly[], options: CheckOptions, counts: Result['counts']): Result {
  const breaks = forbidden(options.consistency ?? ['strict-serializable']);
  const types = new Set(anomalies.map((anomaly) => anomaly.type));
  const worst = anomalies.filter((anomaly) => breaks.has(anomaly.type));
  const rest = anomalies.filter((anomaly) => !breaks.has(anomaly.type));
  const { not, alsoNot, strongest } = ruledOut(types);
  return {
    verdict: worst.length > 0 ? 'invalid' : counts.committed > 0 ? 'valid' : 'unknown',
    reason:
      worst.length === 0 && counts.committed === 0
        ? 'no transaction is known to have committed: there is nothing to judge'
        : undefined,
    anomalies: [...worst, ...rest],
    anomalyTypes: [...types].sort(),
    not,
    alsoNot,
    strongest,
    counts,
  };
}

/** For histories that break the checker's own conditions, such as unique writes. */
export function unknown(reason: string, transactions: number): Result {
  const counts = { transactions, committed: 0, microOperations: 0, edges: 0 };
  const none: readonly string[] = [];
  return {
    verdict: 'unknown',
    reason,
    anomalies: [],
    anomalyTypes: none,
    not: none,
    alsoNot: none,
    strongest: none,
    counts,
  };
}
