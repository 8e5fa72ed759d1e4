import type { Json } from '../../core/types.ts';

/** A message is one value for both sides: as in the simulator, whoever tries to change it learns so at once. */
export function freeze(value: Json): Json {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const part of Object.values(value)) freeze(part as Json);
    Object.freeze(value);
  }
  return value;
}
