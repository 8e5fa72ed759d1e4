/**
 * The sections of one flaw that come first: the story with its picture and its list, and the counterexample as
 * numbered stations up to the operation that cannot come next.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Operation } from '../../../harness/core/types.ts';
import type { Anomaly, Counterexample } from '../../../harness/core/verdict.ts';
import { type FlawPage, operationsByIndex, type RunPage } from '../../model.ts';
import { nodeLanes } from '../../story.ts';
import { answerText, countText, durationText, momentText, plural, requestText } from '../../text.ts';
import { Lanes, type Moment } from './lanes.ts';
import { anchorOf, takenText, type ViewProps } from './state.ts';

export const wrongOperations = (anomaly: Anomaly | undefined): ReadonlySet<number> =>
  new Set(anomaly?.counterexample?.blocked.map(({ operation }) => operation) ?? anomaly?.operations ?? []);

export const momentsOf = (run: RunPage): Moment[] => [
  ...(run.anomaly?.at === undefined
    ? []
    : [{ at: run.anomaly.at, label: `✕ ${run.anomaly.name}`, kind: 'anomaly' as const }]),
  ...(run.signal === undefined ? [] : [{ at: run.signal.at, label: '◆ signal fires', kind: 'signal' as const }]),
];

export function StorySection({
  page,
  state,
  actions,
  slots,
  flaw,
  place,
}: ViewProps & { flaw: FlawPage; place: number }): VNode {
  const open = place === state.flaw;
  const twin = open ? state.twin : flaw.told;
  const run = flaw[twin];
  const { Timeline } = slots;
  const choices = (['flawed', 'fixed'] as const).filter((which) => flaw[which] !== undefined);
  const full = open && state.full && Timeline !== undefined;
  const select = (index: number): void => actions.set({ flaw: place, twin, selected: index });
  return html`<section class="story" aria-label="The story">
    <h3>What happened</h3>
    <div class="controls needs-js">
      ${
        choices.length > 1
          ? html`<span class="group" role="group" aria-label="Which run">
        ${choices.map(
          (which) => html`<button type="button" aria-pressed=${which === twin}
          onClick=${() => actions.set({ flaw: place, twin: which, selected: undefined })}>${which}</button>`,
        )}
      </span>`
          : null
      }
      <span class="group" role="group" aria-label="How much">
        <button type="button" aria-pressed=${!full} onClick=${() => actions.set({ flaw: place, twin, full: false })}>story</button>
        <button type="button" aria-pressed=${full} onClick=${() => actions.set({ flaw: place, twin, full: true })}>full history</button>
      </span>
      ${
        full
          ? null
          : html`<span class="group" role="group" aria-label="The axis">
        <button type="button" aria-pressed=${state.axis === 'order'} onClick=${() => actions.set({ axis: 'order' })}>order</button>
        <button type="button" aria-pressed=${state.axis === 'time'} onClick=${() => actions.set({ axis: 'time' })}>time</button>
      </span>`
      }
    </div>
    ${run === undefined ? html`<p>This variant was not run.</p>` : null}
    ${run !== undefined && full ? html`<${Timeline} key=${`${place}-${twin}`} run=${run} width=${state.width} selected=${state.selected} select=${select} />` : null}
    ${run !== undefined && !full ? html`<${StoryPicture} ...${{ page, state, actions, slots, flaw, place, run }} />` : null}
  </section>` as VNode;
}

function StoryPicture({ state, flaw, place, run }: ViewProps & { flaw: FlawPage; place: number; run: RunPage }): VNode {
  const { history, story, anomaly } = run;
  if (history === undefined || story === undefined) {
    return html`<p>The history of this run was not kept. Replay it: <code>${run.replay}</code></p>` as VNode;
  }
  const byIndex = operationsByIndex(history);
  const operations = story.operations.flatMap((index) => byIndex.get(index) ?? []);
  const faults = history.faults.filter(({ id }) => story.faults.includes(id));
  const wrong = wrongOperations(anomaly);
  const moments = momentsOf(run).filter(({ at, kind }) => kind === 'anomaly' || (at >= story.from && at <= story.to));
  const shown = `${countText(operations.length)} of ${plural(run.totals.operations, 'operation')}, ${countText(faults.length)} of ${plural(story.totals.faults, 'fault')}`;
  const left =
    story.leftOut > 0
      ? ` ${plural(story.leftOut, 'more operation')} that prove the same ${story.leftOut === 1 ? 'is' : 'are'} left out.`
      : '';
  return html`<div>
    <p class="quiet">The ${run.twin} run, seed <code>${run.seed}</code>: ${shown}.${left}
      ${state.axis === 'order' ? ' The axis keeps the order and is stretched so that every box holds its text.' : ' The axis is true to time.'}</p>
    <${Lanes} id=${`story-${place}`} label=${`Timeline of the ${run.twin} run: ${shown}`} axis=${state.axis} width=${state.width}
      from=${story.from} to=${story.to} endedAt=${Math.max(story.to, ...faults.map(({ until }) => until ?? 0))} operations=${operations} wrong=${wrong} faults=${faults}
      nodes=${nodeLanes(history)} moments=${moments} selected=${place === state.flaw ? state.selected : undefined}
      hrefOf=${(index: number) => anchorOf(flaw, run.twin, index)} />
    <${Key} />
    <details class="list"><summary>The same as a list (${plural(operations.length, 'operation')})</summary>
      <${OperationTable} flaw=${flaw} run=${run} operations=${operations} wrong=${wrong} selected=${state.selected} />
    </details>
  </div>` as VNode;
}

/** How to read the boxes; shapes first, colours second. */
const Key = (): VNode =>
  html`<p class="key" aria-label="Key">
    <span><svg width="26" height="14" aria-hidden="true"><g class="box ok"><path class="shape" d="M1,1 h24 v12 h-24 z" /></g></svg> ok</span>
    <span><svg width="26" height="14" aria-hidden="true"><g class="box fail"><path class="shape" d="M1,1 h24 v12 h-24 z" /></g></svg> failed: certainly not done</span>
    <span><svg width="26" height="14" aria-hidden="true"><g class="box info"><path class="shape" d="M1,1 h24 l-5,3 l5,3 l-5,3 l5,3 h-24 z" /></g></svg> unknown: maybe done</span>
    <span><svg width="26" height="14" aria-hidden="true"><g class="box ok invalid"><path class="shape" d="M2,2 h22 v10 h-22 z" /><path class="cross" d="M5,4 l6,6 m0,-6 l-6,6" /></g></svg> must not be</span>
    <span><svg width="26" height="14" aria-hidden="true"><path class="band-edge" d="M1,0 v14 M25,0 v14" /><path class="hatch-stroke" d="M2,13 l12,-12 M9,13 l12,-12 M16,13 l8,-8" /></svg> fault</span>
  </p>` as VNode;

