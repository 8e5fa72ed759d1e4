/**
 * EDN, cut into the operations of a history: one vector (or list) of maps, or maps one after the other, each with the line on
 * which it begins. Values become JSON: a keyword or symbol its name, a character a string, a set a list, a tag nothing.
 *
 * The surprise is that it is ours and no library's: one pass over the text with a stack of its own, since a file may be
 * 50 MB or 100 000 brackets deep, and since an error has to name its line. Its tests compare it with the library `edn-data`.
 */
import type { Json } from '../../core/types.ts';
import { character, unescaped, wordOf } from './edn-words.ts';
import { malformed } from './pairing.ts';

export interface Form {
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly value: Json;
}

/** Deeper than any history; what walks the values afterwards may recurse. */
export const deepest = 200;

/** What was tagged `#jepsen.independent/tuple`: a key and the value that belongs to it. */
const tuples = new WeakSet<object>();
export const isTuple = (value: Json): value is readonly [Json, Json] =>
  typeof value === 'object' && value !== null && tuples.has(value);

/** An open bracket, and what has been read inside it. */
interface Frame {
  readonly close: number;
  readonly line: number;
  readonly kind: 'list' | 'map' | 'set' | 'file';
  readonly items: Json[];
  /** What waits for the next value: how many are to be discarded, and the tag before it. */
  discards: number;
  tag: string | undefined;
}

const [newline, space, comma, quote, hash, semicolon, backslash, colon, underscore] = [
  10, 32, 44, 34, 35, 59, 92, 58, 95,
] as const;
const [openRound, closeRound, openSquare, closeSquare, openCurly, closeCurly] = [40, 41, 91, 93, 123, 125] as const;

/** Where a word ends: white space, brackets, quotes, comments. */
const ends = new Uint8Array(128);
for (const code of [9, 10, 11, 12, 13, 28, 29, 30, 31, space, comma, quote, semicolon]) ends[code] = 1;
for (const code of [openRound, closeRound, openSquare, closeSquare, openCurly, closeCurly]) ends[code] = 1;

