/**
 * Faults of the network between nodes: what stands is added up for each node, carried into its network namespace as rules
 * and a daemon, and then proven by packets.
 *
 * The surprise: where fewer than two nodes run there is nobody to send a probe to. Then the rules that were accepted are
 * all the evidence there is, and it says so.
 */
import { execa } from 'execa';
import type { Disturbance } from '../../core/cluster.ts';
import type { Evidence, NodeId } from '../../core/types.ts';
import { hookChains, hookTwice, rulesFor, union } from './firewall.ts';
import { judgeDelays, judgeDisturbance, judgeLinks, judgeRest } from './judge.ts';
import type { Ground, RunningNode } from './places.ts';
import { type Link, probe, type Shots } from './probe.ts';
import { isGone, stateOf, unlessGone } from './processes.ts';
import type { Drop, Lease } from './protocol.ts';
import { type QueueDaemon, startQueue } from './queue.ts';

export interface Traffic {
  adopt(): Promise<void>;
  strike(fault: NetworkFault): Promise<Evidence>;
  /** After its lease has ended. */
  heal(fault: NetworkFault): Promise<Evidence>;
  /** Its namespace is new. */
  restarted(place: RunningNode): Promise<void>;
}

export type NetworkFault = Extract<Lease, { kind: 'cut' | 'hold' | 'disturb' }>;

/** What the leases add up to for what one node sends; times in seconds. */
interface Sum {
  readonly mean: number;
  readonly jitter: number;
  readonly loss: number;
  readonly twice: number;
  readonly share: number;
  readonly by: number;
  readonly rate: number;
  readonly held: readonly string[];
}

/** Headers of a datagram. */
const headers = 28;

