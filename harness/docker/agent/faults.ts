/**
 * The faults themselves: what stands is kept as leases, and each change is carried to the nodes and then proven.
 * Process ids are looked up anew for every action, since a restarted container has others.
 */
import { execa } from 'execa';
import type { Evidence, Nanos, NodeId } from '../../core/types.ts';
import { hookChains, rulesFor, union } from './firewall.ts';
import type { Journal } from './journal.ts';
import { canaryIsGone, cutPower, imageOf, isDark, makeDisk, removeDisk } from './power.ts';
import { judgeLinks, probe } from './probe.ts';
import { family, isAwake, isGone, isStopped, settled, signal } from './processes.ts';
import type { Drop, Lease, NodePlace } from './protocol.ts';
import type { EngineCall } from './removal.ts';
import { setClockOffset } from './vdso.ts';
import { reason } from './words.ts';

export interface Faults {
  adopt(nodes: Readonly<Record<NodeId, NodePlace>>): Promise<void>;
  cut(lease: number, drops: readonly Drop[]): Promise<Evidence>;
  slow(lease: number, delay: { nodes: readonly NodeId[]; mean: Nanos; jitter: Nanos }): Promise<Evidence>;
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

  const layRules = async (places: readonly { id: NodeId; pid: number }[]): Promise<void> => {
    const standing = drops();
    await Promise.all(
      places.map(({ id, pid }) =>
        execa('nsenter', ['-t', String(pid), '-n', 'iptables-restore', '-w', '--noflush'], {
          input: rulesFor(id, standing, nodes, run),
        }),
      ),
    );
  };
  const hook = (pid: number) => execa('nsenter', ['-t', String(pid), '-n', 'sh', '-c', hookChains(run)]);

  const proveLinks = async (touched: readonly NodeId[]): Promise<Evidence> => {
    const places = await running(Object.keys(nodes));
    const closed = new Set(drops().map((drop) => drop.join(' ')));
    const isClosed = (from: NodeId, to: NodeId): boolean => closed.has(`${from} ${to}`);
    const links = await probe(places, (from, to) => !isClosed(from, to));
    const { took, how } = judgeLinks(links, isClosed);
    const down = touched.filter((id) => !places.some((place) => place.id === id));
    return { took, how: down.length === 0 ? how : `${how}; not running, so not probed: ${down.join(' ')}` };
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

  const netemOf = (pid: number, ...command: readonly string[]) =>
    execa('nsenter', ['-t', String(pid), '-n', 'tc', 'qdisc', ...command]);

  const undo = async (lease: Lease): Promise<Evidence> => {
    switch (lease.kind) {
      case 'cut':
        return applyCuts([...new Set(lease.drops.flat())]);
      case 'slow': {
        for (const { pid } of await running(lease.nodes)) await netemOf(pid, 'del', 'dev', 'eth0', 'root');
        return { took: true, how: `no delay any more on ${lease.nodes.join(' ')}` };
      }
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
    async slow(id, { nodes: struck, mean, jitter }) {
      journal.begin(id, { kind: 'slow', nodes: struck, mean, jitter });
      const places = await running(struck);
      for (const { pid } of places) {
        await netemOf(
          pid,
          'replace',
          'dev',
          'eth0',
          'root',
          'netem',
          'delay',
          `${mean / 1000}us`,
          `${jitter / 1000}us`,
        );
      }
      const shown = await Promise.all(places.map(({ pid }) => netemOf(pid, 'show', 'dev', 'eth0')));
      return { took: shown.every(({ stdout }) => /netem/.test(stdout)), how: `netem on ${struck.join(' ')}` };
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
      const took = canaryIsGone(`/proc/${pid}/root${folder}`);
      return {
        took,
        how: `${node}: a file written without sync just before the cut is ${took ? 'gone' : 'still there'}`,
      };
    },
    async restarted(node) {
      const [place] = await running([node]);
      if (place === undefined) throw new Error(`${node} does not run`);
      await layRules([place]);
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

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

const awake = (all: number, wrong: number): string =>
  `${all - wrong} of ${count(all, 'process', 'processes')} ${all - wrong === 1 ? 'runs' : 'run'} again`;

const spell = (nanoseconds: bigint): string => `${Number(nanoseconds) / 1e6} ms`;
