// Values are compared by a string that is equal for equal JSON. The surprise: it throws for what it cannot tell apart (a
// Map, a Date, a class instance), since two different states under one key would be a wrong verdict, not a slow one.

/** A string that is the same for the same JSON-like value, whatever the order of its properties. Throws a TypeError for others. */
export function canonicalKey(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? '0' : `${value}`;
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return 'undefined';
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? arrayKey(value) : objectKey(value);
    default:
      throw new TypeError(`cannot compare a ${typeof value} by value; give the model a key()`);
  }
}

/** Whether two values have the same canonical key, without making one for what is not an object. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return canonicalKey(a) === canonicalKey(b);
}

function arrayKey(values: readonly unknown[]): string {
  let key = '[';
  for (let i = 0; i < values.length; i++) key += i === 0 ? canonicalKey(values[i]) : `,${canonicalKey(values[i])}`;
  return `${key}]`;
}

function objectKey(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm (a worker, an iframe) has another Object.prototype, but nothing above it either.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    const name = (value as { constructor?: { name?: string } }).constructor?.name ?? 'object';
    throw new TypeError(`cannot compare a ${name} by value; give the model a key()`);
  }
  let key = '{';
  for (const name of Object.keys(value).sort()) {
    const property = (value as Record<string, unknown>)[name];
    // An absent property and one that is undefined are the same JSON.
    if (property !== undefined) key += `${JSON.stringify(name)}:${canonicalKey(property)},`;
  }
  return `${key}}`;
}
