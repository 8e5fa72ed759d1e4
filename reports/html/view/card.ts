/**
 * The pattern's card: what the document says of it, word for word, and beside its figures what this run measured.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { FindingPage, FlawPage } from '../../model.ts';
import type { RunPage } from '../../run-page.ts';
import { type Recovery, recoveriesOf } from '../../series.ts';
import { durationText, faultText, momentText } from '../../text.ts';
import { Table } from './table.ts';

export function PatternCard({ page, flaw }: { page: FindingPage; flaw: FlawPage | undefined }): VNode {
  const { card } = page;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Symptoms', card.symptoms],
    ['Causes', card.causes],
    ['Detection', card.detection],
    ['Prevention', card.prevention],
    ['Resolution', card.resolution],
  ];
  return html`<section class="card">
    <h2>Why, and how to prevent it</h2>
    <p class="quiet">Quoted from the document, ${card.section}.</p>
    <dl class="quotes">${rows.flatMap(([name, text]) => (text === undefined ? [] : [html`<div><dt>${name}</dt><dd>${text}</dd></div>`]))}</dl>
    ${flaw === undefined ? null : html`<${Measured} page=${page} flaw=${flaw} />`}
  </section>` as VNode;
}

function Measured({ page, flaw }: { page: FindingPage; flaw: FlawPage }): VNode {
  const { card } = page;
  return html`<div>
    <h3>Measured${page.flaws.length > 1 ? ` with ${flaw.name}` : ''}</h3>
    <dl class="quotes">
      <div><dt>${flaw.switches.length === 0 ? 'What was tried' : 'Missing prevention'}</dt><dd>${flaw.about}${flaw.switches.length === 0 ? null : html` <code>${flaw.switches.map(({ name, fixed, flawed }) => `${name}: ${flawed} → ${fixed}`).join(', ')}</code>`}</dd></div>
      <div><dt>Why this status</dt><dd>${flaw.because}</dd></div>
      ${flaw.signal === undefined ? null : html`<div><dt>Signal</dt><dd><${SignalLine} flaw=${flaw} /></dd></div>`}
      <div><dt>Detection time</dt><dd>${detection(flaw.flawed)}; the document: ${card.detectionTime ?? 'no figure'}</dd></div>
      <div><dt>Recovery time</dt><dd>${[flaw.flawed, flaw.fixed].flatMap((run) => (run === undefined ? [] : recovery(run))).join(', ')}; the document: ${card.recoveryTime ?? 'no figure'}</dd></div>
    </dl>
  </div>` as VNode;
}

function SignalLine({ flaw }: { flaw: FlawPage }): VNode {
  const say = (run: RunPage | undefined): string =>
    run === undefined
      ? 'not run'
      : run.signal === undefined
        ? 'silent'
        : `fired at ${momentText(run.signal.at)} (${run.signal.because})`;
  return html`<span><b>${flaw.signal?.name}</b> (“${flaw.signal?.quote}”). Flawed: ${say(flaw.flawed)}. Fixed: ${say(flaw.fixed)}.</span>` as VNode;
}

/** From the strike that came last before the signal. */
function detection(run: RunPage | undefined): string {
  const signal = run?.signal;
  if (signal === undefined) return 'the signal did not fire';
  const fault = run?.history?.faults.filter(({ from, skipped }) => from <= signal.at && skipped === undefined).at(-1);
  return fault === undefined
    ? `${durationText(signal.at)} after the start`
    : `${durationText(signal.at - fault.from)} after the strike (${faultText(fault)})`;
}

function recovery(run: RunPage): string {
  const { twin } = run;
  const times = run.history === undefined ? [] : recoveriesOf(run.history).flatMap(({ afterHeal }) => afterHeal ?? []);
  if (times.length === 0) return `${twin}: none to measure`;
  const slowest = Math.max(...times);
  return times.length === 1
    ? `${twin}: ${durationText(slowest)} after the heal`
    : `${twin}: at most ${durationText(slowest)} after ${times.length} heals`;
}

/** Fault by fault, what clients saw. */
export function RecoveryTable({ run }: { run: RunPage }): VNode | null {
  const { history } = run;
  if (history === undefined || history.faults.length === 0) return null;
  const recoveries = new Map<number, Recovery>(recoveriesOf(history).map((recovered) => [recovered.fault, recovered]));
  const heads = ['fault', 'from', 'to', 'longest time without a success', 'first success after the heal', 'proof'];
  const caption = `Faults of the ${run.twin} run, and when clients were answered again`;
  return html`<${Table} label=${caption} caption=${caption} heads=${heads}>
    ${history.faults.map((fault) => {
      const recovered = recoveries.get(fault.id);
      const gap = recovered?.longestGap;
      return html`<tr><td>${faultText(fault)}</td><td class="number">${momentText(fault.from)}</td>
        <td class="number">${fault.until === undefined ? 'not healed' : momentText(fault.until)}</td>
        <td class="number">${gap === undefined ? '–' : gap.to === undefined ? `${durationText(history.endedAt - gap.from)} (to the end)` : durationText(gap.to - gap.from)}</td>
        <td class="number">${recovered?.afterHeal === undefined ? '–' : durationText(recovered.afterHeal)}</td>
        <td>${[...fault.struck, ...fault.healed].map(({ took, how }) => html`<div>${took ? '✓' : '✕'} ${how}</div>`)}</td></tr>`;
    })}<//>` as VNode;
}
