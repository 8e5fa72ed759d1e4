/**
 * Sets that converge: what was acknowledged is at every node in the end, and nothing is there that nobody added. For the
 * workloads `broadcast` and `g-set`.
 *
 * The one surprise: only each node's last read of the final phase counts against a missing value. Before that it may be on
 * its way; a node that answered none of them is not judged, and leaves the verdict unknown.
 */
import type { History, Json, NodeId, Operation } from '../harness/core/types.ts';
import type { Anomaly, Checker, Verdict } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';

const name = 'convergence';
/** Anomalies of one kind that are told one by one; the rest are counted. */
const told = 5;

export const convergence = (): Checker => ({ name, check: judge });

function judge({ header, operations }: History): Verdict {
  const adds = new Map<string, Operation>();
  for (const operation of operations) if (operation.action !== 'read') adds.set(textOf(operation.input), operation);
  const reads = operations.flatMap((operation): Read[] => {
    const { action, completion } = operation;
    if (action !== 'read' || completion.type !== 'ok' || !Array.isArray(completion.output)) return [];
    return [{ operation, values: completion.output.map(textOf) }];
  });
  const lasts = new Map<NodeId, Read>();
  for (const read of reads) if (read.operation.phase === 'final') lasts.set(read.operation.node, read);

  const missing = missingValues(adds, lasts);
  const strange = strangeValues(adds, reads);
  const acknowledged = [...adds.values()].filter(({ completion }) => completion.type === 'ok').length;
  const silent = header.nodes.filter((node) => !lasts.has(node));
  const text = `${acknowledged} acknowledged, ${missing.length} not everywhere in the end, ${strange.length} read that must not be`;
  const anomalies = [...missing.slice(0, told), ...strange.slice(0, told)];
  const details = { acknowledged, missing: missing.length, strange: strange.length, silent };
  if (anomalies.length > 0) return invalid(name, anomalies, `${text}. ${anomalies[0]?.because}`, details);
  if (silent.length > 0) return unknown(name, `${text}; ${silent.join(', ')} answered no last read`, details);
  if (acknowledged === 0) return unknown(name, 'nothing was acknowledged', details);
  return valid(name, text, details);
}

interface Read {
  readonly operation: Operation;
  readonly values: readonly string[];
}

const textOf = (value: Json): string => JSON.stringify(value);

function missingValues(adds: ReadonlyMap<string, Operation>, lasts: ReadonlyMap<NodeId, Read>): Anomaly[] {
  const held = [...lasts.values()].map(({ operation, values }) => ({ operation, values: new Set(values) }));
  if (held.length === 0) return [];
  return [...adds].flatMap(([value, { index, node, completion, returnedAt }]): Anomaly[] => {
    if (completion.type !== 'ok') return [];
    const without = held.filter(({ values }) => !values.has(value)).map(({ operation }) => operation);
    if (without.length === 0) return [];
    const everywhere = without.length === held.length;
    const where = everywhere
      ? `none of the ${held.length} nodes`
      : `not ${without.map((read) => read.node).join(', ')}`;
    return [
      {
        name: everywhere ? 'lost-write' : 'not-converged',
        because: `${value} was acknowledged by ${node} (operation ${index}), and ${where} had it in the end.`,
        operations: [index, ...without.map((read) => read.index)],
        ...(returnedAt === undefined ? {} : { at: returnedAt }),
      },
    ];
  });
}

/** Values that nobody had added when they were read, or that are there twice. */
function strangeValues(adds: ReadonlyMap<string, Operation>, reads: readonly Read[]): Anomaly[] {
  const seen = new Set<string>();
  return reads.flatMap(({ operation, values }): Anomaly[] => {
    const { index, node, returnedAt } = operation;
    const at = returnedAt === undefined ? {} : { at: returnedAt };
    const here = new Set<string>();
    return values.flatMap((value): Anomaly[] => {
      const doubled = here.has(value);
      here.add(value);
      const add = adds.get(value);
      const possible = add !== undefined && add.completion.type !== 'fail' && add.calledAt <= (returnedAt ?? 0);
      if ((possible && !doubled) || seen.has(value)) return [];
      seen.add(value);
      if (doubled) {
        const because = `${value} is in the set of ${node} more than once (operation ${index}).`;
        return [{ name: 'duplicated-write', because, operations: [index], ...at }];
      }
      const why =
        add === undefined ? 'nobody added it' : `it had not been added then, or was refused (operation ${add.index})`;
      const because = `${node} read ${value} (operation ${index}), but ${why}.`;
      return [{ name: 'phantom-read', because, operations: [index, ...(add === undefined ? [] : [add.index])], ...at }];
    });
  });
}
