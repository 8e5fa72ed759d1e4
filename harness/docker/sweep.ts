/**
 * Finds by label what dead controllers left, and removes it. What belongs to a living controller is never touched, and
 * what a fault agent is at work on is left to it.
 */
import { type EngineCall, removeRun } from './agent/removal.ts';
import { startHeir } from './agent-link.ts';
import { type Engine, ownerLabel, partLabel, reasonOf, runLabel, statusOf } from './engine.ts';
import { baseReference } from './images.ts';
import { fateOf } from './owner.ts';

export interface Leaving {
  readonly run: string;
  readonly owner: string;
  /** What there is of it, such as `5 containers, 1 network`. */
  readonly parts: readonly Part[];
  /** `alive`: its controller lives. `healing`: its agent is still at work. `dead`: to be removed. */
  readonly state: 'alive' | 'healing' | 'dead';
}

interface Part {
  readonly kind: 'container' | 'network' | 'volume';
  readonly name: string;
  readonly running: boolean;
  readonly agent: boolean;
  /** Seconds since 1970. */
  readonly created: number;
}

/** When nothing tells whether the owner lives, a run without an agent is given up after this. */
const patienceSeconds = 60;

/** All that bears the label of any run. */
export async function findLeavings(engine: Engine): Promise<Leaving[]> {
  const filters = { label: [runLabel] };
  const [containers, networks, volumes] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  const runs = new Map<string, { owner: string; parts: Part[] }>();
  const add = (labels: Readonly<Record<string, string>> | null | undefined, part: Part): void => {
    const run = labels?.[runLabel];
    if (run === undefined) return;
    const entry = runs.get(run) ?? { owner: '', parts: [] };
    runs.set(run, entry);
    entry.owner ||= labels?.[ownerLabel] ?? '';
    entry.parts.push(part);
  };
  for (const { Labels, Names, State, Created, Id } of containers) {
    const agent = Labels[partLabel] === 'agent';
    add(Labels, {
      kind: 'container',
      name: Names[0]?.slice(1) ?? Id,
      running: State === 'running',
      agent,
      created: Created,
    });
  }
  for (const { Labels, Name, Created } of networks) {
    const created = Created === undefined ? 0 : Date.parse(String(Created)) / 1000;
    add(Labels, { kind: 'network', name: Name, running: false, agent: false, created });
  }
  for (const { Labels, Name } of volumes.Volumes ?? []) {
    add(Labels, { kind: 'volume', name: Name, running: false, agent: false, created: 0 });
  }
  return [...runs].map(([run, { owner, parts }]) => ({ run, owner, parts, state: stateOf(owner, parts) }));
}

/** Exported for its test. */
export function stateOf(owner: string, parts: readonly Part[], nowSeconds = Date.now() / 1000): Leaving['state'] {
  const fate = fateOf(owner);
  if (fate === 'alive') return 'alive';
  if (parts.some(({ agent, running }) => agent && running)) return 'healing';
  const youngest = Math.max(...parts.map(({ created }) => created));
  return fate === 'dead' || nowSeconds - youngest > patienceSeconds ? 'dead' : 'alive';
}

/** Removes what the dead left; returns what it found. */
export async function sweep(engine: Engine): Promise<Leaving[]> {
  const leavings = await findLeavings(engine);
  for (const leaving of leavings) if (leaving.state === 'dead') await removeLeaving(engine, leaving);
  return leavings;
}

/** Removes all that there is of one run, whoever owns it. */
export async function removeAll(engine: Engine, run: string): Promise<void> {
  const leaving = (await findLeavings(engine)).find((other) => other.run === run);
  if (leaving !== undefined) await removeLeaving(engine, leaving);
}

async function removeLeaving(engine: Engine, { run, parts }: Leaving): Promise<void> {
  const agent = parts.find((part) => part.agent);
  // Disks need privileges to be let go, and the journal of an agent that died names them.
  if (agent !== undefined && !agent.running) await startHeir(engine, run, baseReference(), agent.name).catch(() => {});
  // Without privileges: all that the engine itself can remove.
  await removeRun(callThrough(engine), `${runLabel}=${run}`);
}

/** The engine's library as a plain caller. */
const callThrough =
  (engine: Engine): EngineCall =>
  (method, path) =>
    new Promise((resolve, reject) => {
      const options = {
        method,
        // The library cuts the last character off a path with a query of its own.
        path: path.includes('?') ? `${path}&` : path,
        statusCodes: { 200: true, 201: true, 204: true },
      };
      engine.modem.dial(options, (error: unknown, body: unknown) => {
        const status = statusOf(error);
        if (status !== undefined) resolve({ status, body: reasonOf(error) });
        else if (error === null || error === undefined) resolve({ status: 200, body });
        else reject(error);
      });
    });
