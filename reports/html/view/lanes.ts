/**
 * The picture of the story as SVG: a lane a node (who led, who was down), a lane a process with a box for each
 * operation, and the faults as hatched, labelled bands behind them.
 *
 * Colour never speaks alone: an `ok` box is solid, a `fail` box hollow and dashed, an `info` box has a ragged right
 * edge, and the operation that must not be is heavy and bears a cross.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Fault, Nanos, Operation } from '../../../harness/core/types.ts';
import { type Axis, type NodeLane, orderAxis, type Span, timeAxis } from '../../story.ts';
import { answerText, faultText, momentText, requestText } from '../../text.ts';

export interface Moment {
  readonly at: Nanos;
  readonly label: string;
  readonly kind: 'anomaly' | 'signal' | 'divergence';
}

export interface LanesProps {
  /** Makes ids of patterns unique in the page. */
  readonly id: string;
  readonly label: string;
  readonly axis: 'order' | 'time';
  readonly width: number;
  readonly from: Nanos;
  readonly to: Nanos;
  readonly endedAt: Nanos;
  readonly operations: readonly Operation[];
  /** Indices of those that must not be. */
  readonly wrong: ReadonlySet<number>;
  readonly faults: readonly Fault[];
  readonly nodes: readonly NodeLane[];
  readonly moments: readonly Moment[];
  readonly selected: number | undefined;
  hrefOf(index: number): string;
}

export const characterWidth = 7.3;
export const laneLabelWidth = 92;
const nodeHeight = 30;
const processHeight = 42;
const labelHeight = 20;

export const boxText = (operation: Operation): string =>
  `#${operation.index} ${requestText(operation, 16)} ${answerText(operation, 18)}`;

const textWidth = (text: string): number => text.length * characterWidth + 14;

export function Lanes(props: LanesProps): VNode {
  const { operations, nodes, faults, moments, axis: kind } = props;
  const end = (operation: Operation): Nanos => operation.returnedAt ?? props.endedAt;
  const processes = [...new Set(operations.map(({ process }) => process))].sort((a, b) => a - b);
  const visible = nodes
    .map((lane) => ({ ...lane, spans: lane.spans.filter((span) => span.to >= props.from && span.from <= props.to) }))
    .map((lane) => ({ ...lane, marks: lane.marks.filter(({ at }) => at >= props.from && at <= props.to).slice(0, 40) }))
    .filter((lane) => lane.spans.length > 0 || lane.marks.length > 0)
    .slice(0, 9);
  const inside = (at: Nanos): Nanos => Math.min(props.to, Math.max(props.from, at));
  const picture = Math.max(260, props.width - laneLabelWidth);
  const axis =
    kind === 'time'
      ? timeAxis(props.from, props.to, picture - 12)
      : orderAxis(
          [
            ...operations.map((operation) => ({
              from: operation.calledAt,
              to: end(operation),
              width: textWidth(boxText(operation)) + (props.wrong.has(operation.index) ? 14 : 0),
            })),
            ...visible.flatMap(({ spans }) =>
              spans.map((span) => ({ from: inside(span.from), to: inside(span.to), width: textWidth(span.label) })),
            ),
          ],
          [
            ...moments.map(({ at }) => at),
            ...faults.flatMap((fault) => [fault.from, ...(fault.until === undefined ? [] : [fault.until])]),
            props.from,
            props.to,
          ],
          picture - 12,
        );
  const labels = placeLabels(faults, moments, axis);
  const top = (labels.rows + 1) * labelHeight;
  const height = top + visible.length * nodeHeight + processes.length * processHeight + 24;
  const width = Math.ceil(axis.width) + 12;
  const processTop = (process: number): number =>
    top + visible.length * nodeHeight + processes.indexOf(process) * processHeight;
  const bottom = height - 24;
  return html`<div class="lanes">
    <svg class="lane-names" width=${laneLabelWidth} height=${height} aria-hidden="true">
      ${visible.map((lane, row) => html`<text x="0" y=${top + row * nodeHeight + 19}>${shorten(lane.node, 12)}</text>`)}
      ${processes.map((process) => {
        const node = operations.find((operation) => operation.process === process)?.node ?? '';
        return html`<text x="0" y=${processTop(process) + 18}>client ${process}</text>
          <text x="0" y=${processTop(process) + 33} class="quiet">at ${shorten(node, 9)}</text>`;
      })}
    </svg>
    <div class="lane-scroll" tabindex="0" role="group" aria-label=${props.label}>
      <svg width=${width} height=${height} role="group" aria-label=${props.label}>
        <defs>
          <pattern id=${`${props.id}-hatch`} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="2" height="7" class="hatch-line" />
          </pattern>
        </defs>
        ${faults.map((fault) => band(fault, axis, top, bottom, props))}
        ${visible.map((_, row) => rule(top + row * nodeHeight, width))}
        ${processes.map((process) => rule(processTop(process), width))}
        ${labels.placed.map(
          ({ text, x, row, kind: of }) =>
            html`<text x=${x + 4} y=${row * labelHeight + 15} class=${`band-label ${of}`}>${text}</text>`,
        )}
        ${moments.map(({ at, kind: of }) => html`<line x1=${axis.x(at)} x2=${axis.x(at)} y1="4" y2=${bottom} class=${`moment ${of}`} />`)}
        ${visible.map((lane, row) => nodeLane(lane, axis, top + row * nodeHeight, inside))}
        ${operations.map((operation) => box(operation, axis, processTop(operation.process), props))}
        <line x1="0" x2=${width} y1=${bottom} y2=${bottom} class="axis" />
        ${axis.ticks.map(
          ({ x, label }) =>
            html`<line x1=${x} x2=${x} y1=${bottom} y2=${bottom + 4} class="axis" /><text x=${x} y=${bottom + 17} class="tick">${label}</text>`,
        )}
      </svg>
    </div>
  </div>` as VNode;
}