export function createTraffic(ground: Ground): Traffic {
  const { run, leases, running, placeOf } = ground;
  const daemons = new Map<NodeId, { readonly pid: number; readonly daemon: QueueDaemon }>();
  /** For which process of each node there are rules. */
  const laid = new Map<NodeId, number>();
  /** Nodes whose packets were ever doubled in their present namespace. */
  const doubled = new Set<NodeId>();

  const drops = (): Drop[] => union(leases('cut').map((lease) => lease.drops));
  const holds = (): Drop[] => union(leases('hold').map((lease) => lease.drops));

  const sumOf = (node: NodeId): Sum => {
    const all = leases('disturb')
      .filter(({ nodes }) => nodes.includes(node))
      .map(({ disturbance }) => disturbance);
    const of = <Kind extends Disturbance['kind']>(kind: Kind): Extract<Disturbance, { kind: Kind }>[] =>
      all.filter((each): each is Extract<Disturbance, { kind: Kind }> => each.kind === kind);
    const either = (shares: readonly { readonly share: number }[]): number =>
      1 - shares.reduce((spared, { share }) => spared * (1 - Math.min(1, share)), 1);
    const slow = of('slow');
    const narrow = of('bandwidth').map(({ bytesPerSecond }) => bytesPerSecond);
    return {
      mean: slow.reduce((sum, { mean }) => sum + mean, 0) / 1e9,
      jitter: slow.reduce((sum, { jitter }) => sum + jitter, 0) / 1e9,
      loss: either(of('loss')),
      twice: either(of('duplication')),
      share: either(of('reordering')),
      by: Math.max(0, ...of('reordering').map(({ by }) => by)) / 1e9,
      rate: narrow.length === 0 ? 0 : Math.min(...narrow),
      held: holds().flatMap(([from, to]) => (from === node ? [placeOf(to).address] : [])),
    };
  };

  /** Brings a node's daemon to what stands; says how many packets that waited went on by it. */
  const applyQueue = async (id: NodeId, place: RunningNode | undefined): Promise<number> => {
    const sum = sumOf(id);
    const needed = sum.mean + sum.jitter + sum.share + sum.rate + sum.held.length > 0;
    const known = daemons.get(id);
    if (known !== undefined && needed && place?.pid === known.pid) {
      try {
        return await known.daemon.handle(sum);
      } catch {
        // It has died; another one takes its place.
      }
    }
    daemons.delete(id);
    const released = (await known?.daemon.stop()) ?? 0;
    if (needed && place !== undefined) {
      const daemon = await startQueue(['nsenter', ...inNet(place.pid)], sum);
      daemons.set(id, { pid: place.pid, daemon });
    }
    return released;
  };

  const layRules = async ({ id, pid }: RunningNode): Promise<void> => {
    const { loss, twice } = sumOf(id);
    if (laid.get(id) !== pid) doubled.delete(id);
    if (twice > 0 && !doubled.has(id)) {
      await execa('nsenter', [...inNet(pid), 'iptables', '-w', '-t', 'mangle', '-N', `PP-${run}-TWICE`], {
        reject: false,
      });
      await execa('nsenter', [...inNet(pid), 'sh', '-c', hookTwice(run)], { reject: false });
      doubled.add(id);
    }
    const outgoing = { loss, queued: daemons.has(id), twice: doubled.has(id) ? twice : undefined };
    const input = rulesFor(id, drops(), ground.nodes(), run, outgoing);
    const { failed, message } = await execa('nsenter', [...inNet(pid), 'iptables-restore', '-w', '--noflush'], {
      ...{ input, reject: false },
    });
    // One that has just died needs no rules.
    if (failed && !isGone(stateOf(pid))) throw new Error(message);
    // Whoever comes first to a new namespace leads its packets through our chains.
    if (laid.get(id) !== pid) await hook(run, pid);
    laid.set(id, pid);
  };

  const apply = async (touched: readonly NodeId[]): Promise<number> => {
    const places = await running(touched);
    const placed = (id: NodeId): RunningNode | undefined => places.find((place) => place.id === id);
    const released = await Promise.all(
      touched.map((id) => unlessGone(placed(id)?.pid, () => applyQueue(id, placed(id)))),
    );
    await Promise.all(places.map((place) => unlessGone(place.pid, () => layRules(place))));
    return released.reduce<number>((sum, number) => sum + (number ?? 0), 0);
  };

  /** A node that dies in the middle of a look is none that was looked at: then once more, without it. */
  const look = async (shots: Partial<Shots> = {}, patience = 3): Promise<Looked> => {
    const found = await running(Object.keys(ground.nodes()));
    // One that has just started is not yet where its faults are put upon it: nothing is to be seen there.
    const places = found.filter(({ id, pid }) => laid.get(id) === pid);
    try {
      return await lookAt(places, shots);
    } catch (error) {
      if (patience === 0 || places.every(({ pid }) => !isGone(stateOf(pid)))) throw error;
      return look(shots, patience - 1);
    }
  };

  const lookAt = async (places: readonly RunningNode[], shots: Partial<Shots>): Promise<Looked> => {
    const closed = new Set([...drops(), ...holds()].map((drop) => drop.join(' ')));
    const isClosed = (from: NodeId, to: NodeId): boolean => closed.has(`${from} ${to}`);
    const sums = new Map(places.map(({ id }) => [id, sumOf(id)]));
    const isShaky = (from: NodeId): boolean => {
      const sum = sums.get(from);
      return sum !== undefined && (sum.loss > 0 || sum.rate > 0);
    };
    const latest = Math.max(0, ...[...sums.values()].map(({ mean, jitter, by }) => mean + jitter + by)) * 1000;
    const narrow = [...sums.values()].some(({ rate }) => rate > 0);
    const grace = [...sums.keys()].some(isShaky) ? 100 + latest + (narrow ? 1200 : 0) : 25;
    const links = await probe(
      places,
      (from, to) => (isClosed(from, to) || isShaky(from) ? 0 : isClosed(to, from) || isShaky(to) ? 1 : 2),
      { graceMs: grace, limitMs: 1500 + 2 * latest + grace, ...shots },
    );
    return { links, running: places.map(({ id }) => id), isClosed, isShaky };
  };

  const proveLinks = async (touched: readonly NodeId[]): Promise<Evidence> => {
    const { links, running, isClosed, isShaky } = await look();
    if (running.length < 2) return unprovable(running);
    const { took, how } = judgeLinks(links, isClosed, isShaky);
    const down = touched.filter((id) => !running.includes(id));
    return { took, how: down.length === 0 ? how : `${how}; not running, so not probed: ${down.join(' ')}` };
  };

  const proveDelays = async (): Promise<Evidence> => {
    const { links, running } = await look();
    if (running.length < 2) return unprovable(running);
    // All of them may be cut off.
    if (links.every(({ latencyMs }) => latencyMs === undefined)) return noneCame;
    return judgeDelays(links, (from) => {
      const { mean, jitter } = sumOf(from);
      return mean === 0 ? undefined : { atLeastMs: (mean - jitter) * 1000 };
    });
  };

  const proveDisturbance = async (struck: readonly NodeId[], disturbance: Disturbance): Promise<Evidence> => {
    // What another fault loses cannot show this one; a duplicate has to get through twice.
    const spared = disturbance.kind === 'loss' ? 1 : Math.min(...struck.map((id) => (1 - sumOf(id).loss) ** 2));
    const shots = shotsFor(disturbance, Object.keys(ground.nodes()).length - 1, spared);
    const { links, running, isClosed } = await look(shots);
    const open = links.filter(({ from, to }) => !isClosed(from, to));
    const senders = struck.filter((id) => open.some(({ from }) => from === id));
    if (senders.length === 0 || spared < 0.02) return running.length < 2 ? unprovable(running) : noneCame;
    return judgeDisturbance(open, senders, disturbance, shots.bytes + headers);
  };

  const proveRest = async (): Promise<Evidence> => {
    const { links, running, isClosed } = await look({ copies: 20 });
    if (running.length < 2) return unprovable(running);
    return judgeRest(links, (from, to) => {
      const { loss, rate, twice, share } = sumOf(from);
      return { lost: loss > 0 || rate > 0 || isClosed(from, to), twice: twice > 0, late: share > 0 };
    });
  };

  const touchedBy = (fault: NetworkFault): NodeId[] =>
    fault.kind === 'disturb' ? [...fault.nodes] : [...new Set(fault.drops.flat())];
  const prove = (fault: NetworkFault): Promise<Evidence> => {
    if (fault.kind !== 'disturb') return proveLinks(touchedBy(fault));
    return fault.disturbance.kind === 'slow' ? proveDelays() : proveDisturbance(fault.nodes, fault.disturbance);
  };

  return {
    async adopt() {
      const places = await running(Object.keys(ground.nodes()));
      await Promise.all(places.map(layRules));
    },
    async strike(fault) {
      await apply(touchedBy(fault));
      return prove(fault);
    },
    async heal(fault) {
      const released = await apply(touchedBy(fault));
      if (fault.kind === 'disturb') return fault.disturbance.kind === 'slow' ? proveDelays() : proveRest();
      const { took, how } = await proveLinks(touchedBy(fault));
      return { took, how: fault.kind === 'cut' ? how : `${released} packets that had waited went on; ${how}` };
    },
    async restarted(place) {
      await unlessGone(place.pid, () => applyQueue(place.id, place));
      await unlessGone(place.pid, () => layRules(place));
    },
  };
}

