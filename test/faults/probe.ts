/**
 * A node that notices everything: what it hears and in which order, how long an answer takes, what its disk refuses, what
 * its clocks say. The conformance of faults is measured with it, in both worlds, so that a fault is proven by what a node
 * feels and not by what the harness says it did.
 */
import type { NodeFactory } from '../../harness/core/node.ts';
import type { Target } from '../../harness/core/target.ts';
import type { Json, NodeId } from '../../harness/core/types.ts';

/** Of what one other node sends. */
export interface Heard {
  /** Distinct messages. */
  readonly count: number;
  readonly twice: number;
  /** Arrived after one that was sent later. */
  readonly late: number;
  readonly altered: number;
}

export interface Felt {
  readonly heard: Readonly<Record<NodeId, Heard>>;
  /** Messages sent to each of the others. */
  readonly sent: number;
  /** Of the answers since the last look, in milliseconds; null where there was none. */
  readonly roundTripMs: number | null;
  readonly syncs: number;
  readonly failedSyncs: number;
  /** Of the syncs since the last look. */
  readonly syncMs: number | null;
  /** Writes that threw, and what the last one said. */
  readonly refusedWrites: number;
  readonly refusal: string | null;
  /** Records that were on the disk at the start, and how many of them were not what they should be. */
  readonly found: number;
  readonly damaged: number;
  /** Both in milliseconds. */
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Milliseconds between messages, and between writes. */
export const tickMs = 10;
const record = 64;
const pad = 'x'.repeat(200);

interface Tick {
  readonly type: string;
  readonly life: number;
  readonly seq: number;
  readonly echo: number;
  readonly pad: string;
}

export const probeNode: NodeFactory = ({ self, nodes, timers, network, disk, clock }) => {
  const others = nodes.filter((node) => node !== self);
  const heard: Record<NodeId, { count: number; twice: number; late: number; altered: number; last: number }> = {};
  const seen = new Map<NodeId, Set<number>>();
  const lives = new Map<NodeId, number>();
  /** Tells this process from the ones before it: they count from one too. */
  const life = clock.monotonic();
  const asked = new Map<number, number>();
  let trips: number[] = [];
  let durations: number[] = [];
  const felt = {
    sent: 0,
    syncs: 0,
    failedSyncs: 0,
    refusedWrites: 0,
    refusal: null as string | null,
    found: 0,
    damaged: 0,
  };
  let writing = false;

  const tick = (): void => {
    const seq = ++felt.sent;
    asked.set(seq, clock.monotonic());
    for (const node of others) network.send(node, { type: 'tick', life, seq, echo: seq, pad });
    if (!writing) write();
    timers.set('tick', tickMs * 1e6, tick);
  };

  const write = (): void => {
    const bytes = new Uint8Array(record).fill(7);
    try {
      disk.append('log', bytes);
    } catch (error) {
      felt.refusedWrites++;
      felt.refusal = String(error);
      return;
    }
    writing = true;
    const began = clock.monotonic();
    disk.sync('log', (error) => {
      writing = false;
      durations.push(clock.monotonic() - began);
      if (error === undefined) felt.syncs++;
      else felt.failedSyncs++;
    });
  };

  const hear = (from: NodeId, message: Tick): void => {
    const { seq } = message;
    heard[from] ??= { count: 0, twice: 0, late: 0, altered: 0, last: 0 };
    const its = heard[from];
    // Alterations may strike any field; `type` and `life` are told by their own checks.
    if (seq !== message.echo || message.pad !== pad || !Number.isFinite(message.life)) {
      its.altered++;
      return;
    }
    if (lives.get(from) !== message.life) {
      lives.set(from, message.life);
      seen.set(from, new Set());
      its.last = 0;
    }
    const known = seen.get(from) as Set<number>;
    if (known.has(seq)) {
      its.twice++;
      return;
    }
    known.add(seq);
    its.count++;
    if (seq < its.last) its.late++;
    else its.last = seq;
    network.send(from, { type: 'tock', seq });
  };

  return {
    start() {
      const log = disk.read('log');
      if (log === undefined) {
        disk.append('log', new Uint8Array(0));
        disk.syncDirectory(() => {});
      } else {
        felt.found = Math.floor(log.length / record);
        for (let at = 0; at < log.length; at++) if (log[at] !== 7) felt.damaged++;
      }
      timers.set('tick', tickMs * 1e6, tick);
    },
    onMessage(from, body) {
      const message = body as unknown as Tick;
      if (message.type !== 'tock') hear(from, message);
      else trips.push(clock.monotonic() - (asked.get(message.seq) ?? clock.monotonic()));
    },
    onRequest(body, reply) {
      // `wait` is never answered: its connection is what a reset breaks.
      // What has grown is let go of at once; the machine has had to give it.
      if (body === 'grow') new Uint8Array(200 * 2 ** 20).fill(1);
      if (body !== 'wait') reply(body);
    },
    inspect() {
      const state: Felt = {
        heard: Object.fromEntries(Object.entries(heard).map(([node, { last: _, ...its }]) => [node, { ...its }])),
        ...felt,
        roundTripMs: meanMs(trips),
        syncMs: meanMs(durations),
        wallMs: clock.now() / 1e6,
        monotonicMs: clock.monotonic() / 1e6,
      };
      trips = [];
      durations = [];
      return state as unknown as Json;
    },
    control: () => 'done',
  };
};

const meanMs = (times: readonly number[]): number | null =>
  times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length / 1e6;

export const probe: Target = {
  name: 'probe',
  kind: 'mechanism',
  worlds: ['sim', 'docker'],
  roles: (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index + 1}`, 'probe'])),
  defaultNodes: 3,
  reference: {},
  node: probeNode,
  clients: {},
  patterns: [],
};
