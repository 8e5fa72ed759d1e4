/**
 * The evidence below the story: the twins on one time axis with their first divergence, rates and latencies, what each
 * checker said, and the raw data.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { FlawPage } from '../../model.ts';
import type { RunPage } from '../../run-page.ts';
import { binsOf } from '../../series.ts';
import { countText, durationText, momentText, plural, validityGlyphs } from '../../text.ts';
import { RecoveryTable } from './card.ts';
import type { ViewProps } from './state.ts';
import { Table } from './table.ts';
import { Twins } from './twins.ts';

export function EvidenceSections(props: ViewProps & { flaw: FlawPage; several: boolean }): VNode {
  const { flaw, several, state, slots } = props;
  // Rates and recoveries of a few operations say nothing: those are of the run that the story was made from.
  const run = (state.twin === 'shrunk' ? undefined : flaw[state.twin]) ?? flaw[flaw.told];
  const runs = [flaw.flawed, flaw.fixed].filter((one) => one !== undefined);
  const of = several ? html`<span class="of"> ${flaw.name}</span>` : null;
  return html`<div>
    <section><h2>${runs.length > 1 ? 'Flawed and fixed, side by side' : 'The whole run'}${of}</h2><${Twins} flaw=${flaw} width=${state.width} /></section>
    ${
      run?.history === undefined
        ? null
        : html`<section><h2>Latency, rate and recovery${of}</h2>
      <${RateSentence} run=${run} />
      ${slots.Plots === undefined ? null : html`<${slots.Plots} key=${`${flaw.name}-${run.twin}`} run=${run} width=${state.width} />`}
      <details><summary>Show as table</summary><${RateTable} run=${run} /></details>
      <${RecoveryTable} run=${run} /></section>`
    }
    <section><h2>Checkers${of}</h2>${runs.map((one) => html`<${Checkers} run=${one} />`)}</section>
    <section><h2>Raw data${of}</h2>${runs.map((one) => html`<${Raw} ...${props} run=${one} />`)}
      ${
        slots.RawData === undefined || run === undefined
          ? null
          : html`<${slots.RawData} key=${`${flaw.name}-${run.twin}`} run=${run}
        select=${(index: number) => props.actions.set({ twin: run.twin, selected: index })} />`
      }</section>
  </div>` as VNode;
}

function RateSentence({ run }: { run: RunPage }): VNode {
  const operations = run.history?.operations ?? [];
  const count = (type: string): number => operations.filter(({ completion }) => completion.type === type).length;
  const times = operations
    .filter(({ completion, returnedAt }) => completion.type === 'ok' && returnedAt !== undefined)
    .map(({ calledAt, returnedAt }) => (returnedAt ?? calledAt) - calledAt)
    .sort((a, b) => a - b);
  const at = (share: number): string =>
    durationText(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
  const capped =
    run.totals.operations > operations.length
      ? ` Showing ${countText(operations.length)} of ${countText(run.totals.operations)}.`
      : '';
  return html`<p>${`The ${run.twin} run: ${plural(operations.length, 'operation')} in ${durationText(run.history?.endedAt ?? 0)}: ${countText(count('ok'))} ok, ${countText(count('fail'))} failed, ${countText(count('info'))} unknown.${
    times.length === 0
      ? ''
      : ` Half of the successes took less than ${at(0.5)}, one in a hundred more than ${at(0.99)}.`
  }${capped}`}</p>` as VNode;
}

function RateTable({ run }: { run: RunPage }): VNode {
  const bins = binsOf(run.history?.operations ?? [], run.history?.endedAt ?? 0, 40);
  const time = (value: number | undefined): string => (value === undefined ? '–' : durationText(value));
  const heads = ['from', 'to', 'ok', 'failed', 'unknown', 'median', '99th percentile', 'slowest'];
  return html`<${Table} label="Rates and latencies" heads=${heads}>${bins.map(
    ({ from, to, ok, fail, info, median, p99, slowest }) =>
      html`<tr>${[momentText(from), momentText(to), ok, fail, info, time(median), time(p99), time(slowest)].map((text) => html`<td class="number">${text}</td>`)}</tr>`,
  )}<//>` as VNode;
}

function Checkers({ run }: { run: RunPage }): VNode {
  return html`<div class="checkers"><h3>${run.twin}, seed <code>${run.seed}</code></h3>
    ${run.doubts.map((doubt) => html`<p>? ${doubt}</p>`)}
    <ul class="plain">${run.verdicts.map(
      ({ checker, valid, summary, anomalies, details }) => html`<li>
      <span class=${`validity ${valid}`}><span aria-hidden="true">${validityGlyphs[valid]}</span> ${valid}</span> <b>${checker}</b>: ${summary}
      ${
        anomalies.length > 1
          ? html`<details><summary>${plural(anomalies.length, 'anomaly', 'anomalies')}</summary>
        <ul>${anomalies.map((anomaly) => html`<li><b>${anomaly.name}</b>${anomaly.at === undefined ? '' : ` at ${momentText(anomaly.at)}`}: ${anomaly.because}</li>`)}</ul></details>`
          : null
      }
      ${details === undefined ? null : html`<details><summary>measured</summary><pre tabindex="0">${details}</pre></details>`}
    </li>`,
    )}</ul></div>` as VNode;
}

function Raw({ run, page, actions }: ViewProps & { run: RunPage }): VNode {
  const shown = run.history?.operations.length ?? 0;
  return html`<p><b>${run.twin}</b>, seed <code>${run.seed}</code>:
    ${run.file === undefined ? ' the history was not stored; ' : html` <a href=${`./${encodeURI(run.file)}`}>stored history</a>, `}
    <button class="needs-js" onClick=${() => actions.download(run, page)} disabled=${run.history === undefined}>download JSONL</button>
    ${` showing ${countText(shown)} of ${plural(run.totals.operations, 'operation')}`}${run.totals.messages > 0 ? `, ${plural(run.totals.messages, 'message')} in the stored file only` : ''}.
    ${run.hash === undefined ? null : html` Hash <code>${run.hash}</code>.`}
    <br /><code>${run.replay}</code></p>` as VNode;
}
