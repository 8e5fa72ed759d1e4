/**
 * What this machine can and cannot do for container runs, found out by doing it, and what dead runs have left on it.
 * Told as a list of findings; a missing thing comes with its remedy.
 */
import { randomBytes } from 'node:crypto';
import type { ImageRecipe } from '../core/target.ts';
import type { WorldKind } from '../core/types.ts';
import { type Abilities, type Ability, type AbilityName, impossible } from './agent/protocol.ts';
import { startAgent } from './agent-link.ts';
import { byEngine } from './cluster.ts';
import { connectEngine, type Engine, reasonOf, requireEngine } from './engine.ts';
import { baseImage, targetImage } from './images.ts';
import { findLeavings, type Leaving, sweep } from './sweep.ts';

export interface Diagnosis {
  readonly name: string;
  readonly ok: boolean;
  /** By which means it can be done, or why it cannot. */
  readonly means: string;
  /** What to do, where something can be done. */
  readonly remedy?: string;
  /** It is a fault of this world. */
  readonly world?: WorldKind;
  /** No machine could do better: nothing is amiss. */
  readonly never?: true;
}

export interface ExamineOptions {
  readonly engine?: Engine;
  /** Targets whose images are to be made (or found) too, such as `etcd`. */
  readonly images?: readonly ImageRecipe[];
  /** Remove what dead runs left. */
  readonly clean?: boolean;
  readonly progress?: (text: string) => void;
}

/** @returns one finding for each thing that container runs need, in the order in which they need them */
export async function examineEngine(options: ExamineOptions = {}): Promise<Diagnosis[]> {
  const { engine = connectEngine(), images = [], clean = false, progress } = options;
  const findings: Diagnosis[] = [];
  const attempt = async <T>(
    name: string,
    action: () => Promise<T>,
    means: (result: T) => string,
  ): Promise<T | undefined> => {
    try {
      const result = await action();
      findings.push({ name, ok: true, means: means(result) });
      return result;
    } catch (error) {
      const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
      findings.push({ name, ok: false, means: reasonOf(error), ...(hint === undefined ? {} : { remedy: hint }) });
      return undefined;
    }
  };

  const reached = await attempt(
    'engine',
    () => requireEngine(engine),
    ({ version, apiVersion }) => `Docker ${version}, API ${apiVersion}`,
  );
  if (reached === undefined) return findings;
  const base = await attempt(
    'base image',
    () => baseImage({ engine, progress }),
    (reference) => reference,
  );
  for (const recipe of images) {
    await attempt(
      `image of ${recipe.name}`,
      () => targetImage(recipe, { engine, progress }),
      (reference) => reference,
    );
  }
  if (base !== undefined) findings.push(...(await examineAgent(engine, base)));
  findings.push(...leftovers(clean ? await sweep(engine) : await findLeavings(engine), clean));
  return findings;
}

const disks = 'Give the engine loop devices and ext4; without them, nemeses that need a disk of their own are skipped.';
const queue =
  'Load the kernel modules `nfnetlink_queue` and `xt_NFQUEUE`; without them, nemeses that hold up packets are skipped.';
const filters =
  'Load the kernel modules of nf_tables, `xt_statistic` and `xt_TEE`; without them, this nemesis is skipped.';
const x64 = 'This is done on x86-64 only; elsewhere, this nemesis is skipped.';

const remedies: Partial<Record<AbilityName, string>> = {
  ...{ hold: queue, slow: queue, reordering: queue, bandwidth: queue },
  ...{ power: disks, 'disk-full': disks, 'disk-read-only': disks },
  ...{ clock: x64, drift: x64, 'disk-slow': x64, 'disk-error': x64 },
  ...{ cut: filters, loss: filters, duplication: filters },
  reset: 'The kernel needs INET_DIAG_DESTROY; without it, resets are skipped.',
};

async function examineAgent(engine: Engine, image: string): Promise<Diagnosis[]> {
  const run = randomBytes(4).toString('hex');
  try {
    const agent = await startAgent({ engine, run, image, disks: true });
    try {
      const { abilities = {} as Abilities } = await agent.ask({ do: 'examine' });
      const rows = Object.entries(abilities) as [AbilityName, Ability][];
      return [
        { name: 'fault agent', ok: true, means: 'starts and answers' },
        ...byEngine.map(([name, means]): Diagnosis => ({ name, ok: true, means, world: 'docker' })),
        ...rows.map(([name, ability]): Diagnosis => {
          if ('means' in ability) return { name, ok: true, means: ability.means, world: 'docker' };
          const lacking: Diagnosis = { name, ok: false, means: ability.reason, world: 'docker' };
          const remedy = remedies[name];
          if (name in impossible) return { ...lacking, never: true };
          return remedy === undefined ? lacking : { ...lacking, remedy };
        }),
        { name: 'control', ok: true, means: 'a request to the node, where it is a mechanism', world: 'docker' },
      ];
    } finally {
      await agent.finish();
    }
  } catch (error) {
    const remedy = 'The engine must allow SYS_ADMIN, NET_ADMIN, SYS_PTRACE and the host’s process ids to a container.';
    return [{ name: 'fault agent', ok: false, means: reasonOf(error), remedy }];
  }
}

function leftovers(leavings: readonly Leaving[], cleaned: boolean): Diagnosis[] {
  const dead = leavings.filter(({ state }) => state === 'dead');
  const living = leavings.length - dead.length;
  const others = living === 0 ? '' : `; ${living} ${living === 1 ? 'run' : 'runs'} at work`;
  if (dead.length === 0) return [{ name: 'leftovers', ok: true, means: `nothing of dead runs${others}` }];
  const what = dead.map(({ run, parts }) => `${run} (${parts.length} things)`).join(', ');
  return [
    cleaned
      ? { name: 'leftovers', ok: true, means: `removed what was left of ${what}${others}` }
      : {
          name: 'leftovers',
          ok: false,
          means: `left of dead runs: ${what}${others}`,
          remedy: 'Run `pitchpole doctor --clean`.',
        },
  ];
}
