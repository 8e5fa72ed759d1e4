/**
 * The sections of one flaw that come first: the story with its picture and its list, and the counterexample as
 * numbered stations up to the operation that cannot come next.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Operation } from '../../../harness/core/types.ts';
import type { Anomaly, Counterexample } from '../../../harness/core/verdict.ts';
import type { FlawPage } from '../../model.ts';
import { operationsByIndex, type RunPage } from '../../run-page.ts';
import { nodeLanes } from '../../story.ts';
import { answerText, countText, momentText, plural, requestText } from '../../text.ts';
import { Cycle } from './cycle.ts';
import { Futures } from './futures.ts';
import { Lanes, type Moment } from './lanes.ts';
import { anchorOf, firstRun, type ViewProps } from './state.ts';
import { operationCells, operationHeads, Table } from './table.ts';

export const wrongOperations = (anomaly: Anomaly | undefined): ReadonlySet<number> =>
  new Set(anomaly?.counterexample?.blocked.map(({ operation }) => operation) ?? anomaly?.operations ?? []);

export const momentsOf = (run: RunPage): Moment[] => [
  ...(run.anomaly?.at === undefined
    ? []
    : [{ at: run.anomaly.at, label: `✕ ${run.anomaly.name}`, kind: 'anomaly' as const }]),
  ...(run.cause?.at === undefined
    ? []
    : [{ at: run.cause.at, label: `⚑ ${run.cause.name} broken`, kind: 'divergence' as const }]),
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
  const twin = open ? state.twin : firstRun(flaw);
  const run = flaw[twin];
  const { Timeline } = slots;
  const choices = (['shrunk', 'flawed', 'fixed'] as const).filter((which) => flaw[which] !== undefined);
  const full = open && state.full && Timeline !== undefined;
  const select = (index: number): void => actions.set({ flaw: place, twin, selected: index });
  return html`<section class="story" aria-label="The story">
    <h3>What happened</h3>
    <div class="controls needs-js">
      ${choices.length > 1 && choice('Which run', choices, twin, (which) => actions.set({ flaw: place, twin: which, selected: undefined }))}
      ${choice('How much', ['story', 'full history'], full ? 'full history' : 'story', (which) => actions.set({ flaw: place, twin, full: which !== 'story' }))}
      ${!full && choice('The axis', ['order', 'time'], state.axis, (axis) => actions.set({ axis }))}
    </div>
    ${run === undefined ? html`<p>This variant was not run.</p>` : null}
    ${run !== undefined && full ? html`<${Timeline} key=${`${place}-${twin}`} run=${run} width=${state.width} selected=${state.selected} select=${select} />` : null}
    ${run !== undefined && !full ? html`<${StoryPicture} ...${{ page, state, actions, slots, flaw, place, run }} />` : null}
    ${twin === 'shrunk' && flaw.shrinkage?.futures !== undefined ? html`<${Futures} futures=${flaw.shrinkage.futures} width=${state.width} />` : null}
  </section>` as VNode;
}

/** Buttons of which one is pressed. */
const choice = <T extends string>(label: string, words: readonly T[], now: T, choose: (word: T) => void): VNode =>
  html`<span class="group" role="group" aria-label=${label}>${words.map(
    (word) => html`<button aria-pressed=${word === now} onClick=${() => choose(word)}>${word}</button>`,
  )}</span>` as VNode;

function StoryPicture({ state, flaw, place, run }: ViewProps & { flaw: FlawPage; place: number; run: RunPage }): VNode {
  const { history, story, anomaly } = run;
  if (history === undefined || story === undefined) {
    return html`<p>The history of this run was not kept. Replay it: <code>${run.replay}</code></p>` as VNode;
  }
  const byIndex = operationsByIndex(history);
  const operations = story.operations.flatMap((index) => byIndex.get(index) ?? []);
  const faults = history.faults.filter(({ id }) => story.faults.includes(id));
  const wrong = wrongOperations(anomaly);
  const shown = `${operations.length === 0 ? 'no operation that must not be, so the nodes and the faults alone: ' : ''}${countText(operations.length)} of ${plural(run.totals.operations, 'operation')}, ${countText(faults.length)} of ${plural(story.totals.faults, 'fault')}`;
  const left =
    story.leftOut > 0
      ? ` ${plural(story.leftOut, 'more operation')} that prove the same ${story.leftOut === 1 ? 'is' : 'are'} left out.`
      : '';
  // In order the faults' ends cost little room, so they are shown whole.
  const [from, to] =
    state.axis === 'order'
      ? [
          Math.min(story.from, ...faults.map((fault) => fault.from)),
          Math.max(story.to, ...faults.map(({ until }) => until ?? story.to)),
        ]
      : [story.from, story.to];
  const moments = momentsOf(run).filter(({ at, kind }) => kind === 'anomaly' || (at >= from && at <= to));
  return html`<div>
    <p class="quiet">${flaw.shrinkage !== undefined && run.twin === 'shrunk' ? smallness(flaw.shrinkage) : ''}The ${run.twin} run, seed <code>${run.seed}</code>: ${shown}.${left}
      ${state.axis === 'order' ? ' The axis keeps the order and is stretched or shrunk so that the boxes hold their text.' : ' The axis is true to time.'}</p>
    <${Lanes} id=${`story-${place}`} label=${`Timeline of the ${run.twin} run: ${shown}`} axis=${state.axis} width=${state.width}
      from=${from} to=${to} endedAt=${to} operations=${operations} wrong=${wrong} faults=${faults}
      nodes=${nodeLanes(history)} moments=${moments} selected=${place === state.flaw ? state.selected : undefined}
      hrefOf=${(index: number) => anchorOf(flaw, run.twin, index)} />
    <${Key} />
    ${
      operations.length === 0
        ? null
        : html`<details class="list"><summary>The same as a list (${plural(operations.length, 'operation')})</summary>
      <${OperationTable} flaw=${flaw} run=${run} operations=${operations} wrong=${wrong} selected=${state.selected} />
    </details>`
    }
  </div>` as VNode;
}

