/**
 * Every fault, proven by what a node feels: before it, while it stands, and after it is healed. The same checks for both
 * worlds; a world runs those that it says it can.
 *
 * The one surprise: bounds are loose on purpose. A container on a busy machine is late by itself, so a check asks for the
 * difference that only the fault can make, not for a figure.
 */
import { expect } from 'vitest';
import type { Capability, Cluster, Injury } from '../../harness/core/cluster.ts';
import type { Reply } from '../../harness/core/target.ts';
import type { Json, Nanos, NodeId } from '../../harness/core/types.ts';
import type { Felt, Heard } from './probe.ts';

/** A running cluster of three probes, `n1` to `n3`. */
export interface Bench {
  readonly cluster: Cluster;
  /** Lets time go by, in the world's own measure. */
  pass(milliseconds: number): Promise<void>;
  ask(node: NodeId, body: Json, timeout: Nanos): Promise<Reply>;
}

export type Check = (bench: Bench) => Promise<void>;

const window = 1000;
const ms = 1_000_000;

async function look({ cluster, pass }: Bench, node: NodeId): Promise<Felt> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const seen = await cluster.inspect(node);
    if (seen !== undefined) return seen.state as unknown as Felt;
    await pass(50);
  }
  throw new Error(`${node} does not say what it feels`);
}

/** What `to` hears of `from` within a while. */
async function hears(bench: Bench, from: NodeId, to: NodeId): Promise<Heard & { readonly sent: number }> {
  const [before, sender] = [await look(bench, to), await look(bench, from)];
  await bench.pass(window);
  const [after, sentNow] = [await look(bench, to), await look(bench, from)];
  const none: Heard = { count: 0, twice: 0, late: 0, altered: 0 };
  const [a, b] = [before.heard[from] ?? none, after.heard[from] ?? none];
  return {
    count: b.count - a.count,
    twice: b.twice - a.twice,
    late: b.late - a.late,
    altered: b.altered - a.altered,
    sent: sentNow.sent - sender.sent,
  };
}

/** What a node feels within a while: differences of counters, means of times. `ticks`: messages sent to each other node. */
async function feels(bench: Bench, node: NodeId, over = window): Promise<Felt & { readonly ticks: number }> {
  const before = await look(bench, node);
  await bench.pass(over);
  const after = await look(bench, node);
  return {
    ...after,
    ticks: after.sent - before.sent,
    syncs: after.syncs - before.syncs,
    failedSyncs: after.failedSyncs - before.failedSyncs,
    refusedWrites: after.refusedWrites - before.refusedWrites,
    wallMs: after.wallMs - before.wallMs,
    monotonicMs: after.monotonicMs - before.monotonicMs,
  };
}

const took = async (pending: Promise<Injury>): Promise<Injury> => {
  const injury = await pending;
  expect(injury.evidence).toMatchObject({ took: true });
  return injury;
};
const heal = async (injury: Injury): Promise<void> => {
  expect(await injury.heal()).toMatchObject({ took: true });
};

/** All that `n1` sends, as a grudge. */
const fromFirst = new Map<NodeId, readonly NodeId[]>([
  ['n2', ['n1']],
  ['n3', ['n1']],
]);

/** A healthy link: next to everything arrives, once, in order. */
async function isWell(bench: Bench, from: NodeId = 'n1', to: NodeId = 'n2'): Promise<void> {
  const well = await hears(bench, from, to);
  expect(well.count).toBeGreaterThan(well.sent * 0.7);
  expect(well.twice).toBe(0);
}

/** A process that is gone and back: it answers, was started anew, and its records are as many as they should be. */
const comesBack =
  (strike: (cluster: Cluster) => Promise<Injury>, data: 'kept' | 'gone'): Check =>
  async (bench) => {
    await bench.pass(300);
    const before = await look(bench, 'n1');
    const injury = await took(strike(bench.cluster));
    expect(await bench.cluster.inspect('n1')).toBeUndefined();
    expect((await bench.ask('n1', 'hello', 300 * ms)).kind).not.toBe('answer');
    const deaf = await look(bench, 'n2');
    await bench.pass(window);
    expect((await look(bench, 'n2')).heard.n1?.count ?? 0).toBe(deaf.heard.n1?.count ?? 0);
    await heal(injury);
    const after = await look(bench, 'n1');
    if (data === 'gone') expect(after.found).toBe(0);
    else expect(after.found).toBeGreaterThanOrEqual(before.found + before.syncs);
    expect(after.damaged).toBe(0);
    await isWell(bench);
  };

