/**
 * Seeded randomness that splits: each component draws from a stream of its own, named by a label, so that one draw more
 * in the network does not shift what the nemesis draws. The generator is pure-rand's xoroshiro128+.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** Integer in [min, max], both included. */
  int(min: number, max: number): number;
  /** Real in [0, 1). */
  unit(): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** Exponentially distributed with the given mean: the gaps of an open-loop (Poisson) arrival. */
  exponential(mean: number): number;
  /** One of a non-empty list. */
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream; the same label gives the same stream, whatever was drawn before. */
  split(label: string): Random;
}

/** A seed as it is printed, and as the command line takes it. */
export const seedText = (seed: number): string => `0x${(seed >>> 0).toString(16).padStart(8, '0')}`;

/** @param seed any integer; its low 32 bits count. */
export const createRandom = (seed: number): Random => createStream(seed, undefined);

/**
 * The same draws as `createRandom`, until `fork`: from then on this stream and all that were split from it draw others, as
 * the salt decides. So one run has many futures from a given moment on.
 */
export function createForkingRandom(seed: number): { readonly random: Random; fork(salt: number): void } {
  const forks: Forks = [];
  return {
    random: createStream(seed, forks),
    fork(salt) {
      for (const lead of forks) lead(salt);
    },
  };
}

/** What leads each stream elsewhere. */
type Forks = ((salt: number) => void)[];

function createStream(seed: number, forks: Forks | undefined): Random {
  let base = seed | 0;
  let generator = xoroshiro128plus(mix(base));
  forks?.push((salt) => {
    base = hashLabel(seed | 0, `fork:${salt}`);
    generator = xoroshiro128plus(mix(base));
  });
  const int = (min: number, max: number): number => uniformInt(generator, min, max);
  // 32 bits are enough for probabilities and delays, and one draw is twice as fast as the 53-bit distribution's two.
  const unit = (): number => (generator.next() >>> 0) / 0x1_0000_0000;
  return {
    int,
    unit,
    chance: (probability) => unit() < probability,
    exponential: (mean) => -Math.log(1 - unit()) * mean,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new Error('pick from an empty list');
      return items[int(0, items.length - 1)] as T;
    },
    shuffle: <T>(items: readonly T[]): T[] => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(0, i);
        const held = copy[i] as T;
        copy[i] = copy[j] as T;
        copy[j] = held;
      }
      return copy;
    },
    split: (label) => createStream(hashLabel(base, label), forks),
  };
}

/** FNV-1a over the label, begun from the seed: a stream depends on nothing but these two. */
function hashLabel(seed: number, label: string): number {
  let hash = mix(seed ^ 0x811c9dc5);
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** The finalizer of MurmurHash3: neighbouring seeds must give unrelated streams. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
