/**
 * The network between nodes: every directed link has a delay of its own, and may be cut, held, broken or disturbed.
 *
 * A cut drops what arrives, as a firewall rule at the receiver does: a message that is under way when the cut begins is
 * lost, one that was sent during the cut and arrives after it is not.
 */
import type { Random } from '../core/random.ts';
import type { Json, Nanos } from '../core/types.ts';
import { createDelay } from './delay.ts';
import { fateOf, type Standing } from './disturbances.ts';
import type { NetworkOptions } from './options.ts';
import type { Scheduler } from './scheduler.ts';
import { seal } from './seal.ts';

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
  /** Says how many had waited, if none of its holds is left. */
  release(from: number, to: number): number;
  isHeld(from: number, to: number): boolean;
  /** Loses what is under way on the links of a node, as when their connections break; says how much that is. */
  reset(node: number): number;
  /** Disturbances of what the node sends add up, each until it is taken back. */
  disturb(from: number, by: Standing): void;
  undisturb(from: number, by: Standing): void;
  /** All that stands. */
  disturbances(from: number): readonly Standing[];
}

export interface NetworkEvents {
  arrive(packet: Packet): void;
  lose(packet: Packet, why: 'cut' | 'loss' | 'reset'): void;
}

export function createNetwork(
  count: number,
  scheduler: Pick<Scheduler, 'now' | 'at'>,
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
  const standing: Standing[][] = Array.from({ length: count }, () => []);
  /** By link: how many packets are under way, and when its connection broke last. */
  const underWay = new Uint32Array(count * count);
  const brokenAt = new Float64Array(count * count).fill(-1);
  const latest = reordering ? undefined : new Float64Array(count * count);

  const arrive = (packet: Packet): void => {
    const link = packet.from * count + packet.to;
    if (packet.sentAt <= (brokenAt[link] as number)) {
      underWay[link] = (underWay[link] as number) - 1;
      events.lose(packet, 'reset');
      return;
    }
    if ((holds[link] as number) > 0) {
      const waiting = held.get(link);
      if (waiting === undefined) held.set(link, [packet]);
      else waiting.push(packet);
      return;
    }
    underWay[link] = (underWay[link] as number) - 1;
    if ((cuts[link] as number) > 0) events.lose(packet, 'cut');
    else events.arrive(packet);
  };

  const launch = (packet: Packet, link: number, extra: Nanos, overtakes = false): void => {
    underWay[link] = (underWay[link] as number) + 1;
    let at = scheduler.now + draw(medians[link] as number) + extra;
    if (latest !== undefined && !overtakes) {
      if (at < (latest[link] as number)) at = latest[link] as number;
      latest[link] = at;
    }
    scheduler.at(at, arrive, packet);
  };

  return {
    send(packet) {
      if (packet.from === packet.to) {
        underWay[packet.from * count + packet.to] = (underWay[packet.from * count + packet.to] as number) + 1;
        scheduler.at(scheduler.now + loopback, arrive, packet);
        return;
      }
      const link = packet.from * count + packet.to;
      if (loss > 0 && random.unit() < loss) {
        events.lose(packet, 'loss');
        return;
      }
      const disturbed = standing[packet.from] as Standing[];
      if (disturbed.length > 0) {
        const { delays, body } = fateOf(disturbed, packet.body, scheduler.now, random);
        if (delays.length === 0) events.lose(packet, 'loss');
        const sent = body === undefined ? packet : { ...packet, body, checksum: seal(body) };
        // Where a fault reorders, a link that keeps its order otherwise does not.
        const overtakes = disturbed.some(({ disturbance }) => disturbance.kind === 'reordering');
        for (const extra of delays) launch(sent, link, extra, overtakes);
        return;
      }
      launch(packet, link, 0);
      if (duplication > 0 && random.unit() < duplication) launch(packet, link, 0);
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
      if (add(holds, link, -1) > 0) return 0;
      const waiting = held.get(link) ?? [];
      held.delete(link);
      for (const packet of waiting) scheduler.at(scheduler.now, arrive, packet);
      return waiting.length;
    },
    isHeld: (from, to) => (holds[from * count + to] as number) > 0,
    reset(node) {
      let lost = 0;
      for (let other = 0; other < count; other++) {
        if (other === node) continue;
        for (const link of [node * count + other, other * count + node]) {
          lost += underWay[link] as number;
          brokenAt[link] = scheduler.now;
        }
      }
      return lost;
    },
    disturb(from, by) {
      (standing[from] as Standing[]).push(by);
    },
    undisturb(from, by) {
      const all = standing[from] as Standing[];
      const index = all.indexOf(by);
      if (index >= 0) all.splice(index, 1);
    },
    disturbances: (from) => standing[from] as Standing[],
  };
}

function add(counts: Uint16Array, link: number, by: number): number {
  const count = (counts[link] as number) + by;
  counts[link] = count;
  return count;
}
