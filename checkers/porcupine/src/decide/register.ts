// The register's own decision. The surprise: a write whose value was never read needs nothing to be unique, and most
// lost writes are of this kind, so that they can be left out.
import type { Decision, Operation } from '../types.ts';
import { decideCells, emptyCells, withSilent } from './cells.ts';
import { makeIntern } from './intern.ts';

type RegisterOperation = Operation<{ readonly action: 'read' | 'write'; readonly value?: unknown }, unknown>;

/**
 * Decides in O(n log n) where no value that was read was written twice, the initial value being written at the start and
 * writes that were called after the last read of their value returned not counted. (And no NaN: it is unequal to itself.)
 */
export function decideRegister(initial: unknown, operations: readonly RegisterOperation[]): Decision | undefined {
  const count = operations.length;
  const intern = makeIntern(count);
  const cells = emptyCells(count);
  cells.makes[count] = intern.of(initial);
  for (let op = 0; op < count; op++) {
    const { input, output, call, return: returned } = operations[op] as RegisterOperation;
    cells.call[op] = call;
    if (returned !== undefined) cells.return[op] = returned;
    if (input.action === 'write') {
      if (Number.isNaN(input.value)) return undefined;
      cells.makes[op] = intern.of(input.value);
    } else if (returned !== undefined && output !== undefined) {
      if (Number.isNaN(output)) return undefined;
      cells.finds[op] = intern.of(output);
    }
  }
  const decision = decideCells({ ...cells, values: intern.size() });
  return decision?.verdict === 'valid' ? { verdict: 'valid', order: withSilent(cells, decision.order) } : decision;
}
