/**
 * From the text after `--bin` to the words of a command. No shell reads it: there is nothing to expand, and no shell
 * that could be left behind.
 *
 * The surprise: words that name a file where the person stands become absolute, because each node runs in a folder of its
 * own, in which `node.py` would be another file.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { HarnessError } from '../core/errors.ts';

/** @throws HarnessError `bad-usage` where there is no word, or a quotation mark without its partner. */
export function commandOf(text: string, folder: string): readonly [program: string, ...words: string[]] {
  const [program, ...rest] = wordsOf(text);
  if (program === undefined) {
    throw new HarnessError({
      code: 'bad-usage',
      message: '--bin is empty.',
      hint: 'Give the command that starts one node, such as --bin "python3 node.py".',
    });
  }
  const here = (word: string): string => (existsSync(resolve(folder, word)) ? resolve(folder, word) : word);
  // A bare name is looked for in PATH, as everywhere: a folder called `python3` is not the program.
  return [program.includes('/') ? resolve(folder, program) : program, ...rest.map(here)];
}

/** Words between blanks; single or double quotation marks keep blanks, a backslash keeps the next character. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word = `${word ?? ''}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\' && at + 1 < text.length) {
      at++;
      word = `${word ?? ''}${text[at]}`;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ''}${character}`;
  }
  if (quote !== undefined) {
    throw new HarnessError({
      code: 'bad-usage',
      message: `--bin \`${text}\` has a ${quote} without its partner.`,
      hint: 'Close the quotation, or put a backslash before the mark.',
    });
  }
  return word === undefined ? words : [...words, word];
}
