/**
 * What the pictures of a run have in common: the hatching of faults, the bands, what nodes went through, the time axis.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Fault, Nanos } from '../../../harness/core/types.ts';
import type { Axis, NodeLane } from '../../story.ts';
import { faultText, momentText } from '../../text.ts';

/** Of the fixed-width face of the pictures, in pixels. */
export const characterWidth = 7.3;
export const laneLabelWidth = 92;

export const shorten = (text: string, limit: number): string =>
  text.length > limit ? `${text.slice(0, limit - 1)}…` : text;

/** The pattern behind faults; `id` is unique in the page. */
export const hatch = (id: string): VNode =>
  html`<defs><pattern id=${id} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="7" class="hatch-line" /></pattern></defs>` as VNode;

/** The names of the lanes, which stay, beside the picture, which scrolls when it is wider than the page. */
export const frame = (label: string, width: number, height: number, names: unknown, picture: unknown): VNode =>
  html`<div class="lanes"><svg class="lane-names" width=${laneLabelWidth} height=${height} aria-hidden="true">${names}</svg>
    <div class="lane-scroll" tabindex="0" role="group" aria-label=${label}><svg width=${width} height=${height}>${picture}</svg></div></div>` as VNode;

const line = (x: number, from: number, to: number, name: string): VNode =>
  html`<line x1=${x} x2=${x} y1=${from} y2=${to} class=${name} />` as VNode;

export const momentLine = (x: number, from: number, to: number, kind: string): VNode =>
  line(x, from, to, `moment ${kind}`);

export function band(fault: Fault, axis: Axis, top: number, bottom: number, end: Nanos, pattern: string): VNode {
  const x = axis.x(fault.from);
  const width = Math.max(3, axis.x(fault.until ?? end) - x);
  const until = fault.until === undefined ? '' : ` to ${momentText(fault.until)}`;
  return html`<g class=${`band${fault.struck.every(({ took }) => took) ? '' : ' without-effect'}`}>
    <title>${`${faultText(fault)}, from ${momentText(fault.from)}${until}`}</title>
    <rect x=${x} y=${top} width=${width} height=${bottom - top} fill=${`url(#${pattern})`} />
    ${line(x, top, bottom, 'band-edge')}${line(x + width, top, bottom, 'band-edge')}</g>` as VNode;
}

/** Labels of faults in one row; what would cover another, or stand out on the right, is left to the pointer. */
export function bandLabels(faults: readonly Fault[], axis: Axis, y: number): VNode[] {
  let free = 0;
  return faults.flatMap((fault) => {
    const text = shorten(`▨ ${faultText(fault)}`, 48);
    const width = text.length * characterWidth + 8;
    const x = Math.max(0, Math.min(axis.x(fault.from), axis.width - width));
    if (x < free || width > axis.width) return [];
    free = x + width;
    return [html`<text x=${x} y=${y} class="band-label fault">${text}</text>` as VNode];
  });
}

/** Spans and marks of one lane, `height` tall. */
export function nodeLane(lane: NodeLane, axis: Axis, y: number, height: number): VNode {
  const spans = lane.spans.map((span) => {
    const x = axis.x(span.from);
    const width = Math.max(3, axis.x(span.to) - x);
    const labels = [span.label, span.label.replace(/^leads, term /, 't')];
    const label = labels.find((text) => text.length * characterWidth + 8 <= width) ?? '';
    return html`<g class=${`span ${span.kind}`}>
      <title>${`${lane.label}: ${span.label}, ${momentText(span.from)} to ${momentText(span.to)}`}</title>
      <rect x=${x} y=${y + 2} width=${width} height=${height - 4} rx="3" /><text x=${x + 5} y=${y + height / 2 + 4}>${label}</text></g>`;
  });
  const marks = lane.marks.map(
    ({ at, label }) =>
      html`<g class="mark"><title>${momentText(at)} ${label}</title><path d=${`M${axis.x(at)},${y + 2} l4,5 l-4,5 l-4,-5 z`} /></g>`,
  );
  return html`<g>${spans}${marks}</g>` as VNode;
}

export function timeScale(axis: Axis, bottom: number): VNode {
  const side = (x: number): string => (x < 24 ? ' first' : x > axis.width - 24 ? ' last' : '');
  return html`<g><line x1="0" x2=${axis.width} y1=${bottom} y2=${bottom} class="axis" />
    ${axis.ticks.map(({ x, label }) => html`${line(x, bottom, bottom + 4, 'axis')}<text x=${x} y=${bottom + 17} class=${`tick${side(x)}`}>${label}</text>`)}</g>` as VNode;
}
