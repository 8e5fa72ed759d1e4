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
import { type Axis, type NodeLane, orderAxis, timeAxis } from '../../story.ts';
import { answerText, faultText, momentText, requestText } from '../../text.ts';
import {
  band,
  characterWidth,
  frame,
  hatch,
  laneLabelWidth,
  momentLine,
  nodeLane,
  shorten,
  timeScale,
} from './picture.ts';

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

const nodeHeight = 30;
const processHeight = 42;
const labelHeight = 20;

/** How much of a request and of its answer a box shows: as much as leaves the picture within its width. */
const levels: readonly (readonly [request: number, answer: number])[] = [
  [18, 18],
  [12, 10],
  [8, 6],
];

const boxText = (operation: Operation, [request, answer]: readonly [number, number]): string =>
  `#${operation.index} ${requestText(operation, request)} ${answerText(operation, answer)}`;

const textWidth = (text: string): number => text.length * characterWidth + 14;

export function Lanes(props: LanesProps): VNode {
  const { operations, nodes, faults, moments, axis: kind } = props;
  const end = (operation: Operation): Nanos => operation.returnedAt ?? props.endedAt;
  const processes = [...new Set(operations.map(({ process }) => process))].sort((a, b) => a - b);
  const inside = (at: Nanos): Nanos => Math.min(props.to, Math.max(props.from, at));
  const visible = nodes
    .map((lane) => ({
      ...lane,
      spans: lane.spans
        .filter((span) => span.to >= props.from && span.from <= props.to)
        .map((span) => ({ ...span, from: inside(span.from), to: inside(span.to) })),
    }))
    .map((lane) => ({ ...lane, marks: lane.marks.filter(({ at }) => at >= props.from && at <= props.to).slice(0, 40) }))
    .filter((lane) => lane.spans.length > 0 || lane.marks.length > 0)
    .slice(0, 9);
  const picture = Math.max(260, props.width - laneLabelWidth);
  const others = [
    ...moments.map(({ at }) => at),
    ...faults.flatMap((fault) => [fault.from, ...(fault.until === undefined ? [] : [fault.until])]),
    props.from,
    props.to,
  ];
  const ordered = (level: readonly [number, number]): Axis =>
    orderAxis(
      [
        ...operations.map((operation) => ({
          from: operation.calledAt,
          to: end(operation),
          width: textWidth(boxText(operation, level)) + (props.wrong.has(operation.index) ? 14 : 0),
        })),
        ...visible.flatMap(({ spans }) => spans.map(({ from, to }) => ({ from, to, width: 40 }))),
      ],
      others,
      picture - 12,
    );
  const tried = levels.map((level) => ({ level, axis: ordered(level) }));
  const fitting = tried.find(({ axis }) => axis.width <= picture) ?? (tried.at(-1) as (typeof tried)[number]);
  const level = fitting.level;
  const axis = kind === 'time' ? timeAxis(props.from, props.to, picture - 12) : fitting.axis;
  const labels = placeLabels(faults, moments, axis);
  const top = (labels.rows + 1) * labelHeight;
  const height = top + visible.length * nodeHeight + processes.length * processHeight + 24;
  const width = Math.ceil(axis.width) + 12;
  const processTop = (process: number): number =>
    top + visible.length * nodeHeight + processes.indexOf(process) * processHeight;
  const bottom = height - 24;
  return frame(
    props.label,
    width,
    height,
    html`
      ${visible.map((lane, row) => html`<text x="0" y=${top + row * nodeHeight + 19}>${shorten(lane.label, 12)}</text>`)}
      ${processes.map((process) => {
        const node = operations.find((operation) => operation.process === process)?.node ?? '';
        return html`<text x="0" y=${processTop(process) + 18}>client ${process}</text>
          <text x="0" y=${processTop(process) + 33} class="quiet">at ${shorten(node, 9)}</text>`;
      })}`,
    html`
        ${hatch(`${props.id}-hatch`)}
        ${faults.map((fault) => band(fault, axis, top - 4, bottom, props.to, `${props.id}-hatch`))}
        ${visible.map((_, row) => rule(top + row * nodeHeight, width))}
        ${processes.map((process) => rule(processTop(process), width))}
        ${labels.placed.map(
          ({ text, x, row, kind: of }) =>
            html`<text x=${x + 4} y=${row * labelHeight + 15} class=${`band-label ${of}`}>${text}</text>`,
        )}
        ${moments.map((moment) => momentLine(axis.x(moment.at), labels.below(moment.label), bottom, moment.kind))}
        ${visible.map((lane, row) => nodeLane(lane, axis, top + row * nodeHeight, nodeHeight - 4))}
        ${operations.map((operation) => box(operation, boxText(operation, level), axis, processTop(operation.process), props))}
        ${timeScale(axis, bottom)}`,
  );
}

const rule = (y: number, width: number): unknown => html`<line x1="0" x2=${width} y1=${y} y2=${y} class="rule" />`;

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
): { placed: Label[]; rows: number; below(text: string): number } {
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
  // A line begins under its own label, so that it strikes through none.
  const below = (text: string): number =>
    ((placed.find((label) => label.text === shorten(text, 48))?.row ?? 0) + 1) * labelHeight;
  return { placed, rows: ends.length, below };
}

function box(operation: Operation, text: string, axis: Axis, y: number, props: LanesProps): unknown {
  const x = axis.x(operation.calledAt);
  const width = Math.max(5, axis.x(operation.returnedAt ?? props.endedAt) - x);
  const wrong = props.wrong.has(operation.index);
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
