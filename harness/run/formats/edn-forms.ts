/**
 * Cuts an EDN file into its operation maps, each with its line. The EDN library reads a form and keeps silent about what is
 * cut off or follows it, so the brackets are counted here, where an error can name its line.
 */
import { malformed } from './pairing.ts';

export interface Form {
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly text: string;
}

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** The maps of a file that is one vector (or list) of maps, or simply maps one after the other. Tags before a map are dropped. */
export function mapsIn(text: string, file: string): Form[] {
  const maps: Form[] = [];
  const open: { bracket: string; line: number }[] = [];
  let line = 1;
  let start = -1;
  let startLine = 1;
  let wrapped = false; // the maps are inside one vector, and
  let ended = false; // it has been closed
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === '\n') line++;
    else if (char === ';') at = Math.max(at, nextOrEnd(text, '\n', at) - 1);
    else if (char === '\\') at += 1;
    else if (char === '"') {
      const from = line;
      for (at++; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        if (text[at] === '\n') line++;
      }
      if (at >= text.length) throw malformed(file, from, 'a `"` that ends the string which begins here');
    } else if (char in closing) {
      if (ended) throw malformed(file, line, 'nothing after the vector of operations', char);
      const isMap = start < 0 && char === '{' && open.length === (wrapped ? 1 : 0);
      if (isMap) {
        start = at;
        startLine = line;
      } else if (start < 0) {
        if (wrapped || maps.length > 0 || char === '{') throw malformed(file, line, 'a map `{:process …}`', char);
        wrapped = true;
      }
      open.push({ bracket: char, line });
    } else if (char === '}' || char === ']' || char === ')') {
      const last = open.pop();
      const expected = last === undefined ? undefined : closing[last.bracket];
      if (expected !== char) {
        const why =
          last === undefined
            ? 'no bracket is open'
            : `\`${expected}\` for the \`${last.bracket}\` of line ${last.line}`;
        throw malformed(file, line, why, char);
      }
      if (start >= 0 && open.length === (wrapped ? 1 : 0)) {
        maps.push({ line: startLine, text: text.slice(start, at + 1) });
        start = -1;
      } else if (open.length === 0) ended = true;
    } else if (start < 0 && !/[\s,#]/.test(char)) {
      const word = /^[^\s,{[("]+/.exec(text.slice(at, at + 100))?.[0] ?? char;
      if (text[at - 1] !== '#') throw malformed(file, line, 'a map `{:process …}`', word);
      at += word.length - 1; // a tag, such as #jepsen.history.Op
    }
  }
  const last = open.at(-1);
  if (last)
    throw malformed(
      file,
      last.line,
      `\`${closing[last.bracket]}\` for the \`${last.bracket}\` of this line before the file ends`,
    );
  return maps;
}

function nextOrEnd(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at;
}
