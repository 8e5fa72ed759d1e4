/**
 * What leaves a node. A message is frozen through and through at send, since sender and receiver share the object; what
 * the harness keeps of a node's own state is copied, since a node goes on changing it.
 *
 * The one surprise: something that is frozen already is taken to be frozen all the way down. That keeps the log entries
 * which a leader sends again and again from being walked each time.
 */
import type { Json } from '../core/types.ts';

/** Freezes a message and returns a checksum of its upper levels for the run's hash. */
export function seal(body: Json): number {
  if (typeof body !== 'object' || body === null) return checksumOf(body);
  let sum = 0x2545f491;
  if (Array.isArray(body)) {
    sum ^= body.length;
    for (const item of body as readonly Json[]) {
      sum = Math.imul(sum, 31) + checksumOf(item);
      if (typeof item === 'object' && item !== null) freeze(item);
    }
  } else {
    const fields = body as { readonly [key: string]: Json };
    for (const name in fields) {
      const value = fields[name] as Json;
      sum = Math.imul(sum, 31) + checksumOf(value);
      if (typeof value === 'object' && value !== null) freeze(value);
    }
  }
  Object.freeze(body);
  return sum | 0;
}

/** A deep copy of plain data. */
export function copyJson(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(copyJson);
  const from = value as { readonly [key: string]: Json };
  const to: { [key: string]: Json } = {};
  for (const name of Object.keys(from)) {
    const field = from[name];
    // As JSON has it: in a container the field would not arrive either.
    if (field !== undefined) to[name] = copyJson(field);
  }
  return to;
}

function freeze(value: object): void {
  if (Object.isFrozen(value)) return;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) freeze(item);
  } else {
    const fields = value as { readonly [key: string]: unknown };
    for (const name in fields) {
      const field = fields[name];
      if (typeof field === 'object' && field !== null) freeze(field);
    }
  }
  Object.freeze(value);
}

function checksumOf(value: unknown): number {
  switch (typeof value) {
    case 'number':
      // JSON would make null of it.
      if (value - value !== 0) throw new TypeError(`a message holds ${value}: only JSON may leave a node`);
      return (value | 0) ^ ((value / 0x1_0000_0000) | 0) ^ ((value * 0x1_0000) | 0);
    case 'string': {
      let sum = value.length;
      for (let i = 0; i < value.length && i < 16; i++) sum = Math.imul(sum, 33) ^ value.charCodeAt(i);
      return sum;
    }
    case 'boolean':
      return value ? 7 : 5;
    case 'object':
      return value === null ? 3 : Array.isArray(value) ? 0x1000 + value.length : 11;
    case 'undefined':
      return 2;
    default:
      throw new TypeError(`a message holds a ${typeof value}: only JSON may leave a node`);
  }
}
