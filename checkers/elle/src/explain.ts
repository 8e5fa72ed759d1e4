// Turns cycles of node numbers into anomalies that a person can check: each step with the values that prove it, and a
// sentence. The one surprise: the evidence is looked up here, for the few cycles that are reported, and never before.
import { cycleName } from './classify.ts';
import { process, realtime, rw, wr, ww } from './graph.ts';
import type { FoundCycle } from './search.ts';
import type { Anomaly, EdgeType, Key, Step, Transaction, Value } from './types.ts';

export interface Evidence {
  readonly key: Key;
  readonly value: Value | null;
  readonly next: Value | null;
}

export interface Language {
  /** The values behind an edge between two transactions (by index). */
  evidence(from: number, to: number, type: EdgeType): Evidence | undefined;
  /** The sentence for it. */
  sentence(from: number, to: number, type: EdgeType, evidence: Evidence): string;
}

const names = new Map<number, EdgeType>([
  [ww, 'ww'],
  [wr, 'wr'],
  [rw, 'rw'],
  [process, 'process'],
  [realtime, 'realtime'],
]);

export function explainCycle(
  { nodes, types, type }: FoundCycle,
  transactionOf: Int32Array,
  transactions: readonly Transaction<unknown>[],
  language: Language,
  also: readonly string[] = [],
): Anomaly {
  const around = nodes.map((node) => transactionOf[node]!);
  const cycle = around.map((from, i) => {
    const to = around[(i + 1) % around.length]!;
    return explainStep(from, to, names.get(types[i]!)!, transactions, language);
  });
  const pattern = knownPattern(cycle);
  const name = cycleName(type);
  const path = [...around, around[0]].map((index) => `T${index}`).join(' < ');
  const reasons = cycle.map((step) => step.because).join('; ');
  return {
    type: name,
    transactions: around,
    cycle,
    pattern,
    ...(also.length > 0 ? { also } : {}),
    message: `${name}${pattern === undefined ? '' : ` (${pattern})`}: ${path}, because ${reasons}. No order of these transactions satisfies that.`,
  };
}

function explainStep(
  from: number,
  to: number,
  type: EdgeType,
  transactions: readonly Transaction<unknown>[],
  language: Language,
): Step {
  if (type === 'process') {
    const process = transactions[from]!.process;
    return { from, to, type, because: `process ${process} ran T${from} before T${to}` };
  }
  if (type === 'realtime') {
    const answered = transactions[from]!.return;
    const asked = transactions[to]!.call;
    return {
      from,
      to,
      type,
      because: `T${from} was answered (at ${answered}) before T${to} was asked for (at ${asked})`,
    };
  }
  const evidence = language.evidence(from, to, type);
  if (evidence === undefined) throw new Error(`no evidence for the edge ${type} from T${from} to T${to}`);
  return { from, to, type, ...evidence, because: language.sentence(from, to, type, evidence) };
}

/** The name under which textbooks know some cycles; their type, by which models are judged, is another matter. */
function knownPattern(cycle: readonly Step[]): Anomaly['pattern'] {
  const [first, second, third, fourth] = cycle[0]?.type === 'rw' ? cycle : [...cycle.slice(1), ...cycle.slice(0, 1)];
  if (cycle.length === 2) {
    return first?.type === 'rw' && second?.type === 'rw' && first.key !== second.key ? 'write-skew' : undefined;
  }
  // One reader missed what the other saw, and the other way round.
  const fork =
    cycle.length === 4 &&
    [first, second, third, fourth].map((step) => step?.type).join(' ') === 'rw wr rw wr' &&
    first?.key === second?.key &&
    third?.key === fourth?.key &&
    first?.key !== third?.key;
  return fork ? 'long-fork' : undefined;
}
