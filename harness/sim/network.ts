/**
 * The network between nodes: every directed link has a delay of its own, and may be cut, slowed or held.
 *
 * A cut drops what arrives, as a firewall rule at the receiver does: a message that is under way when the cut begins is
 * lost, one that was sent during the cut and arrives after it is not.
 */
import type { Random } from '../core/random.ts';
import type { Json, Nanos } from '../core/types.ts';
import { createDelay } from './delay.ts';
import type { NetworkOptions } from './options.ts';
import type { Scheduler } from './scheduler.ts';

/** A message on its way. Nodes are numbers here: positions in the cluster's list. */
export interface Packet {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly body: Json;
  /** Of the body, for the run's hash. */
  readonly checksum: number;
  /** Of the receiver when it was sent: a process that has started since does not get it. */
  readonly incarnation: number;
  readonly sentAt: Nanos;
}

interface Slowdown {
  readonly mean: Nanos;
  readonly jitter: Nanos;
}

export interface SimNetwork {
  send(packet: Packet): void;
  /** A delay between a client and a node, one way. */
  clientDelay(node: number): Nanos;
  /** Cuts are counted: a link is open when every cut of it has been taken back. */
  cut(from: number, to: number): void;
  uncut(from: number, to: number): void;
  isCut(from: number, to: number): boolean;
  /** Holds back what the link carries until every hold of it was released; then all of it arrives, in its order. */
  hold(from: number, to: number): void;
  release(from: number, to: number): void;
  /** Slowdowns add up. */
  slow(from: number, by: Slowdown): void;
  unslow(from: number, by: Slowdown): void;
  /** All slowdowns of what the node sends, together. */
  slowness(from: number): Slowdown;
}

export interface NetworkEvents {
  arrive(packet: Packet): void;
  lose(packet: Packet, why: 'cut' | 'loss'): void;
}

export function createNetwork(
  count: number,
  scheduler: Scheduler,
  random: Random,
  options: NetworkOptions,
  events: NetworkEvents,
): SimNetwork {
  const { loss, duplication, reordering, loopback } = options;
  const [shortest, longest] = options.delay.median;
  const draw = createDelay(options.delay, random);
  // By link (from * count + to); the last row is the clients', in both directions.
  const medians = new Float64Array(count * (count + 1));
  for (let i = 0; i < medians.length; i++) medians[i] = shortest + random.unit() * (longest - shortest);
  const cuts = new Uint16Array(count * count);
  const holds = new Uint16Array(count * count);
  const held = new Map<number, Packet[]>();
  const slowdowns: Slowdown[][] = Array.from({ length: count }, () => []);
  const latest = reordering ? undefined : new Float64Array(count * count);

  const arrive = (packet: Packet): void => {
    const link = packet.from * count + packet.to;
    if ((holds[link] as number) > 0) {
      const waiting = held.get(link);
      if (waiting === undefined) held.set(link, [packet]);
      else waiting.push(packet);
    } else if ((cuts[link] as number) > 0) {
      events.lose(packet, 'cut');
    } else {
      events.arrive(packet);
    }
  };

  const extra = (from: number): Nanos => {
    let delay = 0;
    for (const { mean, jitter } of slowdowns[from] as Slowdown[]) {
      delay += Math.max(0, Math.round(mean + jitter * (random.unit() * 2 - 1)));
    }
    return delay;
  };

  const launch = (packet: Packet, link: number): void => {
    let delay = draw(medians[link] as number);
    if ((slowdowns[packet.from] as Slowdown[]).length > 0) delay += extra(packet.from);
    let at = scheduler.now + delay;
    if (latest !== undefined) {
      if (at < (latest[link] as number)) at = latest[link] as number;
      latest[link] = at;
    }
    scheduler.at(at, arrive, packet);
  };

  return {
    send(packet) {
      if (packet.from === packet.to) {
        scheduler.at(scheduler.now + loopback, arrive, packet);
        return;
      }
      const link = packet.from * count + packet.to;
      if (loss > 0 && random.unit() < loss) {
        events.lose(packet, 'loss');
        return;
      }
      launch(packet, link);
      if (duplication > 0 && random.unit() < duplication) launch(packet, link);
    },
    clientDelay: (node) => draw(medians[count * count + node] as number),
    cut(from, to) {
      add(cuts, from * count + to, 1);
    },
    uncut(from, to) {
      add(cuts, from * count + to, -1);
    },
    isCut: (from, to) => (cuts[from * count + to] as number) > 0,
    hold(from, to) {
      add(holds, from * count + to, 1);
    },
    release(from, to) {
      const link = from * count + to;
      if (add(holds, link, -1) > 0) return;
      const waiting = held.get(link) ?? [];
      held.delete(link);
      for (const packet of waiting) scheduler.at(scheduler.now, arrive, packet);
    },
    slow(from, by) {
      (slowdowns[from] as Slowdown[]).push(by);
    },
    unslow(from, by) {
      const all = slowdowns[from] as Slowdown[];
      const index = all.indexOf(by);
      if (index >= 0) all.splice(index, 1);
    },
    slowness(from) {
      const total = { mean: 0, jitter: 0 };
      for (const { mean, jitter } of slowdowns[from] as Slowdown[]) {
        total.mean += mean;
        total.jitter += jitter;
      }
      return total;
    },
  };
}

function add(counts: Uint16Array, link: number, by: number): number {
  const count = (counts[link] as number) + by;
  counts[link] = count;
  return count;
}
