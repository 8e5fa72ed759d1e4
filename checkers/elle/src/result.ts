// From anomalies to the answer: which of them break the models that were asked for, which models are ruled out, which are
// left. The one surprise: an invalid history is called invalid only relative to what was asked; everything is listed anyway.
import { forbidden, ruledOut } from './consistency/models.ts';
import type { Anomaly, CheckOptions, Result } from './types.ts';

/** Gathers anomalies by type, and makes only as many of each type as shall be reported. */
export interface Findings {
  /** `also`: see `Anomaly.also`. */
  add(type: string, make: () => Anomaly, also?: readonly string[]): void;
  all(): readonly Anomaly[];
  /** What the anomalies are besides, those included that are not reported in full. */
  besides(): ReadonlySet<string>;
}

export function findings(options: CheckOptions): Findings {
  const most = options.most ?? 8;
  const found = new Map<string, Anomaly[]>();
  const besides = new Set<string>();
  return {
    add(type, make, also = []) {
      for (const other of also) besides.add(other);
      const already = found.get(type);
      if (already === undefined) found.set(type, [make()]);
      else if (already.length < most) already.push(make());
    },
    all: () => [...found.values()].flat(),
    besides: () => besides,
  };
}

export function toResult(
  anomalies: readonly Anomaly[],
  options: CheckOptions,
  counts: Result['counts'],
  besides: ReadonlySet<string> = new Set(),
): Result {
  const breaks = forbidden(options.consistency ?? ['strict-serializable']);
  const types = new Set(anomalies.map((anomaly) => anomaly.type));
  const everything = new Set([...types, ...besides]);
  const invalid = [...everything].some((type) => breaks.has(type));
  const isWorse = ({ type, also = [] }: Anomaly) => [type, ...also].some((name) => breaks.has(name));
  const { not } = ruledOut(types);
  const all = ruledOut(everything);
  return {
    verdict: invalid ? 'invalid' : counts.committed > 0 ? 'valid' : 'unknown',
    reason:
      !invalid && counts.committed === 0
        ? 'no transaction is known to have committed: there is nothing to judge'
        : undefined,
    anomalies: [...anomalies.filter(isWorse), ...anomalies.filter((anomaly) => !isWorse(anomaly))],
    anomalyTypes: [...types].sort(),
    not,
    alsoNot: [...all.not, ...all.alsoNot].filter((model) => !not.includes(model)).sort(),
    strongest: all.strongest,
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
