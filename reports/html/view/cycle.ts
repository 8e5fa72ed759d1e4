/**
 * A cycle of transactions: a ring in which every arrow says which order it is, and below it why each is one.
 *
 * The one surprise: the arrows are arcs of one circle, so that two transactions that wait for each other have two arrows and
 * not one line with two heads. A long cycle is not drawn: what cannot be taken in at a glance is better read.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { CycleStep } from '../../../harness/core/verdict.ts';
import { cycleText, sentence } from '../../text.ts';

const mostDrawn = 12;
const nodeRadius = 20;

export function Cycle({ steps, line }: { steps: readonly CycleStep[]; line: (operation: number) => VNode }): VNode {
  return html`<div>
    ${steps.length > mostDrawn ? null : html`<${Ring} steps=${steps} />`}
    <ol class="stations">${steps.map(
      ({ from, to, type, because }, place) => html`<li><span class="number-mark">${place + 1}</span><div>
        <b>${`T${from} → T${to} (${type}): `}</b>${sentence(because)}<div class="state">${line(from)}</div></div></li>`,
    )}</ol></div>` as VNode;
}

function Ring({ steps }: { steps: readonly CycleStep[] }): VNode {
  const radius = 44 + 14 * steps.length;
  // Room for the longest word, `realtime`, beside the ring, and for one line above and below it.
  const [width, height] = [2 * radius + 152, 2 * radius + 60];
  const turn = (2 * Math.PI) / steps.length;
  const gap = 2 * Math.asin(nodeRadius / 2 / radius);
  const point = (angle: number, distance = radius): [string, string] => [
    (width / 2 + distance * Math.sin(angle)).toFixed(1),
    (height / 2 - distance * Math.cos(angle)).toFixed(1),
  ];
  return html`<svg class="cycle" role="img" aria-label=${cycleText(steps)} viewBox=${`0 0 ${width} ${height}`} width=${width}>
    <defs><marker id="cycle-head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" /></marker></defs>
    ${steps.map(({ from, type }, place) => {
      const angle = place * turn;
      const [x, y] = point(angle);
      const middle = angle + turn / 2;
      const [labelX, labelY] = point(middle, radius + 10);
      const side = Math.sin(middle);
      return html`<g><path class="arc" marker-end="url(#cycle-head)" d=${`M${point(angle + gap)}A${radius} ${radius} 0 0 1 ${point(angle + turn - gap)}`} />
        <text x=${labelX} y=${labelY} dy="4" text-anchor=${side > 0.3 ? 'start' : side < -0.3 ? 'end' : 'middle'}>${type}</text>
        <circle cx=${x} cy=${y} r=${nodeRadius} /><text x=${x} y=${y} dy="4">${`T${from}`}</text></g>`;
    })}</svg>` as VNode;
}
