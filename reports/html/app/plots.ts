/**
 * Rate and latency over time on canvas, with the fault bands behind. Outcomes differ by shape as well as by colour:
 * ok a dot, fail a ring, info a triangle.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { History } from '../../../harness/core/types.ts';
import type { RunPage } from '../../run-page.ts';
import { binsOf, metricsOf } from '../../series.ts';
import { countText, durationText, faultText } from '../../text.ts';

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draws again when the colours change. */
function useScheme(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = (): void => setTurn((before) => before + 1);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return turn;
}

export function Plots({ run, width }: { run: RunPage; width: number }): VNode | null {
  const { history } = run;
  const [metric, setMetric] = useState('');
  if (history === undefined) return null;
  const metrics = metricsOf(history);
  const names = [...metrics.keys()].sort();
  const chosen = names.includes(metric) ? metric : names[0];
  return html`<div class="plots">
    <${Chart} label=${rateLabel(history)} draw=${(element: HTMLElement, w: number) => ratePlot(history, element, w)} width=${width} of=${run} />
    <p class="legend" aria-hidden="true"><span class="l-ok">── ok</span> <span class="l-fail">- - failed</span> <span class="l-info">··· unknown</span> <span>▨ fault</span></p>
    <${Chart} label=${latencyLabel(history)} draw=${(element: HTMLElement, w: number) => latencyPlot(history, element, w)} width=${width} of=${run} />
    <p class="legend" aria-hidden="true"><span class="l-ok">● ok</span> <span class="l-fail">○ failed</span> <span class="l-info">△ unknown</span> <span>▨ fault</span></p>
    ${
      chosen === undefined
        ? null
        : html`<div><p><label>Metric <select value=${chosen} onChange=${(event: Event) => setMetric((event.currentTarget as HTMLSelectElement).value)}>
        ${names.map((name) => html`<option value=${name}>${name}</option>`)}</select></label></p>
      <${Chart} key=${chosen} label=${`${chosen}, node by node`} draw=${(element: HTMLElement, w: number) => metricPlot(history, metrics.get(chosen) ?? new Map(), element, w)} width=${width} of=${run} />
      <p class="legend" aria-hidden="true">${[...(metrics.get(chosen)?.keys() ?? [])].map((node, place) => html`<span>${dashNames[place % dashNames.length]} ${node} </span>`)}</p></div>`
    }
  </div>` as VNode;
}

function Chart(props: {
  label: string;
  width: number;
  of: RunPage;
  draw: (element: HTMLElement, width: number) => uPlot;
}): VNode {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useScheme();
  useEffect(() => {
    if (place.current === null) return undefined;
    const plot = props.draw(place.current, Math.max(260, props.width - 2));
    return () => plot.destroy();
  }, [props.of, props.width, scheme]);
  return html`<figure><figcaption>${props.label}</figcaption><div class="plot" ref=${place} role="img" aria-label=${props.label}></div></figure>` as VNode;
}

function rateLabel(history: History): string {
  const bins = binsOf(history.operations, history.endedAt, 60);
  const silent = bins.filter(({ ok }) => ok === 0).length;
  const step = bins[0] === undefined ? 0 : bins[0].to - bins[0].from;
  return `Operations per second by outcome. ${silent === 0 ? 'There were successes all the time.' : `No success in ${silent} of ${bins.length} spans of ${durationText(step)}.`}`;
}

function latencyLabel(history: History): string {
  const slowest = Math.max(
    0,
    ...history.operations.slice(-20_000).map(({ calledAt, returnedAt }) => (returnedAt ?? calledAt) - calledAt),
  );
  return `Latency of each of ${countText(history.operations.length)} operations, by when it was called (logarithmic); the slowest answer took ${durationText(slowest)}.`;
}

const second = 1_000_000_000;

const base = (history: History, width: number, height: number): Omit<uPlot.Options, 'series'> => ({
  width,
  height,
  padding: [20, 12, 0, 0],
  legend: { show: false },
  cursor: { drag: { x: true, y: false }, points: { show: false } },
  scales: { x: { time: false, range: [0, history.endedAt / second] } },
  hooks: { drawClear: [(plot) => drawBands(plot, history)] },
});

