/**
 * The state of the page and all that moves it: keys, the address, buttons. The selection lives in the address, so that
 * a link to the page is a bug report.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { linesOf } from '../../../harness/core/history.ts';
import type { Operation } from '../../../harness/core/types.ts';
import type { FindingPage } from '../../model.ts';
import type { RunPage } from '../../run-page.ts';
import { answerText, durationText, momentText, requestText } from '../../text.ts';
import { Page } from '../view/page.ts';
import { type Actions, firstRun, firstState, type Slots, type ViewState } from '../view/state.ts';
import { Plots } from './plots.ts';
import { RawData } from './raw-data.ts';
import { Timeline } from './timeline.ts';

const slots: Slots = { Plots, Timeline, RawData };

/** `#flaw/twin/op12`, with `/full` behind it where the whole history is shown. */
const hashOf = (page: FindingPage, state: ViewState): string => {
  const flaw = page.flaws[state.flaw];
  if (flaw === undefined) return '';
  const parts = [flaw.name, state.twin];
  if (state.selected !== undefined) parts.push(`op${state.selected}`);
  if (state.full) parts.push('full');
  return `#${parts.map(encodeURIComponent).join('/')}`;
};

function fromHash(page: FindingPage, hash: string): Partial<ViewState> {
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  };
  const [name, twin, ...rest] = hash.replace(/^#/, '').split('/').map(decode);
  const flaw = page.flaws.findIndex((candidate) => candidate.name === name);
  if (flaw < 0 || (twin !== 'flawed' && twin !== 'fixed' && twin !== 'shrunk')) return {};
  const operation = rest.map((part) => /^op(\d+)$/.exec(part)?.[1]).find((number) => number !== undefined);
  return { flaw, twin, full: rest.includes('full'), selected: operation === undefined ? undefined : Number(operation) };
}

export function App({ page }: { page: FindingPage }): VNode {
  const [state, setState] = useState<ViewState>(() => firstState(page));
  const latest = useRef(state);
  latest.current = state;
  const [copied, setCopied] = useState('');
  const shownFlaw = useRef(state.flaw);
  const actions = useMemo<Actions>(() => {
    const set = (patch: Partial<ViewState>): void => {
      const next = { ...latest.current, ...patch };
      latest.current = next;
      setState(next);
      const hash = hashOf(page, next);
      if (touchesAddress(patch) && hash !== location.hash) history.replaceState(null, '', hash);
    };
    return { set, download };
  }, [page]);

  useEffect(() => {
    // The story's own width: what is inside all paddings.
    const measure = (): number => document.querySelector('.flaw[open] .story, div.flaw .story')?.clientWidth ?? 920;
    setState((before) => ({ ...before, live: true, width: measure(), ...fromHash(page, location.hash) }));
    const onHash = (): void => setState((before) => ({ ...before, ...fromHash(page, location.hash) }));
    const onSize = (): void => setState((before) => ({ ...before, width: measure() }));
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event;
      if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const patch = press(event.key, page, latest.current);
      if (patch === undefined) return;
      event.preventDefault();
      actions.set(patch);
    };
    const replay = document.querySelector('.replay');
    replay?.querySelector('button')?.addEventListener('click', () => {
      void copy(replay.querySelector('code')?.textContent ?? '').then(setCopied);
    });
    document.querySelector('main')?.classList.replace('still', 'live');
    addEventListener('hashchange', onHash);
    addEventListener('resize', onSize);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('hashchange', onHash);
      removeEventListener('resize', onSize);
      removeEventListener('keydown', onKey);
    };
  }, [page, actions]);

  useEffect(() => {
    const chosen = document.querySelector('.lanes .box.selected, .timeline .chosen');
    chosen?.scrollIntoView({ block: 'center', inline: 'nearest' });
    if (chosen === null && shownFlaw.current !== state.flaw) document.querySelector('.flaw[open]')?.scrollIntoView();
    shownFlaw.current = state.flaw;
  }, [state.selected, state.full, state.flaw, state.twin, state.live]);

  useEffect(() => {
    // Where the picture is wider than the page, it opens at what must not be.
    const scroll = document.querySelector('.flaw[open] .story .lane-scroll, div.flaw .story .lane-scroll');
    const mark = scroll?.querySelector('.box.invalid, .moment.anomaly');
    if (scroll == null || mark == null || latest.current.selected !== undefined) return;
    scroll.scrollLeft +=
      mark.getBoundingClientRect().right - scroll.getBoundingClientRect().left - scroll.clientWidth * 0.8;
  }, [state.flaw, state.twin, state.axis, state.full, state.live, state.width]);

  return html`
    <${Page} page=${page} state=${state} actions=${actions} slots=${state.live ? slots : {}} />
    <${Selected} page=${page} state=${state} actions=${actions} />
    <div class="toast" role="status">${copied}</div>
  ` as unknown as VNode;
}

