/**
 * The story of a run in as few operations as it takes: those that prove the anomaly first, then the linearization's
 * last stations, then neighbours in time on the same key; and of the faults those that overlap.
 *
 * The one surprise: this shows less of the same run; it does not run a smaller one. What is left out is counted.
 */
import type { Fault, History, Json, Nanos, NodeId, Operation } from '../harness/core/types.ts';
import type { Anomaly } from '../harness/core/verdict.ts';

export interface Story {
  /** Indices of operations, by time of call. */
  readonly operations: readonly number[];
  /** Those among them that prove the anomaly. */
  readonly evidence: readonly number[];
  /** How many that prove it did not fit. */
  readonly leftOut: number;
  /** Ids of faults. */
  readonly faults: readonly number[];
  readonly from: Nanos;
  readonly to: Nanos;
  readonly totals: { readonly operations: number; readonly faults: number };
}

/** The anomaly that the flaw was expected to show, or else the first one. */
export const mainAnomaly = (anomalies: readonly Anomaly[], expected: readonly string[]): Anomaly | undefined => {
  const hits = anomalies.filter(({ name }) => expected.includes(name));
  return hits.find((anomaly) => anomaly.counterexample !== undefined) ?? hits[0] ?? anomalies[0];
};

/** More would not fit into a picture that is taken in at a glance. */
const atMost = 8;

/** @param like the other twin's story: without an anomaly of its own a run tells what became of the same operations. */
export function tellStory(history: History, anomaly: Anomaly | undefined, like?: Story): Story {
  const { operations } = history;
  const known = (indices: readonly number[]): number[] => indices.filter((index) => operations[index] !== undefined);
  const blocked = known(anomaly?.counterexample?.blocked.map(({ operation }) => operation) ?? []);
  const proof = [...new Set([...blocked, ...known(anomaly?.operations ?? [])])];
  const chosen = new Set(proof.slice(0, atMost - 2));
  const evidence = [...chosen];
  const stations = anomaly?.counterexample?.stations ?? [];
  const wanted = [
    ...(anomaly === undefined ? known(like?.operations ?? []) : []),
    ...known(stations.slice(-3).map(({ operation }) => operation)),
    ...(evidence.length < 3 ? neighbours(operations, evidence, anomaly) : []),
  ];
  for (const index of wanted) if (chosen.size < atMost) chosen.add(index);

  const picked = [...chosen].map((index) => operations[index] as Operation).sort((a, b) => a.calledAt - b.calledAt);
  const moments = picked.flatMap(({ calledAt, returnedAt }) => [calledAt, returnedAt ?? history.endedAt]);
  if (anomaly?.at !== undefined) moments.push(anomaly.at);
  const from = moments.length === 0 ? 0 : Math.min(...moments);
  const to = moments.length === 0 ? history.endedAt : Math.max(...moments);
  return {
    operations: picked.map(({ index }) => index),
    evidence: evidence.sort((a, b) => a - b),
    leftOut: proof.length - evidence.length,
    faults: faultsOf(history, from, to).map(({ id }) => id),
    from,
    to,
    totals: { operations: operations.length, faults: history.faults.length },
  };
}

/** On the same key, nearest in time to the proof; where there is no proof, around the moment of the anomaly. */
function neighbours(
  operations: readonly Operation[],
  evidence: readonly number[],
  anomaly: Anomaly | undefined,
): number[] {
  const proof = evidence.map((index) => operations[index] as Operation);
  const at = proof[0]?.calledAt ?? anomaly?.at;
  if (at === undefined) return [];
  const keys = new Set(proof.map(({ key }) => key));
  const distance = ({ calledAt, returnedAt }: Operation): number =>
    calledAt <= at && (returnedAt ?? Number.POSITIVE_INFINITY) >= at
      ? 0
      : Math.min(Math.abs(calledAt - at), Math.abs((returnedAt ?? calledAt) - at));
  return operations
    .filter((operation) => proof.length === 0 || keys.has(operation.key))
    .sort((a, b) => distance(a) - distance(b) || a.index - b.index)
    .slice(0, proof.length > 0 ? 3 + proof.length : 6)
    .map(({ index }) => index);
}

