/**
 * One mutated history through what `check` does with a file: what came of it, or that something is wrong with us. Used by a
 * sample in the tests and by `bench/fuzz.ts`.
 *
 * The surprise is the poison: wherever an answer is given, it is asked for again with a line at the end that no format has.
 * A reader that had stopped before the end would answer as before, and so be found out.
 */
import { HarnessError } from '../../core/errors.ts';
import { createRandom } from '../../core/random.ts';
import { mutate } from '../../run/formats/testing/mutations.ts';
import type { Specimen } from '../../run/formats/testing/specimens.ts';
import { judge } from '../judge.ts';
import type { Registry } from '../registry.ts';

export interface Outcome {
  /** A verdict, or `refused`. */
  readonly word: string;
  readonly format: string;
}

/** What was made of one specimen, the same for the same seed. */
export interface Mutant {
  readonly bytes: Uint8Array;
  /** From which specimen, and how: for whoever has to find out. */
  readonly story: string;
}

export function mutantOf(specimens: readonly Specimen[], seed: number): Mutant {
  const random = createRandom(seed);
  const { name, bytes } = random.pick(specimens);
  const mutated = mutate(
    bytes,
    random,
    specimens.map((one) => one.bytes),
  );
  return { bytes: mutated.bytes, story: `seed ${seed}: ${name}, ${mutated.names.join(', ')}` };
}

/** Throws if anything but a verdict or a HarnessError comes of it, or a verdict without having read to the end. */
export async function examine({ bytes, story }: Mutant): Promise<Outcome> {
  const told = await outcomeOf(bytes, story);
  if (told.word === 'refused') return told;
  const poison = told.format === 'jepsen-log' ? '\nINFO  jepsen.util - @@@\n' : '\n@@@\n';
  const poisoned = await outcomeOf(new Uint8Array([...bytes, ...new TextEncoder().encode(poison)]), story);
  if (poisoned.word !== 'refused') throw new Error(`${story}: ${told.word} without having read to the end`);
  return told;
}

async function outcomeOf(bytes: Uint8Array, story: string): Promise<Outcome> {
  try {
    const { verdict, format } = await judge(bytes, 'mutant', {}, nobody);
    return { word: verdict, format };
  } catch (error) {
    if (error instanceof HarnessError && (error.code === 'bad-input' || error.code === 'bad-usage')) {
      return { word: 'refused', format: '?' };
    }
    throw new Error(`${story}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

/** No patterns, so that a history of ours is judged by the model that its header names. */
const nobody = (): Promise<Registry> =>
  Promise.resolve({ targets: {}, workloads: {}, nemeses: {}, checkers: {} } as unknown as Registry);
