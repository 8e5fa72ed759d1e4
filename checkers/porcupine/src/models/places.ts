// Where strings that were written once must have been appended, judged by what was read. It answers only when a read can
// be cut into written strings in one way. A first version took every value for unique and convicted an innocent history:
// real clients do write the same string twice.

/**
 * For every string that was written exactly once and is part of something seen: all that stood before it.
 *
 * @returns `undefined` when the written strings cannot be told apart inside what was seen.
 */
export function placesOfUnique(written: readonly string[], seen: readonly string[]): Map<string, string> | undefined {
  const times = new Map<string, number>();
  for (const value of written) times.set(value, (times.get(value) ?? 0) + 1);
  if (!isPrefixCode([...times.keys()])) return undefined;
  const lengths = [...new Set([...times.keys()].map((value) => value.length))];

  const places = new Map<string, string>();
  let known = ''; // what was cut last: what begins with it need not be cut again
  let knownCut = 0;
  for (const text of [...new Set(seen)].sort((a, b) => a.length - b.length)) {
    let at = text.startsWith(known) ? knownCut : 0;
    while (at < text.length) {
      const length = lengths.find((length) => times.has(text.slice(at, at + length)));
      if (length === undefined) break; // nobody wrote this; the search will find that out by itself
      const value = text.slice(at, at + length);
      // Of two places that contradict each other the first is kept: then the second read has no order, as it should.
      if (times.get(value) === 1 && !places.has(value)) places.set(value, text.slice(0, at));
      at += length;
    }
    known = text.slice(0, at);
    knownCut = at;
  }
  return places;
}

/** No string is the beginning of another: then a text can be cut into them in at most one way. */
function isPrefixCode(values: string[]): boolean {
  values.sort();
  return values.every((value, i) => value !== '' && !(i > 0 && value.startsWith(values[i - 1] as string)));
}
