/** A table that scrolls within its own box, reachable by keyboard. */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Operation } from '../../../harness/core/types.ts';
import { answerText, durationText, momentText, requestText } from '../../text.ts';

export const Table = (props: {
  label: string;
  heads: readonly string[];
  caption?: string;
  children?: unknown;
}): VNode =>
  html`<div class="scroll" tabindex="0" role="group" aria-label=${props.label}><table>
    ${props.caption === undefined ? null : html`<caption>${props.caption}</caption>`}
    <thead><tr>${props.heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
    <tbody>${props.children}</tbody></table></div>` as VNode;

export const operationHeads = ['#', 'client', 'node', 'operation', 'outcome', 'called', 'took'] as const;

/** The cells of an operation after its number. */
export const operationCells = (
  operation: Operation,
): unknown => html`<td>${operation.process}</td><td>${operation.node}</td>
  <td class="mono">${requestText(operation)}</td><td class="mono">${answerText(operation, 60)}</td><td class="number">${momentText(operation.calledAt)}</td>
  <td class="number">${operation.returnedAt === undefined ? 'open' : durationText(operation.returnedAt - operation.calledAt)}</td>`;
