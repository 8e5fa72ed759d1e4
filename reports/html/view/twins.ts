/**
 * Both twins under the same seed and the same faults, stacked on one time axis: what their nodes went through, how many
 * successes and failures there were, where they part, and which switch made the difference.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { History } from '../../../harness/core/types.ts';
import type { FlawPage, RunPage } from '../../model.ts';
import { type Bin, binsOf } from '../../series.ts';
import { type Axis, nodeLanes, type Span, timeAxis } from '../../story.ts';
import { countText, durationText, faultText, momentText } from '../../text.ts';
import { characterWidth, laneLabelWidth } from './lanes.ts';
import { momentsOf } from './story.ts';

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
    <table class="diff"><caption>The only difference: ${flaw.about}</caption>
      <thead><tr><th scope="col">switch</th><th scope="col">flawed</th><th scope="col">fixed</th></tr></thead>
      <tbody>${flaw.switches.map(({ name, flawed, fixed }) => html`<tr><td><code>${name}</code></td><td><code>− ${flawed}</code></td><td><code>+ ${fixed}</code></td></tr>`)}</tbody></table>
    <p>${sameSeed ? 'Same seed, same faults. ' : ''}${
      flaw.divergence === undefined
        ? 'No first divergence can be named.'
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
  const lanes = runs.map(({ history }) => nodeLanes(history).slice(0, 9));
  const heightOf = (row: number): number => headHeight + (lanes[row]?.length ?? 0) * laneHeight + barsHeight + 12;
  const tops = runs.map((_, row) => runs.slice(0, row).reduce((sum, _run, index) => sum + heightOf(index), 0));
  const bottom = runs.reduce((sum, _, index) => sum + heightOf(index), 0);
  const height = bottom + 24;
  const step = bins[0]?.[0] === undefined ? 0 : bins[0][0].to - bins[0][0].from;
  const label = `The ${runs.map(({ twin }) => twin).join(' and the ')} run over ${durationText(endedAt)}`;
  return html`<div><div class="lanes">
    <svg class="lane-names" width=${laneLabelWidth} height=${height} aria-hidden="true">
      ${runs.map(
        ({ twin }, row) => html`<text x="0" y=${(tops[row] ?? 0) + 18} class="strong">${twin}</text>
        ${lanes[row]?.map(({ node }, lane) => html`<text x="0" y=${(tops[row] ?? 0) + headHeight + lane * laneHeight + 14}>${node.slice(0, 12)}</text>`)}
        <text x="0" y=${(tops[row] ?? 0) + heightOf(row) - 34} class="quiet">operations</text>
        <text x="0" y=${(tops[row] ?? 0) + heightOf(row) - 19} class="quiet">per ${durationText(step).replace(/\.0+ /, ' ')}</text>`,
      )}
    </svg>
    <div class="lane-scroll" tabindex="0" role="group" aria-label=${label}>
      <svg width=${picture} height=${height} role="img" aria-label=${label}>
        <defs><pattern id="twins-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="7" class="hatch-line" /></pattern></defs>
        ${runs.map((run, row) => twin(run, tops[row] ?? 0, heightOf(row), axis, lanes[row] ?? [], bins[row] ?? [], peak))}
        ${divergence === undefined ? null : html`<line x1=${axis.x(divergence)} x2=${axis.x(divergence)} y1="0" y2=${bottom} class="moment divergence" />`}
        <line x1="0" x2=${picture} y1=${bottom} y2=${bottom} class="axis" />
        ${axis.ticks.map(({ x, label: text }) => html`<line x1=${x} x2=${x} y1=${bottom} y2=${bottom + 4} class="axis" /><text x=${x} y=${bottom + 17} class="tick">${text}</text>`)}
      </svg></div></div>
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
  let free = 0;
  return html`<g>
    ${history.faults
      .filter(({ skipped }) => skipped === undefined)
      .map((fault) => {
        const x = axis.x(fault.from);
        const width = Math.max(2, axis.x(fault.until ?? history.endedAt) - x);
        const text = `▨ ${faultText(fault)}`.slice(0, 40);
        const fits = x >= free && x + text.length * characterWidth <= axis.width;
        if (fits) free = x + text.length * characterWidth + 8;
        return html`<g class="band"><title>${faultText(fault)}, ${momentText(fault.from)}</title>
          <rect x=${x} y=${top + headHeight - 6} width=${width} height=${floor - top - headHeight + 6} fill="url(#twins-hatch)" />
          <line x1=${x} x2=${x} y1=${top + headHeight - 6} y2=${floor} class="band-edge" /><line x1=${x + width} x2=${x + width} y1=${top + headHeight - 6} y2=${floor} class="band-edge" />
          ${fits ? html`<text x=${x} y=${top + 15} class="band-label fault">${text}</text>` : null}</g>`;
      })}
    ${lanes.map((lane, row) => lane.spans.map((span) => nodeSpan(span, lane.node, top + headHeight + row * laneHeight, axis)))}
    ${bins.map((bin) => {
      const x = axis.x(bin.from);
      const width = Math.max(1, axis.x(bin.to) - x - 1);
      const [ok, fail, info] = [scale(bin.ok), scale(bin.fail), scale(bin.info)];
      return html`<g class="bars">
        ${bin.ok > 0 ? html`<rect class="ok" x=${x} width=${width} y=${floor - ok} height=${ok} />` : null}
        ${bin.fail > 0 ? html`<rect class="fail" x=${x + 0.5} width=${Math.max(1, width - 1)} y=${floor - ok - fail} height=${fail} />` : null}
        ${bin.info > 0 ? html`<rect class="info" x=${x} width=${width} y=${floor - ok - fail - info} height=${info} />` : null}</g>`;
    })}
    ${momentsOf(run).map(({ at, kind }) => html`<line x1=${axis.x(at)} x2=${axis.x(at)} y1=${top + headHeight - 6} y2=${floor} class=${`moment ${kind}`} />`)}
    <line x1="0" x2=${axis.width} y1=${floor} y2=${floor} class="axis" />
  </g>`;
}

function nodeSpan(span: Span, node: string, y: number, axis: Axis): unknown {
  const x = axis.x(span.from);
  const width = Math.max(2, axis.x(span.to) - x);
  const short = span.label.replace(/^leads, term /, 'term ').replace(/^[^:]+: /, '');
  const text = [span.label, short].find((candidate) => candidate.length * characterWidth + 8 <= width) ?? '';
  return html`<g class=${`span ${span.kind}`}><title>${node} ${span.label}, ${momentText(span.from)} to ${momentText(span.to)}</title>
    <rect x=${x} y=${y + 1} width=${width} height=${laneHeight - 3} rx="2" /><text x=${x + 4} y=${y + 14}>${text}</text></g>`;
}