/** Throws a HarnessError that names file, line and what was expected there. */
export function readForms(text: string, file: string): Form[] {
  const forms: Form[] = [];
  const root: Frame = frame('file', 0, 1);
  const stack: Frame[] = [root];
  let top = root;
  let line = 1;
  let at = 0;
  let wrapped = false; // the maps are inside one vector, and
  let ended = false; // it has been closed
  const size = text.length;

  const fail = (expected: string, found?: string): never => {
    throw malformed(file, line, expected, found);
  };
  /** Hands a value that is complete to whoever is open. */
  const give = (value: Json, from: number, source: number): void => {
    if (top.discards > 0) {
      top.discards--;
      top.tag = undefined;
      return;
    }
    if (top.tag !== undefined) {
      if (top.tag === 'jepsen.independent/tuple' && Array.isArray(value) && value.length === 2) tuples.add(value);
      top.tag = undefined;
    }
    if (stack.length > (wrapped ? 2 : 1)) {
      top.items.push(value);
      return;
    }
    if (ended) fail('nothing after the vector of operations', excerpt(text, source));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw malformed(file, from, 'a map `{:process …}`', excerpt(text, source));
    }
    forms.push({ line: from, value });
  };
  const open = (kind: Frame['kind'], close: number): void => {
    if (stack.length > deepest) fail(`at most ${deepest} brackets inside each other`);
    if (ended && top.discards === 0) fail('nothing after the vector of operations', text[at]);
    // The first bracket of a file that is no map is the vector around all of them.
    if (kind === 'list' && stack.length === 1 && forms.length === 0 && top.discards === 0 && !ended) wrapped = true;
    top = frame(kind, close, line);
    stack.push(top);
  };

  while (at < size) {
    const code = text.charCodeAt(at);
    if (code === newline) {
      line++;
      at++;
    } else if (code === space || code === comma || code === 9 || code === 13 || code === 12 || code === 11) {
      at++;
    } else if (code === openCurly) {
      open('map', closeCurly);
      at++;
    } else if (code === openSquare || code === openRound) {
      open('list', code === openSquare ? closeSquare : closeRound);
      at++;
    } else if (code === closeCurly || code === closeSquare || code === closeRound) {
      const done = top;
      if (done === root) fail('no bracket is open', text[at]);
      if (done.close !== code) {
        fail(`\`${String.fromCharCode(done.close)}\` for the \`${opener(done)}\` of line ${done.line}`, text[at]);
      }
      if (done.discards > 0 || done.tag !== undefined) fail('a value after the tag', text[at]);
      stack.pop();
      top = stack[stack.length - 1] as Frame;
      if (wrapped && stack.length === 1 && !ended) ended = true;
      else give(done.kind === 'map' ? mapOf(done, file) : done.items, done.line, at);
      at++;
    } else if (code === semicolon) {
      const to = text.indexOf('\n', at);
      at = to < 0 ? size : to;
    } else if (code === quote) {
      const from = line;
      const start = at;
      let to = at + 1;
      let escaped = false;
      for (;;) {
        const inside = text.charCodeAt(to);
        if (to >= size) throw malformed(file, from, 'a `"` that ends the string which begins here');
        if (inside === quote) break;
        if (inside === newline) line++;
        if (inside === backslash) {
          escaped = true;
          to++;
          if (text.charCodeAt(to) === newline) line++;
        }
        to++;
      }
      const raw = text.slice(at + 1, to);
      at = to + 1;
      give(escaped ? unescaped(raw, file, from) : raw, from, start);
    } else if (code === hash) {
      const next = text.charCodeAt(at + 1);
      if (next === openCurly) {
        open('set', closeCurly);
        at += 2;
      } else if (next === underscore) {
        top.discards++;
        at += 2;
      } else {
        const start = at;
        at = wordEnd(text, at + 1);
        const word = text.slice(start + 1, at);
        if (word === '') fail('a tag, a set or a discarded value after `#`', excerpt(text, start));
        if (word.startsWith('#')) give(word.slice(1), line, start);
        else {
          if (top.tag !== undefined && top.tag !== word && top.kind === 'file')
            fail('a value after the tag', `#${word}`);
          top.tag = word;
        }
      }
    } else if (code === backslash) {
      const start = at;
      at = wordEnd(text, at + 2);
      give(character(text.slice(start + 1, at), file, line), line, start);
    } else if (code === colon) {
      const start = at;
      at = wordEnd(text, at + 1);
      if (at === start + 1) fail('a name after `:`', excerpt(text, start));
      give(text.slice(start + 1, at), line, start);
    } else {
      const start = at;
      at = wordEnd(text, at + 1);
      // Whole numbers of up to 15 digits are most of what a history says, and need no string.
      let sum = 0;
      let digit = code === 45 ? start + 1 : start;
      const short = at - digit <= 15 && digit < at;
      for (; short && digit < at; digit++) {
        const worth = text.charCodeAt(digit) - 48;
        if (worth < 0 || worth > 9) break;
        sum = sum * 10 + worth;
      }
      give(
        short && digit === at ? (code === 45 ? 0 - sum : sum) : wordOf(text.slice(start, at), file, line),
        line,
        start,
      );
    }
  }
  if (top !== root) {
    throw malformed(
      file,
      top.line,
      `\`${String.fromCharCode(top.close)}\` for the \`${opener(top)}\` of this line before the file ends`,
    );
  }
  if (root.discards > 0 || root.tag !== undefined) fail('a value after the tag');
  return forms;
}

const frame = (kind: Frame['kind'], close: number, line: number): Frame => ({
  close,
  line,
  kind,
  items: [],
  discards: 0,
  tag: undefined,
});

const opener = ({ close, kind }: Frame): string =>
  kind === 'set' ? '#{' : close === closeCurly ? '{' : close === closeSquare ? '[' : '(';

const excerpt = (text: string, from: number): string => /^\S{1,60}/.exec(text.slice(from, from + 60))?.[0] ?? '';

function wordEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 128 && ends[code] === 1) break;
  }
  return Math.min(at, text.length);
}

function mapOf({ items, line }: Frame, file: string): Json {
  if (items.length % 2 !== 0) throw malformed(file, line, 'a value for each key of the map that begins here');
  const map: Record<string, Json> = {};
  for (let at = 0; at < items.length; at += 2) {
    const key = items[at] as Json;
    const name = typeof key === 'string' ? key : JSON.stringify(key);
    if (Object.hasOwn(map, name)) throw malformed(file, line, 'each key once in the map that begins here', name);
    // Assigning `__proto__` would set the prototype.
    if (name === '__proto__') Object.defineProperty(map, name, { value: items[at + 1], enumerable: true });
    else map[name] = items[at + 1] as Json;
  }
  return map;
}
