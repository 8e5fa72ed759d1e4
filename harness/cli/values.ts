/**
 * Words of the command line turned into values, and what to say when they cannot be: one sentence with the word as it
 * was typed, then the remedy.
 */
import { closest, distance } from 'fastest-levenshtein';
import { HarnessError } from '../core/errors.ts';
import type { Nanos } from '../core/types.ts';

/** Reads one value; `name` is how the person spelled the setting (`--seeds`, `PITCHPOLE_SEEDS`). */
export type Reader<T> = (text: string, name: string) => T;

export const wholeNumber =
  (least: number, most: number): Reader<number> =>
  (text, name) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw badValue(text, name, `a whole number from ${least} to ${most}`);
  };

export const positiveNumber: Reader<number> = (text, name) => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw badValue(text, name, 'a number above 0');
};

/** Seeds are 32 bits wide and are printed in hexadecimal. */
export const seed: Reader<number> = (text, name) => {
  const value = /^(0x[0-9a-f]{1,8}|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (value <= 0xffff_ffff) return value;
  throw badValue(text, name, 'a number from 0 to 4294967295, such as 7 or 0x5eed1a7e');
};

const units: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

export const duration: Reader<Nanos> = (text, name) => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const nanos = match === null ? 0 : Math.round(Number(match[1]) * (units[match[2] as string] as number));
  if (nanos > 0) return nanos;
  throw badValue(text, name, 'a time with its unit, such as 500ms, 30s or 2m');
};

export const choice =
  <const T extends string>(...choices: readonly T[]): Reader<T> =>
  (text, name) => {
    const found = choices.find((candidate) => candidate === text);
    if (found !== undefined) return found;
    throw badValue(text, name, `one of ${choices.join(', ')}`, suggestion(text, choices));
  };

export const pattern: Reader<string> = (text, name) => {
  try {
    new RegExp(text);
    return text;
  } catch {
    throw badValue(text, name, 'a regular expression');
  }
};

export const word: Reader<string> = (text, name) => {
  if (text !== '') return text;
  throw badValue(text, name, 'a word');
};

/** A switch of the environment or of the config file; on the command line it takes no value. */
export const yesOrNo: Reader<boolean> = (text, name) => {
  if (['1', 'true', 'yes'].includes(text)) return true;
  if (['0', 'false', 'no', ''].includes(text)) return false;
  throw badValue(text, name, 'true or false');
};

/** `Did you mean "x"?`, or nothing where no candidate is near. */
export function suggestion(text: string, candidates: Iterable<string>): string {
  const list = [...candidates];
  if (list.length === 0 || text === '') return '';
  const lower = text.toLowerCase();
  const near = list.find((candidate) => candidate.endsWith(`/${lower}`)) ?? closest(lower, list);
  const limit = Math.max(2, Math.floor(near.length / 3));
  return near.endsWith(`/${lower}`) || distance(lower, near) <= limit ? `Did you mean \`${near}\`?` : '';
}

const badValue = (text: string, name: string, wanted: string, suggested = ''): HarnessError =>
  new HarnessError({
    code: 'bad-usage',
    message: `${name} does not take \`${text}\`.`,
    hint: suggested === '' ? `Give ${wanted}.` : `${suggested} It takes ${wanted}.`,
  });
