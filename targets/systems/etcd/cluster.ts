/**
 * A real etcd cluster, one member a container: how it is started, and what its status page says.
 *
 * The surprise: the term on the status page is that of the entry applied last. A member that has just won an election
 * names itself leader beside the term of its predecessor until its own first entry is through, which on a busy disk
 * takes seconds. So a leader is believed only once it has answered a read of a quorum, and is asked for its term after.
 */
import type { System } from '../../../harness/core/target.ts';
import type { Json, NodeId } from '../../../harness/core/types.ts';
import { post } from './gateway.ts';

/** Ports of every member: for clients (gRPC and its JSON gateway), and for the other members. */
const clientPort = 2379;
const peerPort = 2380;
/** etcd's defaults, spelled out because the checkers reckon with them. */
export const timing = { heartbeatMs: 100, electionTimeoutMs: 1000 };

export const system: System = {
  image: { name: 'etcd', packages: ['etcd-server'] },
  container(node, nodes) {
    const peer = (id: NodeId): string => `http://${id}:${peerPort}`;
    return {
      image: 'etcd',
      command: [
        'etcd',
        ...flag('name', node),
        // Not the volume's root: there, a file system keeps things of its own.
        ...flag('data-dir', '/data/etcd'),
        ...flag('listen-peer-urls', `http://0.0.0.0:${peerPort}`),
        ...flag('initial-advertise-peer-urls', peer(node)),
        ...flag('listen-client-urls', `http://0.0.0.0:${clientPort}`),
        ...flag('advertise-client-urls', `http://${node}:${clientPort}`),
        ...flag('initial-cluster', nodes.map((id) => `${id}=${peer(id)}`).join(',')),
        ...flag('initial-cluster-state', 'new'),
        ...flag('heartbeat-interval', timing.heartbeatMs),
        ...flag('election-timeout', timing.electionTimeoutMs),
        ...flag('logger', 'zap'),
        ...flag('log-level', 'warn'),
      ],
      ports: [clientPort],
      dataFolder: '/data',
    };
  },
  async inspect(address) {
    const seen = await statusOf(address);
    if (seen.leader !== seen.member) return { ...seen, confirmed: false };
    const confirmed = await answersForQuorum(address);
    return { ...(await statusOf(address)), confirmed };
  },
  async ready(address) {
    const answer = await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(2000) });
    return ((await answer.json()) as { health?: string }).health === 'true';
  },
};

/** The member leads when its status page names itself, and it has a quorum behind it. */
export function leads(state: Json): { term: number } | undefined {
  const { member, leader, term, confirmed } = state as Pick<Seen, 'member' | 'leader' | 'term'> & {
    confirmed: boolean;
  };
  return confirmed && leader !== null && leader === member ? { term } : undefined;
}

interface Seen {
  readonly [key: string]: Json;
  readonly member: string;
  readonly leader: string | null;
  readonly term: number;
}

async function statusOf(address: string): Promise<Seen> {
  const status = await post<Status>(address, 'maintenance/status', {}, 1000);
  return {
    member: status.header.member_id,
    leader: status.leader ?? null,
    term: Number(status.raftTerm ?? 0),
    index: Number(status.raftIndex ?? 0),
    revision: Number(status.header.revision ?? 0),
    databaseBytes: Number(status.dbSize ?? 0),
  };
}

/** A linearizable read: a leader answers it only when it has applied an entry of its own term and a quorum follows it. */
const answersForQuorum = (address: string): Promise<boolean> =>
  post(address, 'kv/range', { key: 'AA==', count_only: true }, 500).then(
    () => true,
    () => false,
  );

/** Numbers of 64 bits come as strings, and zeros not at all. */
interface Status {
  readonly header: { readonly member_id: string; readonly revision?: string };
  readonly leader?: string;
  readonly raftTerm?: string;
  readonly raftIndex?: string;
  readonly dbSize?: string;
}

const flag = (name: string, value: string | number): string[] => [`--${name}`, String(value)];
