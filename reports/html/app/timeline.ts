/**
 * The whole history true to time: a lane a client thread, all boxes of one kind in one path, so that ten thousand
 * operations are a few elements; what was clicked is found by its place.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Operation } from '../../../harness/core/types.ts';
import type { RunPage } from '../../run-page.ts';
import { nodeLanes, timeAxis } from '../../story.ts';
import { countText } from '../../text.ts';
import { band, bandLabels, hatch, laneLabelWidth, momentLine, nodeLane, shorten, timeScale } from '../view/picture.ts';
import { momentsOf, wrongOperations } from '../view/story.ts';

const laneHeight = 20;
const headHeight = 26;

export function Timeline(props: {
  run: RunPage;
  width: number;
  selected: number | undefined;
  select: (index: number) => void;
}): VNode | null {
  const { run, width, selected, select } = props;
  const [zoom, setZoom] = useState(1);
  const scroll = useRef<HTMLDivElement>(null);
  const history = run.history;
  const picture = Math.max(260, width - laneLabelWidth) * zoom;
  const drawn = useMemo(() => (history === undefined ? undefined : draw(run, picture)), [run, picture]);
  const chosen = history?.operations.find(({ index }) => index === selected);
  useEffect(() => {
    const element = scroll.current;
    if (element === null || chosen === undefined || drawn === undefined) return;
    const x = drawn.axis.x(chosen.calledAt);
    if (x < element.scrollLeft || x > element.scrollLeft + element.clientWidth)
      element.scrollLeft = x - element.clientWidth / 2;
  }, [chosen, drawn]);
  if (history === undefined || drawn === undefined) return null;
  const { axis, lanes, threads, paths, top, bottom } = drawn;
  const yOf = (operation: Operation): number =>
    top + threads.indexOf(operation.process % history.header.concurrency) * laneHeight;
  const click = (event: MouseEvent): void => {
    const rect = (event.currentTarget as SVGElement).getBoundingClientRect();
    const [x, y] = [event.clientX - rect.left, event.clientY - rect.top];
    const thread = threads[Math.floor((y - top) / laneHeight)];
    if (thread === undefined) return;
    let best: { index: number; distance: number } | undefined;
    for (const operation of history.operations) {
      if (operation.process % history.header.concurrency !== thread) continue;
      const [from, to] = [axis.x(operation.calledAt), axis.x(operation.returnedAt ?? history.endedAt)];
      const distance = x < from ? from - x : x > to ? x - to : 0;
      if (distance < (best?.distance ?? 6)) best = { index: operation.index, distance };
    }
    if (best !== undefined) select(best.index);
  };
  const zoomTo = (next: number): void => {
    const element = scroll.current;
    const middle =
      element === null ? 0.5 : (element.scrollLeft + element.clientWidth / 2) / Math.max(1, element.scrollWidth);
    setZoom(next);
    requestAnimationFrame(() => {
      if (element !== null) element.scrollLeft = middle * element.scrollWidth - element.clientWidth / 2;
    });
  };
  const struck = history.faults.filter(({ skipped }) => skipped === undefined);
  const shown = history.operations.length;
  return html`<div class="timeline">
    <p class="quiet">showing ${countText(shown)} of ${countText(run.totals.operations)} operations, true to time
      <button onClick=${() => zoomTo(Math.max(1, zoom / 2))} disabled=${zoom === 1} aria-label="zoom out">−</button>
      <button onClick=${() => zoomTo(Math.min(256, zoom * 2))} disabled=${zoom >= 256} aria-label="zoom in">+</button> ×${zoom}</p>
    <div class="lanes"><svg class="lane-names" width=${laneLabelWidth} height=${bottom + 24} aria-hidden="true">
      ${lanes.map(({ label }, row) => html`<text x="0" y=${headHeight + row * laneHeight + 14}>${shorten(label, 12)}</text>`)}
      ${threads.map((thread, row) => html`<text x="0" y=${top + row * laneHeight + 14}>client ${thread}</text>`)}</svg>
    <div class="lane-scroll" ref=${scroll} tabindex="0" role="group" aria-label="Full history"><svg width=${picture} height=${bottom + 24} onClick=${click} role="img" aria-label=${`Full history of the ${run.twin} run, ${shown} operations; j and k walk through them`}>
      ${hatch('full-hatch')}
      ${struck.map((fault) => band(fault, axis, headHeight - 4, bottom, history.endedAt, 'full-hatch'))}
      ${bandLabels(struck, axis, 15)}
      ${lanes.map((lane, row) => nodeLane(lane, axis, headHeight + row * laneHeight, laneHeight))}
      ${(['ok', 'fail', 'info', 'invalid'] as const).map((kind) => html`<g class=${`box ${kind === 'invalid' ? 'ok invalid' : kind}`}><path class="shape thin" d=${paths[kind]} /></g>`)}
      ${momentsOf(run).map(({ at, kind }) => momentLine(axis.x(at), 4, bottom, kind))}
      ${chosen === undefined ? null : html`<rect class="chosen" x=${axis.x(chosen.calledAt) - 3} width=${Math.max(8, axis.x(chosen.returnedAt ?? history.endedAt) - axis.x(chosen.calledAt) + 6)} y=${yOf(chosen)} height=${laneHeight} />`}
      ${timeScale(axis, bottom)}
    </svg></div></div></div>` as VNode;
}

function draw(run: RunPage, width: number) {
  const history = run.history as NonNullable<RunPage['history']>;
  const axis = timeAxis(0, history.endedAt, width - 12);
  const lanes = nodeLanes(history).slice(0, 9);
  const threads = [...new Set(history.operations.map(({ process }) => process % history.header.concurrency))].sort(
    (a, b) => a - b,
  );
  const top = headHeight + lanes.length * laneHeight + 6;
  const bottom = top + threads.length * laneHeight + 4;
  const wrong = wrongOperations(run.anomaly);
  const parts: Record<'ok' | 'fail' | 'info' | 'invalid', string[]> = { ok: [], fail: [], info: [], invalid: [] };
  for (const operation of history.operations) {
    const x = axis.x(operation.calledAt);
    const boxWidth = Math.max(1, axis.x(operation.returnedAt ?? history.endedAt) - x);
    const y = top + threads.indexOf(operation.process % history.header.concurrency) * laneHeight + 3;
    const kind = wrong.has(operation.index) ? 'invalid' : operation.completion.type;
    const right = operation.completion.type === 'info' ? 'l-4,3 l4,3 l-4,3 l4,4 ' : `v13 `;
    parts[kind].push(`M${x.toFixed(1)},${y} h${boxWidth.toFixed(1)} ${right}h${-boxWidth.toFixed(1)}z`);
    if (kind === 'invalid') parts[kind].push(`M${(x - 4).toFixed(1)},${y - 3} l8,8 m0,-8 l-8,8`);
  }
  const paths = {
    ok: parts.ok.join(''),
    fail: parts.fail.join(''),
    info: parts.info.join(''),
    invalid: parts.invalid.join(''),
  };
  return { axis, lanes, threads, top, bottom, paths };
}
