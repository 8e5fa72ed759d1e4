/** A world of toys, with its history and a way to ask, for the container tests. */
import { fileURLToPath } from 'node:url';
import { createRecorder } from '../../core/history.ts';
import type { Reply } from '../../core/target.ts';
import type { HistoryHeader, Json, NodeEvent, NodeId } from '../../core/types.ts';
import { createDockerWorld, type DockerOptions, type DockerWorld } from '../world.ts';
import { toy } from './toy.ts';

export interface ToyWorld extends DockerWorld {
  /** Lines of the history so far. */
  readonly lines: string[];
  events(kind: NodeEvent['kind']): NodeEvent[];
  ask(node: NodeId, body: Json, timeoutMs?: number): Promise<Reply>;
  /** The answer's body. */
  answer<T>(node: NodeId, body: Json): Promise<T>;
}

export async function createToyWorld(nodes: number, options: DockerOptions = {}): Promise<ToyWorld> {
  const roles = toy.roles(nodes);
  const header: HistoryHeader = {
    pitchpole: 1,
    target: toy.name,
    world: 'docker',
    seed: 1,
    variant: toy.reference,
    nodes: Object.keys(roles),
    concurrency: 1,
    workload: 'none',
    schedule: [],
  };
  const lines: string[] = [];
  const recorder = createRecorder(header, (line) => lines.push(line));
  const entry = fileURLToPath(new URL('./toy-entry.ts', import.meta.url));
  const world = await createDockerWorld({
    ...{ target: toy, variant: toy.reference, roles, seed: 1, recorder, messages: false, entry },
    ...options,
  });
  const ask = (node: NodeId, body: Json, timeoutMs = 2000): Promise<Reply> =>
    new Promise((resolve) => world.door(0, node).request(node, body, timeoutMs * 1e6, resolve));
  return {
    ...world,
    lines,
    events: (kind) =>
      lines
        .map((line) => JSON.parse(line) as { t: string } & NodeEvent)
        .filter((line) => line.t === 'event' && line.kind === kind),
    ask,
    async answer<T>(node: NodeId, body: Json) {
      const reply = await ask(node, body);
      if (reply.kind !== 'answer') throw new Error(`${node} did not answer: ${reply.reason}`);
      return reply.body as T;
    },
  };
}
