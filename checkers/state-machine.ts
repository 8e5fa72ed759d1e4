/**
 * A state machine that says when it moves (`note(<event>, { from, to })`) may move only along the edges that its document
 * draws. Several machines on one node tell themselves apart by `instance`.
 *
 * The one surprise: a move that begins elsewhere than the last one ended is convicted too, since a hidden edge lies
 * between them. A restarted process begins at the initial state again.
 */
import type { History, Json, NodeEvent } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, valid } from '../harness/core/verdict.ts';

export interface StateMachineOptions {
  /** Name of the note, such as `breaker`. */
  readonly event: string;
  readonly initial: string;
  readonly edges: readonly (readonly [from: string, to: string])[];
}

const name = 'state-machine';

export const stateMachine = (options: StateMachineOptions): Checker => ({
  name,
  check: (history) => judge(history, options),
});

function judge(history: History, { event, initial, edges }: StateMachineOptions): Verdict {
  const allowed = new Set(edges.map(([from, to]) => `${from} → ${to}`));
  const states = new Map<string, string>();
  const counts: Record<string, number> = {};
  const anomalies: Anomaly[] = [];
  const accuse = ({ at }: NodeEvent, machine: string, why: string): void => {
    anomalies.push({ name: 'illegal-transition', because: `${machine}: ${why}`, operations: [], at });
  };
  for (const one of history.events) {
    if (one.kind === 'started') {
      for (const machine of states.keys()) if (machine.split(' ')[0] === one.node) states.delete(machine);
    }
    if (one.kind !== 'note' || one.name !== event) continue;
    const { from, to, instance } = moveOf(one.data);
    const machine = `${one.node}${instance === undefined ? '' : ` ${instance}`}`;
    const before = states.get(machine) ?? initial;
    const edge = `${from} → ${to}`;
    counts[edge] = (counts[edge] ?? 0) + 1;
    if (from !== before) accuse(one, machine, `it left ${from}, but had been in ${before}.`);
    if (!allowed.has(edge)) accuse(one, machine, `${edge}, an edge that the document's diagram lacks.`);
    states.set(machine, to);
  }
  const taken = Object.entries(counts).map(([edge, count]) => `${edge} ${count}×`);
  const text = taken.length === 0 ? 'no transition was seen' : taken.join(', ');
  if (anomalies.length > 0) return invalid(name, anomalies, `${text}. ${anomalies[0]?.because}`, counts);
  return valid(name, text, counts);
}

function moveOf(data: Json | undefined): { readonly from: string; readonly to: string; readonly instance?: string } {
  const fields = typeof data === 'object' && data !== null ? (data as { readonly [key: string]: Json }) : {};
  const { from, to, instance } = fields;
  return { from: String(from), to: String(to), ...(instance === undefined ? {} : { instance: String(instance) }) };
}
