/**
 * The log on disk must stay within a bound, however long the load lasts: a checker over the metric
 * `consensus_log_size_bytes`, which is the document's.
 */
import type { NodeId } from '../../../../harness/core/types.ts';
import { type Checker, invalid, unknown, valid } from '../../../../harness/core/verdict.ts';

const name = 'log-growth';

export const logGrowth = (limitBytes: number): Checker => ({
  name,
  check({ observations }) {
    const largest = new Map<NodeId, { bytes: number; at: number }>();
    for (const { at, node, metrics } of observations) {
      const bytes = metrics.consensus_log_size_bytes;
      if (bytes !== undefined && bytes > (largest.get(node)?.bytes ?? -1)) largest.set(node, { bytes, at });
    }
    if (largest.size === 0) return unknown(name, 'no node told the size of its log');
    const most = Math.max(...[...largest.values()].map(({ bytes }) => bytes));
    const text = `the largest log had ${most} bytes, ${limitBytes} are allowed`;
    const anomalies = [...largest]
      .filter(([, { bytes }]) => bytes > limitBytes)
      .map(([node, { bytes, at }]) => ({
        name: 'unbounded-log',
        because: `The log of ${node} grew to ${bytes} bytes; with compaction it stays under ${limitBytes}.`,
        operations: [],
        at,
      }));
    return anomalies.length > 0 ? invalid(name, anomalies, text) : valid(name, text);
  },
});