function OperationTable(props: {
  flaw: FlawPage;
  run: RunPage;
  operations: readonly Operation[];
  wrong: ReadonlySet<number>;
  selected: number | undefined;
}): VNode {
  const { flaw, run, operations, wrong } = props;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Operations of the story"><table>
    <thead><tr><th scope="col">#</th><th scope="col">client</th><th scope="col">node</th><th scope="col">operation</th>
      <th scope="col">outcome</th><th scope="col">called</th><th scope="col">took</th></tr></thead>
    <tbody>${operations.map((operation) => {
      const taken = takenText(operation);
      return html`<tr id=${anchorOf(flaw, run.twin, operation.index)} class=${wrong.has(operation.index) ? 'wrong' : ''}>
        <td>${wrong.has(operation.index) ? '✕ ' : ''}${operation.index}</td><td>${operation.process}</td><td>${operation.node}</td>
        <td class="mono">${requestText(operation)}</td><td class="mono">${answerText(operation, 60)}</td>
        <td class="number">${momentText(operation.calledAt)}</td><td class="number">${taken === undefined ? 'open' : durationText(taken)}</td></tr>`;
    })}</tbody></table></div>` as VNode;
}

/** How many stations before the end are shown unfolded. */
const shownStations = 6;

export function CounterexampleSection({ run }: { run: RunPage }): VNode | null {
  const { anomaly } = run;
  if (anomaly === undefined) return null;
  const counterexample = anomaly.counterexample;
  const byIndex = operationsByIndex(run.history);
  return html`<section class="counterexample">
    <h3>${counterexample === undefined ? 'The evidence' : 'Counterexample'}: ${anomaly.name}</h3>
    <p>${anomaly.because}</p>
    ${counterexample === undefined ? html`<${EvidenceList} anomaly=${anomaly} byIndex=${byIndex} />` : html`<${Stations} counterexample=${counterexample} byIndex=${byIndex} />`}
  </section>` as VNode;
}

type ByIndex = ReadonlyMap<number, Operation>;

const operationLine = (byIndex: ByIndex, index: number): VNode => {
  const operation = byIndex.get(index);
  if (operation === undefined)
    return html`<span class="mono">#${index} (not among the operations of this page)</span>` as VNode;
  return html`<span><span class="mono">#${index} ${requestText(operation)} <b>${answerText(operation, 60)}</b></span>
    <span class="quiet"> client ${operation.process} at ${operation.node}, ${momentText(operation.calledAt)} to ${operation.returnedAt === undefined ? '(open)' : momentText(operation.returnedAt)}</span></span>` as VNode;
};