const touchesAddress = (patch: Partial<ViewState>): boolean =>
  'flaw' in patch || 'twin' in patch || 'selected' in patch || 'full' in patch;

/** What a key does, as a change of state. */
function press(key: string, page: FindingPage, state: ViewState): Partial<ViewState> | undefined {
  const flaw = page.flaws[state.flaw];
  const run = flaw?.[state.twin];
  switch (key) {
    case '?':
      return { help: !state.help };
    case 'Escape':
      return state.help ? { help: false } : { selected: undefined };
    case 'j':
    case 'k': {
      const shown = state.full
        ? (run?.history?.operations.map(({ index }) => index) ?? [])
        : (run?.story?.operations ?? []);
      if (shown.length === 0) return undefined;
      const at = state.selected === undefined ? -1 : shown.indexOf(state.selected);
      const to = key === 'j' ? Math.min(shown.length - 1, at + 1) : Math.max(0, at < 0 ? shown.length - 1 : at - 1);
      return { selected: shown[to] };
    }
    case 'e': {
      const places = (run?.verdicts ?? []).flatMap(({ anomalies }) =>
        anomalies.flatMap(
          ({ operations, counterexample }) => counterexample?.blocked[0]?.operation ?? operations[0] ?? [],
        ),
      );
      const unique = [...new Set(places)];
      if (unique.length === 0) return undefined;
      const next = unique[(unique.indexOf(state.selected ?? -1) + 1) % unique.length] as number;
      return { selected: next, full: state.full || !(run?.story?.operations.includes(next) ?? false) };
    }
    case 'f': {
      const runs = (['shrunk', 'flawed', 'fixed'] as const).filter((which) => flaw?.[which] !== undefined);
      const next = runs[(runs.indexOf(state.twin) + 1) % runs.length];
      return next === undefined || next === state.twin ? undefined : { twin: next, selected: undefined };
    }
    case 't':
      return { axis: state.axis === 'order' ? 'time' : 'order' };
    case 'h':
      return { full: !state.full };
    case 'n': {
      const place = (state.flaw + 1) % Math.max(1, page.flaws.length);
      return { flaw: place, twin: firstRun(page.flaws[place]), selected: undefined, full: false };
    }
    default:
      return undefined;
  }
}

async function copy(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return 'copied';
  } catch {
    return 'not copied: the browser does not allow it here';
  }
}

function download(run: RunPage, page: FindingPage): void {
  if (run.history === undefined) return;
  const blob = new Blob([[...linesOf(run.history)].join('\n'), '\n'], { type: 'application/x-ndjson' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${page.id.replace(/\W+/g, '-')}-${run.twin}-${run.seed}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

/** The selected operation in full, at the foot of the window. */
function Selected({ page, state, actions }: { page: FindingPage; state: ViewState; actions: Actions }): VNode | null {
  const run = page.flaws[state.flaw]?.[state.twin];
  if (state.selected === undefined || run === undefined) return null;
  const operation = run.history?.operations.find(({ index }) => index === state.selected);
  return html`<aside class="selected" aria-live="polite" aria-label="Selected operation">
    <button onClick=${() => actions.set({ selected: undefined })} aria-label="close">×</button>
    ${operation === undefined ? html`<p>Operation ${state.selected} is not among those on this page.</p>` : wholeOperation(operation, run.twin)}
  </aside>` as VNode;
}

function wholeOperation(operation: Operation, twin: string): VNode {
  const { completion, returnedAt, calledAt } = operation;
  const result = completion.type === 'ok' ? completion.output : completion.error;
  const end =
    returnedAt === undefined
      ? 'never returned'
      : `returned ${momentText(returnedAt)}, took ${durationText(returnedAt - calledAt)}`;
  return html`<p class="mono"><b>#${operation.index} ${requestText(operation, 200)}</b> ${answerText(operation, 200)}</p>
    <p class="quiet">${`${twin} run, client ${operation.process} at ${operation.node}; called ${momentText(calledAt)}, ${end}`}</p>
    <details><summary>Raw</summary><pre tabindex="0">${JSON.stringify({ input: operation.input, [completion.type]: result, phase: operation.phase }, null, 1)}</pre></details>` as unknown as VNode;
}