const inContainers = ({ cluster }: Bench): boolean => cluster.world === 'docker';

export const checks: Readonly<Partial<Record<Capability, Check>>> = {
  kill: comesBack((cluster) => cluster.kill(['n1']), 'kept'),
  stop: comesBack((cluster) => cluster.stop(['n1']), 'kept'),
  wipe: comesBack((cluster) => cluster.wipe(['n1']), 'gone'),
  power: comesBack((cluster) => cluster.powerCut(['n1']), 'kept'),

  async pause(bench) {
    const injury = await took(bench.cluster.pause(['n1']));
    expect((await hears(bench, 'n2', 'n3')).count).toBeGreaterThan(20);
    expect((await bench.ask('n1', 'hello', 200 * ms)).kind).toBe('lost');
    await heal(injury);
    expect(await bench.ask('n1', 'hello', 2000 * ms)).toEqual({ kind: 'answer', body: 'hello' });
    await isWell(bench);
  },

  async control(bench) {
    const injury = await took(bench.cluster.control('n1', { go: true }, { go: false }));
    await heal(injury);
  },

  async cut(bench) {
    const injury = await took(bench.cluster.cut(fromFirst));
    await bench.pass(200);
    expect((await hears(bench, 'n1', 'n2')).count).toBe(0);
    // In containers the other direction dies too: TCP hears no acknowledgement. Others go on.
    const other = inContainers(bench) ? 'n3' : 'n1';
    expect((await hears(bench, 'n2', other)).count).toBeGreaterThan(20);
    expect((await bench.ask('n1', 'hello', 2000 * ms)).kind).toBe('answer');
    await heal(injury);
    await bench.pass(500);
    await isWell(bench);
  },

  async hold(bench) {
    const before = await look(bench, 'n2');
    const injury = await took(bench.cluster.hold(fromFirst));
    await bench.pass(200);
    const held = await hears(bench, 'n1', 'n2');
    expect(held.count).toBe(0);
    const sentUntilThen = (await look(bench, 'n1')).sent;
    const healed = await injury.heal();
    expect(healed).toMatchObject({ took: true });
    await bench.pass(500);
    const after = await look(bench, 'n2');
    const sent = (await look(bench, 'n1')).sent;
    if (inContainers(bench)) {
      // TCP has no more on its way than the first ten segments, and a node's link gives up after a second of silence and
      // drops the rest; those ten come.
      expect(healed.how).toMatch(/^[1-9]\d* packets that had waited went on/);
      const came = (after.heard.n1?.count ?? 0) - (before.heard.n1?.count ?? 0);
      expect(came).toBeGreaterThan(sent - sentUntilThen + 3);
      await bench.pass(500);
      await isWell(bench);
      return;
    }
    // Nothing is lost: what waited comes too.
    expect(after.heard.n1?.count ?? 0).toBeGreaterThan((before.heard.n1?.count ?? 0) + held.sent);
    expect(after.heard.n1?.count ?? 0).toBeGreaterThan(sent * 0.9);
    await isWell(bench);
  },

  async reset(bench) {
    const waiting = bench.ask('n1', 'wait', 20_000 * ms);
    await bench.pass(200);
    const injury = await took(bench.cluster.reset(['n1']));
    await bench.pass(200);
    expect((await waiting).kind).toBe('lost');
    await heal(injury);
    expect((await bench.ask('n1', 'hello', 2000 * ms)).kind).toBe('answer');
    await bench.pass(500);
    await isWell(bench);
  },

  async slow(bench) {
    await feels(bench, 'n1');
    const injury = await took(bench.cluster.disturb(['n1'], { kind: 'slow', mean: 100 * ms, jitter: 20 * ms }));
    await bench.pass(300);
    expect((await feels(bench, 'n1')).roundTripMs).toBeGreaterThan(75);
    await heal(injury);
    await bench.pass(500);
    await look(bench, 'n1');
    expect((await feels(bench, 'n1')).roundTripMs).toBeLessThan(75);
  },

  async loss(bench) {
    const steady = await feels(bench, 'n1');
    // In containers TCP repeats what was lost, and half of it in no time: it takes more loss for a node to feel it.
    const share = inContainers(bench) ? 0.8 : 0.5;
    const injury = await took(bench.cluster.disturb(['n1'], { kind: 'loss', share }));
    await bench.pass(100);
    const lossy = await hears(bench, 'n1', 'n2');
    const { roundTripMs } = await feels(bench, 'n1');
    if (inContainers(bench)) expect(roundTripMs ?? 1000).toBeGreaterThan(2 * (steady.roundTripMs ?? 0) + 3);
    else expect(lossy.count).toBeLessThan(lossy.sent * 0.8);
    expect((await hears(bench, 'n2', 'n3')).count).toBeGreaterThan(20);
    await heal(injury);
    await bench.pass(3000);
    await isWell(bench);
  },

  async duplication(bench) {
    const injury = await took(bench.cluster.disturb(['n1'], { kind: 'duplication', share: 0.5 }));
    const doubled = await hears(bench, 'n1', 'n2');
    // In containers packets come twice, and TCP hands each message out once: the evidence counts packets.
    if (inContainers(bench)) expect(injury.evidence.how).toMatch(/n1: [1-9]\d* of \d+ datagrams came twice/);
    else expect(doubled.twice).toBeGreaterThan(doubled.count * 0.2);
    expect(doubled.count).toBeGreaterThan(20);
    await heal(injury);
    await bench.pass(200);
    await isWell(bench);
  },

  async reordering(bench) {
    const injury = await took(bench.cluster.disturb(['n1'], { kind: 'reordering', share: 0.3, by: 50 * ms }));
    const shuffled = await hears(bench, 'n1', 'n2');
    // The same: packets overtake each other, and TCP puts the messages in order again.
    if (inContainers(bench)) expect(injury.evidence.how).toMatch(/n1: [1-9]\d* of \d+ datagrams were overtaken/);
    else expect(shuffled.late).toBeGreaterThan(shuffled.count * 0.1);
    expect(shuffled.count).toBeGreaterThan(20);
    await heal(injury);
    await bench.pass(500);
    expect((await hears(bench, 'n1', 'n2')).late).toBe(0);
    await isWell(bench);
  },

  async bandwidth(bench) {
    const injury = await took(bench.cluster.disturb(['n1'], { kind: 'bandwidth', bytesPerSecond: 5000 }));
    await bench.pass(1000);
    const narrow = await hears(bench, 'n1', 'n2');
    expect(narrow.count).toBeLessThan(narrow.sent * 0.5);
    await heal(injury);
    // The simulator's pipe keeps all that it cannot carry; that of containers a second's worth.
    await bench.pass(inContainers(bench) ? 2000 : 15_000);
    await isWell(bench);
  },

  async corruption(bench) {
    const injury = await took(bench.cluster.disturb(['n1'], { kind: 'corruption', share: 0.5 }));
    expect((await hears(bench, 'n1', 'n2')).altered).toBeGreaterThan(10);
    await heal(injury);
    await bench.pass(200);
    expect((await hears(bench, 'n1', 'n2')).altered).toBe(0);
  },

  async clock(bench) {
    const steady = await feels(bench, 'n1');
    expect(Math.abs(steady.wallMs - steady.monotonicMs)).toBeLessThan(100);
    const before = await look(bench, 'n1');
    const injury = await took(bench.cluster.bendClock('n1', 3_600_000 * ms));
    const bent = await look(bench, 'n1');
    expect(bent.wallMs - before.wallMs).toBeGreaterThan(3_599_000);
    expect(bent.monotonicMs - before.monotonicMs).toBeLessThan(60_000);
    await heal(injury);
    const after = await look(bench, 'n1');
    expect(after.wallMs - before.wallMs).toBeLessThan(60_000);
  },

  async drift(bench) {
    const injury = await took(bench.cluster.driftClock('n1', 200_000));
    const fast = await feels(bench, 'n1', 2000);
    expect(fast.wallMs / fast.monotonicMs).toBeGreaterThan(1.1);
    expect(fast.wallMs / fast.monotonicMs).toBeLessThan(1.3);
    await heal(injury);
    const steady = await feels(bench, 'n1');
    expect(steady.wallMs / steady.monotonicMs).toBeLessThan(1.05);
  },

  'disk-full': refusal({ kind: 'disk-full' }, /ENOSPC/),
  'disk-read-only': refusal({ kind: 'disk-read-only' }, /EROFS/),

  async 'disk-slow'(bench) {
    await feels(bench, 'n1');
    const injury = await took(bench.cluster.spoilDisk(['n1'], { kind: 'disk-slow', by: 300 * ms }));
    await bench.pass(500);
    await look(bench, 'n1');
    expect((await feels(bench, 'n1', 2000)).syncMs).toBeGreaterThan(200);
    await heal(injury);
    await bench.pass(1000);
    await look(bench, 'n1');
    expect((await feels(bench, 'n1')).syncMs).toBeLessThan(200);
  },

  async 'disk-error'(bench) {
    const injury = await took(bench.cluster.spoilDisk(['n1'], { kind: 'disk-error', share: 0.5 }));
    expect((await feels(bench, 'n1')).failedSyncs).toBeGreaterThan(5);
    await heal(injury);
    await bench.pass(200);
    const well = await feels(bench, 'n1');
    expect([well.failedSyncs, well.syncs > 5]).toEqual([0, true]);
  },

  async 'disk-rot'(bench) {
    await bench.pass(500);
    const flipped = await took(bench.cluster.rot(['n1'], { kind: 'bit-flip', bits: 3 }));
    expect(await bench.cluster.inspect('n1')).toBeUndefined();
    await heal(flipped);
    const after = await look(bench, 'n1');
    expect(after.damaged).toBeGreaterThan(0);
    await bench.pass(500);
    const found = await look(bench, 'n1');
    const shortened = await took(bench.cluster.rot(['n1'], { kind: 'truncate', bytes: 640 }));
    await heal(shortened);
    const short = await look(bench, 'n1');
    expect(short.found).toBeLessThan(found.found + found.syncs - 5);
  },

  async cpu(bench) {
    const before = await feels(bench, 'n1');
    const injury = await took(bench.cluster.limit(['n1'], { kind: 'cpu', share: 0.02 }));
    await bench.pass(300);
    const starved = await feels(bench, 'n1');
    // As many a second as before, or next to it, would mean that nothing is limited.
    expect(starved.ticks / starved.monotonicMs).toBeLessThan((0.6 * before.ticks) / before.monotonicMs);
    await heal(injury);
    await bench.pass(500);
    const after = await feels(bench, 'n1');
    expect(after.ticks / after.monotonicMs).toBeGreaterThan((0.6 * before.ticks) / before.monotonicMs);
  },

  async memory(bench) {
    const injury = await took(bench.cluster.limit(['n1'], { kind: 'memory', bytes: 128 * 2 ** 20 }));
    expect((await bench.ask('n1', 'grow', 5000 * ms)).kind).toBe('lost');
    // It has died of it.
    expect(await bench.cluster.inspect('n1')).toBeUndefined();
    await heal(injury);
    await heal(await took(bench.cluster.kill(['n1'])));
    expect((await bench.ask('n1', 'grow', 5000 * ms)).kind).toBe('answer');
  },

  async files(bench) {
    await look(bench, 'n1');
    const injury = await took(bench.cluster.limit(['n1'], { kind: 'files', count: 4 }));
    const refused = await feels(bench, 'n1');
    expect(refused.refusedWrites).toBeGreaterThan(5);
    expect(refused.refusal).toMatch(/EMFILE/);
    await heal(injury);
    await bench.pass(200);
    const well = await feels(bench, 'n1');
    expect([well.refusedWrites, well.syncs > 5]).toEqual([0, true]);
  },
};

function refusal(spoil: Parameters<Cluster['spoilDisk']>[1], message: RegExp): Check {
  return async (bench) => {
    const injury = await took(bench.cluster.spoilDisk(['n1'], spoil));
    const refused = await feels(bench, 'n1');
    expect(refused.refusedWrites).toBeGreaterThan(5);
    expect(refused.refusal).toMatch(message);
    expect((await feels(bench, 'n2')).refusedWrites).toBe(0);
    await heal(injury);
    await bench.pass(200);
    const well = await feels(bench, 'n1');
    expect([well.refusedWrites, well.syncs > 5]).toEqual([0, true]);
  };
}