function EvidenceList({ anomaly, byIndex }: { anomaly: Anomaly; byIndex: ByIndex }): VNode | null {
  const atMost = 12;
  if (anomaly.operations.length === 0) return null;
  const more = anomaly.operations.length - atMost;
  return html`<ul class="stations plain">
    ${anomaly.operations.slice(0, atMost).map((index) => html`<li class="blocked"><span class="cross-mark" aria-hidden="true">✕</span><div>${operationLine(byIndex, index)}</div></li>`)}
    ${more > 0 ? html`<li class="more">showing ${atMost} of ${countText(anomaly.operations.length)} operations</li>` : null}
  </ul>` as VNode;
}

function Stations({ counterexample, byIndex }: { counterexample: Counterexample; byIndex: ByIndex }): VNode {
  const { stations, state, blocked, model, key } = counterexample;
  const hidden = Math.max(0, stations.length - shownStations);
  const cap = 200;
  const item = (station: Counterexample['stations'][number], place: number): VNode =>
    html`<li><span class="number-mark">${place + 1}</span><div>${operationLine(byIndex, station.operation)}
      <div class="state">state after: <code>${station.state}</code></div></div></li>` as VNode;
  return html`<div>
    <p class="quiet">The longest order in which the operations${key === undefined ? '' : ` on ${key}`} make sense for a ${model}, as far as it goes
      (${plural(stations.length, 'station')}), and what cannot come next.</p>
    ${
      hidden > 0
        ? html`<details><summary>${plural(hidden, 'earlier station')}</summary>
      <ol class="stations">${hidden > cap ? html`<li class="more">showing the last ${cap} of ${countText(hidden)}</li>` : null}
        ${stations.slice(Math.max(0, hidden - cap), hidden).map((station, place) => item(station, Math.max(0, hidden - cap) + place))}</ol></details>`
        : null
    }
    <ol class="stations">
      ${stations.slice(hidden).map((station, place) => item(station, hidden + place))}
      <li class="state-before">state before what follows: <code>${state}</code></li>
      ${blocked.slice(0, 8).map(
        ({ operation, why }) => html`<li class="blocked"><span class="cross-mark" aria-hidden="true">✕</span>
        <div><strong>cannot come next: </strong>${operationLine(byIndex, operation)}<div class="why">${why}</div></div></li>`,
      )}
      ${blocked.length > 8 ? html`<li class="more">showing 8 of ${countText(blocked.length)} operations that cannot come next</li>` : null}
    </ol>
  </div>` as VNode;
}
