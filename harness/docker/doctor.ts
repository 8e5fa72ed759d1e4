/**
 * What this machine can and cannot do for container runs, found out by doing it, and what dead runs have left on it.
 * Told as a list of findings; a missing thing comes with its remedy.
 */
import { randomBytes } from 'node:crypto';
import type { ImageRecipe } from '../core/target.ts';
import type { Abilities, Ability } from './agent/protocol.ts';
import { startAgent } from './agent-link.ts';
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

const remedies: Partial<Record<keyof Abilities, string>> = {
  slow: 'Load the kernel modules `nfnetlink_queue` and `xt_NFQUEUE`; without them, nemeses that slow the network are skipped.',
  power: 'Give the engine loop devices and ext4; without them, power cuts are skipped.',
  clock: 'Clocks are bent on x86-64 only; elsewhere, clock nemeses are skipped.',
  cut: 'Load the kernel modules of nf_tables; without them, partitions are skipped.',
};

async function examineAgent(engine: Engine, image: string): Promise<Diagnosis[]> {
  const run = randomBytes(4).toString('hex');
  try {
    const agent = await startAgent({ engine, run, image, disks: true });
    try {
      const { abilities = {} } = await agent.ask({ do: 'examine' });
      const rows = Object.entries(abilities) as [keyof Abilities, Ability][];
      return [
        { name: 'fault agent', ok: true, means: 'starts and answers' },
        ...rows.map(([name, ability]): Diagnosis => {
          if ('means' in ability) return { name, ok: true, means: ability.means };
          const remedy = remedies[name];
          return { name, ok: false, means: ability.reason, ...(remedy === undefined ? {} : { remedy }) };
        }),
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