interface Looked {
  readonly links: readonly Link[];
  readonly running: readonly NodeId[];
  isClosed(from: NodeId, to: NodeId): boolean;
  isShaky(from: NodeId): boolean;
}

/** As many as it takes for the fault to strike some of them for certain: fifteen on the average. */
function shotsFor(disturbance: Disturbance, links: number, spared: number): { copies: number; bytes: number } {
  if ('share' in disturbance) {
    const copies = Math.ceil(15 / Math.max(disturbance.share * spared, 1e-9) / Math.max(1, links));
    return { copies: Math.min(3000, Math.max(20, copies)), bytes: 64 };
  }
  if (disturbance.kind !== 'bandwidth') return { copies: 3, bytes: 64 };
  // A third of a second's worth over all links, in datagrams that a real packet could be.
  const worth = disturbance.bytesPerSecond / 3 / Math.max(1, links);
  return { copies: Math.min(500, Math.max(3, Math.ceil(worth / 1000))), bytes: 1000 - headers };
}

const unprovable = (running: readonly NodeId[]): Evidence => ({
  took: true,
  how: `the rules are laid; ${running.length === 0 ? 'no node runs' : 'only one node runs'}, so no packet can prove them`,
});
const noneCame: Evidence = {
  took: true,
  how: 'the rules are laid; what they are for cannot pass through other faults',
};

const hook = (run: string, pid: number) =>
  execa('nsenter', [...inNet(pid), 'sh', '-c', hookChains(run)], { reject: false });

const inNet = (pid: number): string[] => ['-t', String(pid), '-n'];
