/** Every operation of a run as a table, a hundred at a time, with a filter. */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { RunPage } from '../../run-page.ts';
import { answerText, countText, requestText } from '../../text.ts';
import { operationCells, operationHeads, Table } from '../view/table.ts';

const perPage = 100;

export function RawData({ run, select }: { run: RunPage; select: (index: number) => void }): VNode | null {
  const [filter, setFilter] = useState('');
  const [first, setFirst] = useState(0);
  const operations = run.history?.operations;
  const lines = useMemo(
    () =>
      (operations ?? []).map((operation) => ({
        operation,
        text: `#${operation.index} ${operation.node} client ${operation.process} ${requestText(operation, 200)} ${operation.completion.type} ${answerText(operation, 200)}`.toLowerCase(),
      })),
    [operations],
  );
  if (operations === undefined) return null;
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = lines.filter(({ text }) => words.every((word) => text.includes(word)));
  const shown = matching.slice(first, first + perPage);
  return html`<details class="raw"><summary>Look through the operations of the ${run.twin} run</summary>
    <p><label>Filter <input type="search" value=${filter} onInput=${(event: Event) => {
      setFilter((event.currentTarget as HTMLInputElement).value);
      setFirst(0);
    }} /></label>
      <button disabled=${first === 0} onClick=${() => setFirst(Math.max(0, first - perPage))}>earlier</button>
      <button disabled=${first + perPage >= matching.length} onClick=${() => setFirst(first + perPage)}>later</button>
      <span class="quiet" role="status"> showing ${countText(shown.length === 0 ? 0 : first + 1)}–${countText(first + shown.length)} of ${countText(matching.length)}${run.totals.operations > operations.length ? ` (the page holds ${countText(operations.length)} of ${countText(run.totals.operations)})` : ''}</span></p>
    <${Table} label="Operations" heads=${operationHeads}>${shown.map(
      ({ operation }) => html`<tr key=${operation.index}>
        <td><button class="link" onClick=${() => select(operation.index)}>${operation.index}</button></td>${operationCells(operation)}</tr>`,
    )}<//>
  </details>` as VNode;
}
