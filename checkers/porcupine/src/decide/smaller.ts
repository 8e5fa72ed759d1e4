// Which of two values a priority queue gives first, for the model and for its fast path: they must never differ.

/** Numbers by size, strings by their code units, and numbers before strings. */
export function isSmaller(a: number | string, b: number | string): boolean {
  return typeof a === typeof b ? a < b : typeof a === 'number';
}