/** Those under way between the moments; where none is, the last one before. */
function faultsOf(history: History, from: Nanos, to: Nanos): readonly Fault[] {
  const struck = history.faults.filter(({ skipped }) => skipped === undefined);
  const during = struck.filter((fault) => fault.from <= to && (fault.until ?? history.endedAt) >= from);
  return during.length > 0 ? during : struck.filter((fault) => fault.from <= to).slice(-1);
}

export interface Span {
  readonly kind: 'leads' | 'down' | 'paused' | 'state';
  readonly from: Nanos;
  readonly to: Nanos;
  readonly label: string;
}

export interface NodeLane {
  readonly node: NodeId;
  /** The node, and what of it where it announces several things: `c1`, `c1 d2`. */
  readonly label: string;
  readonly spans: readonly Span[];
  readonly marks: readonly { readonly at: Nanos; readonly label: string }[];
}

/**
 * What each node went through: when it led (from its own word, sampled), when it was down or paused; and on a lane of
 * their own the states that it announced, by notes whose data is a word or holds a `state` or a step `from` one `to` another.
 */
export function nodeLanes(history: History): NodeLane[] {
  return history.header.nodes.flatMap((node) => {
    const events = history.events.filter((event) => event.node === node);
    const spans: Span[] = [...leadership(history, node)];
    const marks: { at: Nanos; label: string }[] = [];
    const states = new Map<string, Span[]>();
    let open: { kind: 'down' | 'paused'; from: Nanos; label: string } | undefined;
    let born: Nanos = 0;
    const close = (at: Nanos): void => {
      if (open !== undefined) spans.push({ ...open, to: at });
      open = undefined;
    };
    /** Ends the last span of a lane, or of all. */
    const leave = (at: Nanos, lanes: Iterable<Span[]>): void => {
      for (const lane of lanes) {
        const last = lane.at(-1);
        if (last?.to === Number.POSITIVE_INFINITY) lane[lane.length - 1] = { ...last, to: at };
      }
    };
    for (const { at, kind, name = kind, data } of events) {
      if (kind === 'killed' || kind === 'power-cut' || kind === 'stopped' || kind === 'crashed') {
        close(at);
        leave(at, states.values());
        open = { kind: 'down', from: at, label: kind === 'crashed' ? `crashed: ${name}` : kind };
      } else if (kind === 'paused') {
        close(at);
        open = { kind: 'paused', from: at, label: 'paused' };
      } else if (kind === 'started' || kind === 'resumed') {
        close(at);
        if (kind === 'started') born = at;
      } else {
        const step = stateOf(data);
        if (step === undefined)
          marks.push({ at, label: data === undefined ? name : `${name} ${JSON.stringify(data)}` });
        else {
          const label = `${node} ${step.of ?? name}`;
          const lane = states.get(label) ?? [];
          states.set(label, lane);
          leave(at, [lane]);
          const known = (lane.at(-1)?.to ?? born) >= at;
          if (!known && step.from !== undefined && (lane.at(-1)?.to ?? 0) <= born) {
            lane.push({ kind: 'state', from: born, to: at, label: step.from });
          }
          lane.push({ kind: 'state', from: at, to: Number.POSITIVE_INFINITY, label: step.state });
        }
      }
    }
    close(history.endedAt);
    leave(history.endedAt, states.values());
    const own = { node, label: node, spans: spans.sort((a, b) => a.from - b.from), marks };
    const announced = [...states].map(([label, lane]) => ({ node, label, spans: lane, marks: [] }));
    return announced.length > 0 && spans.length + marks.length === 0 ? announced : [own, ...announced];
  });
}

