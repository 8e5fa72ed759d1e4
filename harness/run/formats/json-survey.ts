/**
 * What `JSON.parse` does not tell of a text, found in one pass over it: on which line each element begins, how deep it is,
 * and where whole numbers are that JavaScript would round.
 *
 * The surprise is the last: such a number is put in quotes before it is parsed, for two values of a history that are rounded
 * to one are a wrong verdict.
 */
import type { Json } from '../../core/types.ts';
import { deepest } from './edn-reader.ts';
import { malformed } from './pairing.ts';

export interface Surveyed {
  readonly value: Json;
  readonly line: number;
}

/** The elements of a file that is one JSON array; or the values of one that has them one after the other. Throws a HarnessError. */
export function jsonElements(text: string, file: string): Surveyed[] {
  const { exact, lines, starts, wrapped } = survey(text, file);
  if (wrapped) {
    const all = parse(exact, file, 1) as Json[];
    return all.map((value, at) => ({ value, line: lines[at] ?? 1 }));
  }
  if (text.slice(0, starts[0]).trim() !== '') throw malformed(file, 1, 'a JSON array or object', text.trim());
  return starts.map((start, at) => {
    const line = lines[at] ?? 1;
    return { line, value: parse(exact.slice(start, starts[at + 1] ?? exact.length), file, line) };
  });
}

/** Refuses what is nested too deep for whatever walks it later: a HarnessError, where a stack would overflow. */
export function refuseDeepJson(text: string, file: string): void {
  survey(text, file);
}

interface Survey {
  /** The text, with every number in quotes that would be rounded. */
  readonly exact: string;
  /** The line of each element, and where it starts in `exact`. Of elements that are no object or array: none. */
  readonly lines: readonly number[];
  readonly starts: readonly number[];
  /** One array is around all of them. */
  readonly wrapped: boolean;
}

const [newline, quote, backslash, comma, minus] = [10, 34, 92, 44, 45] as const;

function survey(text: string, file: string): Survey {
  const lines: number[] = [];
  const starts: number[] = [];
  const rounded: { from: number; to: number }[] = [];
  const wrapped = /^\s*\[/.test(text);
  const level = wrapped ? 1 : 0;
  let depth = 0;
  let line = 1;
  let fresh = true; // no element since the last comma of the outermost array
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === newline) {
      line++;
      continue;
    }
    if (code <= 32) continue;
    if (depth === level && code === comma) {
      fresh = true;
      continue;
    }
    const opens = code === 123 || code === 91;
    if (depth === level && (opens || (wrapped && code !== 93)) && (fresh || !wrapped)) {
      lines.push(line);
      starts.push(at);
      fresh = false;
    }
    if (opens) {
      depth++;
      if (depth > deepest) throw malformed(file, line, `at most ${deepest} brackets inside each other`);
    } else if (code === 125 || code === 93) depth--;
    else if (code === quote) {
      for (at++; at < text.length && text.charCodeAt(at) !== quote; at++) {
        if (text.charCodeAt(at) === backslash) at++;
        if (text.charCodeAt(at) === newline) line++;
      }
    } else if (code === minus || (code >= 48 && code <= 57)) {
      const from = at;
      let power = false;
      for (; isNumeric(text.charCodeAt(at + 1)); at++) power ||= (text.charCodeAt(at + 1) | 32) === 101;
      if ((power || at - from >= 15) && isRounded(text.slice(from, at + 1))) rounded.push({ from, to: at + 1 });
    }
  }
  if (rounded.length === 0) return { exact: text, lines, starts, wrapped };
  const parts: string[] = [];
  let done = 0;
  for (const { from, to } of rounded) {
    parts.push(text.slice(done, from), `"${text.slice(from, to)}"`);
    done = to;
  }
  parts.push(text.slice(done));
  let before = 0;
  const moved = starts.map((start) => {
    while ((rounded[before]?.from ?? Number.POSITIVE_INFINITY) < start) before++;
    return start + 2 * before;
  });
  return { exact: parts.join(''), lines, starts: moved, wrapped };
}

/** Digits, and what else a number of JSON is made of: `+ - . e E`. */
const isNumeric = (code: number): boolean =>
  (code >= 48 && code <= 57) || code === 43 || code === minus || code === 46 || (code | 32) === 101;

/** A whole number that is not safe, or one beyond all that a number can hold. */
const isRounded = (word: string): boolean =>
  /^-?\d+$/.test(word) ? !Number.isSafeInteger(Number(word)) : /^-?\d/.test(word) && !Number.isFinite(Number(word));

function parse(text: string, file: string, first: number): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const position = /position (\d+)/.exec(message)?.[1];
    const before = position === undefined ? text.trimEnd() : text.slice(0, Number(position));
    const line = first + (before.match(/\n/g)?.length ?? 0);
    throw malformed(file, line, `JSON (${message.replace(/ in JSON at position.*$| \(line.*$| at position.*$/, '')})`);
  }
}
