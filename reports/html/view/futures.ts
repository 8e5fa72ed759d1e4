/**
 * When did the failure become inevitable? The share of futures that fail, over the moments at which they part from the
 * run, as a stepped line with a table behind it.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { type FutureMoment, pointOfNoReturn } from '../../../harness/core/finding.ts';
import { timeAxis } from '../../story.ts';
import { momentText } from '../../text.ts';
import { frame, laneLabelWidth, momentLine, timeScale } from './picture.ts';
import { Table } from './table.ts';

const height = 110;
const top = 22;

export function Futures({ futures, width }: { futures: readonly FutureMoment[]; width: number }): VNode | null {
  const last = futures.at(-1);
  if (last === undefined) return null;
  const at = pointOfNoReturn(futures);
  const axis = timeAxis(0, last.at, Math.max(300, width - laneLabelWidth) - 12);
  const y = ({ failed, of }: FutureMoment): number => top + (height - top) * (1 - failed / of);
  const path = futures.map((moment, place) => `${place === 0 ? 'M' : 'L'}${axis.x(moment.at)},${y(moment)}`).join(' ');
  const names = html`<g><text x="0" y=${top + 4}>all fail</text><text x="0" y=${height}>none fails</text></g>`;
  const picture = html`<g><path d=${`M0,${top} H${axis.width} M0,${(top + height) / 2} H${axis.width}`} class="futures-grid" />
    <path d=${path} class="futures" />
    ${at === undefined ? null : html`${momentLine(axis.x(at), top - 8, height, 'anomaly')}<text x=${Math.min(axis.x(at) + 6, axis.width - 150)} y=${top - 8} class="band-label">no way back</text>`}
    ${timeScale(axis, height)}</g>`;
  return html`<section class="no-return"><h3>The point of no return</h3>
    <p>${sentenceOf(futures, at)}</p>
    ${frame('Share of futures that fail, by the moment at which they part from the run', axis.width + 12, height + 24, names, picture)}
    <details><summary>Show as table</summary><${Table} label="Futures that fail" heads=${['part at', 'fail', 'of']}>
      ${futures.map((moment) => html`<tr><td>${momentText(moment.at)}</td><td>${moment.failed}</td><td>${moment.of}</td></tr>`)}<//></details>
  </section>` as VNode;
}

function sentenceOf(futures: readonly FutureMoment[], at: number | undefined): string {
  const [first] = futures;
  const begin = first === undefined ? '' : ` At the start ${first.failed} of ${first.of} futures failed.`;
  const what = 'The faults and the requests stay; only luck is drawn anew from a moment on.';
  if (at === undefined) return `The failure never became inevitable: some futures escape to the end.${begin} ${what}`;
  return `Inevitable from ${momentText(at)} on: nearly every future that parts later fails too.${begin} ${what}`;
}