const shorten = (text: string, limit: number): string => (text.length > limit ? `${text.slice(0, limit - 1)}…` : text);

const rule = (y: number, width: number): unknown => html`<line x1="0" x2=${width} y1=${y} y2=${y} class="rule" />`;

function band(fault: Fault, axis: Axis, top: number, bottom: number, { id, to }: LanesProps): unknown {
  const x = axis.x(fault.from);
  const width = Math.max(3, axis.x(fault.until ?? to) - x);
  const took = fault.struck.every((evidence) => evidence.took);
  return html`<g class=${`band${took ? '' : ' without-effect'}`}>
    <title>${faultText(fault)}, from ${momentText(fault.from)}${fault.until === undefined ? '' : ` to ${momentText(fault.until)}`}</title>
    <rect x=${x} y=${top - 4} width=${width} height=${bottom - top + 4} fill=${`url(#${id}-hatch)`} />
    <line x1=${x} x2=${x} y1="4" y2=${bottom} class="band-edge" />
    <line x1=${x + width} x2=${x + width} y1=${top - 4} y2=${bottom} class="band-edge" />
  </g>`;
}

interface Label {
  readonly text: string;
  readonly x: number;
  readonly row: number;
  readonly kind: string;
}

/** Labels over the lanes, each in the first row where it collides with no other. */
function placeLabels(
  faults: readonly Fault[],
  moments: readonly Moment[],
  axis: Axis,
): { placed: Label[]; rows: number } {
  const wanted = [
    ...faults.map((fault) => {
      const failed = fault.struck.some((evidence) => !evidence.took) ? ' (did not take effect)' : '';
      return { text: shorten(`▨ ${faultText(fault)}${failed}`, 56), x: axis.x(fault.from), kind: 'fault' };
    }),
    ...moments.map(({ at, label, kind }) => ({ text: shorten(label, 48), x: axis.x(at), kind: kind as string })),
  ].sort((a, b) => a.x - b.x);
  const ends: number[] = [];
  const placed = wanted.map(({ text, x, kind }) => {
    const width = text.length * characterWidth + 10;
    const left = Math.max(0, Math.min(x, axis.width - width));
    let row = ends.findIndex((end) => end <= left);
    if (row < 0) row = ends.length;
    ends[row] = left + width;
    return { text, x: left, row, kind };
  });
  return { placed, rows: ends.length };
}

function nodeLane(lane: NodeLane, axis: Axis, y: number, inside: (at: Nanos) => Nanos): unknown {
  const spans = lane.spans.map((span: Span) => {
    const x = axis.x(inside(span.from));
    const width = Math.max(3, axis.x(inside(span.to)) - x);
    const label = textWidth(span.label) <= width + 4 ? span.label : '';
    return html`<g class=${`span ${span.kind}`}>
      <title>${lane.node} ${span.label}, ${momentText(span.from)} to ${momentText(span.to)}</title>
      <rect x=${x} y=${y + 5} width=${width} height=${nodeHeight - 10} rx="3" />
      <text x=${x + 6} y=${y + 19}>${label}</text>
    </g>`;
  });
  const marks = lane.marks.map(
    ({ at, label }) => html`<g class="mark"><title>${momentText(at)} ${label}</title>
      <path d=${`M${axis.x(at)},${y + 2} l4,5 l-4,5 l-4,-5 z`} /></g>`,
  );
  return html`<g>${spans}${marks}</g>`;
}

function box(operation: Operation, axis: Axis, y: number, props: LanesProps): unknown {
  const x = axis.x(operation.calledAt);
  const width = Math.max(5, axis.x(operation.returnedAt ?? props.endedAt) - x);
  const wrong = props.wrong.has(operation.index);
  const text = boxText(operation);
  const fits = textWidth(text) + (wrong ? 14 : 0) <= width + 2;
  const classes = [
    'box',
    operation.completion.type,
    wrong ? 'invalid' : '',
    props.selected === operation.index ? 'selected' : '',
  ];
  const [top, height] = [y + 7, processHeight - 14];
  return html`<a href=${`#${props.hrefOf(operation.index)}`} class=${classes.filter(Boolean).join(' ')}
      aria-label=${`${wrong ? 'must not be: ' : ''}operation ${operation.index}, client ${operation.process} at ${operation.node}: ${requestText(operation)} ${answerText(operation)}`}>
    <title>#${operation.index} ${requestText(operation)} ${answerText(operation)} · ${momentText(operation.calledAt)}</title>
    <path d=${outline(operation, x, top, width, height)} class="shape" />
    ${fits ? html`<text x=${x + (wrong ? 20 : 7)} y=${top + 18}>${text}</text>` : null}
    ${wrong && width > 16 ? html`<path class="cross" d=${`M${x + 7},${top + 9} l9,10 m0,-10 l-9,10`} />` : null}
  </a>`;
}

/** A box; where nobody knows what became of the operation, torn on the right. */
function outline({ completion }: Operation, x: number, y: number, width: number, height: number): string {
  if (completion.type !== 'info') return `M${x},${y} h${width} v${height} h${-width} z`;
  const tooth = Math.min(6, width / 2);
  const step = height / 4;
  const teeth = `l${-tooth},${step} l${tooth},${step} `.repeat(2);
  return `M${x},${y} h${width} ${teeth}h${-width} z`;
}
