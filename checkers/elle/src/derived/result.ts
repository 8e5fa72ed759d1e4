// What the checks of this folder answer: the same words as for transactions, without the graph's counts. The surprise is that
// their anomalies are no cycles of Adya's by name, so each says here which one it is, or which model it breaks directly.
import { ruledOut } from '../consistency/models.ts';
import type { Anomaly, Result } from '../types.ts';

export interface DerivedResult extends Omit<Result, 'counts'> {
  /** How many committed transactions were judged. */
  readonly judged: number;
}

const consistentViews = ['consistent-view', 'repeatable-read', 'parallel-snapshot-isolation'];

/** What an anomaly of these checks is in Adya's words, and where it is none of them, which models it breaks. */
const meanings: Readonly<Record<string, { readonly is?: string; readonly breaks?: readonly string[] }>> = {
  // Transfers read and write both of their accounts. So a view that holds all that its transfers depend on, without lost
  // updates, has the whole sum, and nobody takes from an account what another has taken.
  'wrong-total': { breaks: consistentViews },
  'negative-value': { breaks: consistentViews },
  // Two anti-dependencies, not adjacent: a -rw-> Wx -wr-> b -rw-> Wy -wr-> a.
  'long-fork': { is: 'G-nonadjacent-item' },
  // One anti-dependency, and the order in which clients saw the writes: read -rw-> W1 -realtime-> W2 -wr-> read.
  'causal-reverse': { is: 'G-single-item-realtime' },
  // Nothing that anyone wrote: no dependency graph has it.
  'thin-air-read': { breaks: ['read-uncommitted'] },
  // Bailis: once some effects of a transaction were seen, all are. Adya: likewise, of whatever one depends on.
  'non-monotonic-read': { breaks: ['monotonic-view', 'monotonic-atomic-view'] },
  'fractured-read': { breaks: ['read-atomic'] },
  'causality-violation': { breaks: ['causal-cerone'] },
  // With sessions, the lattice has only the form of snapshot isolation, which implies each of them.
  'non-monotonic-read-process': { breaks: ['strong-session-snapshot-isolation'] },
  'fractured-read-process': { breaks: ['strong-session-snapshot-isolation'] },
  'causality-violation-process': { breaks: ['strong-session-snapshot-isolation'] },
};

/** At most `most` of one type are kept, and every type is named. */
export function resultOf(anomalies: readonly Anomaly[], judged: number, most = 8): DerivedResult {
  const byType = new Map<string, Anomaly[]>();
  for (const anomaly of anomalies) {
    const known = byType.get(anomaly.type);
    if (known) known.push(anomaly);
    else byType.set(anomaly.type, [anomaly]);
  }
  const types = [...byType.keys()].sort();
  const boundary = ruledOut(
    types.map((type) => meanings[type]?.is ?? type),
    types.flatMap((type) => meanings[type]?.breaks ?? []),
  );
  return {
    verdict: anomalies.length > 0 ? 'invalid' : judged > 0 ? 'valid' : 'unknown',
    ...(anomalies.length > 0 || judged > 0 ? {} : { reason: 'no transaction committed that could be judged' }),
    anomalies: types.flatMap((type) => byType.get(type)?.slice(0, most) ?? []),
    anomalyTypes: types,
    ...boundary,
    judged,
  };
}

export function undecidable(reason: string): DerivedResult {
  return { ...resultOf([], 0), reason };
}
