/**
 * Where two executions of one seed part: the question after the determinism guard has seen two hashes.
 *
 * The one surprise: both runs are made anew, since a hash says nothing of what went into it. What is not drawn from the
 * seed may come out alike by chance, so there are a few pairs before it is given up.
 */
import { type EventCode, eventCode } from '../sim/fingerprint.ts';
import { createSimWorld } from '../sim/world.ts';
import type { WorldFactory } from './run.ts';

const pairs = 5;
/** A run has tens of thousands of events; behind so many nobody looks. */
const mostEvents = 1_000_000;

/** @param run makes the same run once, in the world that it is given. */
export async function firstDifference(run: (createWorld: WorldFactory) => Promise<unknown>): Promise<string> {
  for (let pair = 0; pair < pairs; pair++) {
    const first = await traced(run);
    const second = await traced(run);
    const difference = differenceOf(first, second);
    if (difference !== undefined) return difference;
  }
  return `${pairs} more pairs of executions were the same, so the event at which they part is not known`;
}

interface Traced {
  /** Five numbers for each event. */
  readonly numbers: readonly number[];
  readonly nodes: readonly string[];
}

const width = 5;

async function traced(run: (createWorld: WorldFactory) => Promise<unknown>): Promise<Traced> {
  const numbers: number[] = [];
  let nodes: readonly string[] = [];
  await run((options) => {
    nodes = Object.keys(options.roles);
    return createSimWorld({
      ...options,
      trace(kind, time, a, b, c) {
        if (numbers.length < width * mostEvents) numbers.push(kind, time, a, b, c);
      },
    });
  });
  return { numbers, nodes };
}

function differenceOf(first: Traced, second: Traced): string | undefined {
  const end = Math.max(first.numbers.length, second.numbers.length);
  for (let place = 0; place < end; place += width) {
    const one = first.numbers.slice(place, place + width);
    const other = second.numbers.slice(place, place + width);
    if (one.every((number, index) => number === other[index]) && one.length === other.length) continue;
    const [before, after] = [textOf(one, first.nodes), textOf(other, second.nodes)];
    const told = before === after ? `${before}, with other content` : `${before}; then ${after}`;
    return `the first event that differs is number ${place / width + 1}: ${told}`;
  }
  return undefined;
}

function textOf([kind, time, a, b]: readonly number[], nodes: readonly string[]): string {
  if (kind === undefined || time === undefined || a === undefined || b === undefined) return 'the end of the run';
  const words = sentences[kind as EventCode];
  return `${words(nodes[a] ?? String(a), nodes[b] ?? String(b), a)} at ${(time / 1e9).toFixed(6)} s`;
}

/** As the numbers enter the hash: the names of the first two where they are nodes, and the first one as it is. */
const sentences: Readonly<Record<EventCode, (a: string, b: string, client: number) => string>> = {
  [eventCode.deliver]: (from, to) => `a message of ${from} reached ${to}`,
  [eventCode.lose]: (from, to) => `a message of ${from} to ${to} was lost`,
  [eventCode.timer]: (node) => `a timer of ${node} rang`,
  [eventCode.request]: (_, node, client) => `a request of process ${client} reached ${node}`,
  [eventCode.reply]: (_, node, client) => `${node} answered process ${client}`,
  [eventCode.settle]: (_, node, client) => `process ${client} had its answer from ${node}`,
  [eventCode.sync]: (node) => `a sync of ${node} was done`,
  [eventCode.life]: (node) => `${node} started, stopped or paused`,
  [eventCode.fault]: () => 'a fault struck or was healed',
  [eventCode.action]: () => 'the harness acted',
  [eventCode.note]: (node) => `${node} made a note`,
  [eventCode.wake]: () => 'a nemesis woke',
};
