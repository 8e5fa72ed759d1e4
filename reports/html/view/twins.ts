/**
 * Both twins under the same seed and the same faults, stacked on one time axis: what their nodes went through, how many
 * successes and failures there were, where they part, and which switch made the difference.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { History } from '../../../harness/core/types.ts';
import type { FlawPage } from '../../model.ts';
import type { RunPage } from '../../run-page.ts';
import { type Bin, binsOf } from '../../series.ts';
import { type Axis, nodeLanes, timeAxis } from '../../story.ts';
import { countText, durationText, momentText } from '../../text.ts';
import { band, bandLabels, frame, hatch, laneLabelWidth, momentLine, nodeLane, shorten, timeScale } from './picture.ts';
import { momentsOf } from './story.ts';
import { Table } from './table.ts';

const laneHeight = 20;
const barsHeight = 56;
const headHeight = 26;

export function Twins({ flaw, width }: { flaw: FlawPage; width: number }): VNode {
  const runs = [flaw.flawed, flaw.fixed].filter((run) => run?.history !== undefined) as (RunPage & {
    history: History;
  })[];
  const endedAt = Math.max(0, ...runs.map(({ history }) => history.endedAt));
  const sameSeed = flaw.flawed?.seed === flaw.fixed?.seed;
  return html`<div class="twins">
    ${
      flaw.switches.length === 0
        ? null
        : html`<p>The only difference: ${flaw.about}.</p>
    <${Table} label="The variants" heads=${['switch', 'flawed', 'fixed']}>
      ${flaw.switches.map(({ name, flawed, fixed }) => html`<tr><td><code>${name}</code></td><td><code>− ${flawed}</code></td><td><code>+ ${fixed}</code></td></tr>`)}<//>`
    }
    <p>${sameSeed ? 'Same seed, same faults. ' : ''}${
      flaw.divergence === undefined
        ? runs.length < 2
          ? ''
          : 'No first divergence can be named.'
        : `First divergence at ${momentText(flaw.divergence.at)}: ${flaw.divergence.what}.`
    } <span class="quiet">${flaw.tried}.</span></p>
    ${runs.length === 0 ? html`<p>The histories were not kept.</p>` : html`<${Picture} runs=${runs} endedAt=${endedAt} width=${width} divergence=${flaw.divergence?.at} />`}
  </div>` as VNode;
}

function Picture(props: {
  runs: readonly (RunPage & { history: History })[];
  endedAt: number;
  width: number;
  divergence: number | undefined;
}): VNode {
  const { runs, endedAt, width, divergence } = props;
  const picture = Math.max(300, width - laneLabelWidth);
  const axis = timeAxis(0, endedAt, picture - 12);
  const bins = runs.map(({ history }) => binsOf(history.operations, endedAt, Math.max(40, Math.floor(picture / 8))));
  const peak = Math.max(1, ...bins.flat().map(({ ok, fail, info }) => ok + fail + info));
  const lanes = runs.map(({ history }) =>
    nodeLanes(history)
      .filter(({ spans, marks }) => spans.length + marks.length > 0)
      .slice(0, 9),
  );
  const heightOf = (row: number): number => headHeight + (lanes[row]?.length ?? 0) * laneHeight + barsHeight + 12;
  const tops = runs.map((_, row) => runs.slice(0, row).reduce((sum, _run, index) => sum + heightOf(index), 0));
  const bottom = runs.reduce((sum, _, index) => sum + heightOf(index), 0);
  const height = bottom + 24;
  const step = bins[0]?.[0] === undefined ? 0 : bins[0][0].to - bins[0][0].from;
  const label = `The ${runs.map(({ twin }) => twin).join(' and the ')} run over ${durationText(endedAt)}`;
  return html`<div>${frame(
    label,
    picture,
    height,
    runs.map(
      ({ twin }, row) => html`<text x="0" y=${(tops[row] ?? 0) + 18} class="strong">${twin}</text>
        ${lanes[row]?.map(({ label }, lane) => html`<text x="0" y=${(tops[row] ?? 0) + headHeight + lane * laneHeight + 14}>${shorten(label, 12)}</text>`)}
        <text x="0" y=${(tops[row] ?? 0) + heightOf(row) - 34} class="quiet">operations</text>
        <text x="0" y=${(tops[row] ?? 0) + heightOf(row) - 19} class="quiet">per ${durationText(step).replace(/\.0+ /, ' ')}</text>`,
    ),
    html`
        ${hatch('twins-hatch')}
        ${runs.map((run, row) => twin(run, tops[row] ?? 0, heightOf(row), axis, lanes[row] ?? [], bins[row] ?? [], peak))}
        ${divergence === undefined ? null : momentLine(axis.x(divergence), 0, bottom, 'divergence')}
        ${timeScale(axis, bottom)}`,
  )}
    <p class="quiet">Bars: successes solid, failures hollow, unknown outcomes light on top; the highest bar is ${countText(peak)} operations. Dashed line: first divergence. Heavy line: anomaly. Dotted line: signal.</p></div>` as VNode;
}

function twin(
  run: RunPage & { history: History },
  top: number,
  height: number,
  axis: Axis,
  lanes: ReturnType<typeof nodeLanes>,
  bins: readonly Bin[],
  peak: number,
): unknown {
  const { history } = run;
  const floor = top + height - 12;
  const scale = (count: number): number => (count / peak) * barsHeight;
  const struck = history.faults.filter(({ skipped }) => skipped === undefined);
  const above = top + headHeight - 6;
  const bars = (from: (bin: Bin) => number, count: (bin: Bin) => number): string =>
    bins
      .filter((bin) => count(bin) > 0)
      .map((bin) => {
        const width = Math.max(1, axis.x(bin.to) - axis.x(bin.from) - 1);
        return `M${axis.x(bin.from)},${floor - scale(from(bin))} h${width} v${-scale(count(bin))} h${-width} z`;
      })
      .join('');
  return html`<g>
    ${struck.map((fault) => band(fault, axis, above, floor, history.endedAt, 'twins-hatch'))}
    ${bandLabels(struck, axis, top + 15)}
    ${lanes.map((lane, row) => nodeLane(lane, axis, top + headHeight + row * laneHeight, laneHeight))}
    <g class="bars"><path class="ok" d=${bars(
      () => 0,
      ({ ok }) => ok,
    )} /><path class="fail" d=${bars(
      ({ ok }) => ok,
      ({ fail }) => fail,
    )} />
      <path class="info" d=${bars(
        ({ ok, fail }) => ok + fail,
        ({ info }) => info,
      )} /></g>
    ${momentsOf(run).map(({ at, kind }) => momentLine(axis.x(at), above, floor, kind))}
    <line x1="0" x2=${axis.width} y1=${floor} y2=${floor} class="axis" />
  </g>`;
}