const smallness = ({ of, nodes, runs, finished }: NonNullable<FlawPage['shrinkage']>): string =>
  `The smallest story that still fails, found in ${plural(runs, 'run')} from ${plural(of.operations, 'operation')}, ${plural(of.faults, 'fault')} and ${of.nodes} nodes (${nodes} are left)${finished ? '' : '; it may be smaller still'}. `;

const square = 'M2,1 h22 v12 h-22 z';

/** Shapes first, colours second: name, class of the group, path, and a second one. */
const keys: readonly (readonly [name: string, group: string, shape: string, path: string, more?: string])[] = [
  ['ok', 'box ok', 'shape', square],
  ['failed: certainly not done', 'box fail', 'shape', square],
  ['unknown: maybe done', 'box info', 'shape', 'M2,1 h22 l-5,3 l5,3 l-5,3 l5,3 h-22 z'],
  ['must not be', 'box ok invalid', 'shape', square, 'M5,4 l6,6 m0,-6 l-6,6'],
  ['fault', '', 'hatch-stroke', 'M2,13 l12,-12 M9,13 l12,-12 M16,13 l8,-8'],
  ['leads', 'span leads', 'solid', square],
  ['down', 'span down', 'solid', square],
  ['an event of a node', 'mark', '', 'M12,1 l5,6 l-5,6 l-5,-6 z'],
];

/** How to read the picture. */
const Key = (): VNode =>
  html`<p class="key">${keys.map(
    ([name, group, shape, path, more]) =>
      html`<span><svg width="26" height="14" aria-hidden="true"><g class=${group}><path class=${shape} d=${path} />${more && html`<path class="cross" d=${more} />`}</g></svg> ${name}</span>`,
  )}</p>` as VNode;

function OperationTable(props: {
  flaw: FlawPage;
  run: RunPage;
  operations: readonly Operation[];
  wrong: ReadonlySet<number>;
  selected: number | undefined;
}): VNode {
  const { flaw, run, operations, wrong } = props;
  return html`<${Table} label="Operations of the story" heads=${operationHeads}>${operations.map((operation) => {
    const bad = wrong.has(operation.index);
    return html`<tr id=${anchorOf(flaw, run.twin, operation.index)} class=${bad ? 'wrong' : ''}><td>${bad ? '✕ ' : ''}${operation.index}</td>${operationCells(operation)}</tr>`;
  })}<//>` as VNode;
}

/** How many stations before the end are shown unfolded. */
const shownStations = 6;

export function CounterexampleSection({ run }: { run: RunPage }): VNode | null {
  const { anomaly } = run;
  if (anomaly === undefined) return null;
  const { counterexample, cycle } = anomaly;
  const byIndex = operationsByIndex(run.history);
  const line = (index: number): VNode => operationLine(byIndex, index);
  return html`<section class="counterexample">
    <h3>${cycle !== undefined ? 'The cycle' : counterexample === undefined ? 'The evidence' : 'Counterexample'}: ${anomaly.name}</h3>
    <p>${anomaly.because}</p>
    ${run.cause === undefined ? null : html`<p><strong>The cause:</strong> ${run.cause.because}${run.cause.at === undefined ? '' : ` (${run.cause.name}, ${momentText(run.cause.at)})`}</p>`}
    ${
      cycle !== undefined
        ? html`<${Cycle} steps=${cycle} line=${line} />`
        : counterexample === undefined
          ? html`<${EvidenceList} anomaly=${anomaly} byIndex=${byIndex} />`
          : html`<${Stations} counterexample=${counterexample} byIndex=${byIndex} />`
    }
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
