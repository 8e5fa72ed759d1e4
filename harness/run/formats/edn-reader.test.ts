/** EDN as our reader has it and as the library `edn-data` has it; and what only a reader of histories must withstand. */
import { parseEDNString } from 'edn-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../core/errors.ts';
import type { Json } from '../../core/types.ts';
import { deepest, type Form, isTuple, readForms } from './edn-reader.ts';

const runs = Number(process.env.PORCUPINE_RUNS ?? 1);

const read = (edn: string): Json => {
  const [form] = readForms(`{:value ${edn}}`, 'x') as [Form];
  return (form.value as { readonly value: Json }).value;
};

/** What the library makes of it, said as JSON in our way. */
function libraryRead(edn: string): unknown {
  const toJson = (value: unknown): unknown => {
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    if (Array.isArray(value)) return value.map(toJson);
    if (typeof value !== 'object' || value === null) return value;
    if ('sym' in value) return value.sym;
    if ('char' in value) return value.char;
    if ('tag' in value && 'val' in value) return toJson(value.val);
    return Object.fromEntries(Object.entries(value).map(([name, its]) => [name, toJson(its)]));
  };
  return toJson(parseEDNString(edn, { mapAs: 'object', keywordAs: 'string', listAs: 'array', setAs: 'array' }));
}

const word = fc.stringMatching(/^[a-z][a-z-]{0,6}[?!]?$/).filter((text) => !['nil', 'true', 'false'].includes(text));
const text = fc.stringMatching(/^([a-zé ;,(){}[\]#:]|\\n|\\t|\\"|\\\\){0,8}$/);
const blank = fc.constantFrom(' ', ', ', '\n', ' ; a comment ) "\n', '\t');

const { edn } = fc.letrec<{ edn: string; list: string; map: string }>((tie) => ({
  edn: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('nil', 'true', 'false', '-0.5', '12.25', '3e2', '17N'),
    fc.integer().map(String),
    word,
    word.map((it) => `:${it}`),
    text.map((it) => `"${it}"`),
    tie('list'),
    tie('map'),
  ),
  list: fc
    .tuple(
      fc.constantFrom(['[', ']'], ['(', ')'], ['#{', '}'], ['#a/tag [', ']']),
      fc.array(tie('edn'), { maxLength: 4 }),
      blank,
    )
    .map(([[open, close], items, between]) => `${open}${items.join(between)}${close}`),
  map: fc
    .tuple(fc.uniqueArray(word, { maxLength: 3 }), fc.array(tie('edn'), { minLength: 3, maxLength: 3 }), blank)
    .map(([keys, values, between]) => `{${keys.map((key, at) => `:${key}${between}${values[at]}`).join(between)}}`),
}));

describe('a value of EDN', () => {
  it('is what the library reads', () => {
    fc.assert(
      fc.property(edn, (source) => {
        expect(read(source)).toEqual(libraryRead(source));
      }),
      { numRuns: 300 * runs },
    );
  });

  it.each<[string, Json]>([
    ['9007199254740993', '9007199254740993'], // a number would round it to …992
    ['-9007199254740993N', '-9007199254740993'],
    ['007', 7],
    ['+7', 7],
    ['1.5M', 1.5],
    ['1/3', '1/3'],
    ['##Inf', 'Inf'],
    ['1e999', '1e999'],
    [':a.b/c', 'a.b/c'],
    ['\\newline', '\n'],
    ['\\{', '{'],
    ['\\u00e9', 'é'],
    ['"\\u00e9\\101"', 'éA'],
    ['#inst "2020"', '2020'],
    ['[1 #_2 #_ #_ 3 4 5]', [1, 5]],
    ['{1 2, :b nil}', { '1': 2, b: null }],
  ])('%s', (source, value) => {
    expect(read(source)).toEqual(value);
  });

  it('named __proto__ is a value like any other', () => {
    const map = read('{:__proto__ [1]}') as object;
    expect(Object.keys(map)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
  });

  it('remembers what was tagged as an independent key with its value', () => {
    expect(isTuple(read('#jepsen.independent/tuple [1 2]'))).toBe(true);
    expect(isTuple(read('[1 2]'))).toBe(false);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['{:a "\\q"}', 'x:1: expected an escape that EDN knows'],
    ['{:a 12x}', 'x:1: expected a number, found "12x"'],
    ['{:a @}', 'x:1: expected a value, found "@"'],
    ['{:a 1 :a 2}', 'x:1: expected each key once'],
    ['{:a 1\n :b}', 'x:1: expected a value for each key of the map that begins here'],
    ['{:a \\nothing}', 'x:1: expected a character'],
    ['[{:a #tag}]', 'x:1: expected a value after the tag'],
    ['{:a 1}\n#_', 'x:2: expected a value after the tag'],
    ['{:a : }', 'x:1: expected a name after `:`'],
    ['[{:a 1}] {:a 2}', 'x:1: expected nothing after the vector'],
    ['[{:a 1}] 3', 'x:1: expected nothing after the vector'],
    ['[[{:a 1}]]', 'x:1: expected a map'],
  ])('%j', (source, message) => {
    expect(() => readForms(source, 'x')).toThrow(HarnessError);
    expect(() => readForms(source, 'x')).toThrow(message);
  });

  it.each(['[', '(', '#{', '{:a ', '#_[', '#tag [', '{[1 2] '])(
    '100 000 of %j are refused, and overflow no stack',
    (open) => {
      expect(() => readForms(`\n{:value ${open.repeat(100_000)}`, 'x')).toThrow(
        `x:2: expected at most ${deepest} brackets inside each other.`,
      );
    },
  );
});
