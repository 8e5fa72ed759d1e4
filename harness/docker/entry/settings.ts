/** What a node's container is told at its start: one JSON text in its environment. */
import type { NodeId, Variant } from '../../core/types.ts';

export interface NodeSettings {
  readonly target: string;
  readonly variant: Variant;
  readonly self: NodeId;
  /** Address of each node on the private network, in the fixed order of the cluster. */
  readonly addresses: Readonly<Record<NodeId, string>>;
  readonly roles: Readonly<Record<NodeId, string>>;
  readonly seed: number;
  /** Wall time that counts as 0, in milliseconds since 1970. */
  readonly wallEpoch: number;
  /** Where durable files are. */
  readonly folder: string;
}

export const settingsVariable = 'PITCHPOLE_NODE';
/** Where clients and the harness ask, and where the other nodes send to. */
export const ports = { clients: 7400, peers: 7401 } as const;

export function readSettings(environment: NodeJS.ProcessEnv = process.env): NodeSettings {
  const text = environment[settingsVariable];
  if (text === undefined)
    throw new Error(`${settingsVariable} is not set: this program runs inside a node's container`);
  return JSON.parse(text) as NodeSettings;
}
