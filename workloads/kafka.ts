/**
 * Logs in the manner of Kafka: clients send to keys and are told offsets, poll from where they are, and commit how far
 * they have come. What was polled once must stay where it was, and nobody may be led past a message.
 *
 * Actions: `send` (to `key`, input: a number that is used once; output: its offset), `poll` (input: all keys, for a client
 * that was not assigned any; output: `{ key: [[offset, message], …] }`), `assign` (input: keys; output: where it begins in
 * each), `commit` (no input; output: what was committed). The last reads are polls with the offsets as their input, from
 * the beginning to the end of every log, through every node.
 *
 * Options: `keys` (2), `convergeWithinMs` (10000): how long the last reads wait for all nodes to show as much.
 */
import { kafka as logs } from '../checkers/kafka.ts';
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator } from '../harness/core/generator.ts';
import { stagger } from '../harness/core/generators.ts';
import type { WorkloadPlan } from '../harness/core/target.ts';
import type { Invocation, Json, Nanos, NodeId } from '../harness/core/types.ts';
import { keyName } from './keys.ts';
import { numberOption } from './options.ts';

export const kafka = defineWorkload({
  name: 'kafka',
  about: 'sends to logs, polls and commits: nothing may be lost, moved, doubled or skipped',
  generator: (plan) => stagger(plan.rate, traffic(keysOf(plan), 0)),
  final(plan) {
    const patience = numberOption(plan.options, 'convergeWithinMs', 10_000) * 1e6;
    const start = Object.fromEntries(keysOf(plan).map((key) => [key, 0]));
    const scans = plan.nodes.map((node): Scan => ({ node, at: start, state: 'due' }));
    return { next: (context) => scanning(scans, context.now + patience, 0).next(context) };
  },
  checkers: () => [logs()],
});

const keysOf = ({ options }: WorkloadPlan): string[] =>
  Array.from({ length: numberOption(options, 'keys', 2, 1) }, (_, index) => keyName(index));

function traffic(keys: readonly string[], value: number): Generator {
  return {
    next({ random, free }) {
      const draw = random.unit();
      const sends = draw < 0.5;
      const invocation: Invocation = sends
        ? { action: 'send', key: random.pick(keys), input: value }
        : draw < 0.85
          ? { action: 'poll', input: keys }
          : draw < 0.95
            ? { action: 'commit', input: null }
            : { action: 'assign', input: random.shuffle(keys).slice(0, random.int(1, keys.length)) };
      return {
        kind: 'invoke',
        invocation,
        // Any free thread, not the first: threads are bound to nodes, and all nodes must be asked.
        thread: random.pick(free),
        next: traffic(keys, sends ? value + 1 : value),
      };
    },
  };
}

/** One node's logs being read to their ends. */
interface Scan {
  readonly node: NodeId;
  /** The next offset of each key. */
  readonly at: Readonly<Record<string, number>>;
  /** `quiet`: the last poll brought nothing new. */
  readonly state: 'due' | 'asked' | 'quiet';
}

const pause: Nanos = 250_000_000;

function scanning(scans: readonly Scan[], deadline: Nanos, notBefore: Nanos): Generator {
  return {
    next(context) {
      if (context.now < notBefore) return { kind: 'wait', until: notBefore, next: this };
      const due = scans.findIndex(({ state }) => state === 'due');
      if (due >= 0) {
        const scan = scans[due] as Scan;
        const invocation = { action: 'poll', input: scan.at, node: scan.node };
        return {
          kind: 'invoke',
          invocation,
          next: scanning(scans.with(due, { ...scan, state: 'asked' }), deadline, 0),
        };
      }
      if (scans.some(({ state }) => state === 'asked')) return { kind: 'wait', next: this };
      const agreed = new Set(scans.map(({ at }) => JSON.stringify(at))).size === 1;
      if (agreed || context.now >= deadline) return { kind: 'done' };
      const again = scans.map((scan): Scan => ({ ...scan, state: 'due' }));
      return scanning(again, deadline, context.now + pause).next(context);
    },
    update({ invocation, completion, at: now }) {
      const place = scans.findIndex(({ node, state }) => node === invocation.node && state === 'asked');
      if (place < 0) return this;
      const scan = scans[place] as Scan;
      const after = completion.type === 'ok' ? advanced(scan.at, completion.output) : scan.at;
      const news = Object.entries(after).some(([key, offset]) => offset > (scan.at[key] as number));
      const state = news && now < deadline ? 'due' : 'quiet';
      return scanning(scans.with(place, { ...scan, at: after, state }), deadline, notBefore);
    },
  };
}

function advanced(at: Readonly<Record<string, number>>, output: Json): Readonly<Record<string, number>> {
  const messages = output as Readonly<Record<string, readonly (readonly [number, Json])[]>>;
  return Object.fromEntries(
    Object.entries(at).map(([key, offset]) => [
      key,
      (messages[key] ?? []).reduce((next, [seen]) => Math.max(next, seen + 1), offset),
    ]),
  );
}
