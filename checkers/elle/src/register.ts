// The rw-register workload: transactions that write unique values to registers and read them. A read shows one version and
// says nothing of its place, so less is found than with lists; the options say what the store promises for single keys. The
// one surprise: without any of them, only the initial state has a place in the version order, and ww edges do not exist.
import { addCycles, numberNodes } from './cycles.ts';
import type { Language } from './explain.ts';
import { registerAnomalies } from './register-anomalies.ts';
import { registerEdges, registerEvidence } from './register-graph.ts';
import { indexRegisters, type RegisterIndex } from './register-index.ts';
import { inferVersionOrder, type VersionOrder, type VersionSource } from './register-versions.ts';
import { findings, toResult, unknown } from './result.ts';
import type { CheckOptions, RegisterOp, Result, Transaction, Value } from './types.ts';

export interface RegisterOptions extends CheckOptions {
  /** Whoever reads a key and then writes it puts its version after the one it read. Default false, as in Elle. */
  readonly wfr?: boolean | undefined;
  /** Each key by itself is sequentially consistent: a process sees its versions in their order. Default false. */
  readonly sequentialKeys?: boolean | undefined;
  /** Each key by itself is linearizable: real time orders its versions. Default false. */
  readonly linearizableKeys?: boolean | undefined;
  /** What registers hold before anybody has written them, if it is not null: reads of it are reads of the initial state. */
  readonly initialValue?: Value | undefined;
}

/**
 * Checks a history of register writes and reads. Time and memory are linear in the number of micro-operations, as long as
 * there are few cycles; with `linearizableKeys` also in how many transactions on one key overlap.
 *
 * `unknown` if a value was written to one key twice, if something is neither a write nor a read, or if no transaction is ok.
 *
 * @throws {RangeError} if `options.consistency` names no model.
 */
export function checkRegister(transactions: readonly Transaction<RegisterOp>[], options: RegisterOptions = {}): Result {
  const index = indexRegisters(transactions, options.initialValue ?? null);
  if (typeof index === 'string') return unknown(index, transactions.length);
  const order = inferVersionOrder(index, transactions, sources(options));
  const nodes = numberNodes(index.committed);
  const edges = registerEdges(index, order, nodes.nodeOf, nodes.transactionOf.length);
  const found = findings(options);
  const counted = addCycles(edges, nodes, transactions, registerLanguage(index, order), index.writes, found);
  registerAnomalies(index, order, transactions, found);
  const counts = {
    transactions: transactions.length,
    committed: index.committedCount,
    microOperations: index.microOperations,
    edges: counted,
  };
  return toResult(found.all(), options, counts, found.besides());
}

function sources({ wfr, sequentialKeys, linearizableKeys }: RegisterOptions): VersionSource[] {
  const chosen: VersionSource[] = [];
  if (wfr === true) chosen.push('wfr-keys');
  if (sequentialKeys === true) chosen.push('sequential-keys');
  if (linearizableKeys === true) chosen.push('linearizable-keys');
  return chosen;
}

function registerLanguage(index: RegisterIndex, order: VersionOrder): Language {
  return {
    evidence: registerEvidence(index, order),
    sentence(from, to, type, { key, value, next }) {
      const x = JSON.stringify(key);
      if (type === 'wr') return `T${to} read ${x} = ${show(next)}, which T${from} wrote`;
      if (type === 'ww') return `T${to} set ${x} to ${show(next)} after T${from} had set it to ${show(value)}`;
      const state = value === null ? `the initial state of ${x}` : `${x} = ${show(value)}`;
      return `T${from} read ${state}, which T${to} overwrote with ${show(next)}`;
    },
  };
}

const show = (value: unknown) => JSON.stringify(value);
