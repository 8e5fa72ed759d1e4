/**
 * Counters that converge: in the end each node says a sum that the additions can come to. For `g-counter` and
 * `pn-counter`.
 *
 * The one surprise: additions of unknown outcome make several sums right. All sums that some choice of them comes to are
 * counted out, so that a sum between the bounds can still be wrong. Reads during the load may lack any additions, and
 * are held against the bounds alone.
 */
import type { History, NodeId, Operation } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';

const name = 'counter-sums';
const told = 5;

export const counterSums = (): Checker => ({ name, check: judge });

function judge({ header, operations }: History): Verdict {
  const adds = operations.filter(({ action, completion }) => action === 'add' && completion.type !== 'fail');
  const reads = operations.filter(({ action, completion }) => action === 'read' && completion.type === 'ok');
  const lasts = new Map<NodeId, Operation>();
  for (const read of reads) if (read.phase === 'final') lasts.set(read.node, read);

  const certain = adds
    .filter(({ completion }) => completion.type === 'ok')
    .reduce((sum, add) => sum + amountOf(add), 0);
  const open = adds.filter(({ completion }) => completion.type === 'info').map(amountOf);
  const sums = sumsOf(certain, open);
  const wrong = [...lasts.values()].flatMap((read): Anomaly[] =>
    sums.has(sumSaid(read)) ? [] : [wrongSum(read, sums)],
  );
  const outside = reads.flatMap((read): Anomaly[] => outOfBounds(read, adds));
  const anomalies = [...wrong.slice(0, told), ...outside.slice(0, told)];
  const silent = header.nodes.filter((node) => !lasts.has(node));
  const text = `${adds.length} additions, ${open.length} of unknown outcome; in the end ${sumText(sums)} was right`;
  const details = { additions: adds.length, open: open.length, certain, reads: reads.length, silent };
  if (anomalies.length > 0) return invalid(name, anomalies, `${text}. ${anomalies[0]?.because}`, details);
  if (silent.length > 0) return unknown(name, `${text}; ${silent.join(', ')} answered no last read`, details);
  return valid(name, text, details);
}

const amountOf = ({ input }: Operation): number => (typeof input === 'number' ? input : 0);
const sumSaid = ({ completion }: Operation): number =>
  completion.type === 'ok' && typeof completion.output === 'number' ? completion.output : Number.NaN;

/** Every sum that the certain ones and any of the open ones come to: as many as the open amounts reach, at most. */
function sumsOf(certain: number, open: readonly number[]): ReadonlySet<number> {
  let sums = new Set([certain]);
  for (const amount of open) {
    if (amount !== 0) sums = new Set([...sums, ...[...sums].map((sum) => sum + amount)]);
  }
  return sums;
}

function wrongSum(read: Operation, sums: ReadonlySet<number>): Anomaly {
  return {
    name: 'wrong-sum',
    because: `${read.node} said ${sumSaid(read)} in the end (operation ${read.index}), but all that was added comes to ${sumText(sums)}.`,
    operations: [read.index],
    ...(read.returnedAt === undefined ? {} : { at: read.returnedAt }),
  };
}

function outOfBounds(read: Operation, adds: readonly Operation[]): Anomaly[] {
  const begun = adds.filter(({ calledAt }) => calledAt <= (read.returnedAt ?? 0)).map(amountOf);
  const most = begun.reduce((sum, amount) => sum + Math.max(0, amount), 0);
  const least = begun.reduce((sum, amount) => sum + Math.min(0, amount), 0);
  const value = sumSaid(read);
  if (value >= least && value <= most) return [];
  return [
    {
      name: 'impossible-sum',
      because: `${read.node} said ${value} (operation ${read.index}), but what had been added until then comes to between ${least} and ${most}.`,
      operations: [read.index],
      ...(read.returnedAt === undefined ? {} : { at: read.returnedAt }),
    },
  ];
}

function sumText(sums: ReadonlySet<number>): string {
  const sorted = [...sums].sort((a, b) => a - b);
  return sorted.length <= 3
    ? sorted.join(' or ')
    : `one of ${sorted.length} sums from ${sorted[0]} to ${sorted.at(-1)}`;
}
