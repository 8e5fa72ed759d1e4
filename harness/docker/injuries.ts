/**
 * What all blows at containers share: the run's parts, faults that the agent holds as leases, and cures that work once.
 */
import type { Agent } from 'node:http';
import type { Injury } from '../core/cluster.ts';
import type { Recorder } from '../core/history.ts';
import type { Target } from '../core/target.ts';
import type { Evidence, Nanos, NodeEvent, NodeId } from '../core/types.ts';
import type { Abilities, Fault } from './agent/protocol.ts';
import type { AgentLink } from './agent-link.ts';
import type { ContainerNode } from './container-node.ts';
import type { NodeReport } from './entry.ts';
import { asking } from './http.ts';

export interface ClusterParts {
  readonly target: Target;
  readonly roles: Readonly<Record<NodeId, string>>;
  readonly nodes: ReadonlyMap<NodeId, ContainerNode>;
  readonly agent: AgentLink;
  readonly abilities: Abilities;
  /** Folder of the durable data. */
  readonly folder: string;
  /** Each node has a disk of its own there. */
  readonly disks: boolean;
  readonly recorder: Recorder;
  readonly http: Agent;
  /** The published port that clients use. */
  readonly mainPort: number;
  now(): Nanos;
  /** Something happened that the run may wait for. */
  acted(): void;
}

export interface Injurer {
  nodeOf(id: NodeId): ContainerNode;
  record(node: NodeId, kind: NodeEvent['kind'], at?: Nanos): void;
  /** A cure works once, and says the same when asked again. */
  injury(evidence: Evidence, cure: () => Promise<Evidence>): Injury;
  /** A fault that the agent keeps in force until it is told to heal it. */
  lease(fault: Fault): Promise<Lease>;
  leased(fault: Fault): Promise<Injury>;
  /** What one of our own nodes reports; undefined where it does not answer in time. */
  report(node: ContainerNode, timeoutMs: number): Promise<NodeReport | undefined>;
}

interface Lease {
  readonly evidence: Evidence;
  heal(): Promise<Evidence>;
}

export function createInjurer(parts: ClusterParts): Injurer {
  const { nodes, agent, recorder, http, mainPort, now, acted } = parts;
  let leases = 0;

  const injury: Injurer['injury'] = (evidence, cure) => {
    acted();
    let healed: Promise<Evidence> | undefined;
    return {
      evidence,
      heal() {
        healed ??= cure().finally(acted);
        return healed;
      },
    };
  };
  const lease: Injurer['lease'] = async (fault) => {
    const number = ++leases;
    const evidence = await agent.prove({ do: 'strike', lease: number, fault });
    return { evidence, heal: () => agent.prove({ do: 'heal', lease: number }) };
  };

  return {
    nodeOf(id) {
      const node = nodes.get(id);
      if (node === undefined) throw new Error(`there is no node ${id} among ${[...nodes.keys()].join(' ')}`);
      return node;
    },
    record: (node, kind, at = now()) => recorder.event({ at, node, kind }),
    injury,
    lease,
    async leased(fault) {
      const { evidence, heal } = await lease(fault);
      return injury(evidence, heal);
    },
    async report(node, timeoutMs) {
      const port = node.port(mainPort);
      if (port === undefined) return undefined;
      const reply = await asking({ agent: http, port, method: 'GET', path: '/inspect', timeoutMs });
      return reply.kind === 'answer' ? (reply.body as unknown as NodeReport) : undefined;
    },
  };
}

/** All must have taken effect. */
export const join = (parts: readonly Evidence[]): Evidence => ({
  took: parts.length > 0 && parts.every(({ took }) => took),
  how: parts.length === 0 ? 'no node was named' : parts.map(({ how }) => how).join(', '),
});
