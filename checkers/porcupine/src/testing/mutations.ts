// Histories gone wrong in the ways that real ones do: answers exchanged, operations that were earlier or later or shorter
// than they were. The surprise: what is changed is mostly the times, for a value that was never written is too easily found out.
import fc from 'fast-check';
import type { Operation } from '../types.ts';

/** The histories, each with up to three things changed. Many stay legal. */
export function mutated<I extends { readonly action: string }, O>(
  histories: fc.Arbitrary<Operation<I, O>[]>,
): fc.Arbitrary<Operation<I, O>[]> {
  const change = fc.record({
    what: fc.constantFrom('shift', 'shift', 'shorten', 'exchange outputs', 'exchange places'),
    one: fc.nat(),
    other: fc.nat(),
    by: fc.integer({ min: -6, max: 6 }),
  });
  return fc.tuple(histories, fc.array(change, { maxLength: 3 })).map(([operations, changes]) => {
    const changed = [...operations];
    for (const { what, one, other, by } of changes) {
      const [i, k] = [one % changed.length, other % changed.length];
      const [a, b] = [changed[i] as Operation<I, O>, changed[k] as Operation<I, O>];
      const due = a.return !== undefined;
      if (what === 'shift')
        changed[i] = { ...a, call: a.call + by, ...(due ? { return: (a.return as number) + by } : {}) };
      else if (what === 'shorten' && due) changed[i] = { ...a, return: a.call };
      else if (what === 'exchange outputs' && due && b.return !== undefined && a.input.action === b.input.action) {
        changed[i] = { ...a, output: b.output };
        changed[k] = { ...b, output: a.output };
      } else if (what === 'exchange places') {
        changed[i] = b;
        changed[k] = a;
      }
    }
    return changed;
  });
}
