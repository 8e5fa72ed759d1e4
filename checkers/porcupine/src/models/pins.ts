// Which values of a register are there only once: those that one operation writes, and the initial one if none does. The
// count takes in lost writes too, since each of them may have taken effect.
import { canonicalKey } from '../key.ts';

/** The keys of the values that a register can hold during one stretch only. */
export function singularValues(initial: unknown, written: Iterable<unknown>): ReadonlySet<string> {
  const once = new Set([canonicalKey(initial)]);
  const more = new Set<string>();
  for (const value of written) {
    const key = canonicalKey(value);
    if (more.has(key)) continue;
    if (once.delete(key)) more.add(key);
    else once.add(key);
  }
  return once;
}
