/**
 * The words of EDN: what `nil`, `-3`, `2.5M`, `:ok` without its colon, `\\newline` and an escaped string stand for, as JSON.
 *
 * The surprise: a whole number that a JSON number cannot hold exactly becomes a string of its digits, so that two values of a
 * history never become one.
 */
import type { Json } from '../../core/types.ts';
import { malformed } from './pairing.ts';

export function wordOf(word: string, file: string, line: number): Json {
  if (word === 'nil') return null;
  if (word === 'true') return true;
  if (word === 'false') return false;
  if (!/^[+-]?\d/.test(word)) {
    if (/^[^\s\d@^`~:][^\s@^`~]*$/.test(word)) return word;
    throw malformed(file, line, 'a value', word);
  }
  const whole = /^([+-]?)0*(\d+)N?$/.exec(word);
  if (whole) {
    const [, sign = '', digits = '0'] = whole;
    const number = Number(digits);
    // Exact, so that two large values do not become one.
    if (!Number.isSafeInteger(number)) return `${sign === '-' ? '-' : ''}${digits}`;
    return sign === '-' ? 0 - number : number;
  }
  if (/^[+-]?\d+\/\d+$/.test(word)) return word;
  if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/.test(word)) {
    const number = Number(word.replace(/M$/, ''));
    return Number.isFinite(number) ? number : word;
  }
  throw malformed(file, line, 'a number', word);
}

const names: Readonly<Record<string, string>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
  formfeed: '\f',
  backspace: '\b',
};

export function character(word: string, file: string, line: number): string {
  if ([...word].length === 1) return word;
  const code = /^u([0-9a-fA-F]{4})$/.exec(word)?.[1];
  const named =
    code === undefined
      ? Object.hasOwn(names, word)
        ? names[word]
        : undefined
      : String.fromCharCode(Number.parseInt(code, 16));
  if (named === undefined) throw malformed(file, line, 'a character after `\\`', word);
  return named;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
  '/': '/',
  "'": "'",
};

export function unescaped(raw: string, file: string, line: number): string {
  return raw.replace(/\\(u[0-9a-fA-F]{4}|[0-7]{1,3}|.)/gs, (_, it: string) => {
    if (it.length === 5) return String.fromCharCode(Number.parseInt(it.slice(1), 16));
    if (/^[0-7]/.test(it)) return String.fromCharCode(Number.parseInt(it, 8));
    const known = Object.hasOwn(escapes, it) ? escapes[it] : undefined;
    if (known === undefined)
      throw malformed(file, line, 'an escape that EDN knows in the string which begins here', `\\${it}`);
    return known;
  });
}
