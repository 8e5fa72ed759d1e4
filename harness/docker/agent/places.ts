/**
 * Where the nodes are at this moment, and which faults stand. Process ids are looked up anew for every action, since a
 * restarted container has others.
 */
import type { NodeId } from '../../core/types.ts';
import type { Journal } from './journal.ts';
import type { Lease, NodePlace } from './protocol.ts';
import type { EngineCall } from './removal.ts';

export interface RunningNode {
  readonly id: NodeId;
  /** The first process of its container. */
  readonly pid: number;
  readonly address: string;
}

/** What all kinds of faults stand on. */
export interface Ground {
  readonly run: string;
  readonly call: EngineCall;
  nodes(): Readonly<Record<NodeId, NodePlace>>;
  adopt(nodes: Readonly<Record<NodeId, NodePlace>>): void;
  placeOf(node: NodeId): NodePlace;
  /** The first process of the node's container; undefined while it does not run. */
  pidOf(node: NodeId): Promise<number | undefined>;
  /** Those of them that run. */
  running(nodes: readonly NodeId[]): Promise<RunningNode[]>;
  /** Those that stand, of one kind. */
  leases<Kind extends Lease['kind']>(kind: Kind): Extract<Lease, { kind: Kind }>[];
}

export function createGround(run: string, call: EngineCall, journal: Journal): Ground {
  let nodes: Readonly<Record<NodeId, NodePlace>> = {};
  const placeOf = (node: NodeId): NodePlace => {
    const place = nodes[node];
    if (place === undefined) throw new Error(`there is no node ${node}`);
    return place;
  };
  const pidOf = async (node: NodeId): Promise<number | undefined> => {
    const { status, body } = await call('GET', `/containers/${placeOf(node).container}/json`);
    if (status !== 200) return undefined;
    const { Running, Pid } = (body as { State: { Running: boolean; Pid: number } }).State;
    return Running && Pid > 0 ? Pid : undefined;
  };
  return {
    run,
    call,
    nodes: () => nodes,
    adopt(places) {
      nodes = places;
    },
    placeOf,
    pidOf,
    async running(ids) {
      const found = await Promise.all(ids.map(async (id) => ({ id, pid: await pidOf(id) })));
      return found.flatMap(({ id, pid }) => (pid === undefined ? [] : [{ id, pid, address: placeOf(id).address }]));
    },
    leases: <Kind extends Lease['kind']>(kind: Kind) =>
      [...journal.standing().values()].filter((lease): lease is Extract<Lease, { kind: Kind }> => lease.kind === kind),
  };
}