const axes = (format: (value: number) => string): uPlot.Axis[] => {
  const common = {
    stroke: token('--text-quiet'),
    grid: { stroke: token('--line'), width: 1 },
    ticks: { stroke: token('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  return [
    { ...common, values: (_plot, values) => values.map((value) => `${value} s`) },
    { ...common, size: 64, values: (_plot, values) => values.map((value) => (value === null ? '' : format(value))) },
  ];
};

function drawBands(plot: uPlot, history: History): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = token('--hatch');
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  const struck = history.faults.filter(({ skipped }) => skipped === undefined);
  for (const fault of struck) {
    const from = plot.valToPos(fault.from / second, 'x', true);
    const to = Math.max(from + 2, plot.valToPos((fault.until ?? history.endedAt) / second, 'x', true));
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, bbox.top, to - from, bbox.height);
    ctx.clip();
    ctx.beginPath();
    for (let x = from - bbox.height; x < to; x += 8 * uPlot.pxRatio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
  // Above the plot, where no line crosses them; those that would cover another are in the table.
  ctx.save();
  ctx.fillStyle = token('--text-quiet');
  ctx.font = `${12 * uPlot.pxRatio}px system-ui, sans-serif`;
  let free = 0;
  for (const fault of struck) {
    const text = faultText(fault);
    const { width } = ctx.measureText(text);
    const x = Math.min(plot.valToPos(fault.from / second, 'x', true), bbox.left + bbox.width - width);
    if (x < free) continue;
    ctx.fillText(text, x, bbox.top - 5 * uPlot.pxRatio);
    free = x + width + 12;
  }
  ctx.restore();
}

function ratePlot(history: History, element: HTMLElement, width: number): uPlot {
  const bins = binsOf(history.operations, history.endedAt, Math.max(40, Math.floor(width / 8)));
  // The last bin is cut short by the end of the run, which must not look like a burst.
  const step = Math.max(1, (bins[0]?.to ?? 1) - (bins[0]?.from ?? 0));
  const rate = (count: number): number => (count * second) / step;
  const options = base(history, width, 190);
  return new uPlot(
    {
      ...options,
      scales: { ...options.scales, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.15)] } },
      axes: axes((value) => `${countText(value)}/s`),
      series: [
        {},
        { stroke: token('--ok'), width: 2, points: { show: false } },
        { stroke: token('--fail'), width: 2, dash: [6, 4], points: { show: false } },
        { stroke: token('--info'), width: 2, dash: [2, 3], points: { show: false } },
      ],
    },
    [
      bins.map(({ from, to }) => (from + to) / 2 / second),
      bins.map(({ ok }) => rate(ok)),
      bins.map(({ fail }) => rate(fail)),
      bins.map(({ info }) => rate(info)),
    ],
    element,
  );
}

function latencyPlot(history: History, element: HTMLElement, width: number): uPlot {
  const points = history.operations.map(({ calledAt, returnedAt, completion }) => ({
    x: calledAt / second,
    y: Math.max(1_000, (returnedAt ?? history.endedAt) - calledAt) / 1_000_000,
    type: completion.type,
  }));
  const draw = (plot: uPlot): void => {
    const { ctx } = plot;
    const radius = 2.2 * uPlot.pxRatio;
    ctx.save();
    ctx.lineWidth = 1.3 * uPlot.pxRatio;
    for (const type of ['ok', 'fail', 'info'] as const) {
      ctx.beginPath();
      for (const point of points) {
        if (point.type !== type) continue;
        const [x, y] = [plot.valToPos(point.x, 'x', true), plot.valToPos(point.y, 'y', true)];
        if (type === 'info') {
          ctx.moveTo(x, y - radius * 1.6);
          ctx.lineTo(x + radius * 1.5, y + radius);
          ctx.lineTo(x - radius * 1.5, y + radius);
          ctx.closePath();
        } else {
          ctx.moveTo(x + radius, y);
          ctx.arc(x, y, radius, 0, 2 * Math.PI);
        }
      }
      ctx.fillStyle = token(`--${type}`);
      ctx.strokeStyle = token(`--${type}`);
      if (type === 'ok') ctx.fill();
      else ctx.stroke();
    }
    ctx.restore();
  };
  const options = base(history, width, 230);
  return new uPlot(
    {
      ...options,
      hooks: { ...options.hooks, draw: [draw] },
      scales: { ...options.scales, y: { distr: 3, log: 10 } },
      axes: axes((value) => durationText(value * 1_000_000).replace(/\.0+ /, ' ')),
      series: [{}, { points: { show: false }, paths: () => null }],
    },
    [points.map(({ x }) => x), points.map(({ y }) => y)],
    element,
  );
}

const dashes: readonly number[][] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 8], [1, 6]];
const dashNames: readonly string[] = ['──', '– –', '···', '–·–', '-  -', '·  ·'];
const colors: readonly string[] = ['--ok', '--info', '--fail', '--text', '--invalid', '--text-quiet'];

function metricPlot(
  history: History,
  nodes: Map<string, [number, number][]>,
  element: HTMLElement,
  width: number,
): uPlot {
  const tables = [...nodes.values()].map(
    (points) => [points.map(([at]) => at / second), points.map(([, value]) => value)] as uPlot.AlignedData,
  );
  return new uPlot(
    {
      ...base(history, width, 170),
      axes: axes((value) => countText(value)),
      series: [
        {},
        ...[...nodes.keys()].map((_, place) => ({
          stroke: token(colors[place % colors.length] as string),
          width: 1.6,
          dash: dashes[place % dashes.length] as number[],
          spanGaps: true,
          points: { show: false },
        })),
      ],
    },
    uPlot.join(tables),
    element,
  );
}
