// Cheap names for the operations of registers, for `Model.classKey`: packed into one number where all values are small
// integers, as they nearly always are.

const LIMIT = 1 << 13;

export function readKey(value: unknown): number | undefined {
  if (value === undefined) return 0;
  if (value === null) return 1;
  return isSmall(value) ? 4 * value + 2 : undefined;
}

export function writeKey(value: unknown): number | undefined {
  return isSmall(value) ? 4 * value + 3 : undefined;
}

export function casKey(from: unknown, to: unknown, output: unknown): number | undefined {
  if (!isSmall(from) || !isSmall(to)) return undefined;
  const seen = output === true ? 1 : output === false ? 2 : output === undefined ? 3 : undefined;
  return seen === undefined ? undefined : -(4 * (from * LIMIT + to) + seen);
}

function isSmall(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < LIMIT && Number.isInteger(value);
}
