/** Histories for the checkers' tests, written in milliseconds. */
import { milliseconds } from '../harness/core/define.ts';
import type {
  Completion,
  Fault,
  History,
  HistoryHeader,
  Json,
  NodeEvent,
  NodeId,
  Observation,
  Operation,
} from '../harness/core/types.ts';

interface Extra {
  readonly key?: string;
  readonly node?: NodeId;
  readonly process?: number;
  readonly phase?: 'main' | 'final';
}

export type Draft = Omit<Operation, 'index'>;

function draft(
  action: string,
  input: Json,
  completion: Completion,
  from: number,
  to: number | undefined,
  extra: Extra,
): Draft {
  const { key, node = 'n1', process = 0, phase } = extra;
  return {
    process,
    node,
    action,
    input,
    ...(key === undefined ? {} : { key }),
    calledAt: milliseconds(from),
    ...(to === undefined ? {} : { returnedAt: milliseconds(to) }),
    completion,
    ...(phase === undefined ? {} : { phase }),
  };
}

/** Called at `from`, returned at `to`. */
export const ok = (action: string, input: Json, output: Json, from: number, to: number, extra: Extra = {}): Draft =>
  draft(action, input, { type: 'ok', output }, from, to, extra);

export const fail = (
  action: string,
  input: Json,
  from: number,
  to: number,
  extra: Extra = {},
  error = 'refused',
): Draft => draft(action, input, { type: 'fail', error }, from, to, extra);

export const info = (action: string, input: Json, from: number, to: number, extra: Extra = {}): Draft =>
  draft(action, input, { type: 'info', error: 'timeout' }, from, to, extra);

/** Still open when the run ended. */
export const open = (action: string, input: Json, from: number, extra: Extra = {}): Draft =>
  draft(action, input, { type: 'info', error: 'still open when the run ended' }, from, undefined, extra);

export const leads = (node: NodeId, term: number, at: number): Observation => ({
  ...follows(node, at),
  leads: { term },
});

export const follows = (node: NodeId, at: number, metrics: Readonly<Record<string, number>> = {}): Observation => ({
  at: milliseconds(at),
  node,
  state: null,
  metrics,
});

export const note = (node: NodeId, name: string, data: Json, at: number): NodeEvent => ({
  at: milliseconds(at),
  node,
  kind: 'note',
  name,
  data,
});

export const event = (node: NodeId, kind: NodeEvent['kind'], at: number, name?: string): NodeEvent => ({
  at: milliseconds(at),
  node,
  kind,
  ...(name === undefined ? {} : { name }),
});

export const fault = (
  nemesis: string,
  nodes: readonly NodeId[],
  from: number,
  until: number | undefined,
  extra: Partial<Fault> = {},
): Fault => ({
  id: 0,
  nemesis,
  options: {},
  nodes,
  what: nodes.join(' '),
  from: milliseconds(from),
  ...(until === undefined ? {} : { until: milliseconds(until) }),
  struck: [],
  healed: [],
  ...extra,
});

interface Parts {
  readonly operations?: readonly Draft[];
  readonly observations?: readonly Observation[];
  readonly events?: readonly NodeEvent[];
  readonly faults?: readonly Fault[];
  readonly header?: Partial<HistoryHeader>;
  /** Milliseconds; by default the last thing that happened. */
  readonly endedAt?: number;
}

/** Operations get their index by time of call. */
export function historyOf({
  operations = [],
  observations = [],
  events = [],
  faults = [],
  header,
  endedAt,
}: Parts): History {
  const sorted = [...operations].sort((a, b) => a.calledAt - b.calledAt);
  const times = [
    ...sorted.map(({ calledAt, returnedAt }) => returnedAt ?? calledAt),
    ...observations.map(({ at }) => at),
    ...events.map(({ at }) => at),
    ...faults.map(({ from, until }) => until ?? from),
  ];
  return {
    header: {
      pitchpole: 1,
      target: 'test',
      world: 'sim',
      seed: 1,
      variant: {},
      nodes: ['n1', 'n2', 'n3'],
      concurrency: 3,
      workload: 'test',
      schedule: [],
      ...header,
    },
    operations: sorted.map((operation, index) => ({ index, ...operation })),
    faults: faults.map((one, id) => ({ ...one, id })),
    observations: [...observations].sort((a, b) => a.at - b.at),
    events: [...events].sort((a, b) => a.at - b.at),
    messages: [],
    endedAt: endedAt === undefined ? Math.max(0, ...times) : milliseconds(endedAt),
    complete: true,
  };
}

export const names = ({
  anomalies,
}: {
  readonly anomalies: readonly { readonly name: string }[];
}): readonly string[] => [...new Set(anomalies.map(({ name }) => name))];
