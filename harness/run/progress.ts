/**
 * How far a suite of the simulator has come, in its folder, so that it goes on after Ctrl-C, a crash or a power failure.
 *
 * The one surprise: seeds that are done are kept as stretches, since workers finish out of order. There are never more
 * gaps than workers, so the file is as small after a hundred thousand seeds as after a hundred.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HarnessError } from '../core/errors.ts';
import type { Overrides, Twin } from './circumstances.ts';
import type { AcquitResult, SearchResult } from './task.ts';

/** What was run, and for each flaw what came of it so far. */
export interface Progress {
  readonly version: string;
  readonly baseSeed: number;
  readonly seeds: number;
  readonly twins: 'both' | Twin;
  readonly overrides: Overrides;
  /** Ids, in the order in which they are run. */
  readonly patterns: readonly string[];
  /** By `progressKey`. */
  readonly flaws: Readonly<Record<string, FlawProgress>>;
}

export interface FlawProgress {
  readonly searched: SearchResult;
  readonly acquitted: AcquitResult;
  /** Which seeds the fixed twin has had. */
  readonly done: Stretches;
}

/** Counting from the base seed: ascending, apart from each other, each without its end. */
export type Stretches = readonly (readonly [from: number, to: number])[];

export const progressKey = (pattern: string, flaw: string): string => `${pattern} ${flaw}`;

/** How many seeds lie in them. */
export const lengthOf = (stretches: Stretches): number => stretches.reduce((sum, [from, to]) => sum + to - from, 0);

/** With one more, which none of the others may overlap. */
export function withStretch(stretches: Stretches, added: readonly [from: number, to: number]): Stretches {
  const merged: [number, number][] = [];
  for (const [from, to] of [...stretches, added].toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last?.[1] === from) last[1] = to;
    else merged.push([from, to]);
  }
  return merged;
}

/** What of `[0, end)` is not in them. */
export function gapsOf(stretches: Stretches, end: number): Stretches {
  const gaps: [number, number][] = [];
  let from = 0;
  for (const [begin, over] of stretches) {
    if (begin > from) gaps.push([from, Math.min(begin, end)]);
    from = over;
  }
  if (from < end) gaps.push([from, end]);
  return gaps;
}

const fileName = 'progress.json';
const savedEvery = 1000;

export interface ProgressFile {
  /** Writes now and then, at once where `now` is said. */
  save(progress: Progress, now?: boolean): void;
  /** The suite is done: there is nothing to go on with. */
  remove(): void;
}

export function createProgressFile(folder: string): ProgressFile {
  const file = join(folder, fileName);
  let saved = Number.NEGATIVE_INFINITY;
  return {
    save(progress, now = false) {
      if (!now && performance.now() - saved < savedEvery) return;
      saved = performance.now();
      // Whole or not at all, whenever the process dies.
      writeFileSync(`${file}.part`, `${JSON.stringify(progress)}\n`);
      renameSync(`${file}.part`, file);
    },
    remove() {
      rmSync(file, { force: true });
    },
  };
}

/** The newest run under a root that was stopped on its way. */
export function latestStopped(root: string): string | undefined {
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, fileName)))
    .sort()
    .at(-1);
}

/** @throws HarnessError `bad-input` where the folder holds nothing to go on with. */
export function readProgress(folder: string): Progress {
  const file = join(folder, fileName);
  if (!existsSync(file)) {
    throw new HarnessError({
      code: 'bad-input',
      message: `\`${folder}\` holds nothing to go on with: there is no \`${fileName}\` in it.`,
      hint: 'Only runs of the simulator that were stopped on their way can be resumed.',
    });
  }
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8'))) as unknown as Progress;
  } catch (cause) {
    throw new HarnessError({
      code: 'bad-input',
      message: `\`${file}\` cannot be read: ${cause instanceof z.ZodError ? `${cause.issues[0]?.path.join('.')}: ${cause.issues[0]?.message}` : (cause as Error).message}.`,
      hint: 'Run the patterns again.',
      cause,
    });
  }
}

const result = { tried: z.number(), operations: z.number(), faults: z.number() };
const schema = z.looseObject({
  version: z.string(),
  baseSeed: z.number(),
  seeds: z.number(),
  twins: z.enum(['both', 'flawed', 'fixed']),
  overrides: z.looseObject({}),
  patterns: z.array(z.string()),
  flaws: z.record(
    z.string(),
    z.looseObject({
      searched: z.looseObject({ kind: z.literal('search'), ...result }),
      acquitted: z.looseObject({ kind: z.literal('acquit'), ...result }),
      done: z.array(z.tuple([z.number(), z.number()])),
    }),
  ),
});
