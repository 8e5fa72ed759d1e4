// What the checks of this folder answer: the same words as for transactions, without the graph's counts. The one surprise: an
// anomaly always makes it invalid, since each of these checks is of one promise; `not` says which levels made it.
import { ruledOut } from '../consistency/models.ts';
import type { Anomaly, Result } from '../types.ts';

export interface DerivedResult extends Omit<Result, 'counts'> {
  /** How many committed transactions were judged. */
  readonly judged: number;
}

/** At most `most` of one type are kept, and every type is named. */
export function resultOf(anomalies: readonly Anomaly[], judged: number, most = 8): DerivedResult {
  const byType = new Map<string, Anomaly[]>();
  for (const anomaly of anomalies) {
    const known = byType.get(anomaly.type);
    if (known) known.push(anomaly);
    else byType.set(anomaly.type, [anomaly]);
  }
  const types = [...byType.keys()].sort();
  return {
    verdict: anomalies.length > 0 ? 'invalid' : judged > 0 ? 'valid' : 'unknown',
    ...(anomalies.length > 0 || judged > 0 ? {} : { reason: 'no transaction committed that could be judged' }),
    anomalies: types.flatMap((type) => byType.get(type)?.slice(0, most) ?? []),
    anomalyTypes: types,
    ...ruledOut(types),
    judged,
  };
}

export function undecidable(reason: string): DerivedResult {
  return { ...resultOf([], 0), reason };
}
