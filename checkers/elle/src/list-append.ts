// The list-append workload: transactions that append unique values to lists and read whole lists. The order of the versions
// is in the reads themselves, so this is the workload from which most can be concluded (Kingsbury & Alvaro 2020, §4). The
// one surprise: a read that is null in a transaction that is ok is the empty list, as Jepsen's clients write it.

import { appendAnomalies } from './append-anomalies.ts';
import { appendEdges, appendEvidence } from './append-graph.ts';
import { type AppendIndex, indexAppends } from './append-index.ts';
import { addCycles, numberNodes } from './cycles.ts';
import type { Language } from './explain.ts';
import { findings, toResult, unknown } from './result.ts';
import type { AppendOp, CheckOptions, Result, Transaction } from './types.ts';
import { orderVersions, type Versions } from './versions.ts';

/**
 * Checks a history of list appends. Time and memory are linear in the number of micro-operations plus the lengths of the
 * lists that were read, as long as there are few cycles.
 *
 * `unknown` if a value was appended to one key twice (Elle's `duplicate-appends`), if something is neither an append nor a
 * read, or if no transaction is ok.
 *
 * @throws {RangeError} if `options.consistency` names no model.
 */
export function checkListAppend(transactions: readonly Transaction<AppendOp>[], options: CheckOptions = {}): Result {
  const index = indexAppends(transactions);
  if (typeof index === 'string') return unknown(index, transactions.length);
  const versions = orderVersions(index);
  const nodes = numberNodes(versions.committed);
  const edges = appendEdges(index, versions, nodes.nodeOf, nodes.transactionOf.length);
  const found = findings(options);
  const counted = addCycles(edges, nodes, transactions, appendLanguage(index, versions), index.writes, found);
  appendAnomalies(index, versions, transactions, found);

  const counts = {
    transactions: transactions.length,
    committed: index.committed,
    microOperations: index.microOperations,
    edges: counted,
  };
  return toResult(found.all(), options, counts, found.besides());
}

function appendLanguage(index: AppendIndex, versions: Versions): Language {
  return {
    evidence: appendEvidence(index, versions),
    sentence(from, to, type, { key, value, next }) {
      const x = JSON.stringify(key);
      if (type === 'ww') return `T${to} appended ${show(next)} to ${x} after T${from} appended ${show(value)}`;
      if (type === 'wr') return `T${to} saw T${from}'s append of ${show(next)} to ${x}`;
      const state = value === null ? `the initial state of ${x}` : `${x} up to ${show(value)}`;
      return `T${from} saw ${state}, without T${to}'s append of ${show(next)}`;
    },
  };
}

const show = (value: unknown) => JSON.stringify(value);
