/**
 * What goes wrong with files, as a function of bytes: by disks and networks (a byte flipped, the end missing, a line twice),
 * and by people (two files in one, a number too large, brackets that nobody closes).
 */
import type { Random } from '../../../core/random.ts';

export interface Mutation {
  readonly name: string;
  apply(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array;
}

/** One to four mutations of one file. */
export function mutate(
  bytes: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
): { readonly bytes: Uint8Array; readonly names: readonly string[] } {
  const names: string[] = [];
  let mutated = bytes;
  for (let left = random.pick([1, 1, 1, 1, 2, 3, 4]); left > 0; left--) {
    // Another number is the one that most often leaves a history, so that it is judged and not only refused.
    const { name, apply } = random.chance(0.25) ? anotherNumber : random.pick(mutations);
    mutated = apply(mutated, random, others);
    names.push(name);
  }
  return { bytes: mutated, names };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const somewhere = (bytes: Uint8Array, random: Random): number => random.int(0, bytes.byteLength);

/** Puts something where it does not belong. */
function insert(bytes: Uint8Array, random: Random, what: Uint8Array): Uint8Array {
  const at = somewhere(bytes, random);
  return join(bytes.subarray(0, at), what, bytes.subarray(at));
}

/** Rearranges the lines. */
const lines = (change: (lines: string[], random: Random) => string[]): Mutation['apply'] => {
  return (bytes, random) =>
    new Uint8Array(Buffer.from(change(Buffer.from(bytes).toString('latin1').split('\n'), random).join('\n'), 'latin1'));
};

const oddities = ['\u0000', '\u202e', '\ufeff', '\u2028', '\u00a0', '😀', 'é', '\u007f', '\r\n', '\u000b', '\ud800'];
const foreign = [
  'nil',
  'null',
  ':ok',
  '"',
  '\\',
  '__proto__',
  'constructor',
  '#_',
  '#{}',
  '##NaN',
  '-0',
  '1e999',
  '[]',
  '{}',
  ',',
  ';',
  '//',
  '---',
  '=',
  '#tag ',
  '\\u',
  "'",
  '(',
  '@',
  ':',
  '"\\',
];
const numbers = [
  '9007199254740993',
  '-1',
  '1e308',
  '0.1',
  '18446744073709551616',
  '007',
  '1'.repeat(400),
  '-',
  '1.2.3',
  '1/0',
  '4294967296',
];

const anotherNumber: Mutation = {
  name: 'another number',
  apply(bytes, random) {
    const text = Buffer.from(bytes).toString('latin1');
    const found = [...text.matchAll(/\d+/g)];
    if (found.length === 0) return bytes;
    const [one] = [random.pick(found)];
    const number = random.chance(0.5) ? String(random.int(0, 9)) : random.pick(numbers);
    return new Uint8Array(
      Buffer.from(text.slice(0, one.index) + number + text.slice(one.index + one[0].length), 'latin1'),
    );
  },
};

export const mutations: readonly Mutation[] = [
  {
    name: 'flip a byte',
    apply(bytes, random) {
      const copy = bytes.slice();
      const at = random.int(0, Math.max(0, copy.byteLength - 1));
      if (copy.byteLength > 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.int(0, 7));
      return copy;
    },
  },
  { name: 'cut the end', apply: (bytes, random) => bytes.subarray(0, somewhere(bytes, random)) },
  { name: 'cut the beginning', apply: (bytes, random) => bytes.subarray(somewhere(bytes, random)) },
  {
    name: 'cut out the middle',
    apply(bytes, random) {
      const from = somewhere(bytes, random);
      return join(bytes.subarray(0, from), bytes.subarray(from + random.int(1, 20)));
    },
  },
  {
    name: 'a line twice',
    apply: lines((all, random) => all.toSpliced(random.int(0, all.length), 0, random.pick(all))),
  },
  { name: 'a line missing', apply: lines((all, random) => all.toSpliced(random.int(0, all.length - 1), 1)) },
  {
    name: 'two lines exchanged',
    apply: lines((all, random) => {
      const [a, b] = [random.int(0, all.length - 1), random.int(0, all.length - 1)];
      return all.with(a, all[b] ?? '').with(b, all[a] ?? '');
    }),
  },
  { name: 'lines shuffled', apply: lines((all, random) => random.shuffle(all)) },
  anotherNumber,
  {
    name: 'brackets that nobody closes',
    apply: (bytes, random) =>
      insert(
        bytes,
        random,
        encode(random.pick(['[', '{', '(', '#{', '[{', '{:a ', '{"a":']).repeat(random.pick([1, 3, 199, 20_000]))),
      ),
  },
  {
    name: 'brackets inside each other',
    apply(bytes, random) {
      const [open, close] = random.pick([
        ['[', ']'],
        ['{"a":', '}'],
        ['{:a ', '}'],
        ['(', ')'],
      ] as const);
      const depth = random.pick([2, 150, 250, 10_000]);
      return insert(
        bytes,
        random,
        encode(open.repeat(depth) + random.pick(['', '1', 'null', 'nil']) + close.repeat(depth)),
      );
    },
  },
  { name: 'an odd character', apply: (bytes, random) => insert(bytes, random, encode(random.pick(oddities))) },
  {
    name: 'a byte that is no text',
    apply: (bytes, random) => insert(bytes, random, new Uint8Array([random.int(128, 255)])),
  },
  { name: 'a word of another format', apply: (bytes, random) => insert(bytes, random, encode(random.pick(foreign))) },
  {
    name: 'the end of another file',
    apply(bytes, random, others) {
      const other = random.pick(others);
      return join(bytes.subarray(0, somewhere(bytes, random)), other.subarray(somewhere(other, random)));
    },
  },
  { name: 'another file after it', apply: (bytes, random, others) => join(bytes, random.pick(others)) },
  {
    name: 'a part many times',
    apply(bytes, random) {
      const from = somewhere(bytes, random);
      const part = bytes.subarray(from, from + random.int(1, 60));
      const times = random.pick([2, 5, 50]);
      return join(bytes.subarray(0, from), ...Array.from({ length: times }, () => part), bytes.subarray(from));
    },
  },
];
