import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/random.ts';
import { stand } from './disturbances.ts';
import { createNetwork, type Packet, type SimNetwork } from './network.ts';
import { type NetworkOptions, networkDefaults } from './options.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

interface Bench {
  readonly network: SimNetwork;
  readonly scheduler: Scheduler;
  readonly arrived: { readonly packet: Packet; readonly at: number }[];
  readonly lost: { readonly packet: Packet; readonly why: string }[];
  send(from: number, to: number): void;
  settle(): void;
}

function create(options: Partial<NetworkOptions> = {}, seed = 1): Bench {
  const scheduler = createScheduler();
  const arrived: Bench['arrived'] = [];
  const lost: Bench['lost'] = [];
  const network = createNetwork(
    3,
    scheduler,
    createRandom(seed),
    { ...networkDefaults, ...options },
    {
      arrive: (packet) => arrived.push({ packet, at: scheduler.now }),
      lose: (packet, why) => lost.push({ packet, why }),
    },
  );
  let id = 0;
  return {
    network,
    scheduler,
    arrived,
    lost,
    send: (from, to) =>
      network.send({ id: id++, from, to, body: null, checksum: 0, incarnation: 1, sentAt: scheduler.now }),
    settle: () => {
      while (scheduler.step());
    },
  };
}

const ms = 1_000_000;
const noTail = { ...networkDefaults.delay, tailChance: 0 };

describe('delays', () => {
  it('lie around the median, with a tail that stays below the maximum', () => {
    const bench = create({ delay: { ...networkDefaults.delay, median: [500_000, 500_000], tailChance: 0.01 } });
    for (let i = 0; i < 20_000; i++) bench.send(0, 1);
    bench.settle();
    const delays = bench.arrived.map(({ at }) => at).sort((a, b) => a - b);
    const quantile = (q: number): number => delays[Math.floor(q * delays.length)] as number;
    expect(delays.length).toBe(20_000);
    expect(quantile(0.5)).toBeGreaterThan(480_000);
    expect(quantile(0.5)).toBeLessThan(520_000);
    expect(quantile(0.05)).toBeGreaterThan(250_000);
    expect(quantile(0.95)).toBeLessThan(1_000_000);
    expect(quantile(0.999)).toBeGreaterThan(2 * ms);
    expect(quantile(1 - 1e-9)).toBeLessThanOrEqual(networkDefaults.delay.max);
  });

  it('differ from link to link', () => {
    const bench = create({ delay: { ...noTail, spread: 0 } });
    for (const [from, to] of [
      [0, 1],
      [1, 0],
      [0, 2],
      [1, 2],
    ] as const)
      bench.send(from, to);
    bench.settle();
    expect(new Set(bench.arrived.map(({ at }) => at)).size).toBe(4);
  });

  it('let messages overtake each other, unless the link keeps its order', () => {
    for (const reordering of [true, false]) {
      const bench = create({ reordering });
      for (let i = 0; i < 200; i++) bench.send(0, 1);
      bench.settle();
      const ids = bench.arrived.map(({ packet }) => packet.id);
      const inOrder = ids.every((id, i) => i === 0 || id > (ids[i - 1] as number));
      expect(inOrder).toBe(!reordering);
    }
  });
});

describe('the knobs', () => {
  it('loss and duplication happen at about their rates, and not at all by default', () => {
    const bench = create({ loss: 0.2, duplication: 0.1 });
    for (let i = 0; i < 10_000; i++) bench.send(0, 1);
    bench.settle();
    expect(bench.lost.length).toBeGreaterThan(1800);
    expect(bench.lost.length).toBeLessThan(2200);
    expect(bench.lost.every(({ why }) => why === 'loss')).toBe(true);
    const twice = bench.arrived.length + bench.lost.length - 10_000;
    expect(twice).toBeGreaterThan(650);
    expect(twice).toBeLessThan(950);
    const plain = create();
    for (let i = 0; i < 10_000; i++) plain.send(0, 1);
    plain.settle();
    expect([plain.arrived.length, plain.lost.length]).toEqual([10_000, 0]);
  });

  it('slowdowns add up, strike only what the node sends to others, and are taken back one by one', () => {
    const bench = create({ delay: noTail });
    const first = stand({ kind: 'slow', mean: 100 * ms, jitter: 0 });
    const second = stand({ kind: 'slow', mean: 50 * ms, jitter: 10 * ms });
    const delays = (): number[] => {
      const from = bench.scheduler.now;
      bench.arrived.length = 0;
      bench.send(0, 1);
      bench.send(1, 0);
      bench.send(0, 0);
      bench.settle();
      const by = (i: number, j: number): number =>
        (bench.arrived.find(({ packet }) => packet.from === i && packet.to === j)?.at as number) - from;
      return [by(0, 1), by(1, 0), by(0, 0)].map((delay) => Math.round(delay / ms));
    };
    bench.network.disturb(0, first);
    expect(delays()[0]).toBeGreaterThanOrEqual(100);
    bench.network.disturb(0, second);
    const [slow, back, self] = delays() as [number, number, number];
    expect(slow).toBeGreaterThanOrEqual(140);
    expect(slow).toBeLessThan(165);
    expect(back).toBeLessThan(3);
    expect(self).toBe(0);
    bench.network.undisturb(0, first);
    expect(delays()[0]).toBeLessThan(65);
    bench.network.undisturb(0, second);
    expect(delays()[0]).toBeLessThan(3);
  });
});

describe('a cut', () => {
  it('is one-way', () => {
    const bench = create();
    bench.network.cut(0, 1);
    bench.send(0, 1);
    bench.send(1, 0);
    bench.settle();
    expect(bench.arrived.map(({ packet }) => packet.from)).toEqual([1]);
    expect(bench.lost.map(({ why }) => why)).toEqual(['cut']);
  });

  it('takes what is under way when it begins, and not what arrives after it', () => {
    const bench = create();
    bench.send(0, 1);
    bench.network.cut(0, 1);
    bench.settle();
    bench.send(0, 1);
    bench.network.uncut(0, 1);
    bench.settle();
    expect([bench.lost.length, bench.arrived.length]).toEqual([1, 1]);
  });

  it('stands until each of two overlapping ones was taken back', () => {
    const bench = create();
    bench.network.cut(0, 1);
    bench.network.cut(0, 1);
    bench.network.uncut(0, 1);
    bench.send(0, 1);
    bench.settle();
    expect([bench.lost.length, bench.network.isCut(0, 1)]).toEqual([1, true]);
    bench.network.uncut(0, 1);
    expect(bench.network.isCut(0, 1)).toBe(false);
  });
});

it('a held link delivers nothing until it is released, and then everything in its order', () => {
  const bench = create();
  bench.network.hold(0, 1);
  bench.network.hold(0, 1);
  for (let i = 0; i < 5; i++) bench.send(0, 1);
  bench.send(0, 2);
  bench.settle();
  expect(bench.arrived.length).toBe(1);
  bench.network.release(0, 1);
  bench.settle();
  expect(bench.arrived.length).toBe(1);
  bench.network.release(0, 1);
  bench.settle();
  expect(bench.arrived.length).toBe(6);
  expect(bench.lost).toEqual([]);
});
