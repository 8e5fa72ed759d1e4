/**
 * The faults themselves: what stands is kept as leases, and each change is carried to the nodes and then proven.
 * Process ids are looked up anew for every action, since a restarted container has others.
 */
import { execa } from 'execa';
import type { Evidence, Nanos, NodeId } from '../../core/types.ts';
import { type Delay, type Delayer, startDelayer } from './delay.ts';
import { hookChains, rulesFor, union } from './firewall.ts';
import type { Journal } from './journal.ts';
import { canaryIsGone, cutPower, imageOf, isDark, makeDisk, removeDisk } from './power.ts';
import { judgeDelays, judgeLinks, type Link, probe } from './probe.ts';
import { family, isAwake, isGone, isStopped, settled, signal, stateOf } from './processes.ts';
import type { Drop, Lease, NodePlace } from './protocol.ts';
import type { EngineCall } from './removal.ts';
import { setClockOffset } from './vdso.ts';
import { reason } from './words.ts';

export interface Faults {
  adopt(nodes: Readonly<Record<NodeId, NodePlace>>): Promise<void>;
  cut(lease: number, drops: readonly Drop[]): Promise<Evidence>;
  slow(lease: number, nodes: readonly NodeId[], delay: Delay): Promise<Evidence>;
  pause(lease: number, nodes: readonly NodeId[]): Promise<Evidence>;
  bend(lease: number, node: NodeId, offset: Nanos): Promise<Evidence>;
  heal(lease: number): Promise<Evidence>;
  kill(node: NodeId): Promise<Evidence>;
  disk(node: NodeId, megabytes: number): Promise<string>;
  powerCut(node: NodeId, folder: string): Promise<Evidence>;
  powerRestored(node: NodeId, folder: string): Promise<Evidence>;
  restarted(node: NodeId): Promise<void>;
  healAll(): Promise<void>;
  removeDisks(): Promise<void>;
}

