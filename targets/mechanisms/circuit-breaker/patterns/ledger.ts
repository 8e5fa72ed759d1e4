/**
 * What the checks and signals of the circuit breaker read from a history: which calls there were and what became of them,
 * which circuits there were and what states they went through.
 *
 * The one surprise: outcomes are the clients' own, not the breaker's counters, so that a breaker that miscounts is found out.
 */
import type { History, Json, Nanos, NodeId, Operation } from '../../../../harness/core/types.ts';
import { timeoutError } from '../client.ts';
import { field, numberField } from '../message.ts';
import { type Settings, settingsOf } from '../settings.ts';

export interface Call {
  readonly index: number;
  readonly caller: NodeId;
  readonly instance: NodeId;
  readonly calledAt: Nanos;
  readonly returnedAt: Nanos;
  /** `bad`: the caller's own mistake. */
  readonly outcome: 'ok' | 'error' | 'timeout' | 'bad' | 'rejected';
  /** Let through in this state; for a rejected one the state that rejected it. Not known of a timeout. */
  readonly state?: string;
  /** -1 where it was not let through. */
  readonly period?: number;
  /** As the caller measured it; as the client did where the caller did not say. */
  readonly tookMs: number;
}

/** Five checks and a signal read the same history: each reading is made once. */
function once<T>(read: (history: History) => T): (history: History) => T {
  const known = new WeakMap<History, { readonly value: T }>();
  return (history) => {
    let reading = known.get(history);
    if (reading === undefined) {
      reading = { value: read(history) };
      known.set(history, reading);
    }
    return reading.value;
  };
}

/** All calls whose outcome is known, by time of return. */
export const callsOf = once((history): readonly Call[] => {
  const calls: Call[] = [];
  for (const operation of history.operations) {
    const call = operation.action === 'call' ? callOf(operation) : undefined;
    if (call !== undefined) calls.push(call);
  }
  return calls.sort((a, b) => a.returnedAt - b.returnedAt);
});

/** The same, of one caller and one instance. */
export function callsBetween(history: History, caller: NodeId, instance: NodeId): readonly Call[] {
  return byLink(history).get(`${caller} ${instance}`) ?? [];
}

/** Calls whose outcome nobody told the client, though the breaker may have seen it. */
export const lostCalls = once((history): readonly Pick<Call, 'caller' | 'instance' | 'calledAt' | 'returnedAt'>[] =>
  history.operations
    .filter(
      ({ action, completion }) => action === 'call' && completion.type === 'info' && completion.error !== timeoutError,
    )
    .map(({ node, input, calledAt, returnedAt = history.endedAt }) => {
      return { caller: node, instance: String(field(input, 'to')), calledAt, returnedAt };
    }),
);

const byLink = once((history) => {
  const links = new Map<string, Call[]>();
  for (const call of callsOf(history)) {
    const link = `${call.caller} ${call.instance}`;
    const calls = links.get(link);
    if (calls) calls.push(call);
    else links.set(link, [call]);
  }
  return links;
});

function callOf({ index, node, input, calledAt, returnedAt, completion }: Operation): Call | undefined {
  if (returnedAt === undefined) return undefined;
  const instance = String(field(input, 'to'));
  const base = { index, caller: node, instance, calledAt, returnedAt };
  const clientMs = (returnedAt - calledAt) / 1e6;
  if (completion.type === 'info') {
    return completion.error === timeoutError ? { ...base, outcome: 'timeout', tookMs: clientMs } : undefined;
  }
  const output = completion.output ?? null;
  const outcome = outcomeOf(field(output, 'outcome'));
  if (outcome === undefined) return undefined;
  const state = String(field(output, 'state'));
  const period = numberField(output, 'period', -1);
  const tookMs = numberField(output, 'tookMs', clientMs);
  return { index, caller: node, instance, calledAt, returnedAt, outcome, state, period, tookMs };
}

const outcomeOf = (value: Json): Call['outcome'] | undefined =>
  value === 'ok' || value === 'error' || value === 'bad' || value === 'rejected' ? value : undefined;

/** It says something about the dependency. */
export const counts = ({ outcome }: Call): boolean => outcome !== 'rejected' && outcome !== 'bad';

export const isTrouble = (call: Call, settings: Settings): boolean =>
  call.outcome === 'error' || call.outcome === 'timeout' || call.tookMs >= settings.slowCallMs;

/** What the checks hold the breaker to: the reference's promises, with the scenario's settings, never the flaw's. */
export const promisesOf = (history: History): Settings => settingsOf(history.header.facts ?? history.header.variant);

export interface Move {
  readonly at: Nanos;
  readonly caller: NodeId;
  /** The instance, or `*` where one circuit serves all. */
  readonly circuit: string;
  readonly from: string;
  readonly to: string;
}

export const movesOf = once((history): readonly Move[] => {
  const moves: Move[] = [];
  for (const { at, node, kind, name, data = null } of history.events) {
    if (kind !== 'note' || name !== 'breaker') continue;
    const [circuit, from, to] = [field(data, 'instance'), field(data, 'from'), field(data, 'to')].map(String);
    moves.push({ at, caller: node, circuit: circuit as string, from: from as string, to: to as string });
  }
  return moves;
});

/** A time in which one caller did not let every call through to one instance. */
export interface Stretch {
  readonly caller: NodeId;
  readonly instance: NodeId;
  readonly from: Nanos;
  readonly until: Nanos;
  /** It closed; otherwise the run ended, or the caller's process did. */
  readonly closed: boolean;
}

/** From each opening to the next closing, instance by instance. */
export function stretchesOf(history: History, instances: readonly NodeId[]): readonly Stretch[] {
  const open = new Map<string, { caller: NodeId; circuit: string; from: Nanos }>();
  const stretches: Stretch[] = [];
  const end = (id: string, until: Nanos, closed: boolean): void => {
    const stretch = open.get(id);
    if (stretch === undefined) return;
    open.delete(id);
    const { caller, circuit, from } = stretch;
    for (const instance of circuit === '*' ? instances : [circuit])
      stretches.push({ caller, instance, from, until, closed });
  };
  const happenings = [
    ...movesOf(history).map((move) => ({ at: move.at, move, dead: undefined })),
    ...history.events
      .filter(({ kind }) => kind === 'killed' || kind === 'crashed' || kind === 'power-cut' || kind === 'stopped')
      .map(({ at, node }) => ({ at, move: undefined, dead: node })),
  ].sort((a, b) => a.at - b.at);
  for (const { at, move, dead } of happenings) {
    if (dead !== undefined) {
      for (const [id, { caller }] of open) if (caller === dead) end(id, at, false);
    } else if (move !== undefined) {
      const id = `${move.caller} ${move.circuit}`;
      if (move.to === 'Closed') end(id, at, true);
      else if (!open.has(id)) open.set(id, { caller: move.caller, circuit: move.circuit, from: at });
    }
  }
  for (const id of [...open.keys()]) end(id, history.endedAt, false);
  return stretches;
}

export const instancesOf = (calls: readonly Call[]): readonly NodeId[] =>
  [...new Set(calls.map(({ instance }) => instance))].sort();