function stateOf(data: Json | undefined): { state: string; from?: string; of?: string } | undefined {
  if (typeof data === 'string') return { state: data };
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return undefined;
  const { state, to = state, from, instance } = data as { readonly [key: string]: Json };
  if (typeof to !== 'string') return undefined;
  return {
    state: to,
    ...(typeof from === 'string' ? { from } : {}),
    ...(typeof instance === 'string' ? { of: instance } : {}),
  };
}

/** From the first sample in which the node said that it leads to the last one of the same term. */
function leadership(history: History, node: NodeId): Span[] {
  const spans: { kind: 'leads'; from: Nanos; to: Nanos; term: number }[] = [];
  let leads = false;
  for (const observation of history.observations) {
    if (observation.node !== node) continue;
    const term = observation.leads?.term;
    const open = spans.at(-1);
    if (term !== undefined && leads && open?.term === term) open.to = observation.at;
    else if (term !== undefined) spans.push({ kind: 'leads', from: observation.at, to: observation.at, term });
    leads = term !== undefined;
  }
  return spans.map(({ term, ...span }) => ({ ...span, label: `leads, term ${term}` }));
}

export interface Axis {
  readonly width: number;
  x(at: Nanos): number;
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
}

/** True to time. */
export function timeAxis(from: Nanos, to: Nanos, width: number): Axis {
  const span = Math.max(1, to - from);
  const x = (at: Nanos): number => Math.min(width, Math.max(0, ((at - from) / span) * width));
  const step = niceStep(span / Math.max(2, Math.floor(width / 110)));
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step)
    ticks.push({ x: x(at), label: secondsText(at, step) });
  return { width, x, ticks };
}

const niceStep = (rough: Nanos): Nanos => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10;
  return step * power;
};

const secondsText = (at: Nanos, step: Nanos): string => {
  const decimals = Math.min(6, Math.max(0, 9 - Math.floor(Math.log10(step))));
  return `${(at / 1_000_000_000).toFixed(decimals)} s`;
};

/**
 * True to order only: the axis is stretched where a box would not hold its text, and shrunk where nothing happens.
 * Between two moments it is linear, so that bands and marks keep their place among the operations.
 */
export function orderAxis(
  boxes: readonly { readonly from: Nanos; readonly to: Nanos; readonly width: number }[],
  others: readonly Nanos[],
  atLeast = 0,
): Axis {
  const moments = [...new Set([...boxes.flatMap(({ from, to }) => [from, to]), ...others])].sort((a, b) => a - b);
  const ending = new Map<Nanos, { from: Nanos; width: number }[]>();
  for (const { from, to, width } of boxes) ending.set(to, [...(ending.get(to) ?? []), { from, width }]);
  const place = new Map<Nanos, number>();
  let position = 0;
  for (const [index, at] of moments.entries()) {
    if (index > 0) position += 18;
    for (const { from, width } of ending.get(at) ?? []) position = Math.max(position, (place.get(from) ?? 0) + width);
    place.set(at, position);
  }
  const stretch = position > 0 && position < atLeast ? atLeast / position : 1;
  const positions = moments.map((at) => (place.get(at) as number) * stretch);
  const width = Math.max(atLeast, position * stretch);
  const x = (at: Nanos): number => {
    const after = moments.findIndex((moment) => moment >= at);
    if (after < 0) return width;
    if (after === 0 || moments[after] === at) return positions[after] ?? 0;
    const [a, b] = [moments[after - 1] as Nanos, moments[after] as Nanos];
    const [xa, xb] = [positions[after - 1] as number, positions[after] as number];
    return xa + ((at - a) / (b - a)) * (xb - xa);
  };
  const ticks: { x: number; label: string }[] = [];
  for (const at of moments) {
    const here = x(at);
    if (here - (ticks.at(-1)?.x ?? -100) >= 84 && here <= width - 20) {
      ticks.push({ x: here, label: `${(at / 1_000_000_000).toFixed(3)} s` });
    }
  }
  return { width, x, ticks };
}