export function createFaults({ run, call, journal }: { run: string; call: EngineCall; journal: Journal }): Faults {
  let nodes: Readonly<Record<NodeId, NodePlace>> = {};
  let diskLease = 1_000_000_000;
  /** The daemons that delay what a node sends. */
  const delayers = new Map<NodeId, Delayer>();

  /** The first process of the node's container; undefined while it does not run. */
  const pidOf = async (node: NodeId): Promise<number | undefined> => {
    const place = nodes[node];
    if (place === undefined) throw new Error(`there is no node ${node}`);
    const { status, body } = await call('GET', `/containers/${place.container}/json`);
    if (status !== 200) return undefined;
    const { Running, Pid } = (body as { State: { Running: boolean; Pid: number } }).State;
    return Running && Pid > 0 ? Pid : undefined;
  };
  const running = async (ids: readonly NodeId[]): Promise<{ id: NodeId; pid: number; address: string }[]> => {
    const found = await Promise.all(ids.map(async (id) => ({ id, pid: await pidOf(id) })));
    return found.flatMap(({ id, pid }) => (pid === undefined ? [] : [{ id, pid, address: nodes[id]?.address ?? '' }]));
  };
  const leases = <Kind extends Lease['kind']>(kind: Kind): Extract<Lease, { kind: Kind }>[] =>
    [...journal.standing().values()].filter((lease): lease is Extract<Lease, { kind: Kind }> => lease.kind === kind);
  const drops = (): Drop[] => union(leases('cut').map((lease) => lease.drops));

  /** What the leases add up to for this node. */
  const delayOf = (node: NodeId): Delay | undefined => {
    const own = leases('slow').filter((lease) => lease.nodes.includes(node));
    if (own.length === 0) return undefined;
    const sum = (field: 'mean' | 'jitter'): Nanos => own.reduce((total, lease) => total + lease[field], 0);
    return { mean: sum('mean'), jitter: sum('jitter') };
  };

  const layRules = async (places: readonly { id: NodeId; pid: number }[]): Promise<void> => {
    const standing = drops();
    await Promise.all(
      places.map(async ({ id, pid }) => {
        const input = rulesFor(id, standing, nodes, run, delayers.has(id));
        const { failed, message } = await execa('nsenter', [...inNet(pid), 'iptables-restore', '-w', '--noflush'], {
          ...{ input, reject: false },
        });
        // One that has just died needs no rules.
        if (failed && !isGone(stateOf(pid))) throw new Error(message);
      }),
    );
  };

  const hook = (pid: number) => execa('nsenter', [...inNet(pid), 'sh', '-c', hookChains(run)], { reject: false });

  const probeLinks = async (): Promise<{
    links: Link[];
    running: NodeId[];
    isClosed: (from: NodeId, to: NodeId) => boolean;
  }> => {
    const places = await running(Object.keys(nodes));
    const closed = new Set(drops().map((drop) => drop.join(' ')));
    const isClosed = (from: NodeId, to: NodeId): boolean => closed.has(`${from} ${to}`);
    const slowest = Math.max(
      0,
      ...places.map(({ id }) => delayOf(id)).map((delay) => (delay ? delay.mean + delay.jitter : 0)),
    );
    const links = await probe(places, (from, to) => !isClosed(from, to), { limitMs: 1000 + (2 * slowest) / 1e6 });
    return { links, running: places.map(({ id }) => id), isClosed };
  };
  const proveLinks = async (touched: readonly NodeId[]): Promise<Evidence> => {
    const { links, running, isClosed } = await probeLinks();
    const { took, how } = judgeLinks(links, isClosed);
    const down = touched.filter((id) => !running.includes(id));
    return { took, how: down.length === 0 ? how : `${how}; not running, so not probed: ${down.join(' ')}` };
  };

  /** Ends the daemons of these nodes and starts those that the leases ask for. */
  const applyDelays = async (touched: readonly NodeId[]): Promise<void> => {
    const places = await running(touched);
    await Promise.all(
      touched.map(async (id) => {
        await delayers.get(id)?.stop();
        delayers.delete(id);
        const delay = delayOf(id);
        const place = places.find((other) => other.id === id);
        if (delay !== undefined && place !== undefined) {
          delayers.set(id, await startDelayer(['nsenter', ...inNet(place.pid)], delay));
        }
      }),
    );
    await layRules(places);
  };
  const proveDelays = async (): Promise<Evidence> => {
    const { links } = await probeLinks();
    return judgeDelays(links, (from) => {
      const delay = delayOf(from);
      return delay === undefined ? undefined : { atLeastMs: (delay.mean - delay.jitter) / 1e6 };
    });
  };

  const applyCuts = async (touched: readonly NodeId[]): Promise<Evidence> => {
    await layRules(await running(touched));
    return proveLinks(touched);
  };

  const offsetOf = (node: NodeId): Nanos =>
    leases('clock').reduce((sum, lease) => sum + (lease.node === node ? lease.offset : 0), 0);
  const applyClock = async (node: NodeId): Promise<Evidence> => {
    const pid = await pidOf(node);
    if (pid === undefined) return { took: true, how: `${node} does not run; its clock is set when it does` };
    const wanted = BigInt(Math.round(offsetOf(node)));
    const processes = family(pid);
    const readBack = await Promise.all(processes.map(async (each) => (await setClockOffset(each, wanted)).readBack));
    const took = readBack.every((offset) => offset === wanted);
    return {
      took,
      how: `${node}: the clock of ${count(processes.length, 'process', 'processes')} is off by ${spell(wanted)}, read back`,
    };
  };

  const stop = async (struck: readonly NodeId[]): Promise<{ pids: number[]; wrong: number[] }> => {
    const pids = (await running(struck)).flatMap(({ pid }) => family(pid));
    for (const pid of pids) signal(pid, 'SIGSTOP');
    return { pids, wrong: await settled(pids, (state) => isStopped(state) || isGone(state)) };
  };

  const undo = async (lease: Lease): Promise<Evidence> => {
    switch (lease.kind) {
      case 'cut':
        return applyCuts([...new Set(lease.drops.flat())]);
      case 'slow':
        await applyDelays(lease.nodes);
        return proveDelays();
      case 'pause': {
        const pausedStill = new Set(leases('pause').flatMap((other) => other.nodes));
        const places = await running(lease.nodes.filter((node) => !pausedStill.has(node)));
        const pids = places.flatMap(({ pid }) => family(pid));
        for (const pid of pids) signal(pid, 'SIGCONT');
        const wrong = await settled(pids, isAwake);
        return { took: wrong.length === 0, how: `${lease.nodes.join(' ')}: ${awake(pids.length, wrong.length)}` };
      }
      case 'clock':
        return applyClock(lease.node);
      case 'disk':
        await removeDisk(lease.image);
        return { took: true, how: `the disk of ${lease.node} is gone` };
    }
  };

  const heal = async (id: number): Promise<Evidence> => {
    const lease = journal.standing().get(id);
    if (lease === undefined) return { took: true, how: 'was healed already' };
    // The lease ends first: what then applies is what the remaining ones say.
    journal.end(id);
    return undo(lease);
  };

  return {
    async adopt(places) {
      nodes = places;
      const found = await running(Object.keys(places));
      await layRules(found);
      await Promise.all(found.map(({ pid }) => hook(pid)));
    },
    async cut(id, dropped) {
      journal.begin(id, { kind: 'cut', drops: dropped });
      return applyCuts([...new Set(dropped.flat())]);
    },
    async slow(id, struck, delay) {
      journal.begin(id, { kind: 'slow', nodes: struck, ...delay });
      await applyDelays(struck);
      return proveDelays();
    },
    async pause(id, struck) {
      journal.begin(id, { kind: 'pause', nodes: struck });
      const { pids, wrong } = await stop(struck);
      // One that is down has nothing to stop, and is stopped when it starts.
      return {
        took: wrong.length === 0,
        how: `${struck.join(' ')}: ${pids.length - wrong.length} of ${count(pids.length, 'process is', 'processes are')} in state T (stopped)`,
      };
    },
    async bend(id, node, offset) {
      journal.begin(id, { kind: 'clock', node, offset });
      return applyClock(node);
    },
    heal,
    async kill(node) {
      const pid = await pidOf(node);
      if (pid === undefined) return { took: true, how: `${node} did not run` };
      const pids = family(pid);
      for (const each of pids) signal(each, 'SIGKILL');
      const left = await settled(pids, isGone);
      return { took: left.length === 0, how: `${node}: process ${pid} ${left.length === 0 ? 'is gone' : 'lives on'}` };
    },
    async disk(node, megabytes) {
      const image = imageOf(run, node);
      // The device is not known yet; the image is what finds it again.
      journal.begin(diskLease++, { kind: 'disk', node, image, device: '' });
      return (await makeDisk(image, megabytes)).device;
    },
    async powerCut(node, folder) {
      const pid = await pidOf(node);
      if (pid === undefined) return { took: true, how: `${node} did not run` };
      const place = `/proc/${pid}/root${folder}`;
      await cutPower(place);
      const dark = isDark(place);
      const pids = family(pid);
      for (const each of pids) signal(each, 'SIGKILL');
      const left = await settled(pids, isGone);
      return {
        took: dark && left.length === 0,
        how: `${node}: its disk ${dark ? 'refuses to write' : 'still writes'}, process ${pid} ${left.length === 0 ? 'is gone' : 'lives on'}`,
      };
    },
    async powerRestored(node, folder) {
      const pid = await pidOf(node);
      if (pid === undefined) return { took: false, how: `${node} does not run` };
      const gone = canaryIsGone(`/proc/${pid}/root${folder}`);
      // It may be there: a sync of the node's own between the writing and the cut carries it along in the same journal
      // transaction. That the disk refused to write is the proof of the cut; this only tells what it cost.
      return {
        took: true,
        how: `${node}: a file written without sync just before the cut is ${gone ? 'gone' : 'still there'}`,
      };
    },
    async restarted(node) {
      const [place] = await running([node]);
      if (place === undefined) throw new Error(`${node} does not run`);
      await applyDelays([node]);
      await hook(place.pid);
      if (offsetOf(node) !== 0) await applyClock(node);
      if (leases('pause').some((lease) => lease.nodes.includes(node))) await stop([node]);
    },
    async healAll() {
      for (const [id, lease] of [...journal.standing()]) {
        if (lease.kind === 'disk') continue;
        // One that cannot be healed must not keep us from the others; its container is removed anyway.
        await heal(id).catch((error: unknown) => process.stderr.write(`lease ${id}: ${reason(error)}\n`));
      }
    },
    async removeDisks() {
      for (const [id, lease] of [...journal.standing()]) if (lease.kind === 'disk') await heal(id);
    },
  };
}

const inNet = (pid: number): string[] => ['-t', String(pid), '-n'];

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

const awake = (all: number, wrong: number): string =>
  `${all - wrong} of ${count(all, 'process', 'processes')} ${all - wrong === 1 ? 'runs' : 'run'} again`;

const spell = (nanoseconds: bigint): string => `${Number(nanoseconds) / 1e6} ms`;
